"""Colours and sizes: one palette for light and one for dark, one style sheet for both.

Widgets that paint by hand ask `colour(name)` while painting; whoever caches colours listens to
`signals().theme_changed`.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from ssl_studio.gui import assets

GRID_PX = 8
"""Every margin and gap is a multiple of this, or its half."""

HALF, GAP, WIDE = GRID_PX // 2, GRID_PX, 2 * GRID_PX
PAGE_MARGIN_PX = 2 * GRID_PX
SIDE_WIDTH_PX = 280
RADIUS_PX = 6


class ThemeChoice(StrEnum):
    """What the user asked for."""

    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


class ThemeSignals(QObject):
    """Tells painters that all colours are others now."""

    theme_changed = Signal()


class _Current:
    """The palette in use."""

    name = "light"
    values: dict[str, str | list[str]] | None = None


@cache
def signals() -> ThemeSignals:
    """The object whose `theme_changed` painters listen to."""
    return ThemeSignals()


def _values() -> dict[str, str | list[str]]:
    if _Current.values is None:
        _Current.values = assets.palette_values(_Current.name)
    return _Current.values


def name() -> str:
    """ "light" or "dark", whichever is shown."""
    return _Current.name


def css(role: str) -> str:
    """A colour of the palette as `#rrggbb`."""
    value = _values()[role]
    assert isinstance(value, str)
    return value


def colour(role: str, alpha: int = 255) -> QColor:
    """A colour of the palette."""
    made = QColor(css(role))
    made.setAlpha(alpha)
    return made


def category_css(index: int) -> str:
    """The colour of the n-th group; repeats after twenty."""
    values = _values()["categories"]
    return values[index % len(values)]


def categories() -> list[str]:
    """All colours of groups, in order."""
    return list(_values()["categories"])


def resolve(choice: ThemeChoice) -> str:
    """The theme that a choice stands for on this desktop."""
    if choice is not ThemeChoice.SYSTEM:
        return choice.value
    scheme = QGuiApplication.styleHints().colorScheme()
    return "dark" if scheme == Qt.ColorScheme.Dark else "light"


def apply(app: QApplication, choice: ThemeChoice) -> None:
    """Show the whole application in a theme."""
    wanted = resolve(choice)
    if _Current.values is not None and wanted == _Current.name and app.styleSheet():
        return
    _Current.name = wanted
    _Current.values = assets.palette_values(wanted)
    app.setPalette(_qt_palette())
    app.setStyleSheet(_stylesheet())
    for widget in app.topLevelWidgets():
        _retint(widget)
    signals().theme_changed.emit()


def _stylesheet() -> str:
    names = {key: value for key, value in _values().items() if isinstance(value, str)}
    for picture in ("up", "down", "check"):
        names[f"icon_{picture}"] = assets.theme_file(_Current.name, f"{picture}.svg")
    return Template(assets.stylesheet_text()).substitute(names)


def _qt_palette() -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for qt_role, ours in {
        role.Window: "window",
        role.WindowText: "text",
        role.Base: "surface",
        role.AlternateBase: "sunken",
        role.Text: "text",
        role.Button: "surface",
        role.ButtonText: "text",
        role.BrightText: "danger",
        role.ToolTipBase: "surface",
        role.ToolTipText: "text",
        role.PlaceholderText: "muted",
        role.Highlight: "accent",
        role.HighlightedText: "on_accent",
        role.Link: "accent",
        role.Mid: "border",
        role.Dark: "border_strong",
        role.Light: "surface",
    }.items():
        palette.setColor(qt_role, colour(ours))
    for qt_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, qt_role, colour("faint"))
    return palette


def set_icon(target: QAbstractButton | QAction, icon_name: str, plain: str = "muted") -> None:
    """Give a button or action an icon that follows the theme."""
    target.setProperty("icon_name", icon_name)
    target.setProperty("icon_colour", plain)
    target.setIcon(assets.icon(icon_name, css(plain), css("accent"), css("faint")))


def _retint(window: QWidget) -> None:
    holders: list[QAbstractButton | QAction] = [
        *window.findChildren(QAbstractButton),
        *window.findChildren(QAction),
    ]
    if isinstance(window, QAbstractButton):
        holders.append(window)
    for holder in holders:
        icon_name = holder.property("icon_name")
        if icon_name:
            set_icon(holder, icon_name, holder.property("icon_colour"))


def follow_system(on_change: Callable[[Qt.ColorScheme], None]) -> None:
    """Call back when the desktop turns light or dark; a bound method, or it outlives its object."""
    QGuiApplication.styleHints().colorSchemeChanged.connect(on_change)
