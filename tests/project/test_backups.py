import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from ssl_studio.errors import Cancelled, StorageError
from ssl_studio.events import Cancel, Progress
from ssl_studio.project import Project, backups
from tests.project.made import Filled, fill

NOW = datetime(2025, 3, 20, 12, tzinfo=UTC)


def copy(age: timedelta, tag: str = "") -> Path:
    return Path(f"demo-{NOW - age:%Y%m%d-%H%M%S}{tag}.sslstudio")


def test_a_backup_is_a_whole_project(filled: Filled) -> None:
    copied = filled.project.backup()
    assert copied.parent.name == "demo.sslstudio.backups"
    with Project.open(copied) as project:
        assert project.check() == []
        assert project.images.count() == 12
        assert project.runs.load_checkpoint(filled.checkpoint) == b"the state"


def test_backups_are_due_once_a_day_and_only_with_content(filled: Filled, path: Path) -> None:
    assert filled.project.backup_if_due() is not None
    assert filled.project.backup_if_due() is None
    with Project.create(path.with_name("empty.sslstudio")) as empty:
        assert empty.backup_if_due() is None


def test_a_cancelled_backup_leaves_nothing(filled: Filled) -> None:
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        filled.project.backup(cancel=cancel)
    assert list(backups.folder(filled.project.path).iterdir()) == []
    filled.project.set_info("still", "writable")


def test_a_backup_reports(filled: Filled) -> None:
    events: list[object] = []
    filled.project.backup(events.append)
    assert isinstance(events[-1], Progress)
    assert events[-1].done == events[-1].total


def test_no_room(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1000))
    with pytest.raises(StorageError, match="no room"):
        filled.project.backup()


def test_all_of_the_last_day_stay() -> None:
    copies = [copy(timedelta(hours=h)) for h in range(0, 24, 2)]
    assert backups.superfluous(copies, NOW) == []


def test_then_one_for_each_day_and_week() -> None:
    copies = [copy(timedelta(hours=h)) for h in range(0, 24 * 100, 6)]
    dropped = backups.superfluous(copies, NOW)
    ages = sorted((NOW - backups.made_at(c)).days for c in copies if c not in dropped)
    assert ages == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 10, 17, 24]


def test_the_newest_stays_however_old() -> None:
    copies = [copy(timedelta(days=d)) for d in (200, 300)]
    assert backups.superfluous(copies, NOW) == [copies[1]]


def test_copies_before_an_upgrade_stay_for_weeks() -> None:
    copies = [copy(timedelta(days=10, hours=h), "-before-2" if h == 5 else "") for h in range(9)]
    assert copies[5] not in backups.superfluous(copies, NOW)
    assert len(backups.superfluous(copies, NOW)) == 7


def test_files_of_others_are_left_alone_and_count_for_nothing(filled: Filled) -> None:
    folder = backups.folder(filled.project.path)
    folder.mkdir()
    mine = folder / "demo-mine.sslstudio"
    mine.write_bytes(b"a copy that somebody made by hand")
    assert filled.project.backup_if_due() is not None
    assert mine.exists()


def test_the_time_of_a_copy_is_told_by_its_name() -> None:
    copied = Path("hall-before-2024-20250301-120000-before-3.sslstudio")
    assert backups.made_at(copied) == datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["birds [2024].sslstudio", "hall-before-2024.sslstudio", "w.x"])
def test_any_name_of_a_project_has_its_copies_found(tmp_path: Path, name: str) -> None:
    with Project.create(tmp_path / name) as project:
        fill(project)
        copied = project.backup_if_due()
        assert copied is not None
        assert backups.existing(project.path) == [copied]
        assert project.backup_if_due() is None
