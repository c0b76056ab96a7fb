"""What speaks for how many clusters: three curves over the number, and the one suggested."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.jobs.choose_k import KChoice, KRow

LEFT, TOP, RIGHT, BOTTOM = 30, 44, 10, 24
TICKS = (2, 5, 10, 20, 50, 100, 200, 500)


class KPlot(QWidget):
    """Silhouette, stability and inertia over k; a click picks a number: `picked(k)`."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice: KChoice | None = None
        self._hovered: KRow | None = None
        self.setMouseTracking(True)
        self.setMinimumHeight(190)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Figures for several numbers of clusters"))
        self.setToolTip(tr("Click a number to take it"))

    def show_choice(self, choice: KChoice | None) -> None:
        """Show these figures."""
        self.choice, self._hovered = choice, None
        if choice is not None:
            self.setAccessibleDescription(choice.why)
        self.update()

    def sizeHint(self) -> QSize:
        """Small."""
        return QSize(264, 190)

    def curves(self) -> list[tuple[str, str, Callable[[KRow], float]]]:
        """Name, colour and height of each curve, 0 to 1; inertia as a part of its largest."""
        rows = self.choice.table if self.choice else ()
        most = max((row.inertia for row in rows), default=1.0) or 1.0
        return [
            (tr("silhouette"), theme.category_css(0), lambda row: row.silhouette),
            (tr("stability"), theme.category_css(1), lambda row: row.stability),
            (tr("inertia"), theme.category_css(2), lambda row: row.inertia / most),
        ]

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, -BOTTOM)

    def _x(self, k: float) -> float:
        assert self.choice is not None
        first, last = math.log(self.choice.table[0].k), math.log(self.choice.table[-1].k)
        area = self._area()
        return area.left() + area.width() * (math.log(k) - first) / max(last - first, 1e-9)

    def _y(self, value: float) -> float:
        area = self._area()
        return area.bottom() - area.height() * min(1.0, max(0.0, value))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Axes, curves, the suggestion, and figures at the pointer."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.choice is not None and self.choice.table:
            small = QFont(self.font())
            small.setPointSizeF(self.font().pointSizeF() - 1.5)
            painter.setFont(small)
            self._paint_axes(painter)
            self._paint_curves(painter)
            self._paint_words(painter)
        painter.end()

    def _paint_axes(self, painter: QPainter) -> None:
        assert self.choice is not None
        area, flag = self._area(), Qt.AlignmentFlag
        for value in (0.0, 0.5, 1.0):
            painter.setPen(theme.colour("grid_line"))
            painter.drawLine(QPointF(area.left(), self._y(value)),
                             QPointF(area.right(), self._y(value)))  # fmt: skip
            painter.setPen(theme.colour("muted"))
            place = QRectF(0, self._y(value) - 8, LEFT - 6, 16)
            painter.drawText(place, flag.AlignRight | flag.AlignVCenter, f"{value:g}")
        first, last = self.choice.table[0].k, self.choice.table[-1].k
        for tick in (t for t in TICKS if first <= t <= last):
            place = QRectF(self._x(tick) - 16, area.bottom() + 4, 32, 16)
            painter.drawText(place, flag.AlignCenter, str(tick))
        painter.setPen(QPen(theme.colour("text"), 1.2, Qt.PenStyle.DashLine))
        x = self._x(self.choice.k)
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _paint_curves(self, painter: QPainter) -> None:
        assert self.choice is not None
        for _name, colour, height in self.curves():
            points = [QPointF(self._x(row.k), self._y(height(row))) for row in self.choice.table]
            painter.setPen(QPen(QColor(colour), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))
            painter.setBrush(QColor(colour))
            for point in points:
                painter.drawEllipse(point, 2, 2)

    def _paint_words(self, painter: QPainter) -> None:
        assert self.choice is not None
        row = self._hovered or next(r for r in self.choice.table if r.k == self.choice.k)
        painter.setPen(theme.colour("text"))
        head = f"k = {row.k}" + ("" if row.k != self.choice.k else tr("  · suggested"))
        painter.drawText(QRectF(0, 0, self.width(), 18), Qt.AlignmentFlag.AlignVCenter, head)
        left = 0.0
        for name, colour, height in self.curves():
            words = f"{name} {text.figure(round(height(row), 2))}"
            painter.setPen(QColor(colour))
            width = painter.fontMetrics().horizontalAdvance(words) + 12
            painter.drawText(QRectF(left, 19, width, 16), Qt.AlignmentFlag.AlignVCenter, words)
            left += width

    def _row_at(self, x: float) -> KRow | None:
        if self.choice is None or not self.choice.table:
            return None
        return min(self.choice.table, key=lambda row: abs(self._x(row.k) - x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the figures of the number under the pointer."""
        self._hovered = self._row_at(event.position().x())
        self.update()

    def leaveEvent(self, _event: object) -> None:
        """Show those of the suggestion again."""
        self._hovered = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take a number."""
        row = self._row_at(event.position().x())
        if row is not None:
            self.picked.emit(row.k)
