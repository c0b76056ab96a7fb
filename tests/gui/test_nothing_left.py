"""After closing nothing of a window is left: no thread, no timer, no top-level widget."""

import gc
import threading
from collections.abc import Callable

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ssl_studio.gui import dialogs
from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.studio import Studio
from tests.gui.fakes import ScriptedJob


def alive(kind: type[QObject]) -> list[QObject]:
    gc.unfreeze()  # what the collector has put out of sight
    gc.collect()
    found = [thing for thing in gc.get_objects() if issubclass(type(thing), kind)]
    return [thing for thing in found if shiboken6.isValid(thing)]


def running_threads() -> list[QObject]:
    return [thing for thing in alive(QThread) if isinstance(thing, QThread) and thing.isRunning()]


def active_timers(window: MainWindow) -> list[QObject]:
    return [
        timer
        for timer in alive(QTimer)
        if isinstance(timer, QTimer) and timer.isActive() and not _is_applications(timer)
    ]


def _is_applications(timer: QTimer) -> bool:
    return timer.parent() is None or isinstance(timer.parent(), QApplication)


def test_a_window_that_saw_everything_leaves_nothing(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    before = set(threading.enumerate())
    for key in window.pages:
        window.show_page(key)
        qtbot.waitUntil(lambda: studio.is_settled, timeout=60_000)
    window.show_palette()
    window.toggle_activity()
    window.commander.show_keys()
    window.commander.show_news()
    window.close_now()
    qtbot.waitUntil(lambda: not running_threads())
    assert not studio.is_open
    assert not active_timers(window)
    new = set(threading.enumerate()) - before
    assert not [t for t in new if not t.daemon and not _is_qt(t)]
    assert not [w for w in QApplication.topLevelWidgets() if w.isVisible()]


def _is_qt(thread: threading.Thread) -> bool:
    return type(thread).__name__ == "_DummyThread"


def test_the_window_itself_goes(studio: Studio, qtbot: QtBot) -> None:
    made = MainWindow(studio)
    made.show()
    gone: list[object] = []
    made.destroyed.connect(lambda: gone.append(True))
    children: list[QWidget] = made.findChildren(QWidget)
    made.close_now()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(lambda: bool(gone))
    assert not [child for child in children if shiboken6.isValid(child)]


def test_saving_before_closing_does_not_block_the_window(
    window: MainWindow, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[int] = []
    heart = QTimer(interval=1)
    heart.timeout.connect(lambda: beats.append(1))
    answers: list[Callable[[], object]] = []
    monkeypatch.setattr(
        dialogs, "ask_close_during_jobs", lambda _w, _titles, on_stop: answers.append(on_stop)
    )
    jobs = [ScriptedJob(waits=True) for _ in range(3)]
    for job in jobs:
        studio.run(job)
    window.close()
    heart.start()
    answers[0]()
    qtbot.waitUntil(lambda: not window.isVisible())
    heart.stop()
    assert beats
    assert not jobs[1].started.is_set()
