from pathlib import Path

import pytest

from ssl_studio.errors import SettingsError
from ssl_studio.events import Cancel, ignore
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.queue import QueueJob
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import SETTINGS, TRAINING, run
from tests.pictures import write_labels


def test_run_waits_with_all_its_settings(scanned: Path) -> None:
    made, _ = run(NewRunJob("simclr", TRAINING, {"temperature": 0.3}, "first"), scanned)
    with Project.open(scanned) as project:
        record = project.runs.get(made.run_id)
    assert (record.status, record.name, record.epochs) == ("queued", "first", 2)
    assert record.settings["temperature"] == 0.3
    assert record.training["checkpoint_minutes"] == 5.0


def test_test_images_are_not_trained_on(scanned: Path, tmp_path: Path) -> None:
    pictures = scanned.parent / "pictures"
    run(ScanJob(pictures, write_labels(pictures, tmp_path / "labels.csv")), scanned)
    made, _ = run(NewRunJob("simclr", TRAINING), scanned)
    with Project.open(scanned) as project:
        ids = project.runs.training_images(made.run_id)
        assert set(project.images.splits(ids)) == {"train"}
    assert made.images == len(ids)


@pytest.mark.parametrize(
    ("method", "training", "settings", "words"),
    [
        ("simclrr", {}, {}, "no method called"),
        ("simclr", {"epochs": 0}, {}, "epochs"),
        ("simclr", {}, {"temperature": -1}, "temperature"),
        ("simclr", {"backbone": "resnet99"}, {}, "resnet99"),
        ("mae", {"backbone": "light"}, {}, "vision transformer"),
    ],
)
def test_wrong_values_are_told_before_anything_is_stored(
    scanned: Path,
    method: str,
    training: dict[str, object],
    settings: dict[str, object],
    words: str,
) -> None:
    with pytest.raises(SettingsError, match=words):
        NewRunJob(method, training, settings).run(scanned, ignore, Cancel())
    with Project.open(scanned) as project:
        assert project.runs.all() == []


def test_project_without_images_cannot_train(tmp_path: Path) -> None:
    Project.create(tmp_path / "p.sslstudio").close()
    with pytest.raises(SettingsError, match="no images"):
        NewRunJob("simclr").run(tmp_path / "p.sslstudio", ignore, Cancel())


def test_queue_trains_all_and_a_failure_keeps_nobody_waiting(scanned: Path) -> None:
    runs = [
        run(NewRunJob("simclr", {**TRAINING, "epochs": 1, **more}, SETTINGS), scanned)[0].run_id
        for more in ({}, {"batch_size": 256}, {})
    ]
    result, _ = run(QueueJob(), scanned)
    assert [done.run_id for done in result.finished] == [runs[0], runs[2]]
    assert result.failed == (runs[1],)
