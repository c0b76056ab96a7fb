"""The parts of a plot of curves: an axis in words, and a ground that lets the page scroll."""

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QWheelEvent

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr

GRID_ALPHA = 46


def axis_words(axis: str, value: float) -> str:
    """A place on the x axis in words."""
    if axis == "time":
        return text.duration(value)
    if axis == "step":
        return tr("step {n}").format(n=text.count(round(value)))
    return tr("epoch {n}").format(n=text.figure(value))


class BottomAxis(pg.AxisItem):  # type: ignore[misc]
    """Ticks in the words of the x axis."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.kind = "epoch"

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:
        """What stands below the ticks; nothing is before the start."""
        if self.kind == "time":
            unit, size = ("h", 3600) if spacing >= 1800 else ("min", 60)
            if spacing < 30:
                unit, size = "s", 1
            words = [f"{value / size:g} {unit}" for value in values]
        else:
            words = [f"{value / 1000:g}k" if spacing >= 1000 else f"{value:g}" for value in values]
        return [word if value >= 0 else "" for word, value in zip(words, values, strict=True)]


class Canvas(pg.GraphicsView):  # type: ignore[misc]
    """A plot that leaves the wheel to the page unless Ctrl is held.

    Made of its parts, without the menus and forms of `pg.PlotWidget`, which take ten times as
    long to make.
    """

    def __init__(self) -> None:
        super().__init__()
        self.box = pg.ViewBox(enableMenu=False)
        self.left, self.bottom = pg.AxisItem("left"), BottomAxis()
        layout = pg.GraphicsLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.setCentralItem(layout)
        for item, row, column in ((self.left, 0, 0), (self.box, 0, 1), (self.bottom, 1, 1)):
            layout.addItem(item, row, column)
        # The lines of the grid lie behind the curves.
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.setZValue(-1000)
        self.box.setMouseMode(pg.ViewBox.RectMode)
        self.box.disableAutoRange()
        self.left.setWidth(44)
        self.left.setGrid(GRID_ALPHA)

    def take_colours(self, font: QFont) -> None:
        """Those of the theme as it is now."""
        self.setBackground(theme.css("surface"))
        for axis in (self.left, self.bottom):
            axis.setPen(pg.mkPen(theme.css("border")))
            axis.setTextPen(pg.mkPen(theme.css("muted")))
            axis.setTickFont(font)
            axis.setStyle(tickLength=-4, maxTickLevel=0)

    def sizeHint(self) -> QSize:
        """So small that several fit on a page."""
        return QSize(280, 120)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl; else the page scrolls."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()
