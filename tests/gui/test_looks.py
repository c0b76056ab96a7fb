import re

import pytest
from PySide6.QtCore import QByteArray, QMargins, QRect, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from ssl_studio.gui import assets, theme
from ssl_studio.gui.actions import commands
from ssl_studio.gui.pages import pages
from ssl_studio.gui.theme import ThemeChoice
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.painting import fitted

ICONS = sorted(path.stem for path in (assets.resources() / "icons").glob("*.svg"))


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two colours."""

    def light(css: str) -> float:
        parts = QColor(css).getRgbF()[:3]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_both_palettes_name_the_same_colours() -> None:
    light, dark = assets.palette_values("light"), assets.palette_values("dark")
    assert light.keys() == dark.keys()
    assert len(light["categories"]) == len(dark["categories"]) == 20


WORDS = {
    "text": ("window", "surface", "sunken", "rail", "hover", "accent_soft"),
    "muted": ("window", "surface", "sunken", "rail", "hover", "accent_soft"),
    "accent": ("window", "surface", "sunken", "rail", "accent_soft"),
    "good": ("window", "surface", "sunken"),
    "warning": ("window", "surface", "sunken", "warning_soft"),
    "danger": ("window", "surface", "sunken", "danger_soft"),
    "on_accent": ("accent", "accent_hover"),
}
"""Which words stand on which grounds."""


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), [(i, g) for i, all_ in WORDS.items() for g in all_])
def test_words_can_be_read(name: str, ink: str, ground: str) -> None:
    """WCAG 2.2, 1.4.3 (AA): at least 4.5 to 1."""
    values = assets.palette_values(name)
    assert contrast(str(values[ink]), str(values[ground])) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("line", ["border_strong", "accent"])
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_edges_of_fields_and_the_focus_can_be_seen(name: str, line: str, ground: str) -> None:
    """WCAG 2.2, 1.4.11 (AA): at least 3 to 1."""
    values = assets.palette_values(name)
    assert contrast(str(values[line]), str(values[ground])) >= 3


def test_the_style_sheet_names_only_colours_of_the_palette() -> None:
    names = set(re.findall(r"\$(\w+)", assets.stylesheet_text()))
    known = assets.palette_values("light").keys() | {"icon_up", "icon_down", "icon_check"}
    assert names <= known


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_can_be_drawn(name: str) -> None:
    assert QSvgRenderer(QByteArray(assets.svg_text(name).encode())).isValid()


def test_every_icon_that_is_named_is_there() -> None:
    named = {command.icon for command in commands() if command.icon}
    named |= {page.icon for page in pages()}
    assert named <= set(ICONS)


def test_changing_the_theme_changes_colours_and_icons(qtbot: QtBot, qapp: QApplication) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    theme.set_icon(button, "play")
    before = button.icon().cacheKey()
    with qtbot.waitSignal(theme.signals().theme_changed):
        theme.apply(qapp, ThemeChoice.DARK)
    assert button.icon().cacheKey() != before
    assert theme.name() == "dark"
    theme.apply(qapp, ThemeChoice.LIGHT)


def test_boxes_of_choices_show_their_last_row_whole(qtbot: QtBot) -> None:
    box = parts.Choice("kinds")
    qtbot.addWidget(box)
    box.addItems([f"kind {number}" for number in range(7)])
    box.show()
    box.showPopup()
    view = box.view()
    last = view.visualRect(view.model().index(6, 0))
    assert last.bottom() <= view.viewport().height()
    box.hidePopup()


def test_a_choice_without_room_ends_in_dots(qtbot: QtBot) -> None:
    box = parts.Choice("Run")
    box.addItem("masked autoencoder · epoch 3 · mean")
    qtbot.addWidget(box)
    box.resize(box.sizeHint().grownBy(QMargins(4, 0, 4, 0)))
    box.show()
    assert box.shown_text == box.currentText()
    box.resize(120, box.height())
    assert box.shown_text.endswith("…")
    assert box.fontMetrics().horizontalAdvance(box.shown_text) < 100


def test_enter_presses_a_button(qtbot: QtBot) -> None:
    pressed: list[bool] = []
    button = parts.button("Go on", on_click=lambda: pressed.append(True))
    qtbot.addWidget(button)
    button.show()
    qtbot.keyClick(button, Qt.Key.Key_Return)
    assert pressed == [True]


@pytest.mark.parametrize("size", [QSize(128, 1), QSize(1, 128)])
def test_a_thin_picture_is_still_to_be_seen(size: QSize) -> None:
    place = fitted(size, QRect(0, 0, 100, 100))
    assert min(place.width(), place.height()) == 2
    assert QRect(0, 0, 100, 100).contains(place)
