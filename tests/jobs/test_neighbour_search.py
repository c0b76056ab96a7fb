"""One query after another, from inside and outside; which neighbourhoods change."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ssl_studio.errors import AnalysisError, UnreadableImage
from ssl_studio.jobs import neighbour_search
from ssl_studio.jobs.embed import EmbedJob
from ssl_studio.jobs.neighbour_search import (
    FileQuery,
    ImageQuery,
    NeighbourSearch,
    PixelsQuery,
)
from ssl_studio.jobs.neighbours import NeighbourChangesJob, NeighboursJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import run

SETS = {"run": 1, "random": 2, "pixels": 3}


@pytest.fixture
def embedded(trained: Path) -> Path:
    for source in SETS:
        run(EmbedJob(1, source=source), trained)  # type: ignore[arg-type]
    return trained


@pytest.mark.parametrize("source", SETS)
def test_searched_neighbours_are_those_that_a_job_stores(embedded: Path, source: str) -> None:
    chosen = SETS[source]
    with Project.open(embedded) as project:
        query = ImageQuery(int(project.images.ids()[5]))
        searched = NeighbourSearch().find(project, chosen, query, 9)
    run(NeighboursJob(chosen, 9), embedded)
    with Project.open(embedded) as project:
        stored = NeighbourSearch().find(project, chosen, query, 9)
    assert np.array_equal(searched.ids, stored.ids)
    assert np.allclose(searched.distances, stored.distances, atol=1e-6)
    assert query.image_id not in searched.ids


@pytest.mark.parametrize("source", SETS)
def test_a_copy_of_an_image_finds_that_image_in_all_features(
    embedded: Path, tmp_path: Path, source: str
) -> None:
    inside = embedded.parent / "pictures/circles/circles-0003.jpg"
    (tmp_path / "copy.jpg").write_bytes(inside.read_bytes())
    with Project.open(embedded) as project:
        found = NeighbourSearch().find(
            project, SETS[source], FileQuery(str(tmp_path / "copy.jpg")), 3
        )
        assert project.images.full_path(int(found.ids[0])) == inside
    assert found.distances[0] < 1e-5
    assert found.labels[0] == "circles"


def test_pixels_from_a_clipboard_are_the_same_as_their_file(embedded: Path) -> None:
    path = embedded.parent / "pictures/circles/circles-0003.jpg"
    with Image.open(path) as image:
        picture = image.convert("RGB")
    pasted = PixelsQuery("clipboard", picture.width, picture.height, picture.tobytes())
    search = NeighbourSearch()
    with Project.open(embedded) as project:
        by_file, by_pixels = (search.find(project, 1, q, 5) for q in (FileQuery(str(path)), pasted))
    assert np.array_equal(by_file.ids, by_pixels.ids)
    assert search.preview(pasted).pixels.shape == (picture.height, picture.width, 3)


def test_the_encoder_is_loaded_once(embedded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []
    load = neighbour_search.load_encoder

    def counted(*given, **named):
        loads.append(given[1:])
        return load(*given, **named)

    monkeypatch.setattr(neighbour_search, "load_encoder", counted)
    search = NeighbourSearch()
    folder = embedded.parent / "pictures/circles"
    with Project.open(embedded) as project:
        for name in ("circles-0001.jpg", "circles-0002.jpg"):
            search.find(project, 1, FileQuery(str(folder / name)), 3)
    assert len(loads) == 1


def test_little_memory_keeps_only_the_last_features(
    embedded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbour_search, "KEPT_BYTES", 1)
    search = NeighbourSearch()
    with Project.open(embedded) as project:
        query = ImageQuery(int(project.images.ids()[0]))
        for feature_set in SETS.values():
            search.find(project, feature_set, query, 3)
    assert list(search._searchers) == [3]


def test_what_is_no_picture_is_told_in_words(embedded: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    with Project.open(embedded) as project, pytest.raises(UnreadableImage):
        NeighbourSearch().find(project, 1, FileQuery(str(tmp_path / "notes.txt")), 3)


def test_features_of_a_deleted_run_take_no_pictures_from_outside(embedded: Path) -> None:
    with Project.open(embedded) as project:
        values = np.eye(72, 8, dtype=np.float32) + 0.1
        orphan = project.features.add(
            source="run", backbone="x", layer="y", image_ids=project.images.ids(), values=values
        )
        path = embedded.parent / "pictures/circles/circles-0003.jpg"
        with pytest.raises(AnalysisError, match="run whose network"):
            NeighbourSearch().find(project, orphan, FileQuery(str(path)), 3)


def test_changes_are_what_the_stored_lists_say(embedded: Path) -> None:
    result, _ = run(NeighbourChangesJob(1, 3, 10), embedded)
    search = NeighbourSearch()
    with Project.open(embedded) as project:
        shares = [
            len(
                np.intersect1d(
                    *(search.find(project, s, ImageQuery(int(i)), 10).ids for s in (1, 3))
                )
            )
            / 10
            for i in result.ids
        ]
    assert np.allclose(result.kept, shares)
    assert (np.diff(result.kept) >= 0).all()
    assert (len(result.ids), result.k) == (72, 10)
    assert 0 < result.mean < 1


def test_a_set_keeps_all_neighbours_beside_itself(embedded: Path) -> None:
    result, _ = run(NeighbourChangesJob(1, 1, 500), embedded)
    assert result.mean == 1
    assert result.k == 71
