"""Where the files of `resources/` are, as icons, palettes and style sheets.

In a checkout they lie beside the package; an installed package finds them under
`share/ssl-studio` of its environment, a frozen one beside the executable's libraries.
"""

import json
import sys
import sysconfig
from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

ICON_SIDES_PX = (16, 20, 24, 32, 48)


@cache
def resources() -> Path:
    """The folder of icons and themes. Raises FileNotFoundError where the installation lacks it."""
    package = Path(__file__).resolve().parents[1]
    candidates = (
        Path(getattr(sys, "_MEIPASS", package.parent)) / "resources",
        package.parent / "resources",
        Path(sysconfig.get_path("data")) / "share" / "ssl-studio",
        package.parent / "share" / "ssl-studio",
        Path(sysconfig.get_path("data", sysconfig.get_preferred_scheme("user")))
        / "share"
        / "ssl-studio",
    )
    for folder in candidates:
        if (folder / "themes" / "stylesheet.qss").is_file():
            return folder
    raise FileNotFoundError(f"resources of SSL Studio, looked for in {candidates}")


@cache
def svg_text(name: str) -> str:
    """The source of an icon, drawn in `currentColor`."""
    return (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def palette_values(theme: str) -> dict[str, str | list[str]]:
    """The colours of a theme by name."""
    text = (resources() / "themes" / f"{theme}.json").read_text(encoding="utf-8")
    values: dict[str, str | list[str]] = json.loads(text)
    return values


def stylesheet_text() -> str:
    """The style sheet, with `$name` where a colour of the palette belongs."""
    return (resources() / "themes" / "stylesheet.qss").read_text(encoding="utf-8")


def theme_file(theme: str, name: str) -> str:
    """The path of a picture that the style sheet names, as Qt writes paths."""
    return (resources() / "themes" / theme / name).as_posix()


def changelog_text() -> str:
    """The change log; empty where it was not installed."""
    for path in (resources() / "CHANGELOG.md", resources().parent / "CHANGELOG.md"):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return ""


@cache
def icon_pixmap(name: str, colour: str, side_px: int, ratio: float = 1.0) -> QPixmap:
    """An icon in one colour at one size, sharp on a screen with `ratio` pixels per unit."""
    renderer = QSvgRenderer(QByteArray(svg_text(name).replace("currentColor", colour).encode()))
    pixmap = QPixmap(round(side_px * ratio), round(side_px * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@cache
def icon(name: str, colour: str, on_colour: str, disabled_colour: str) -> QIcon:
    """An icon with its three colours: plain, switched on, and disabled."""
    made = QIcon()
    for side in ICON_SIDES_PX:
        for mode, state, tint in (
            (QIcon.Mode.Normal, QIcon.State.Off, colour),
            (QIcon.Mode.Normal, QIcon.State.On, on_colour),
            (QIcon.Mode.Disabled, QIcon.State.Off, disabled_colour),
        ):
            made.addPixmap(icon_pixmap(name, tint, side, 2.0), mode, state)
    return made


@cache
def app_icon() -> QIcon:
    """The application's own icon."""
    return QIcon(str(resources() / "icons" / "app.svg"))


def forget_pixmaps() -> None:
    """Drop cached pixmaps; Qt wants none alive when the application object goes."""
    for cached in (icon_pixmap, icon, app_icon):
        cached.cache_clear()
