import os
import sqlite3
import threading
from pathlib import Path

import pytest

from ssl_studio.errors import DamagedProject, ForeignFile, NewerProject, StorageError
from ssl_studio.project import Project, opening
from ssl_studio.project.lock import lock_path
from tests.project.made import alter, fill


def test_a_new_project_says_whose_it_is(path: Path) -> None:
    Project.create(path).close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA application_id").fetchone() == (opening.APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (opening.SCHEMA_VERSION,)
    connection.close()


def test_closing_leaves_one_file(path: Path) -> None:
    with Project.create(path) as project:
        fill(project)
        assert lock_path(path).exists()
    assert sorted(p.name for p in path.parent.iterdir()) == ["demo.sslstudio", "pictures"]


def test_an_existing_file_is_overwritten_only_when_asked(path: Path) -> None:
    with Project.create(path) as project:
        project.set_info("name", "old")
    with pytest.raises(StorageError, match="exists already"):
        Project.create(path)
    with Project.create(path, overwrite=True) as project:
        assert "name" not in project.info()


def test_an_open_project_is_not_overwritten(project: Project) -> None:
    with pytest.raises(StorageError, match="is open here"):
        Project.create(project.path, overwrite=True)


def test_facts_are_kept(path: Path) -> None:
    with Project.create(path) as project:
        project.set_info("name", "Moths")
        project.set_info("name", "Möths")
    with Project.open(path) as project:
        assert project.info()["name"] == "Möths"
        assert project.info()["created_with"].startswith("SSL Studio ")


def test_no_file(path: Path) -> None:
    with pytest.raises(StorageError, match="no project at"):
        Project.open(path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no folder"):
        Project.create(tmp_path / "nowhere" / "demo.sslstudio")


def test_a_folder_is_foreign(tmp_path: Path) -> None:
    with pytest.raises(ForeignFile, match="is a folder"):
        Project.open(tmp_path)


def test_another_kind_of_file_is_foreign(path: Path) -> None:
    path.write_text("once upon a time")
    with pytest.raises(ForeignFile, match="not an SQLite file"):
        Project.open(path)


def test_another_programs_database_is_foreign(path: Path) -> None:
    alter(path, "CREATE TABLE notes (text)")
    with pytest.raises(ForeignFile, match="another program"):
        Project.open(path)
    assert not lock_path(path).exists()


def test_an_empty_file_is_damaged(path: Path) -> None:
    path.touch()
    with pytest.raises(DamagedProject, match="0 bytes"):
        Project.open(path)


def test_a_newer_project(path: Path) -> None:
    Project.create(path).close()
    alter(path, "PRAGMA user_version = 99")
    with pytest.raises(NewerProject, match="format 99"):
        Project.open(path)


def test_a_truncated_project(path: Path) -> None:
    with Project.create(path) as project:
        fill(project)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(DamagedProject, match="cut off"):
        Project.open(path)


def test_a_project_cut_within_its_first_page(path: Path) -> None:
    Project.create(path).close()
    os.truncate(path, 60)
    with pytest.raises(DamagedProject, match="first page"):
        Project.open(path)


def test_overwritten_pages_are_damage(path: Path) -> None:
    with Project.create(path) as project:
        fill(project)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(opening.PAGE_BYTES * 3))
    with pytest.raises(DamagedProject):
        Project.open(path)


def test_an_altered_schema_is_damage(path: Path) -> None:
    Project.create(path).close()
    alter(path, "DROP VIEW clusters_by_label", "CREATE VIEW clusters_by_label AS SELECT 1")
    with pytest.raises(DamagedProject, match="clusters_by_label"):
        Project.open(path)


def test_a_table_that_somebody_added_is_fine(path: Path) -> None:
    Project.create(path).close()
    alter(path, "CREATE TABLE mine (text)", "CREATE INDEX by_camera ON images (camera)")
    Project.open(path).close()


def test_commands_in_the_file_are_refused(path: Path) -> None:
    Project.create(path).close()
    alter(path, "CREATE TRIGGER evil AFTER INSERT ON roots BEGIN DELETE FROM roots; END")
    with pytest.raises(DamagedProject, match="evil"):
        Project.open(path)


def test_reading_only_changes_nothing(path: Path) -> None:
    with Project.create(path) as project:
        filled = fill(project)
    with Project.open(path, read_only=True) as reader:
        assert reader.images.count() == len(filled.images)
        with pytest.raises(StorageError, match="reading only"):
            reader.set_info("name", "x")


def test_reader_and_writer_of_one_process(project: Project) -> None:
    with Project.open(project.path, read_only=True) as reader:
        project.set_info("name", "x")
        assert reader.info()["name"] == "x"


def test_the_lock_stays_until_the_last_one_closes(path: Path) -> None:
    first = Project.create(path)
    second = Project.open(path)
    first.close()
    first.close()
    assert lock_path(path).exists()
    second.set_info("name", "x")
    second.close()
    assert not lock_path(path).exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights do not bind here")
def test_a_file_without_rights(path: Path) -> None:
    Project.create(path).close()
    path.chmod(0)
    with pytest.raises(StorageError, match="cannot be read"):
        Project.open(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights do not bind here")
def test_a_folder_without_rights_opens_for_reading(path: Path) -> None:
    Project.create(path).close()
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="lock file"):
            Project.open(path)
        with Project.open(path, read_only=True) as project:
            assert project.images.count() == 0
    finally:
        path.parent.chmod(0o700)


def test_a_write_protected_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Project.create(path).close()
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    with pytest.raises(StorageError, match="write-protected"):
        Project.open(path)
    with pytest.raises(StorageError, match="no right to write"):
        Project.create(path, overwrite=True)
    Project.open(path, read_only=True).close()


def test_a_network_share_gets_another_journal_and_a_word(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Project.create(path).close()
    monkeypatch.setattr(opening, "network_share", lambda _path: "nfs")
    with Project.open(path) as project:
        assert "network share (nfs)" in project.notes[0]
        project.set_info("name", "x")
        assert not Path(f"{path}-wal").exists()


def test_threads_with_a_project_each(project: Project) -> None:
    def work(number: int) -> None:
        with Project.open(project.path) as own:
            for i in range(20):
                own.set_info(f"{number}-{i}", "x")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("-" in key for key in project.info()) == 80


def test_opening_while_this_thread_writes_to_another_project(
    project: Project, tmp_path: Path
) -> None:
    other = tmp_path / "other.sslstudio"
    with project.write(), Project.create(other) as second:
        second.set_info("name", "x")
        project.set_info("name", "y")
    assert project.info()["name"] == "y"
