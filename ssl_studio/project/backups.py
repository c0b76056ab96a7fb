"""Copies of a project beside it, thinned by day and week."""

import os
import re
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ssl_studio.errors import StorageError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.project.sql import Sql, damaged

DAYS = 7
WEEKS = 4
EVERY = timedelta(days=1)
_STAMP = "%Y%m%d-%H%M%S"
_ENDING = re.compile(r"-(\d{8}-\d{6})(-before-\d+)?")  # of a copy's name, behind the project's
_PAGES = 512  # copied between two looks at `cancel`: 4 MiB
_DATA = ("roots", "runs", "feature_sets")  # a project without rows here holds nothing to lose


def folder(project: Path) -> Path:
    """Where the copies of a project lie."""
    return project.with_name(project.name + ".backups")


def make(sql: Sql, report: Report = ignore, cancel: Cancel | None = None, tag: str = "") -> Path:
    """Copy the whole project, then drop copies that are no longer worth their place.

    Readers and writers go on meanwhile. Raises StorageError where there is no room.
    """
    _make_room(sql)
    stamp = datetime.now(UTC).strftime(_STAMP)
    target = folder(sql.path) / f"{sql.path.stem}-{stamp}{tag}{sql.path.suffix}"
    draft = target.with_name(f".{target.name}.new")
    try:
        copy(sql, draft, report, cancel or Cancel())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    for old in superfluous(existing(sql.path), datetime.now(UTC)):
        old.unlink(missing_ok=True)
    return target


def _make_room(sql: Sql) -> None:
    needed = sql.number("PRAGMA page_count") * sql.number("PRAGMA page_size")
    try:
        folder(sql.path).mkdir(exist_ok=True)
        for draft in folder(sql.path).glob(".*.new"):  # of a process that died meanwhile
            draft.unlink(missing_ok=True)
        free = shutil.disk_usage(folder(sql.path)).free
    except OSError as error:
        raise StorageError(
            "The backup cannot be written.",
            f"The system says: {error.strerror}.",
            "Ask for the right to write beside the project, or move it to a folder of your own.",
        ) from error
    if free < needed * 1.1:
        raise StorageError(
            "There is no room for a backup.",
            f"It needs {needed >> 20:,} MiB, {free >> 20:,} MiB are free.",
            "Free some space, or move the project to a larger disk.",
        )


def copy(sql: Sql, target: Path, report: Report, cancel: Cancel) -> None:
    """Write what the project holds now to another file."""

    def step(_status: int, remaining: int, total: int) -> None:
        report(Progress(total - remaining, total, "backup"))
        cancel.check()

    with (
        sql.boundary,
        closing(sqlite3.connect(target, isolation_level=None)) as copied,
        sql.reading(),
    ):
        sql.number("SELECT count(*) FROM sqlite_master")  # fixes the state that is copied
        sql.connection.backup(copied, pages=_PAGES, progress=step)


def existing(project: Path) -> list[Path]:
    """The copies of a project, oldest first; other files in the folder are not looked at."""
    copies = (path for path in folder(project).glob("*") if path.suffix == project.suffix)
    length = len(project.stem)
    return sorted(
        path
        for path in copies
        if path.stem.startswith(project.stem) and _ENDING.fullmatch(path.stem, length)
    )


def is_due(sql: Sql) -> bool:
    """Whether the newest copy is older than a day and the project holds anything."""
    newest = max((made_at(p) for p in existing(sql.path)), default=None)
    fresh = newest is not None and datetime.now(UTC) - newest < EVERY
    return not fresh and holds_data(sql)


def holds_data(sql: Sql) -> bool:
    """Whether there is anything to lose."""
    tables = {row[0] for row in sql.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return any(
        sql.value(f"SELECT 1 FROM {table} LIMIT 1") is not None
        for table in _DATA
        if table in tables
    )


def superfluous(copies: Iterable[Path], now: datetime) -> list[Path]:
    """Which copies to drop, as of `now`.

    All of the last day stay, then the newest of each of 7 days and 4 weeks, and the newest of
    all. Copies made before an upgrade stay as long as weekly ones.
    """
    kept: set[Path] = set()
    days: dict[object, Path] = {}
    weeks: dict[object, Path] = {}
    every = sorted(copies)
    for path in every:
        at = made_at(path)
        age = now - at
        if age < EVERY or (_ending(path)[2] and age < timedelta(weeks=WEEKS)):
            kept.add(path)
        if age < timedelta(days=DAYS):
            days[at.date()] = path
        if age < timedelta(weeks=WEEKS):
            weeks[at.isocalendar()[:2]] = path
    kept |= {*days.values(), *weeks.values(), *every[-1:]}
    return [path for path in every if path not in kept]


def made_at(copied: Path) -> datetime:
    """When a copy was made, as its name says."""
    return datetime.strptime(_ending(copied)[1], _STAMP).replace(tzinfo=UTC)


def _ending(copied: Path) -> re.Match[str]:
    *_, found = _ENDING.finditer(copied.stem)
    return found


def upgrade(sql: Sql, version: int) -> None:
    """Bring an older file to today's schema, after a copy of one that holds data.

    Raises DamagedProject where its rows refer to missing ones afterwards.
    """
    from ssl_studio.project import migrations

    if holds_data(sql):
        make(sql, tag=f"-before-{version + 1}")
    with sql.boundary:
        broken = migrations.apply(sql.connection)
    if broken:
        raise damaged(sql.path, broken[0])
