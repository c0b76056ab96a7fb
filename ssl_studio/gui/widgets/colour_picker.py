"""The colours of groups: which one is shown in which theme, and a menu to choose from."""

from collections.abc import Callable
from functools import cache, partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QColorDialog,
    QGridLayout,
    QMenu,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from ssl_studio.gui import assets, theme
from ssl_studio.gui.text import tr

COLUMNS = 5
SWATCH_PX = 22


@cache
def _places() -> dict[str, int]:
    """The place in the palette of every colour that either theme has for groups."""
    found: dict[str, int] = {}
    for name in ("dark", "light"):
        for place, colour in enumerate(assets.palette_values(name)["categories"]):
            found[colour] = place
    return found


def shown_colour(stored: str) -> QColor:
    """A cluster's colour as this theme shows it: those of the palette have a twin in each."""
    place = _places().get(stored.lower())
    return QColor(stored if place is None else theme.category_css(place))


def dot_icon(colour: QColor, side_px: int = 14, *, is_ring: bool = False) -> QIcon:
    """A filled circle for menus and lists, or a ring where only some have it."""
    pixmap = QPixmap(2 * side_px, 2 * side_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush if is_ring else colour)
    painter.drawEllipse(3, 3, 2 * side_px - 6, 2 * side_px - 6)
    painter.end()
    pixmap.setDevicePixelRatio(2)
    return QIcon(pixmap)


class ColourMenu(QMenu):
    """The palette as swatches, and any other colour. `pick(#rrggbb)` is called once."""

    def __init__(self, current: str, pick: Callable[[str], object], parent: QWidget) -> None:
        super().__init__(tr("Colour"), parent)
        self._pick = pick
        self._current = current
        self.swatches: list[QToolButton] = []
        action = QWidgetAction(self)
        action.setDefaultWidget(self._grid())
        self.addAction(action)
        self.addSeparator()
        self.addAction(tr("Another colour …"), self._ask)

    def _grid(self) -> QWidget:
        panel = QWidget()
        grid = QGridLayout(panel)
        grid.setContentsMargins(theme.GAP, theme.HALF, theme.GAP, theme.HALF)
        grid.setSpacing(theme.HALF)
        stored = assets.palette_values("light")["categories"]
        chosen = _places().get(self._current.lower())
        for place, colour in enumerate(stored):
            words = tr("Colour {n}").format(n=place + 1)
            swatch = QToolButton(
                toolTip=words, accessibleName=words, checkable=True, checked=place == chosen
            )
            swatch.setIcon(dot_icon(QColor(theme.category_css(place)), SWATCH_PX))
            swatch.setIconSize(QSize(SWATCH_PX, SWATCH_PX))
            swatch.clicked.connect(partial(self._choose, colour))
            grid.addWidget(swatch, *divmod(place, COLUMNS))
            self.swatches.append(swatch)
        return panel

    def _choose(self, colour: str, _checked: bool = False) -> None:
        self.close()
        self._pick(colour)

    def _ask(self) -> None:
        chosen = QColorDialog.getColor(QColor(self._current), self.parentWidget(), tr("Colour"))
        if chosen.isValid():
            self._pick(chosen.name())
