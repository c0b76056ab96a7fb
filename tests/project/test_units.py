"""Surveys, maximised pictures and attention come back as they were stored."""

import numpy as np
import pytest

from ssl_studio.errors import DamagedProject
from ssl_studio.project import Project
from ssl_studio.project.records import UnitImage
from ssl_studio.project.units import AttentionMaps, UnitAnswers, UnitPictureRecord, UnitRecord
from tests.project.made import fill


@pytest.fixture
def run_id(project: Project) -> int:
    fill(project)
    return project.runs.all()[0].id


def answers(images: int, units: int = 3) -> list[UnitAnswers]:
    rng = np.random.default_rng(0)
    return [
        UnitAnswers(
            UnitRecord(unit, 1.0, 2.0, 0.25, 0.5),
            rng.random(images).astype(np.float16),
            rng.random((2, 4, 4)).astype(np.float16),
        )
        for unit in range(units)
    ]


def add(project: Project, run_id: int, units: list[UnitAnswers], layer: str = "conv1") -> int:
    ids = project.images.ids()
    return project.units.add_survey(
        run_id, None, layer, of_images=12, image_ids=ids, units=units, seconds=1.5
    )


def test_a_survey_comes_back_unit_by_unit(project: Project, run_id: int) -> None:
    ids = project.images.ids()
    stored = answers(len(ids))
    survey_id = add(project, run_id, stored)
    (survey,) = project.units.surveys(run_id)
    assert (survey.id, survey.images, survey.of_images) == (survey_id, len(ids), 12)
    assert project.units.image_ids(survey_id).tolist() == ids.tolist()
    assert project.units.all(survey_id) == [unit.record for unit in stored]
    assert project.units.activations(survey_id).shape == (len(ids), 3)
    one = project.units.answers(survey, 1)
    assert one is not None
    assert np.array_equal(one.activations, stored[1].activations)
    assert np.array_equal(one.maps, stored[1].maps)
    assert project.units.answers(survey, 9) is None


def test_looking_again_replaces_the_same_layer_only(project: Project, run_id: int) -> None:
    units = answers(len(project.images.ids()))
    add(project, run_id, units)
    other = add(project, run_id, units, "conv2")
    newest = add(project, run_id, units[:1])
    assert [survey.id for survey in project.units.surveys(run_id)] == [other, newest]


def test_the_best_images_are_those_of_the_surveyed_encoder(project: Project, run_id: int) -> None:
    survey_id = add(project, run_id, answers(len(project.images.ids())))
    image = int(project.images.ids()[0])
    best = UnitImage("conv1", 2, 0, image, 3.5, 0.0, 0.0, 0.5, 0.5)
    project.exhibits.set_units(run_id, None, "conv1", [best])
    assert project.units.best(survey_id) == [best]


def test_a_new_picture_takes_the_place_of_the_old_one(project: Project, run_id: int) -> None:
    def picture(unit: int, seed: int) -> UnitPictureRecord:
        return UnitPictureRecord(
            0, run_id, None, "conv1", unit, "everywhere", seed, 8, 2.0, 0.1, 0.5, b"png"
        )

    project.units.add_pictures([picture(0, 1), picture(1, 1)])
    project.units.add_pictures([picture(0, 2)])
    found = project.units.pictures(run_id, None, "conv1")
    assert [(p.unit, p.seed) for p in found] == [(0, 2), (1, 1)]
    assert len(project.units.pictures(run_id, None, "conv1", 1)) == 1


def test_attention_comes_back_by_block(project: Project, run_id: int) -> None:
    image = int(project.images.ids()[0])
    maps = [
        AttentionMaps(block, "class", np.full((2, 3, 3), 1 / 9, np.float16)) for block in (2, 1)
    ]
    project.units.set_attention(run_id, None, image, maps)
    found = project.units.attention(run_id, None, image)
    assert [m.block for m in found] == [1, 2]
    assert found[0].weights.shape == (2, 3, 3)
    assert project.units.attended(run_id, None) == [image]


def test_a_deleted_run_takes_all_with_it(project: Project, run_id: int) -> None:
    add(project, run_id, answers(len(project.images.ids())))
    project.runs.delete(run_id)
    assert project.units.surveys(run_id) == []
    assert project.check() == []


def test_numbers_that_are_cut_short_are_damage(project: Project, run_id: int) -> None:
    survey_id = add(project, run_id, answers(len(project.images.ids())))
    with project.write():
        project._sql.run("UPDATE units SET activations = ?", (b"\0\0",))
    with pytest.raises(DamagedProject):
        project.units.activations(survey_id)
