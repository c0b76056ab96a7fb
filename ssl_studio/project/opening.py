"""Opening the SQLite file of a project safely: whose it is, how old, and how it may be written."""

import os
import sqlite3
from functools import cache
from pathlib import Path

import psutil

from ssl_studio.errors import (
    DamagedProject,
    ForeignFile,
    NewerProject,
    StorageError,
    WriteProtected,
)
from ssl_studio.project.sql import SYNC, Sql, damaged, translate

APPLICATION_ID = 0x53534C53  # "SSLS"
SCHEMA_VERSION = 3
PAGE_BYTES = 8192  # a thumbnail fits on one page
BUSY_S = 10.0
MAX_VALUE_BYTES = 256 << 20  # of one text or blob; chunks have 8 MiB
MAX_WAL_BYTES = 64 << 20
_PRAGMAS = (
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "cache_size = -65536",  # KiB: the indices of 100,000 images fit, so that a scan stays quick
    "wal_autocheckpoint = 4096",  # pages: 32 MiB
    f"journal_size_limit = {MAX_WAL_BYTES}",
)
_MAGIC = b"SQLite format 3\0"
_NETWORK = {"nfs", "nfs4", "cifs", "smbfs", "smb2", "smb3", "afpfs", "webdav", "davfs", "9p",
            "fuse.sshfs", "fuse.rclone", "ncpfs", "afs", "ceph", "glusterfs", "lustre"}  # fmt: skip


def check_header(path: Path) -> None:
    """Look at the first bytes. Only while this process has no connection to the file.

    POSIX drops a process's locks on a file when any of its handles is closed, SQLite's too.
    Raises StorageError, ForeignFile or DamagedProject.
    """
    if not path.exists():
        raise StorageError(f"There is no project at {path}.", "", "Choose another file.")
    if path.is_dir():
        raise ForeignFile(f"{path.name} is a folder, not a project file.")
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise StorageError(
            f"{path.name} cannot be read.",
            f"The system says: {error.strerror}.",
            "Ask for the right to read it, or copy it to a folder of your own.",
        ) from error
    if not head:
        raise damaged(path, "it is empty: 0 bytes")
    if not head.startswith(_MAGIC):
        raise _foreign(path, "it is not an SQLite file")
    if len(head) < 100:
        raise damaged(path, "its first page is cut off")
    _check_length(path, head)


def check_rights(path: Path) -> None:
    """Raise WriteProtected where the file may not be written; SQLite would notice much later."""
    if not os.access(path, os.W_OK):
        raise WriteProtected(
            f"{path.name} cannot be opened for writing.",
            "The file is write-protected.",
            "Take the protection away, or open it for reading only.",
        )


def _check_length(path: Path, head: bytes) -> None:
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    pages = int.from_bytes(head[28:32], "big")
    same_writer = head[24:28] == head[92:96]  # otherwise the page count in the header is void
    has_log = Path(f"{path}-wal").exists() or Path(f"{path}-journal").exists()
    size = path.stat().st_size
    if same_writer and not has_log and size < page * pages:
        raise damaged(path, f"it is cut off: {size:,} of {page * pages:,} bytes are there")


def _foreign(path: Path, why: str) -> ForeignFile:
    return ForeignFile(
        f"{path.name} is not an SSL Studio project.",
        f"{why[:1].upper()}{why[1:]}.",
        "Choose a .sslstudio file, or create a new project.",
    )


def connect(path: Path, *, read_only: bool) -> Sql:
    """A connection with our settings; the file must exist. It can still be anybody's file."""
    try:
        return _connect(path, "mode=ro" if read_only else "mode=rw", read_only=read_only)
    except StorageError:
        # On a medium that cannot be written SQLite can only read a log-free file, told so.
        if read_only and not Path(f"{path}-wal").exists():
            return _connect(path, "immutable=1", read_only=True)
        raise


def _connect(path: Path, how: str, *, read_only: bool) -> Sql:
    uri = f"{path.as_uri()}?{how}"
    connection = None
    try:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_S)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA synchronous = {SYNC[True]}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise translate(error, path) or error from error
    return Sql(connection, path, read_only=read_only)


def check_identity(sql: Sql) -> int:
    """The schema version of a project of ours. Raises ForeignFile or NewerProject."""
    if sql.number("PRAGMA application_id") != APPLICATION_ID:
        raise _foreign(sql.path, "it belongs to another program")
    version = sql.number("PRAGMA user_version")
    if version > SCHEMA_VERSION:
        raise NewerProject(
            f"{sql.path.name} was written by a newer SSL Studio.",
            f"It has format {version}, this version knows formats up to {SCHEMA_VERSION}.",
            "Install the newest SSL Studio.",
        )
    if version < 1:
        raise damaged(sql.path, "it says that it has no tables")
    return version


def check_schema(sql: Sql) -> None:
    """Whether tables and views are word for word those of our own steps.

    Tables and indices that somebody added are left alone. Raises DamagedProject.
    """
    found = {
        (str(kind), str(name)): " ".join(str(text).split())
        for kind, name, text in sql.rows("SELECT type, name, sql FROM sqlite_master")
    }
    for key, text in _expected_schema().items():
        if found.get(key) != text:
            raise damaged(sql.path, f"its {key[0]} {key[1]} is missing or was altered")


def refuse_triggers(sql: Sql) -> None:
    """Raise DamagedProject where the file holds commands of its own; ours never do."""
    triggers = [str(r[0]) for r in sql.rows("SELECT name FROM sqlite_master WHERE type='trigger'")]
    if triggers:
        raise DamagedProject(
            f"{sql.path.name} holds commands that would run by themselves.",
            f"SSL Studio never stores triggers; this file has {', '.join(triggers)}.",
            "Remove them (sqlite-utils drop-trigger), or do not use this file.",
        )


@cache
def _expected_schema() -> dict[tuple[str, str], str]:
    from ssl_studio.project import migrations

    memory = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrations.apply(memory)
        rows = memory.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            " AND type IN ('table', 'view') AND name NOT LIKE '\\_%' ESCAPE '\\'"
            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ).fetchall()
        return {(kind, name): " ".join(text.split()) for kind, name, text in rows}
    finally:
        memory.close()


def choose_journal(sql: Sql) -> str | None:
    """Switch to a write-ahead log; on a network share to a rollback journal, with a note.

    Raises StorageError where neither works.
    """
    share = network_share(sql.path)
    if share is None and sql.value("PRAGMA journal_mode = WAL") == "wal":
        return None
    if sql.value("PRAGMA journal_mode = TRUNCATE") != "truncate":
        raise StorageError(
            f"{sql.path.name} cannot be written safely where it lies.",
            "The disk offers no journal that SQLite can use.",
            "Move the project to a local disk.",
        )
    where = f"a network share ({share})" if share else "a disk without write-ahead logging"
    return (
        f"{sql.path.name} lies on {where}. Work is slower there, and pages wait while a job "
        "writes. A local disk is the better place for a project."
    )


def network_share(path: Path) -> str | None:
    """The kind of network file system that holds the path, or None on a local disk."""
    if os.name == "nt":
        drive = path.resolve().drive
        if drive.startswith("\\\\"):
            return "UNC"
        remote = (p for p in psutil.disk_partitions(all=True) if "remote" in p.opts)
        return next(("mapped drive" for p in remote if p.device[:2] == drive), None)
    where = path.resolve()
    mounts = [p for p in psutil.disk_partitions(all=True) if where.is_relative_to(p.mountpoint)]
    nearest = max(mounts, key=lambda p: len(p.mountpoint), default=None)
    return nearest.fstype if nearest is not None and nearest.fstype in _NETWORK else None
