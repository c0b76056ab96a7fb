"""Names for screen readers, a visible focus, and the keyboard alone: on every page."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.pages import pages
from ssl_studio.gui.studio import Studio
from tests.gui.conftest import settle

KEYS = [page.key for page in pages()]
CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QSlider)


def focusable(parent: QWidget) -> Iterator[QWidget]:
    """What the keyboard can reach now."""
    for widget in parent.findChildren(QWidget):
        by_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if by_tab and widget.isVisibleTo(parent.window()) and widget.isEnabled():
            yield widget


def name_of(widget: QWidget) -> str:
    """What a screen reader says."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else ""


def is_part(widget: QWidget) -> bool:
    """Inner parts of Qt's own widgets speak through their owner."""
    parent = widget.parentWidget()
    inner = widget.objectName().startswith("qt_")
    return inner or isinstance(parent, QComboBox | QAbstractSpinBox | QAbstractItemView)


@pytest.mark.parametrize("key", KEYS)
def test_everything_that_takes_the_keyboard_has_a_name(
    window: MainWindow, studio: Studio, qtbot: QtBot, key: str
) -> None:
    window.show_page(key)
    settle(studio, qtbot)
    nameless = [
        f"{type(widget).__name__} {widget.objectName()} {widget.toolTip()}"
        for widget in focusable(window.pages[key])
        if isinstance(widget, CONTROLS) and not is_part(widget) and not name_of(widget)
    ]
    assert not nameless


def test_the_frame_of_the_window_has_names(window: MainWindow) -> None:
    for part in (window.toolbar, window.rail, window.status, window.activity):
        assert not [w for w in focusable(part) if isinstance(w, CONTROLS) and not name_of(w)]


@pytest.mark.parametrize("key", KEYS)
def test_tab_reaches_everything_and_comes_round(
    window: MainWindow, studio: Studio, qtbot: QtBot, key: str
) -> None:
    window.show_page(key)
    settle(studio, qtbot)
    wanted = {w for w in focusable(window.pages[key]) if isinstance(w, CONTROLS) and not is_part(w)}
    seen: set[QWidget] = set()
    start = here = window.pages[key]
    while True:
        here = here.nextInFocusChain()
        seen.add(here)
        if here is start:
            break
    assert wanted <= seen


@pytest.mark.parametrize("theme_name", ["light", "dark"])
def test_the_focus_can_be_seen(
    window: MainWindow, studio: Studio, qtbot: QtBot, theme_name: str
) -> None:
    getattr(window.commander, f"theme_{theme_name}")()
    window.show_page("images")
    settle(studio, qtbot)
    window.activateWindow()
    buttons = [
        w
        for part in (window.pages["images"], window.rail, window.toolbar)
        for w in focusable(part)
        if isinstance(w, QAbstractButton | QLineEdit | QComboBox) and not is_part(w)
    ]
    assert buttons
    unseen = [name_of(widget) for widget in buttons if not shows_focus(window, widget, qtbot)]
    window.commander.theme_light()
    assert not unseen


def shows_focus(window: MainWindow, widget: QWidget, qtbot: QtBot) -> bool:
    """Whether the widget looks different while it has the keyboard."""
    widget.clearFocus()
    before = widget.grab(QRect(widget.rect())).toImage()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    after = widget.grab(QRect(widget.rect())).toImage()
    return before != after
