import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.errors import StudioError
from ssl_studio.gui.side_job import SideJob
from ssl_studio.gui.studio import Studio
from tests.gui.conftest import settle
from tests.gui.fakes import ScriptedJob


@pytest.fixture
def side(studio: Studio) -> SideJob:
    return SideJob(studio, studio)


def never(*_args: object) -> None:
    raise AssertionError("this answer should have been dropped")


def test_the_answer_comes_and_counts_as_pending_until_then(
    side: SideJob, studio: Studio, qtbot: QtBot
) -> None:
    job, answers = ScriptedJob(result=7, waits=True), []
    side.ask(job, answers.append, never)
    assert not studio.is_settled
    job.release.set()
    settle(studio, qtbot)
    assert answers == [7]
    assert not side.is_busy


def test_only_the_newest_question_is_answered(side: SideJob, studio: Studio, qtbot: QtBot) -> None:
    answers: list[object] = []
    for _ in range(3):
        side.ask(ScriptedJob(waits=True), never, never)
    side.ask(ScriptedJob(result="newest"), answers.append, never)
    qtbot.waitUntil(lambda: answers == ["newest"])
    settle(studio, qtbot)


def test_a_failure_comes_in_words(side: SideJob, studio: Studio, qtbot: QtBot) -> None:
    errors: list[StudioError] = []
    side.ask(ScriptedJob(error=ValueError("odd")), never, errors.append)
    settle(studio, qtbot)
    assert errors[0].what == "Something went wrong inside SSL Studio."


def test_giving_up_drops_the_answer(side: SideJob, studio: Studio, qtbot: QtBot) -> None:
    side.ask(ScriptedJob(waits=True), never, never)
    side.stop()
    settle(studio, qtbot)


def test_closing_the_project_ends_it(side: SideJob, studio: Studio) -> None:
    job = ScriptedJob(waits=True)
    side.ask(job, never, never)
    studio.close()
    assert not side.is_busy
    assert not studio.errands.active
