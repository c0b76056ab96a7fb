"""Masks painted by hand and puzzles shuffled anew, with everything kept warm."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, ignore
from ssl_studio.jobs import live_exhibits
from ssl_studio.jobs.live_exhibits import LiveExhibits
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import TRAINING, run

MAE = {"decoder_width": 16, "decoder_blocks": 1, "decoder_heads": 2}
JIGSAW = {"permutations": "greedy", "count": 6, "tile_width": 8, "head_width": 16}


@pytest.fixture(scope="module")
def _shown_once(_scanned_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shown") / "home"
    shutil.copytree(_scanned_once, home)
    project = home / "p.sslstudio"
    plans = (
        ("mae", {**TRAINING, "backbone": "vit_micro"}, MAE),
        ("jigsaw", {**TRAINING, "image_size": 32, "epochs": 1}, JIGSAW),
    )
    for method, training, settings in plans:
        made = NewRunJob(method, training, settings).run(project, ignore, Cancel())
        TrainJob(made.run_id).run(project, ignore, Cancel())
    return home


@pytest.fixture
def shown(_shown_once: Path, tmp_path: Path) -> Path:
    """A project with MAE as run 1 and Jigsaw as run 2."""
    shutil.copytree(_shown_once, tmp_path / "home")
    return tmp_path / "home" / "p.sslstudio"


def test_a_run_says_what_it_can_show(shown: Path) -> None:
    live = LiveExhibits()
    with Project.open(shown) as project:
        ids = project.images.ids()
        mae, jigsaw = (live.abilities(project, run_id, ids[:5]) for run_id in (1, 2))
    assert mae.reconstructs
    assert mae.grid == (4, 4)
    assert mae.ratio == 0.75
    assert mae.true_statistics
    assert mae.checkpoints[0].kind == "start"
    assert (jigsaw.reconstructs, jigsaw.shows) == (False, True)
    assert np.array_equal(jigsaw.ids, ids[:5])


def test_a_painted_mask_is_filled_in_where_it_hides(shown: Path) -> None:
    live, mask = LiveExhibits(), np.zeros((4, 4), bool)
    mask[1:3, 1:3] = True
    with Project.open(shown) as project:
        ids = project.images.ids()[:6]
        latest = live.abilities(project, 1, ids).checkpoints[-1].id
        made = live.reconstruct(project, latest, ids, int(ids[3]), mask)
        none = live.reconstruct(project, latest, ids, int(ids[3]), np.zeros((4, 4), bool))
    cover = mask.repeat(4, 0).repeat(4, 1)
    assert np.array_equal(made.composite[~cover], made.original[~cover])
    assert np.array_equal(made.composite[cover], made.full[cover])
    assert (made.full[~cover] != made.original[~cover]).any()
    assert (made.error[mask] > 0).all()
    assert np.isnan(none.mean_error)
    assert np.array_equal(none.composite, none.original)


def test_an_earlier_checkpoint_paints_otherwise(shown: Path) -> None:
    live, mask = LiveExhibits(), np.ones((4, 4), bool)
    mask[0, 0] = False
    with Project.open(shown) as project:
        ids = project.images.ids()[:2]
        checkpoints = live.abilities(project, 1, ids).checkpoints
        first, last = (
            live.reconstruct(project, c.id, ids, int(ids[0]), mask)
            for c in (checkpoints[0], checkpoints[-1])
        )
    assert not np.array_equal(first.full, last.full)
    assert np.array_equal(first.original, last.original)


def test_networks_and_pixels_are_loaded_once(shown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    for name in ("load_method", "open_pictures"):
        own = getattr(live_exhibits, name)
        monkeypatch.setattr(
            live_exhibits,
            name,
            lambda *a, own=own, name=name, **k: (loads.append(name), own(*a, **k))[1],
        )
    live = LiveExhibits()
    with Project.open(shown) as project:
        ids = project.images.ids()[:6]
        latest = live.abilities(project, 1, ids).checkpoints[-1].id
        for column in range(4):
            mask = np.zeros((4, 4), bool)
            mask[:, column] = True
            live.reconstruct(project, latest, ids, int(ids[column]), mask)
    assert sorted(loads) == ["load_method", "open_pictures"]


def test_another_seed_is_another_shuffle(shown: Path) -> None:
    live = LiveExhibits()
    with Project.open(shown) as project:
        ids = project.images.ids()[:8]
        latest = live.abilities(project, 2, ids).checkpoints[-1].id
        (one,), (again,), (other,) = (live.show(project, latest, ids, seed) for seed in (1, 1, 2))
    assert one.panels == ("shuffled", "solved", "true")
    assert len(one.pictures) == 8
    assert "sure to" in one.captions[0]
    assert all(
        np.array_equal(a[0], b[0]) for a, b in zip(one.pictures, again.pictures, strict=True)
    )
    assert any(
        not np.array_equal(a[0], b[0]) for a, b in zip(one.pictures, other.pictures, strict=True)
    )


def test_more_images_than_there_is_room_for_are_counted(
    shown: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_exhibits, "MOST_IMAGES", 4)
    with Project.open(shown) as project:
        found = LiveExhibits().abilities(project, 1, project.images.ids()[:9])
    assert (len(found.ids), found.left_out) == (4, 5)


def test_a_run_without_checkpoints_and_a_method_that_paints_nothing_say_so(shown: Path) -> None:
    made, _ = run(NewRunJob("mae", {**TRAINING, "backbone": "vit_micro"}, MAE), shown)
    live = LiveExhibits()
    with Project.open(shown) as project:
        ids = project.images.ids()[:2]
        with pytest.raises(AnalysisError, match="not been trained"):
            live.abilities(project, made.run_id, ids)
        latest = project.runs.checkpoints(2)[-1].id
        with pytest.raises(AnalysisError, match="does not fill in"):
            live.reconstruct(project, latest, ids, int(ids[0]), np.ones((4, 4), bool))
        with pytest.raises(AnalysisError, match="No image"):
            live.show(project, latest, ids[:0], 0)
