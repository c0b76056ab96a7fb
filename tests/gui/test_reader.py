import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.errors import ForeignFile, StudioError
from ssl_studio.gui.reader import ProjectThread, Reader
from ssl_studio.project.file import Project
from tests.gui.sample import Sample


@pytest.fixture
def reader(sample_project: Sample, qtbot: QtBot) -> Iterator[Reader]:
    made = Reader(sample_project.path)
    yield made
    made.close()


def test_an_answer_comes_from_another_thread(reader: Reader, qtbot: QtBot) -> None:
    answers: list[tuple[int, bool]] = []
    window_thread = threading.get_ident()

    def question(project: Project) -> tuple[int, bool]:
        return project.images.count("ok"), threading.get_ident() != window_thread

    reader.ask("count", question, answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [(36, True)]


def test_a_late_answer_is_dropped(reader: Reader, qtbot: QtBot) -> None:
    gate, answers = threading.Event(), []
    reader.ask("page", lambda _p: gate.wait(5) and "old", answers.append)
    reader.ask("page", lambda _p: "new", answers.append)
    gate.set()
    qtbot.waitUntil(lambda: reader.pending == 0)
    assert answers == ["new"]


def test_a_question_overtaken_while_waiting_is_not_even_asked(reader: Reader, qtbot: QtBot) -> None:
    gate, asked = threading.Event(), []
    reader.ask("other", lambda _p: gate.wait(5), lambda _a: None)
    for number in range(3):
        reader.ask("page", lambda _p, n=number: asked.append(n), lambda _a: None)
    gate.set()
    qtbot.waitUntil(lambda: reader.pending == 0)
    assert asked == [2]


def test_a_failure_comes_in_words(reader: Reader, qtbot: QtBot) -> None:
    problems: list[StudioError] = []
    reader.ask("x", lambda p: p.runs.get(99), lambda _a: None, problems.append)
    qtbot.waitUntil(lambda: bool(problems))
    assert problems[0].what


def test_forgetting_drops_the_answer(reader: Reader, qtbot: QtBot) -> None:
    answers: list[object] = []
    reader.ask("x", lambda _p: 1, answers.append)
    reader.forget("x")
    qtbot.waitUntil(lambda: reader.pending == 0)
    assert answers == []


def test_no_answer_after_closing(sample_project: Sample, qtbot: QtBot) -> None:
    reader, answers = Reader(sample_project.path), []
    reader.ask("x", lambda _p: 1, answers.append)
    reader.close()
    qtbot.wait(10)
    assert answers == []


def test_a_file_that_is_no_project_is_refused_in_words(tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "letter.sslstudio"
    path.write_text("Dear reader, " * 100)
    thread = ProjectThread(path, read_only=True)
    with qtbot.waitSignal(thread.refused) as refusal:
        thread.start()
    thread.wait()
    assert isinstance(refusal.args[0], ForeignFile)
