from pathlib import Path

import pytest

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, ignore
from ssl_studio.jobs.catalogue import DescribeMethodsJob, catalogue
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.propose import ProposeJob, _is_grey, folder_info
from ssl_studio.project.file import Project
from tests.jobs.tiny import run


@pytest.mark.parametrize("card", catalogue().methods, ids=lambda card: card.id)
def test_what_is_proposed_is_accepted_and_has_a_reason(scanned: Path, card: object) -> None:
    method = card.id  # type: ignore[attr-defined]
    found, _ = run(ProposeJob(method, probe=False), scanned)
    assert all(p.why for p in (*found.training, *found.settings, found.clusters))
    run(NewRunJob(method, found.training_values(), found.settings_values()), scanned)


def test_labels_decide_the_number_of_clusters(scanned: Path) -> None:
    found, _ = run(ProposeJob("simclr", probe=False), scanned)
    assert found.clusters.value == 3
    assert found.images_per_second is None


def test_short_try_gives_an_estimate(scanned: Path) -> None:
    fixed = {"image_size": 16, "batch_size": 16, "epochs": 10, "device": "cpu"}
    found, _ = run(ProposeJob("simclr", fixed), scanned)
    assert found.images_per_second is not None
    assert found.seconds == pytest.approx(72 * 10 / found.images_per_second)
    with Project.open(scanned) as project:
        assert project.runs.all() == []


def test_proposals_follow_what_is_fixed(scanned: Path) -> None:
    small, _ = run(ProposeJob("simclr", {"image_size": 32, "epochs": 10}, probe=False), scanned)
    values = small.settings_values()
    assert not values.get("blur", False)
    assert values.get("warmup_epochs", 0) <= 1


def test_empty_project_has_nothing_to_propose_for(tmp_path: Path) -> None:
    Project.create(tmp_path / "p.sslstudio").close()
    with pytest.raises(AnalysisError, match="no images"):
        ProposeJob("simclr").run(tmp_path / "p.sslstudio", ignore, Cancel())


def test_folder_is_described_from_its_rows(scanned: Path) -> None:
    with Project.open(scanned) as project:
        info = folder_info(project, project.images.ids())
    assert (info.images, info.short_side, info.classes, info.greyscale) == (72, 32, 3, False)


def test_catalogue_holds_plain_values_for_forms(tmp_path: Path) -> None:
    found, _ = run(DescribeMethodsJob(), tmp_path / "no project needed")
    simclr = next(card for card in found.methods if card.id == "simclr")
    temperature = simclr.settings_schema["properties"]["temperature"]
    assert temperature["default"] == simclr.defaults["temperature"] == 0.5
    assert temperature["description"]
    assert temperature["advanced"] is False
    assert {"light", "resnet18"} <= {backbone.name for backbone in found.backbones}


def test_images_that_a_run_never_sees_are_not_counted(scanned: Path) -> None:
    with Project.open(scanned) as project:
        paths = [record.path for record in project.images.get(project.images.ids()[:20])]
        project.images.set_labels(1, dict.fromkeys(paths, (None, "test")))
    found, _ = run(ProposeJob("simclr", probe=False), scanned)
    made, _ = run(NewRunJob("simclr", found.training_values(), found.settings_values()), scanned)
    assert found.images == made.images == 52


def test_a_thumbnail_that_is_no_picture_says_nothing_about_colour() -> None:
    assert not _is_grey(b"nothing of the kind")
