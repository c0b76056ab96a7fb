"""The parts of a plot of curves: an axis in words, and a ground that lets the page scroll."""

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QWheelEvent

from ssl_studio.gui import text
from ssl_studio.gui.text import tr


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
        """What stands below the ticks."""
        if self.kind == "time":
            unit, size = ("h", 3600) if spacing >= 1800 else ("min", 60)
            if spacing < 30:
                unit, size = "s", 1
            return [f"{value / size:g} {unit}" for value in values]
        return [f"{value / 1000:g}k" if spacing >= 1000 else f"{value:g}" for value in values]


class Canvas(pg.PlotWidget):  # type: ignore[misc]
    """A plot that leaves the wheel to the page unless Ctrl is held."""

    def sizeHint(self) -> QSize:
        """So small that several fit on a page."""
        return QSize(280, 120)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl; else the page scrolls."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()
