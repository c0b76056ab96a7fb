from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import AnalysisError, SettingsError
from ssl_studio.events import Cancel, ignore
from ssl_studio.jobs.catalogue import catalogue
from ssl_studio.jobs.preview import PreviewJob, PreviewResult
from ssl_studio.jobs.propose import ProposeJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import run

SMALL = {"image_size": 32, "batch_size": 16}


def preview(project: Path, method: str, **settings: object) -> PreviewResult:
    fits = ProposeJob(method, SMALL, probe=False).run(project, ignore, Cancel())
    training = fits.training_values() | SMALL
    return run(PreviewJob(method, training, fits.settings_values() | settings), project)[0]


@pytest.mark.parametrize("card", catalogue().methods, ids=lambda card: card.id)
def test_every_method_shows_views_of_the_pictures(scanned: Path, card: object) -> None:
    found = preview(scanned, card.id)  # type: ignore[attr-defined]
    assert found.rows[0].name == "picture"
    assert len(found.rows) > 1
    for row in found.rows:
        assert row.pictures.dtype == np.uint8
        assert row.pictures.shape[0] == len(found.image_ids) == 5
        assert row.pictures.shape[3] == 3
        assert row.pictures.std() > 5


def test_multi_crop_shows_every_crop_in_its_size(scanned: Path) -> None:
    found = preview(scanned, "swav", small_crops=3)
    sides = [row.pictures.shape[1] for row in found.rows]
    assert sides[:3] == [32, 32, 32]
    assert len(sides) == 6
    assert max(sides[3:]) < 32


def test_tiles_lie_side_by_side(scanned: Path) -> None:
    found = preview(scanned, "jigsaw")
    assert [row.name for row in found.rows] == ["picture", "tiles"]
    assert any("brightness" in note for note in found.notes)


def test_masks_hide_the_share_that_is_set(scanned: Path) -> None:
    found = preview(scanned, "mae", mask_ratio=0.75)
    seen, view = found.rows[-1].pictures, found.rows[1].pictures
    hidden = (seen == 128).all(axis=-1) & (view != 128).any(axis=-1)
    assert hidden.mean() == pytest.approx(0.75, abs=0.08)


def test_views_without_any_change_look_like_the_pictures(scanned: Path) -> None:
    found = preview(scanned, "simclr", crop_min=1.0, strength=0.0, grey=0.0, flip=False, blur=False)
    picture, view = (row.pictures.astype(float) for row in found.rows[:2])
    assert np.abs(picture - view).mean() < 8


def test_another_seed_draws_other_views_of_the_same_pictures(scanned: Path) -> None:
    with Project.open(scanned) as project:
        ids = tuple(project.images.ids()[:3].tolist())
    first, second = (
        run(PreviewJob("simclr", SMALL, {}, image_ids=ids, images=3, seed=seed), scanned)[0]
        for seed in (1, 2)
    )
    assert first.image_ids == second.image_ids == ids
    assert (first.rows[0].pictures == second.rows[0].pictures).all()
    assert (first.rows[1].pictures != second.rows[1].pictures).any()


def test_chosen_images_come_first_and_a_sample_fills_up(scanned: Path) -> None:
    with Project.open(scanned) as project:
        chosen = int(project.images.ids()[7])
    samples = [
        run(PreviewJob("simclr", SMALL, {}, image_ids=(chosen,), sample=n), scanned)[0].image_ids
        for n in (1, 2)
    ]
    assert [ids[0] for ids in samples] == [chosen, chosen]
    assert all(len(set(ids)) == 5 for ids in samples)
    assert samples[0][1:] != samples[1][1:]


def test_settings_that_do_not_fit_are_told_in_words(scanned: Path) -> None:
    with pytest.raises(SettingsError, match="convolutional"):
        run(PreviewJob("jigsaw", SMALL | {"backbone": "vit_micro"}), scanned)


def test_nothing_to_show(tmp_path: Path) -> None:
    Project.create(tmp_path / "p.sslstudio").close()
    with pytest.raises(AnalysisError, match="no images"):
        run(PreviewJob("simclr", SMALL), tmp_path / "p.sslstudio")
