"""The one place where SQLite is spoken to, and where its errors become words.

A `Sql` wraps one connection and belongs to one thread. All write transactions of the process,
on whatever project, pass through one lock: SQLite before 3.51.3 can lose pages when two
connections write and checkpoint at the same instant, and a writer that waits here waits without
polling.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from ssl_studio.errors import DamagedProject, LockedProject, ProjectError, StorageError

Row = tuple[object, ...]
WRITE_GATE = threading.RLock()
SYNC = {True: "FULL", False: "NORMAL"}  # for durable writes and others
_PIECE_LETTERS = 1 << 16  # of a text of numbers, read in less than a millisecond
_writing: dict[Path, "Sql"] = {}  # who is inside a write transaction; guarded by WRITE_GATE

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_REFUSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}


def translate(error: sqlite3.Error, path: Path) -> ProjectError | None:
    """What a user can do about an error of SQLite; None where it is our own mistake."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageError(
            f"The disk that holds {path.name} is full.",
            "The last change was not stored; all that was stored before is safe.",
            "Free some space and try again.",
        )
    if code in _DAMAGED or "decode to UTF-8" in str(error):
        return damaged(path, str(error))
    if code in _BUSY:
        return LockedProject(
            f"{path.name} is busy.",
            "Another program is writing to it.",
            "Close that program, or wait and try again.",
        )
    if code in _REFUSED or code == sqlite3.SQLITE_IOERR:
        return StorageError(
            f"{path.name} cannot be read or written.",
            f"The disk says: {error}.",
            "Check that the disk is connected and that you have the right to write there.",
        )
    return None


def damaged(path: Path, why: str) -> DamagedProject:
    """The error for a project whose content does not add up."""
    copies = Path(f"{path}.backups")
    return DamagedProject(
        f"{path.name} is damaged.",
        f"{why[:1].upper()}{why[1:]}.",
        f"Copies from earlier days lie in {copies.name} beside it."
        if copies.is_dir()
        else "There is no copy beside it; a new project of the folder of images can be made.",
    )


class _Boundary:
    """Turns SQLite's errors into ours wherever it is entered; holds no state."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, sqlite3.Error):
            known = translate(error, self._path)
            if known is not None:
                raise known from error


class Sql:
    """One connection to a project file, for one thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
        self.connection = connection
        self.path = path
        self.read_only = read_only
        self.boundary = _Boundary(path)
        self._depth = 0
        self._full_sync = True

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of a query."""
        with self.boundary:
            return self.connection.execute(sql, plain(parameters)).fetchall()

    def row(self, sql: str, parameters: Sequence[object] = ()) -> Row | None:
        """The first row of a query, or None."""
        with self.boundary:
            found: Row | None = self.connection.execute(sql, plain(parameters)).fetchone()
            return found

    def value(self, sql: str, parameters: Sequence[object] = ()) -> object:
        """The first column of the first row, or None."""
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    def number(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """The first column of the first row as a whole number, 0 where there is none."""
        value = self.value(sql, parameters)
        return value if isinstance(value, int) else 0

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[Row]:
        """The rows of a query one by one, for those that are too large to hold together."""
        with self.boundary:
            yield from self.connection.execute(sql, plain(parameters))

    def column(self, sql: str, parameters: Sequence[object] = ()) -> np.ndarray:
        """The only column of a query of whole numbers, as int64 in the order of the query.

        SQLite hands them over as one text: fetching row by row takes the interpreter's lock a
        million times for a million rows, and waits for it each time beside a busy thread.
        """
        whole = f"WITH found (value) AS ({sql}) SELECT group_concat(value) FROM found"
        with self.boundary:
            text = self.connection.execute(whole, plain(parameters)).fetchone()[0]
        return _whole_numbers(text or "")

    def table(
        self,
        sql: str,
        columns: Sequence[tuple[str, type[np.generic]]],
        parameters: Sequence[object] = (),
    ) -> np.ndarray:
        """The rows of a query of numbers as a structured array; none may be NULL."""
        with self.boundary:
            cursor = self.connection.execute(sql, plain(parameters))
            return np.fromiter(cursor, dtype=np.dtype(list(columns)))

    def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Change rows, inside `write`; gives the id of the last row that was inserted."""
        assert self._depth, "changes need a write transaction"
        with self.boundary:
            return self.connection.execute(sql, plain(parameters)).lastrowid or 0

    def run_many(self, sql: str, parameters: Iterable[Sequence[object]]) -> int:
        """Change rows once per set of plain Python parameters; gives how many rows changed."""
        assert self._depth, "changes need a write transaction"
        with self.boundary:
            return self.connection.executemany(sql, parameters).rowcount

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[None]:
        """One write transaction, all or nothing; inside another one it is a part of that.

        What is committed survives the death of the process. With `durable` it also survives a
        power cut, at the price of waiting for the disk.
        """
        if self._depth:
            with self._savepoint():
                yield
            return
        if self.read_only:
            raise StorageError(
                f"{self.path.name} is open for reading only.",
                "Nothing can be changed in it.",
                "Open it for writing once no other program holds it.",
            )
        with WRITE_GATE, self._sole_writer(), self.boundary:
            self._set_sync(durable)
            self.connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                with self._commit():
                    yield
            finally:
                self._depth = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several queries that see the same state of the project."""
        if self.connection.in_transaction:
            yield
            return
        with self.boundary:
            self.connection.execute("BEGIN")
            with self._commit():
                yield

    @contextmanager
    def _commit(self) -> Iterator[None]:
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            self._if_open("ROLLBACK")
            raise

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        name = f"inner_{self._depth}"
        with self.boundary:
            self.connection.execute(f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._if_open(f"ROLLBACK TO {name}")
                self._if_open(f"RELEASE {name}")
                raise
            else:
                self.connection.execute(f"RELEASE {name}")
            finally:
                self._depth -= 1

    @contextmanager
    def _sole_writer(self) -> Iterator[None]:
        if self.path in _writing:
            raise RuntimeError("this thread already writes to the project through another Project")
        _writing[self.path] = self
        try:
            yield
        finally:
            del _writing[self.path]

    def _if_open(self, sql: str) -> None:
        # SQLite itself ends the transaction after some errors, a full disk among them.
        if self.connection.in_transaction:
            self.connection.execute(sql)

    def _set_sync(self, full: bool) -> None:
        if full != self._full_sync:
            self.connection.execute(f"PRAGMA synchronous = {SYNC[full]}")
            self._full_sync = full


def plain(parameters: Sequence[object]) -> tuple[object, ...]:
    """Parameters as SQLite takes them: numpy's scalars as Python's."""
    return tuple(p.item() if isinstance(p, np.generic) else p for p in parameters)


def _whole_numbers(text: str) -> np.ndarray:
    """Numbers between commas, piece by piece, so that other threads get their turn."""
    pieces, start = [np.empty(0, np.int64)], 0
    while start < len(text):
        end = text.find(",", start + _PIECE_LETTERS)
        end = len(text) if end < 0 else end
        pieces.append(np.fromstring(text[start:end], np.int64, sep=","))
        start = end + 1
    return np.concatenate(pieces)
