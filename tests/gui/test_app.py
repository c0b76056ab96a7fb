import sys

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ssl_studio.gui.app import Guard, create_app
from ssl_studio.gui.studio import Studio


class Speaker(QObject):
    said = Signal(object)


def test_the_application_is_made_once(qapp: QApplication) -> None:
    assert create_app([]) is qapp


def test_any_number_of_calls_and_signals_is_survived(qapp: QApplication) -> None:
    speaker = Speaker()
    for _ in range(20_000):
        speaker.said.emit(None)
        speaker.setObjectName("x")
    assert min(sys.getrefcount(True), sys.getrefcount(None)) > 10_000


def test_an_exception_that_nobody_caught_is_shown_in_words(
    empty_studio: Studio, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    error = ZeroDivisionError("division by zero")
    with qtbot.waitSignal(empty_studio.failed) as failed:
        Guard(empty_studio)(ZeroDivisionError, error, None)
    assert "inside SSL Studio" in failed.args[0].what
    assert empty_studio.last_problem is error
    assert "division by zero" in caplog.text


def test_threads_give_way_to_the_window_soon(qapp: object) -> None:
    create_app([])
    assert sys.getswitchinterval() <= 0.001
