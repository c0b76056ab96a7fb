from pathlib import Path

import pytest

from ssl_studio.errors import Cancelled, SettingsError, TrainingError
from ssl_studio.events import Cancel, Event, Metric, ignore
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import SETTINGS, TRAINING, run


def _new(project: Path, **training: object) -> int:
    job = NewRunJob("simclr", {**TRAINING, **training}, SETTINGS)
    return run(job, project)[0].run_id


def _stop_after(project: Path, run_id: int, step: int) -> None:
    cancel = Cancel()

    def stop(event: Event) -> None:
        if isinstance(event, Metric) and event.step >= step:
            cancel.request()

    with pytest.raises(Cancelled):
        TrainJob(run_id).run(project, stop, cancel)


def _final(project: Path, run_id: int) -> bytes:
    with Project.open(project) as opened:
        latest = opened.runs.latest_checkpoint(run_id)
        assert latest is not None
        return opened.runs.load_checkpoint(latest.id)


def test_finished_run_left_everything_in_the_project(trained: Path) -> None:
    with Project.open(trained) as project:
        record = project.runs.get(1)
        assert (record.status, record.step, record.epoch) == ("finished", 6, 2)
        assert {c.kind for c in project.runs.checkpoints(1)} >= {"start", "final"}
        assert {"loss", "knn_accuracy", "effective_rank"} <= set(project.runs.metrics(1))
        assert project.exhibits.kinds(1)
        assert record.environment["images"] == 72


def test_live_figures_are_those_that_are_stored(scanned: Path) -> None:
    run_id = _new(scanned)
    _, events = run(TrainJob(run_id), scanned)
    live = [e.values["loss"] for e in events if isinstance(e, Metric) and "loss" in e.values]
    with Project.open(scanned) as project:
        _, _, stored = project.runs.metrics(run_id)["loss"]
    assert stored.tolist() == pytest.approx(live)


def test_stopped_run_goes_on_bit_for_bit(scanned: Path) -> None:
    from ssl_studio.training.checkpoint import unpack

    whole, parts = _new(scanned), _new(scanned)
    run(TrainJob(whole), scanned)
    _stop_after(scanned, parts, step=2)
    with Project.open(scanned) as project:
        assert project.runs.get(parts).status == "stopped"
    run(TrainJob(parts), scanned)
    first, second = unpack(_final(scanned, whole)), unpack(_final(scanned, parts))
    assert all(bool((second.method[k] == v).all()) for k, v in first.method.items())


def test_failed_run_keeps_the_reason(scanned: Path) -> None:
    run_id = _new(scanned, batch_size=256)
    with pytest.raises(SettingsError):
        TrainJob(run_id).run(scanned, ignore, Cancel())
    with Project.open(scanned) as project:
        record = project.runs.get(run_id)
    assert record.status == "failed"
    assert "larger than" in (record.problem or "")


def test_run_does_not_go_on_with_other_images(scanned: Path) -> None:
    run_id = _new(scanned)
    _stop_after(scanned, run_id, step=2)
    next((scanned.parent / "pictures").rglob("*.jpg")).unlink()
    with pytest.raises(TrainingError, match="not those"):
        TrainJob(run_id).run(scanned, ignore, Cancel())


def test_first_start_leaves_out_what_cannot_be_read(scanned: Path) -> None:
    next((scanned.parent / "pictures").rglob("*.jpg")).unlink()
    run_id = _new(scanned)
    run(TrainJob(run_id), scanned)
    with Project.open(scanned) as project:
        assert project.runs.get(run_id).environment["images"] == 71


def test_run_starts_from_another_runs_encoder(trained: Path) -> None:
    from ssl_studio.training.checkpoint import unpack

    with Project.open(trained) as project:
        latest = project.runs.latest_checkpoint(1)
        assert latest is not None
        source = unpack(project.runs.load_checkpoint(latest.id)).encoder_state()
    job = NewRunJob("simclr", {**TRAINING, "epochs": 1, "seed": 7}, SETTINGS, start_from=latest.id)
    made, _ = run(job, trained)
    run(TrainJob(made.run_id), trained)
    with Project.open(trained) as project:
        start = project.runs.checkpoints(made.run_id)[0]
        begun = unpack(project.runs.load_checkpoint(start.id)).encoder_state()
    assert all(bool((begun[name] == value).all()) for name, value in source.items())
