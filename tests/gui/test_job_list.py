from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.errors import StudioError
from ssl_studio.events import Progress
from ssl_studio.gui.job_list import JobList, JobState
from ssl_studio.gui.widgets.progress_strip import progress_words
from tests.gui.fakes import ScriptedJob


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[JobList]:
    made = JobList(Path("p"))
    yield made
    made.stop_all()


def test_a_lane_runs_one_job_after_the_other(jobs: JobList, qtbot: QtBot) -> None:
    first = jobs.submit(ScriptedJob(waits=True), "train")
    second = jobs.submit(ScriptedJob(), "train")
    assert (first.state, second.state) == (JobState.RUNNING, JobState.WAITING)
    first.job.release.set()
    qtbot.waitUntil(lambda: second.state is JobState.SUCCEEDED)
    assert not jobs.active


def test_lanes_run_side_by_side(jobs: JobList) -> None:
    jobs.submit(ScriptedJob(waits=True), "train")
    assert jobs.submit(ScriptedJob(waits=True), "scan").state is JobState.RUNNING


def test_a_waiting_job_is_taken_out_of_the_queue(jobs: JobList, qtbot: QtBot) -> None:
    first = jobs.submit(ScriptedJob(waits=True))
    second = jobs.submit(ScriptedJob())
    second.stop()
    assert second.state is JobState.CANCELLED
    assert first.state is JobState.RUNNING


def test_pause_and_go_on(jobs: JobList, qtbot: QtBot) -> None:
    running = jobs.submit(ScriptedJob(waits=True))
    running.pause()
    assert running.state is JobState.PAUSED
    assert running.cancel.paused
    running.proceed()
    assert running.state is JobState.RUNNING
    assert not running.cancel.paused


def test_a_failure_keeps_its_words(jobs: JobList, qtbot: QtBot) -> None:
    running = jobs.submit(ScriptedJob(error=StudioError("What.", "Why.", "Remedy.")))
    with qtbot.waitSignal(running.ended):
        pass
    assert running.state is JobState.FAILED
    assert str(running.error) == "What. Why. Remedy."


def test_stopping_all_leaves_no_thread_and_starts_none(jobs: JobList) -> None:
    first, second = (jobs.submit(ScriptedJob(waits=True)) for _ in range(2))
    jobs.stop_all()
    assert not first._thread.isRunning()
    assert second.state is JobState.CANCELLED


def test_the_pace_of_a_resumed_job_counts_from_where_it_began(jobs: JobList, qtbot: QtBot) -> None:
    running = jobs.submit(ScriptedJob((Progress(900, 1000),), waits=True))
    qtbot.waitUntil(lambda: running.progress is not None)
    assert running.remaining_s is None


def test_shares_are_told_as_per_cent_and_things_are_counted() -> None:
    share = Progress(3372, 20_000, "Computing", are_shares=True)
    assert progress_words(share) == "Computing · 17 %"
    assert progress_words(Progress(3, 10, "Looking")) == "Looking · 3 of 10"
