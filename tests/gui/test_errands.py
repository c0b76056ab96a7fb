import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.errors import StudioError
from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.gui import errands
from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.side_job import SideJob
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.job_row import JobRow
from ssl_studio.gui.work import JobState
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project
from tests.gui.conftest import settle
from tests.gui.fakes import ScriptedJob


@pytest.fixture(autouse=True)
def _listed_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "LISTED_AFTER_S", 0.02)


def rows(window: MainWindow, title: str = "Looking") -> list[JobRow]:
    """The window reads the project as well, which may be listed beside."""
    return [row for row in window.activity.rows if row.running.title == title]


def never(_answer: object) -> None:
    raise AssertionError("this answer should have been dropped")


def holding(gate: threading.Event) -> Callable[[Project, Report, Cancel], str]:
    """A question that says how far it is, then waits for the gate or a stop."""

    def question(_project: Project, report: Report, cancel: Cancel) -> str:
        report(Progress(3, 10, "Reading pixels"))
        while not gate.wait(0.005):
            cancel.check()
        return "found"

    return question


def test_a_long_question_is_listed_with_its_progress_until_it_is_answered(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    gate, answers = threading.Event(), []
    studio.workshop.ask("q", "Looking", holding(gate), answers.append, never)
    qtbot.waitUntil(lambda: len(rows(window)) == 1)
    row = rows(window)[0]
    qtbot.waitUntil(lambda: row.state.text().startswith("Reading pixels · 3 of 10"))
    assert row.pause.isHidden()
    assert window.status.jobs.text().strip().startswith("Looking")
    gate.set()
    settle(studio, qtbot)
    assert answers == ["found"]
    assert row.state.text().startswith("done in")
    assert window.status.jobs.text().strip() == "Idle"


def test_stopping_answers_at_once_in_words_and_ends_the_work(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    problems: list[StudioError] = []
    studio.workshop.ask("q", "Looking", holding(threading.Event()), never, problems.append)
    qtbot.waitUntil(lambda: len(rows(window)) == 1)
    row = rows(window)[0]
    row.stop.click()
    assert [problem.what for problem in problems] == ["This was stopped."]
    settle(studio, qtbot)
    assert row.running.state is JobState.CANCELLED


def test_a_newer_question_stops_the_older_one_and_leaves_one_line(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    answers: list[str] = []
    studio.workshop.ask("q", "Looking", holding(threading.Event()), never, never)
    qtbot.waitUntil(lambda: len(rows(window)) == 1)
    gate = threading.Event()
    studio.workshop.ask("q", "Looking", holding(gate), answers.append, never)
    qtbot.waitUntil(lambda: [r.running.state for r in rows(window)] == [JobState.RUNNING])
    gate.set()
    settle(studio, qtbot)
    assert answers == ["found"]
    assert len(rows(window)) == 1


def test_what_goes_wrong_is_listed_however_quick(
    window: MainWindow, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "LISTED_AFTER_S", 60.0)
    error = StudioError("The file is gone.", "Somebody moved it.", "Scan again.")

    def question(_project: Project, _report: Report, _cancel: Cancel) -> None:
        raise error

    studio.workshop.ask("q", "Looking", question, never, lambda _error: None)
    settle(studio, qtbot)
    assert [row.state.text() for row in rows(window)] == ["The file is gone."]
    assert rows(window)[0].problem.text() == "Somebody moved it.\nScan again."


def test_quick_work_is_not_listed(
    window: MainWindow, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "LISTED_AFTER_S", 60.0)
    studio.workshop.ask("q", "Looking", lambda _p, _r, _c: 1, lambda _a: None, never)
    settle(studio, qtbot)
    assert not rows(window)


def test_side_jobs_and_slow_reading_and_edits_are_listed(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    gate = threading.Event()
    job = ScriptedJob((Progress(1, 2),), waits=True, title="Trying a few steps")
    SideJob(studio, window).ask(job, lambda _a: None, never)
    studio.reader.ask("slow", lambda _p: gate.wait(10), lambda _a: None)
    studio.write(lambda _project: gate.wait(10) and Changes(frozenset({"runs"})))
    for title in ("Trying a few steps", "Reading the project", "Storing a change"):
        qtbot.waitUntil(lambda title=title: bool(rows(window, title)))
    gate.set()
    job.release.set()
    settle(studio, qtbot)


def test_closing_the_project_stops_what_is_going_on(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    studio.workshop.ask("q", "Looking", holding(threading.Event()), never, never)
    qtbot.waitUntil(lambda: len(rows(window)) == 1)
    studio.close()
    assert not studio.errands.active
    assert not window.activity.rows
