import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.pages import entries, pages
from ssl_studio.gui.studio import Studio


class Watch(QObject):
    """Notes every window that appears."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            self.seen += [watched] if watched.isWindow() else []
        return False


def test_the_rail_calls_pages_what_they_call_themselves() -> None:
    made = [(page.key, page.icon, page.title()) for page in pages()]
    assert made == [(entry.key, entry.icon, entry.title) for entry in entries()]


def test_pages_are_made_one_by_one_after_the_window_is_shown(
    empty_studio: Studio, qtbot: QtBot
) -> None:
    window = MainWindow(empty_studio)
    assert not window.pages.made
    window.show()
    qtbot.waitUntil(lambda: len(window.pages.made) == len(window.pages), timeout=30_000)
    window.close_now()
    window.deleteLater()


def test_a_page_that_is_asked_for_is_there_at_once(window: MainWindow) -> None:
    page = window.pages["compare"]
    assert window.pages["compare"] is page
    assert window.stack.indexOf(page) > 0
    with pytest.raises(KeyError):
        window.pages["cellar"]


def test_no_page_flashes_a_window_while_it_is_made(studio: Studio, qapp: QApplication) -> None:
    watch = Watch()
    qapp.installEventFilter(watch)
    window = MainWindow(studio)
    for key in window.pages:
        window.pages[key]
    qapp.removeEventFilter(watch)
    flashed = list(watch.seen)
    window.close_now()
    window.deleteLater()
    assert [type(widget).__name__ for widget in flashed] == []
