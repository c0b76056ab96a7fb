from pathlib import Path

import pytest

from ssl_studio.errors import FolderError, StorageError
from ssl_studio.events import Cancel, Note, ignore
from ssl_studio.jobs.backup import BackupJob
from ssl_studio.jobs.relocate import RelocateJob
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import run


def test_backup_is_a_project_of_its_own(scanned: Path) -> None:
    result, _ = run(BackupJob(), scanned)
    assert result.path is not None
    with Project.open(result.path, read_only=True) as copy:
        assert copy.images.count() == 72


def test_a_young_backup_is_enough(scanned: Path) -> None:
    run(ScanJob(), scanned)
    assert run(BackupJob(if_due=True), scanned)[0].path is None


def test_scan_goes_on_where_there_is_no_room_for_a_backup(
    scanned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StorageError("There is no room for a backup.")

    monkeypatch.setattr(Project, "backup_if_due", refuse)
    result, events = run(ScanJob(), scanned)
    assert result.images == 72
    assert Note("warning", "There is no room for a backup.") in events


def test_moved_folder_keeps_its_images(scanned: Path, tmp_path: Path) -> None:
    with Project.open(scanned) as project:
        before = project.images.ids().tolist()
    (scanned.parent / "pictures").rename(tmp_path / "elsewhere")
    with pytest.raises(FolderError, match="not there"):
        ScanJob().run(scanned, ignore, Cancel())
    result, _ = run(RelocateJob(tmp_path / "elsewhere"), scanned)
    assert (result.images, result.new, result.missing) == (72, 0, 0)
    with Project.open(scanned) as project:
        assert project.images.ids().tolist() == before


def test_it_is_asked_which_of_several_folders_moved(scanned: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    run(ScanJob(tmp_path / "more"), scanned)
    with pytest.raises(FolderError, match="not clear"):
        RelocateJob(tmp_path).run(scanned, ignore, Cancel())
