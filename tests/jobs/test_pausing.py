import threading
from pathlib import Path

import pytest

from ssl_studio.errors import Cancelled
from ssl_studio.events import Artefact, Cancel, Event, Metric
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.pausing import ToldCancel
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import SETTINGS, TRAINING, run


def test_a_pause_is_stored_while_it_lasts(scanned: Path) -> None:
    made, _ = run(NewRunJob("simclr", TRAINING, SETTINGS), scanned)
    cancel, seen = Cancel(), []

    def listen(event: Event) -> None:
        if isinstance(event, Metric) and event.step == 1 and "paused" not in seen:
            cancel.pause()
        if isinstance(event, Artefact) and event.kind == "runs":
            with Project.open(scanned, read_only=True) as project:
                seen.append(project.runs.get(made.run_id).status)
            if seen[-1] == "paused":
                cancel.proceed()

    TrainJob(made.run_id).run(scanned, listen, cancel)
    assert seen == ["running", "paused", "running", "finished"]


def test_stopping_a_paused_run_stops_it(scanned: Path) -> None:
    made, _ = run(NewRunJob("simclr", TRAINING, SETTINGS), scanned)
    cancel = Cancel()

    def listen(event: Event) -> None:
        if isinstance(event, Metric) and event.step == 1:
            cancel.pause()
        if isinstance(event, Artefact) and event.kind == "runs" and cancel.paused:
            cancel.request()

    with pytest.raises(Cancelled):
        TrainJob(made.run_id).run(scanned, listen, cancel)
    with Project.open(scanned) as project:
        assert project.runs.get(made.run_id).status == "stopped"


def test_other_threads_wait_without_telling() -> None:
    asker, told = Cancel(), []
    cancel = ToldCancel(asker, lambda: told.append("wait"), lambda: told.append("proceed"))
    asker.pause()
    worker = threading.Thread(target=cancel.check)
    worker.start()
    asker.proceed()
    worker.join(5)
    assert told == []
    cancel.check()
    assert told == []


def test_time_stands_still_while_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("ssl_studio.jobs.provenance.time.monotonic", lambda: now[0])
    watch = Stopwatch()
    now[0] = 5.0
    watch.pause()
    now[0] = 100.0
    assert watch.seconds == 5.0
    watch.proceed()
    now[0] = 102.0
    assert watch.seconds == 7.0
