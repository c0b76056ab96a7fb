import hashlib
import os
import threading
from pathlib import Path

import pytest

from ssl_studio.errors import Cancelled, FolderError
from ssl_studio.events import Cancel, Event, Note, Progress, ignore
from ssl_studio.images import scan as scan_module
from ssl_studio.images import walk as walk_module
from ssl_studio.images.scan import ScanPass, scan_folder
from ssl_studio.project.file import Project
from ssl_studio.project.records import ScannedImage
from tests import pictures

Known = dict[str, tuple[int, int]]


def scan(root: Path, known: Known | None = None) -> tuple[list[ScannedImage], ScanPass]:
    passed = scan_folder(root, known or {}, ignore, Cancel(), threads=2)
    return [row for rows in passed for row in rows], passed


def as_known(rows: list[ScannedImage]) -> Known:
    return {row.path: (row.bytes, row.modified_ns) for row in rows}


def test_rows_say_what_the_files_are(tiny_folder: Path) -> None:
    rows, passed = scan(tiny_folder)
    first = rows[0]
    place = tiny_folder / first.path
    assert first.path == "circles/circles-0000.jpg"
    assert (first.bytes, first.modified_ns) == (place.stat().st_size, place.stat().st_mtime_ns)
    assert first.content_hash == hashlib.sha256(place.read_bytes()).hexdigest()
    assert (first.width, first.height, first.mode, first.format) == (32, 32, "RGB", "JPEG")
    assert first.thumbnail == place.read_bytes()
    assert first.problem is None
    assert passed.seen == {row.path for row in rows}


def test_paths_come_sorted_whatever_the_folders(tmp_path: Path) -> None:
    for name in ("b/x.png", "a-b.png", "a/z.png", "a.png", "a/b/c.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        pictures.quadrants(4, 4).save(tmp_path / name)
    paths = [row.path for row in scan(tmp_path)[0]]
    assert paths == sorted(paths)
    assert len(paths) == 5


def test_rows_stream_while_later_files_are_unread(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_module, "_BATCH_ROWS", 1)
    monkeypatch.setattr(scan_module, "_UNIT_FILES", 1)
    gate = threading.Event()
    honest = scan_module.read_file

    def held_back(place: str) -> bytes:
        if "stripes" in place:
            assert gate.wait(10)
        return honest(place)

    monkeypatch.setattr(scan_module, "read_file", held_back)
    batches = iter(scan_folder(tiny_folder, {}, ignore, Cancel(), threads=1))
    assert next(batches)[0].path == "circles/circles-0000.jpg"
    gate.set()
    assert sum(len(rows) for rows in batches) == 23


def test_broken_files_are_rows_with_a_reason(tmp_path: Path) -> None:
    expected = pictures.draw_broken(tmp_path)
    rows, _ = scan(tmp_path)
    assert {row.path for row in rows} == set(expected)
    assert all(row.problem and row.thumbnail is None and row.width is None for row in rows)
    assert all(row.content_hash for row in rows)


def test_other_files_are_counted_and_hidden_ones_are_not(tiny_folder: Path) -> None:
    (tiny_folder / "notes.txt").write_text("hello")
    (tiny_folder / ".hidden").mkdir()
    pictures.quadrants().save(tiny_folder / ".hidden" / "a.png")
    pictures.quadrants().save(tiny_folder / ".b.png")
    rows, passed = scan(tiny_folder)
    assert len(rows) == 24
    assert passed.ignored == 1


def test_rescan_reads_only_what_is_new_or_changed(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = as_known(scan(tiny_folder)[0])
    pictures.quadrants().save(tiny_folder / "new.png")
    pictures.quadrants(64, 64).save(tiny_folder / "circles/circles-0001.jpg")
    (tiny_folder / "squares/squares-0002.jpg").unlink()
    read: list[str] = []
    honest = scan_module.read_file
    monkeypatch.setattr(scan_module, "read_file", lambda p: (read.append(p), honest(p))[1])
    rows, passed = scan(tiny_folder, known)
    assert [row.path for row in rows] == ["circles/circles-0001.jpg", "new.png"]
    assert len(read) == 2
    assert passed.vanished() == ["squares/squares-0002.jpg"]
    assert len(passed.seen) == 24


def test_touched_file_is_read_again(tiny_folder: Path) -> None:
    known = as_known(scan(tiny_folder)[0])
    os.utime(tiny_folder / "circles/circles-0003.jpg", ns=(1, 1))
    assert [row.path for row in scan(tiny_folder, known)[0]] == ["circles/circles-0003.jpg"]


def test_closed_folder_is_noted_and_its_files_are_not_called_gone(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = as_known(scan(tiny_folder)[0])
    honest = os.scandir

    def refuse(place: str) -> object:
        if place.endswith("squares"):
            raise PermissionError(13, "Permission denied", place)
        return honest(place)

    monkeypatch.setattr(walk_module.os, "scandir", refuse)
    told: list[Event] = []
    passed = scan_folder(tiny_folder, known, told.append, Cancel())
    assert list(passed) == []
    assert passed.closed == ["squares"]
    assert passed.vanished() == []
    note = "The folder “squares” was passed over. You have no right to list it."
    assert Note("warning", note) in told


def test_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="not there"):
        scan_folder(tmp_path / "gone", {}, ignore, Cancel())


def test_link_loops_end_and_real_paths_win(tiny_folder: Path) -> None:
    (tiny_folder / "a-loop").symlink_to(tiny_folder, target_is_directory=True)
    (tiny_folder / "circles" / "up").symlink_to(tiny_folder / "stripes", target_is_directory=True)
    (tiny_folder / "self").symlink_to(tiny_folder / "self")
    (tiny_folder / "nowhere.jpg").symlink_to(tiny_folder / "gone.jpg")
    rows, passed = scan(tiny_folder)
    assert len(rows) == 24
    assert passed.closed == []
    assert not any("loop" in row.path or "up/" in row.path for row in rows)


def test_linked_folder_outside_is_followed(tiny_folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    pictures.quadrants().save(outside / "far.png")
    (tiny_folder / "link").symlink_to(outside, target_is_directory=True)
    assert "link/far.png" in {row.path for row in scan(tiny_folder)[0]}


def test_names_that_are_no_text_survive_into_the_project(tmp_path: Path) -> None:
    root = tmp_path / "odd"
    root.mkdir()
    odd = os.path.join(os.fsencode(root), b"caf\xe9.png")
    try:
        Path(os.fsdecode(odd)).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes only valid names")
    pictures.quadrants().save(os.fsdecode(odd))
    rows, _ = scan(root)
    with Project.create(tmp_path / "p.sslstudio") as project:
        root_id = project.images.add_root(root)
        (image_id,) = project.images.upsert(root_id, rows, None)
        assert os.fsencode(project.images.full_path(image_id)) == odd
        known = project.images.known(root_id)
    assert list(scan_folder(root, known, ignore, Cancel())) == []


@pytest.mark.parametrize("name", ["ünï çødé 图片.png", "quote'\"%.png", "x" * 200 + ".PNG"])
def test_unusual_names(tmp_path: Path, name: str) -> None:
    pictures.quadrants().save(tmp_path / name)
    assert [row.path for row in scan(tmp_path)[0]] == [name]


def test_cancel_stops_within_a_batch(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "_BATCH_ROWS", 1)
    monkeypatch.setattr(scan_module, "_UNIT_FILES", 1)
    cancel = Cancel()
    batches = iter(scan_folder(tiny_folder, {}, ignore, cancel, threads=2))
    next(batches)
    cancel.request()
    with pytest.raises(Cancelled):
        next(batches)


def test_cancel_inside_a_unit_yields_no_half_result(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = Cancel()
    honest = scan_module.read_file

    def cancelling(place: str) -> bytes:
        cancel.request()
        return honest(place)

    monkeypatch.setattr(scan_module, "read_file", cancelling)
    with pytest.raises(Cancelled):
        list(scan_folder(tiny_folder, {}, ignore, cancel))


def test_progress_reaches_the_total(tiny_folder: Path) -> None:
    told: list[Event] = []
    list(scan_folder(tiny_folder, {}, told.append, Cancel()))
    assert told[-1] == Progress(24, 24, "Reading pictures")


def test_leaving_early_leaves_no_thread(tiny_folder: Path) -> None:
    before = threading.active_count()
    batches = iter(scan_folder(tiny_folder, {}, ignore, Cancel()))
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
