"""Who collects reference cycles, and when."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ssl_studio.gui.app import create_app
from ssl_studio.gui.collector import Collector


class Knot:
    """An object that only a collection can destroy, and that notes in which thread it was."""

    def __init__(self, seen: list[threading.Thread]) -> None:
        self.itself = self
        self.seen = seen

    def __del__(self) -> None:
        self.seen.append(threading.current_thread())


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[Collector]:
    """One of its own, that is gone after the test."""
    parent = QObject()
    yield Collector(parent)
    parent.deleteLater()


def test_the_application_has_one_and_only_one(qapp: object) -> None:
    assert len(create_app([]).findChildren(Collector)) == 1
    assert not gc.isenabled()


def test_a_thread_that_allocates_collects_nothing(collector: Collector) -> None:
    seen: list[threading.Thread] = []
    Knot(seen)
    thread = threading.Thread(target=lambda: [[] for _ in range(100_000)])
    thread.start()
    thread.join()
    assert seen == []


def test_young_cycles_go_in_the_thread_of_the_window(collector: Collector, qtbot: QtBot) -> None:
    for other in create_app([]).findChildren(Collector):
        other.collect()  # what it may still have to put out of sight
    seen: list[threading.Thread] = []
    Knot(seen)
    # Twice as many: lists that were used before do not count as new.
    kept = [[] for _ in range(2 * gc.get_threshold()[0])]
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [threading.main_thread()]
    assert len(kept) > gc.get_threshold()[0]


def test_objects_of_libraries_are_not_visited_again(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plain:
        pass

    held = Plain()
    gone = weakref.ref(held)
    monkeypatch.setattr(collector, "_modules", -(10**6))
    before = gc.get_freeze_count()
    collector.collect()
    assert gc.get_freeze_count() > before
    del held
    assert gone() is None  # counting references goes on as ever
