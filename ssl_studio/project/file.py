"""The project: open, check, upgrade, lock, close. The stores for each kind of record hang on it."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from ssl_studio import __version__
from ssl_studio.errors import ProjectError, StorageError
from ssl_studio.events import Cancel, Report, ignore
from ssl_studio.project import backups, checking, opening
from ssl_studio.project.arrays import ArrayStore
from ssl_studio.project.clusterings import ClusteringStore
from ssl_studio.project.duplicates import DuplicateStore
from ssl_studio.project.edits import EditLog
from ssl_studio.project.exhibits import ExhibitStore
from ssl_studio.project.facets import FacetStore
from ssl_studio.project.features import FeatureStore
from ssl_studio.project.images import ImageStore
from ssl_studio.project.lock import FileLock
from ssl_studio.project.rows import now
from ssl_studio.project.runs import RunStore
from ssl_studio.project.sql import WRITE_GATE, Sql, translate
from ssl_studio.project.tags import TagStore
from ssl_studio.project.units import UnitStore

SUFFIX = ".sslstudio"


@dataclass
class _Holding:
    """What this process holds of one project file, shared by its Project objects."""

    connections: int = 0
    writers: int = 0
    lock: FileLock | None = None
    notes: list[str] = field(default_factory=list)


_holdings: dict[Path, _Holding] = {}
_GATE = threading.RLock()  # guards _holdings


class Project:
    """An open project file. Cheap, and for one thread; open another one in another thread.

    Projects of one process share the right to write; a second process gets LockedProject and
    may open with `read_only`. Use as a context manager, or call `close`.

    Attributes:
        notes: what the user should know about where the file lies.
    """

    def __init__(self, sql: Sql, notes: list[str]) -> None:
        self._sql = sql
        self.path = sql.path
        self.read_only = sql.read_only
        self.notes = tuple(notes)
        self.arrays = ArrayStore(sql)
        self.images = ImageStore(sql)
        self.facets = FacetStore(sql)
        self.tags = TagStore(sql)
        self.duplicates = DuplicateStore(sql)
        self.runs = RunStore(sql, self.arrays)
        self.features = FeatureStore(sql, self.arrays)
        self.clusterings = ClusteringStore(sql)
        self.exhibits = ExhibitStore(sql)
        self.units = UnitStore(sql)
        self.edits = EditLog(sql)
        self._closed = False

    @classmethod
    def create(cls, path: Path | str, *, overwrite: bool = False) -> Self:
        """A new, empty project, open for writing.

        Raises StorageError where the file exists and `overwrite` is false, or the folder refuses;
        LockedProject where another process has it open.
        """
        place = _resolved(path)
        with WRITE_GATE, _GATE:
            _refuse_clash(place, overwrite=overwrite)
            lock = FileLock(place)
            try:
                _build(place)
            finally:
                lock.release()
            return cls.open(place)

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = False) -> Self:
        """An existing project; an older one is upgraded, after a copy was made.

        Raises ForeignFile, NewerProject, DamagedProject, LockedProject or StorageError.
        """
        place = _resolved(path)
        with _GATE:
            holding = _holdings.get(place)
            if holding is not None and (read_only or holding.writers):
                return cls(_open_further(place, holding, read_only=read_only), holding.notes)
        # The write gate comes before the other one: who holds it may open a project meanwhile.
        with WRITE_GATE, _GATE:
            holding = _holdings.setdefault(place, _Holding())
            try:
                sql = _open_first(place, holding, read_only=read_only)
            except BaseException:
                _let_go(place, holding)
                raise
            return cls(sql, holding.notes)

    def close(self) -> None:
        """Give the file back; the last one of the process also empties the log and the lock."""
        if self._closed:
            return
        self._closed = True
        with _GATE:
            self._sql.connection.close()
            holding = _holdings[self.path]
            holding.connections -= 1
            holding.writers -= not self.read_only
            _let_go(self.path, holding)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[None]:
        """One write transaction over any of the stores: all of it is stored, or nothing.

        Keep it short: every other writer of the process waits. Inside another one of the same
        Project it joins that. Without `durable` a power cut (not a crash) may undo it.
        """
        with self._sql.write(durable=durable):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several reads that see one and the same state."""
        with self._sql.reading():
            yield

    def info(self) -> dict[str, str]:
        """Facts about the project as a whole, by key."""
        rows = self._sql.rows("SELECT key, value FROM project_info ORDER BY key")
        return {str(key): str(value) for key, value in rows}

    def set_info(self, key: str, value: str) -> None:
        """Store a fact about the project as a whole."""
        with self._sql.write():
            self._sql.run(
                "INSERT INTO project_info VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
            )

    def check(self, report: Report = ignore, cancel: Cancel | None = None) -> list[str]:
        """Everything that does not add up, in plain words; nothing is changed. Reads it all."""
        return checking.check(self._sql, self.arrays, report, cancel or Cancel())

    def backup(self, report: Report = ignore, cancel: Cancel | None = None) -> Path:
        """Copy the project into the folder of backups beside it, and thin older copies."""
        return backups.make(self._sql, report, cancel or Cancel())

    def copy_to(self, path: Path) -> None:
        """Write the project as it is now to another file, beside readers and writers."""
        backups.copy(self._sql, path, ignore, Cancel())

    def backup_if_due(self, report: Report = ignore, cancel: Cancel | None = None) -> Path | None:
        """A backup, where the newest is a day old and there is something to lose."""
        return self.backup(report, cancel) if backups.is_due(self._sql) else None


def _resolved(path: Path | str) -> Path:
    place = Path(path).expanduser().resolve()
    return Path(os.path.normcase(place)) if os.name == "nt" else place


def _refuse_clash(place: Path, *, overwrite: bool) -> None:
    if place in _holdings:
        raise StorageError(f"{place.name} is open here.", "", "Close it first.")
    if place.is_dir() or (place.exists() and not overwrite):
        raise StorageError(f"{place.name} exists already.", "", "Open it, or choose another name.")
    if not place.parent.is_dir():
        raise StorageError(f"There is no folder {place.parent}.", "", "Choose another folder.")
    if not os.access(place.parent, os.W_OK):
        raise StorageError(
            f"{place.name} cannot be created.",
            f"You have no right to write in {place.parent}.",
            "Choose another folder.",
        )


def _build(place: Path) -> None:
    """Make the file under another name and move it in: it is either whole or not there."""
    from ssl_studio.project import migrations

    draft = place.with_name(f".{place.name}.new")
    draft.unlink(missing_ok=True)
    try:
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            # Nobody sees the draft, so the disk is waited for once, at its end.
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"PRAGMA page_size = {opening.PAGE_BYTES}")
            connection.execute(f"PRAGMA application_id = {opening.APPLICATION_ID}")
            migrations.apply(connection)
            facts = [("created_at", now()), ("created_with", f"SSL Studio {__version__}")]
            connection.executemany("INSERT INTO project_info VALUES (?, ?)", facts)
        finally:
            connection.close()
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        for log in ("-wal", "-shm", "-journal"):
            Path(f"{place}{log}").unlink(missing_ok=True)
        os.replace(draft, place)
    except sqlite3.Error as error:
        raise translate(error, place) or error from error
    except OSError as error:
        raise StorageError(
            f"{place.name} cannot be created.", f"The system says: {error.strerror}.", ""
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _open_first(place: Path, holding: _Holding, *, read_only: bool) -> Sql:
    """The process's first connection to a file, or the first that writes: look at everything."""
    if holding.connections == 0:
        opening.check_header(place)
    if not read_only:
        opening.check_rights(place)
        holding.lock = holding.lock or FileLock(place)
    sql = opening.connect(place, read_only=read_only)
    try:
        version = opening.check_identity(sql)
        opening.refuse_triggers(sql)
        if not read_only:
            _make_ready(sql, version, holding)
        elif version < opening.SCHEMA_VERSION:
            raise ProjectError(
                f"{place.name} has an older format.",
                "It has to be upgraded, which needs writing.",
                "Open it for writing once.",
            )
        opening.check_schema(sql)
        if not read_only:
            ArrayStore(sql).sweep()
            ImageStore(sql).refresh_places()
    except BaseException:
        sql.connection.close()
        raise
    _count(holding, read_only=read_only)
    return sql


def _open_further(place: Path, holding: _Holding, *, read_only: bool) -> Sql:
    sql = opening.connect(place, read_only=read_only)
    _count(holding, read_only=read_only)
    return sql


def _count(holding: _Holding, *, read_only: bool) -> None:
    holding.connections += 1
    holding.writers += not read_only


def _make_ready(sql: Sql, version: int, holding: _Holding) -> None:
    note = opening.choose_journal(sql)
    holding.notes = [note] if note else []
    if version < opening.SCHEMA_VERSION:
        backups.upgrade(sql, version)


def _let_go(place: Path, holding: _Holding) -> None:
    if holding.writers == 0 and holding.lock is not None:
        holding.lock.release()
        holding.lock = None
    if holding.connections == 0:
        _holdings.pop(place, None)
