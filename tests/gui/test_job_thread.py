from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.errors import FolderError
from ssl_studio.events import Cancel, Metric, Progress
from ssl_studio.gui.job_thread import JobThread, in_words
from tests.gui.fakes import ScriptedJob

EVENTS = tuple(Progress(number, 5) for number in range(5))


@pytest.fixture
def heard() -> list[tuple[str, object]]:
    return []


def start(job: ScriptedJob, heard: list[tuple[str, object]], cancel: Cancel) -> JobThread:
    thread = JobThread(job, Path("p"), cancel)
    thread.events.connect(lambda batch: heard.extend(("event", event) for event in batch))
    thread.succeeded.connect(lambda result: heard.append(("succeeded", result)))
    thread.cancelled.connect(lambda: heard.append(("cancelled", None)))
    thread.failed.connect(lambda error: heard.append(("failed", error)))
    thread.start()
    return thread


def test_all_events_come_before_the_one_outcome(
    qtbot: QtBot, heard: list[tuple[str, object]]
) -> None:
    thread = start(ScriptedJob(EVENTS), heard, Cancel())
    qtbot.waitUntil(lambda: bool(heard) and heard[-1][0] == "succeeded")
    thread.wait()
    assert heard == [*(("event", event) for event in EVENTS), ("succeeded", "done")]


def test_events_come_while_the_job_works(qtbot: QtBot, heard: list[tuple[str, object]]) -> None:
    job = ScriptedJob((Metric(1, 0.5, {"loss": 2.0}),), waits=True)
    thread = start(job, heard, Cancel())
    qtbot.waitUntil(lambda: len(heard) == 1)
    assert thread.isRunning()
    job.release.set()
    qtbot.waitUntil(lambda: len(heard) == 2)
    thread.wait()


def test_a_cancelled_job_says_so_once(qtbot: QtBot, heard: list[tuple[str, object]]) -> None:
    cancel = Cancel()
    thread = start(ScriptedJob(waits=True), heard, cancel)
    cancel.request()
    qtbot.waitUntil(lambda: bool(heard))
    thread.wait()
    assert heard == [("cancelled", None)]


def test_a_failure_is_handed_over_with_its_words(
    qtbot: QtBot, heard: list[tuple[str, object]]
) -> None:
    error = FolderError("The folder is gone.", "It was removed.", "Choose another.")
    thread = start(ScriptedJob(EVENTS, error=error), heard, Cancel())
    qtbot.waitUntil(lambda: bool(heard) and heard[-1][0] == "failed")
    thread.wait()
    assert heard[-1] == ("failed", error)


def test_a_bug_becomes_words_too() -> None:
    shown = in_words(KeyError("x"))
    assert "SSL Studio" in shown.what
    assert "KeyError" in shown.why
    assert shown.remedy


def test_a_refusal_of_the_system_says_what_to_do() -> None:
    shown = in_words(OSError(28, "No space left on device"))
    assert "No space left" in shown.why
    assert "disk" in shown.remedy
