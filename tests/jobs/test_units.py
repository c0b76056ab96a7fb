"""Surveys, filters, maximised pictures and attention as jobs, on the smallest networks."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from ssl_studio.cli.commands import cli
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Cancelled, ignore
from ssl_studio.jobs import units
from ssl_studio.jobs.attention import AttentionJob
from ssl_studio.jobs.filters import TRAINED, UNTRAINED, FiltersJob, strength_of
from ssl_studio.jobs.maximise import MaximiseJob
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.train import TrainJob
from ssl_studio.jobs.unit_groups import describe_network, groups_of, score_groups
from ssl_studio.jobs.units import UnitsJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import TRAINING, run


@pytest.fixture(scope="session")
def _vit_once(_scanned_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("vit") / "home"
    shutil.copytree(_scanned_once, home)
    project = home / "p.sslstudio"
    training = {**TRAINING, "backbone": "vit_micro", "epochs": 1, "exhibit_every": 0}
    NewRunJob("mae", training, {}, "vit").run(project, ignore, Cancel())
    TrainJob(1).run(project, ignore, Cancel())
    return home


@pytest.fixture
def vit(_vit_once: Path, tmp_path: Path) -> Path:
    """A project with run 1, a transformer."""
    shutil.copytree(_vit_once, tmp_path / "home")
    return tmp_path / "home" / "p.sslstudio"


def test_a_survey_is_stored_with_its_best_images(trained: Path) -> None:
    result, _ = run(UnitsJob(1, "conv2", top=4), trained)
    with Project.open(trained) as project:
        (survey,) = project.units.surveys(1)
        assert (survey.id, survey.layer, survey.images) == (result.survey_id, "conv2", 72)
        assert survey.checkpoint_id is not None
        best = project.units.best(survey.id)
        assert len(best) == 4 * result.units
        ids = project.units.image_ids(survey.id)
        activations = project.units.activations(survey.id)
        first = next(b for b in best if b.unit == 3)
        assert ids[activations[:, 3].argmax()] == first.image_id
        figures = project.units.all(survey.id)[3]
        assert figures.largest == pytest.approx(first.activation, abs=1e-2)
        answers = project.units.answers(survey, 3)
        assert answers is not None
        assert float(answers.maps[0].max()) == pytest.approx(first.activation, abs=1e-2)


def test_fewer_images_are_looked_at_and_it_is_said(trained: Path) -> None:
    result, events = run(UnitsJob(1, "conv1", images=10), trained)
    assert result.images == 10
    assert any("10 of 72 images" in getattr(event, "text", "") for event in events)
    with Project.open(trained) as project:
        assert project.units.surveys(1)[0].of_images == 72


def test_activations_of_very_many_images_are_thinned(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "KEPT_IMAGES", 20)
    result, _ = run(UnitsJob(1, "conv1"), trained)
    with Project.open(trained) as project:
        assert project.units.activations(result.survey_id).shape[0] == 20
        assert len(np.unique(project.units.image_ids(result.survey_id))) == 20


def test_the_untrained_network_has_a_survey_of_its_own(trained: Path) -> None:
    run(UnitsJob(1, "conv1", images=12), trained)
    run(UnitsJob(1, "conv1", images=12, trained=False), trained)
    with Project.open(trained) as project:
        trained_one, untrained = project.units.surveys(1)
        assert untrained.checkpoint_id is None
        assert not np.array_equal(
            project.units.activations(trained_one.id), project.units.activations(untrained.id)
        )


def test_a_cancelled_survey_leaves_nothing(trained: Path) -> None:
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        UnitsJob(1, "conv1").run(trained, ignore, cancel)
    with Project.open(trained) as project:
        assert project.units.surveys(1) == []


def test_units_go_with_labels_clusters_and_tags(trained: Path) -> None:
    result, _ = run(UnitsJob(1, "conv3"), trained)
    with Project.open(trained) as project:
        ids = project.units.image_ids(result.survey_id)
        found = score_groups(project, result.survey_id, "labels")
        assert sorted(found.names) == sorted(set(project.images.labels(ids)))
        assert found.scores.shape == (result.units, 3)
        assert 0.5 < np.nanmax(found.scores) <= 1
        assert score_groups(project, result.survey_id, "clusters", None).names == ()
        groups = groups_of(project, ids, "labels")
        assert [int(member.sum()) for member in groups.values()] == [24, 24, 24]
        assert score_groups(project, result.survey_id, "tags").names == ()


def test_filters_are_there_at_every_epoch_and_before(trained: Path) -> None:
    result, _ = run(FiltersJob(1), trained)
    with Project.open(trained) as project:
        records = project.exhibits.all(1, "filters")
        by_panel = {
            panel: [r for r in records if r.panel == panel] for panel in (TRAINED, UNTRAINED)
        }
        assert len(by_panel[UNTRAINED]) == result.filters
        assert len(by_panel[TRAINED]) == result.filters * result.epochs
        last = max(r.step for r in records)
        newest = [r for r in by_panel[TRAINED] if r.step == last]
        assert newest[0].picture != by_panel[UNTRAINED][0].picture


def test_maximised_pictures_are_stored_and_beat_noise(trained: Path) -> None:
    result, _ = run(MaximiseJob(1, "conv3", (2, 5), steps=40), trained)
    assert result.pictures == 2
    with Project.open(trained) as project:
        checkpoint = project.runs.latest_checkpoint(1)
        assert checkpoint is not None
        found = project.units.pictures(1, checkpoint.id, "conv3")
        assert [p.unit for p in found] == [2, 5]
        assert all(p.activation > p.noise for p in found)
        assert Image.open(io.BytesIO(found[0].picture)).size == (16, 16)


def test_what_is_painted_before_a_stop_stays(trained: Path) -> None:
    cancel = Cancel()

    def stop_after_the_first_chunk(event: object) -> None:
        if getattr(event, "kind", "") == "unit_pictures":
            cancel.request()

    with pytest.raises(Cancelled):
        MaximiseJob(1, "conv1", steps=2).run(trained, stop_after_the_first_chunk, cancel)
    with Project.open(trained) as project:
        checkpoint = project.runs.latest_checkpoint(1)
        assert checkpoint is not None
        assert len(project.units.pictures(1, checkpoint.id, "conv1")) == 16


def test_a_unit_that_is_not_there_is_refused(trained: Path) -> None:
    with pytest.raises(AnalysisError, match="0 to 31"):
        run(MaximiseJob(1, "conv1", (32,)), trained)


def test_attention_is_stored_for_each_block_and_head(vit: Path) -> None:
    with Project.open(vit) as project:
        image = int(project.images.ids()[5])
    result, _ = run(AttentionJob(1, (image,)), vit)
    assert (result.images, result.blocks, result.heads) == (1, 6, 4)
    with Project.open(vit) as project:
        facts = describe_network(project, 1)
        assert (facts.blocks, facts.heads) == (6, 4)
        checkpoint = project.runs.latest_checkpoint(1)
        assert checkpoint is not None
        found = project.units.attention(1, checkpoint.id, image)
        assert [m.block for m in found] == [b for b in range(1, 7) for _ in range(3)]
        sums = [m.weights.astype(float).sum(axis=(1, 2)) for m in found]
        assert np.allclose(np.concatenate(sums), 1, atol=0.01)


def test_convolutions_have_no_attention(trained: Path) -> None:
    with Project.open(trained) as project:
        image = int(project.images.ids()[0])
        assert describe_network(project, 1).blocks == 0
        assert describe_network(project, 1).units["conv1"] == 32
    with pytest.raises(AnalysisError, match="no attention"):
        run(AttentionJob(1, (image,)), trained)


def test_images_that_are_not_there_are_told_in_words(vit: Path) -> None:
    with pytest.raises(AnalysisError, match="None of these images"):
        AttentionJob(1, image_ids=(99_999,)).run(vit, ignore, Cancel())


@pytest.mark.parametrize(
    ("caption", "weight"),
    [("Filter 3. Largest weight 2.", 2), ("Largest weight 0.12.", 0.12), ("1e-05", None)],
)
def test_the_largest_weight_is_read_from_a_caption(caption: str, weight: float | None) -> None:
    assert strength_of(caption) == weight


def test_a_label_that_all_images_bear_is_told_apart_by_no_unit(trained: Path) -> None:
    with Project.open(trained) as project:
        paths = [record.path for record in project.images.get(project.images.ids())]
        project.images.set_labels(1, dict.fromkeys(paths, ("one", None)))
    result, _ = run(UnitsJob(1, "conv2"), trained)
    said = CliRunner().invoke(cli, ["units", str(trained), "--layer", "conv2"])
    assert said.exit_code == 0
    assert f"{result.units} units" in said.stdout
    assert "nan" not in said.stdout
