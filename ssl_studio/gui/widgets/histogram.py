"""How often numbers fall where: bars above a line, with marks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ssl_studio.gui import text, theme

BARS = 40
HEIGHT_PX, FOOT_PX = 96, 18


class Histogram(QWidget):
    """Counts of numbers on a square-root scale, so that rare ones are seen too."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT_PX)
        self.counts: NDArray[np.int64] = np.empty(0, np.int64)
        self.ends = (0.0, 1.0)
        self.marks: tuple[tuple[float, str], ...] = ()

    def show_values(
        self, values: NDArray[np.float16], marks: Sequence[tuple[float, str]] = ()
    ) -> None:
        """Show these, with marks (value, name of a colour); an axis long enough for both."""
        self.marks = tuple(marks)
        if not len(values):
            self.counts = np.empty(0, np.int64)
        else:
            exact = values.astype(np.float64)
            all_values = [float(exact.min()), float(exact.max()), *(m[0] for m in self.marks)]
            low, high = min(all_values), max(all_values)
            self.ends = (low, high if high > low else low + 1)
            self.counts = np.histogram(exact, BARS, self.ends)[0]
        self.setAccessibleDescription(f"{text.figure(self.ends[0])} – {text.figure(self.ends[1])}")
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as may be."""
        return QSize(240, HEIGHT_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars, line, marks, ends."""
        if not len(self.counts):
            return
        painter = QPainter(self)
        base = self.height() - FOOT_PX
        heights = np.sqrt(self.counts / max(1, int(self.counts.max()))) * (base - 4)
        width = self.width() / BARS
        for number, height in enumerate(heights.tolist()):
            bar = QRectF(number * width, base - height, max(1.0, width - 1), height)
            painter.fillRect(bar, theme.colour("accent"))
        painter.fillRect(QRectF(0, base, self.width(), 1), theme.colour("border_strong"))
        for value, role in self.marks:
            painter.fillRect(QRectF(self._x(value) - 1, 0, 2, base), theme.colour(role))
        painter.setPen(theme.colour("muted"))
        foot = QRectF(0, base + 2, self.width(), FOOT_PX - 2)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, text.figure(self.ends[0]))
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, text.figure(self.ends[1]))
        painter.end()

    def _x(self, value: float) -> float:
        low, high = self.ends
        return min(self.width() - 2.0, max(1.0, (value - low) / (high - low) * self.width()))
