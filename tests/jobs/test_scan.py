from collections.abc import Callable
from pathlib import Path

import pytest

from ssl_studio.errors import Cancelled, FolderError, UnreadableImage
from ssl_studio.events import Artefact, Cancel, Event, ignore
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import run
from tests.pictures import draw_broken, write_labels


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    Project.create(tmp_path / "p.sslstudio").close()
    return tmp_path / "p.sslstudio"


def test_new_images_take_their_labels_from_folders(empty: Path, tiny_folder: Path) -> None:
    result, _ = run(ScanJob(tiny_folder), empty)
    assert (result.images, result.new, result.classes) == (24, 24, 3)
    with Project.open(empty) as project:
        assert set(project.images.labels(project.images.ids())) == {"circles", "squares", "stripes"}


def test_rows_are_stored_before_they_are_reported(empty: Path, tiny_folder: Path) -> None:
    counts = []

    def look(event: Event) -> None:
        if isinstance(event, Artefact):
            with Project.open(empty, read_only=True) as project:
                counts.append(project.images.count())

    ScanJob(tiny_folder).run(empty, look, Cancel())
    assert counts[0] > 0


def test_second_scan_finds_nothing_new(empty: Path, tiny_folder: Path) -> None:
    run(ScanJob(tiny_folder), empty)
    result, _ = run(ScanJob(), empty)
    assert (result.images, result.new, result.changed, result.missing) == (24, 0, 0, 0)


def _rename(folder: Path) -> None:
    (folder / "circles/circles-0000.jpg").rename(folder / "squares/moved.jpg")


def _remove(folder: Path) -> None:
    (folder / "circles/circles-0000.jpg").unlink()


def _change(folder: Path) -> None:
    (folder / "circles/circles-0000.jpg").write_bytes(
        (folder / "squares/squares-0000.jpg").read_bytes()
    )


@pytest.mark.parametrize(
    ("act", "images", "changed", "missing", "duplicates"),
    [(_rename, 24, 1, 0, 0), (_remove, 23, 0, 1, 0), (_change, 24, 1, 0, 1)],
)
def test_rescan_keeps_the_ids_of_what_it_knows(
    empty: Path,
    tiny_folder: Path,
    act: Callable[[Path], None],
    images: int,
    changed: int,
    missing: int,
    duplicates: int,
) -> None:
    run(ScanJob(tiny_folder), empty)
    with Project.open(empty) as project:
        before = set(project.images.ids(status=None).tolist())
    act(tiny_folder)
    result, _ = run(ScanJob(), empty)
    found = (result.images, result.changed, result.missing, result.duplicates)
    assert found == (images, changed, missing, duplicates)
    with Project.open(empty) as project:
        assert set(project.images.ids(status=None).tolist()) == before


def test_file_that_comes_back_is_no_longer_missing(empty: Path, tiny_folder: Path) -> None:
    run(ScanJob(tiny_folder), empty)
    path = tiny_folder / "circles/circles-0000.jpg"
    path.rename(tiny_folder.parent / "away.jpg")
    run(ScanJob(), empty)
    (tiny_folder.parent / "away.jpg").rename(path)
    result, _ = run(ScanJob(), empty)
    assert (result.images, result.new, result.missing) == (24, 0, 0)


def test_bad_files_are_listed_and_stop_nothing(empty: Path, tiny_folder: Path) -> None:
    kinds = draw_broken(tiny_folder / "broken")
    result, _ = run(ScanJob(tiny_folder), empty)
    assert (result.images, result.bad) == (24, len(kinds))
    with Project.open(empty) as project:
        assert all(image.problem for image in project.images.problems())


def test_table_gives_labels_and_splits(empty: Path, tiny_folder: Path, tmp_path: Path) -> None:
    run(ScanJob(tiny_folder), empty)
    table = write_labels(tiny_folder, tmp_path / "labels.csv")
    run(ScanJob(tiny_folder, table), empty)
    with Project.open(empty) as project:
        assert set(project.images.splits(project.images.ids())) == {"train", "test"}


def test_labels_stay_when_their_table_is_gone(
    empty: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    table = write_labels(tiny_folder, tmp_path / "labels.csv")
    run(ScanJob(tiny_folder, table), empty)
    table.unlink()
    _, events = run(ScanJob(), empty)
    assert any("Labels stay" in getattr(event, "text", "") for event in events)
    with Project.open(empty) as project:
        assert None not in project.images.splits(project.images.ids())


def test_stopped_scan_goes_on_from_there(empty: Path, tiny_folder: Path) -> None:
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        ScanJob(tiny_folder).run(empty, ignore, cancel)
    result, _ = run(ScanJob(), empty)
    assert result.images == 24


def test_missing_folder_is_told_in_words(empty: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="cannot be read"):
        run(ScanJob(tmp_path / "nowhere"), empty)


def test_scan_without_a_folder_asks_for_one(empty: Path) -> None:
    with pytest.raises(FolderError, match="no folder yet"):
        run(ScanJob(), empty)


def test_the_table_holds_in_later_scans(empty: Path, tiny_folder: Path, tmp_path: Path) -> None:
    run(ScanJob(tiny_folder), empty)
    table = write_labels(tiny_folder, tmp_path / "labels.csv")
    run(ScanJob(labels=table), empty)
    (tiny_folder / "circles/circles-0000.jpg").rename(tiny_folder / "circles/new.jpg")
    text = table.read_text().replace("circles/circles-0000.jpg,circles", "circles/new.jpg,discs")
    table.write_text(text)
    run(ScanJob(), empty)
    with Project.open(empty) as project:
        assert project.images.roots()[0].label_source == str(table.resolve())
        assert "discs" in project.images.labels(project.images.ids())
        assert project.images.splits(project.images.ids()).count(None) == 0


def test_an_edited_table_relabels_known_images(
    empty: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    table = write_labels(tiny_folder, tmp_path / "labels.csv")
    run(ScanJob(tiny_folder, table), empty)
    table.write_text(table.read_text().replace(",circles,", ",discs,"))
    run(ScanJob(), empty)
    with Project.open(empty) as project:
        assert project.images.classes() == ["discs", "squares", "stripes"]


def test_back_to_the_names_of_folders(empty: Path, tiny_folder: Path, tmp_path: Path) -> None:
    table = write_labels(tiny_folder, tmp_path / "labels.csv")
    run(ScanJob(tiny_folder, table), empty)
    run(ScanJob(folder_labels=True), empty)
    run(ScanJob(), empty)
    with Project.open(empty) as project:
        assert set(project.images.splits(project.images.ids())) == {None}


def test_a_bad_file_is_tried_again(
    empty: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: object) -> bytes:
        raise UnreadableImage("It cannot be read.", "The disk is asleep.")

    with monkeypatch.context() as patch:
        patch.setattr("ssl_studio.images.scan.read_file", refuse)
        assert run(ScanJob(tiny_folder), empty)[0].bad == 24
        assert run(ScanJob(), empty)[0].changed == 0
    result, _ = run(ScanJob(), empty)
    assert (result.images, result.bad, result.changed) == (24, 0, 24)
