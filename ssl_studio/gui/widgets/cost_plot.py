"""One score of each run against what it cost, with the references as lines across."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ssl_studio.gui import text, theme

LEFT_PX, TOP_PX, BOTTOM_PX = 56, 24, 40
RIGHT_LEAST_PX, RIGHT_SHARE = 60, 0.3
"""At the right there is room for the names of levels, up to a share of the whole."""
DOT_PX = 6.0
NAME_PX, LINE_PX = 280, 15
REACH_PX = 14.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A run."""

    run_id: int
    name: str
    cost: float
    score: float


class CostPlot(QWidget):
    """Dots with names; a click on one chooses the run."""

    dot_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dots: list[Dot] = []
        self.levels: dict[str, float] = {}
        self.marked: set[int] = set()
        self._x_title, self._y_title = "", ""
        self.setMinimumHeight(180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_dots(
        self,
        dots: Sequence[Dot],
        x_title: str,
        y_title: str,
        levels: Mapping[str, float] | None = None,
    ) -> None:
        """Show these."""
        self.dots, self.levels = list(dots), dict(levels or {})
        self._x_title, self._y_title = x_title, y_title
        self.setAccessibleName(f"{y_title}: {x_title}")
        self.setAccessibleDescription("; ".join(self.words_of(dot) for dot in self.dots))
        self.update()

    def mark(self, run_ids: set[int]) -> None:
        """Let these stand out."""
        self.marked = run_ids
        self.update()

    def words_of(self, dot: Dot) -> str:
        """Name and both numbers of a run."""
        score, cost = text.percent(dot.score), text.figure(dot.cost)
        return f"{dot.name}\n{self._y_title}: {score}\n{self._x_title}: {cost}"

    def sizeHint(self) -> QSize:
        """Room for a few names."""
        return QSize(480, 260)

    # -- where things are ----------------------------------------------------------------------

    def _right_px(self) -> float:
        longest = max((self.fontMetrics().horizontalAdvance(n) for n in self.levels), default=0)
        return max(RIGHT_LEAST_PX, min(longest + 16, RIGHT_SHARE * self.width()))

    def _area(self) -> QRectF:
        return QRectF(
            LEFT_PX,
            TOP_PX,
            max(10, self.width() - LEFT_PX - self._right_px()),
            max(10, self.height() - TOP_PX - BOTTOM_PX),
        )

    def _span(self) -> tuple[float, float]:
        values = [dot.score for dot in self.dots] + list(self.levels.values())
        if not values:
            return 0.0, 1.0
        low, high = min(values), max(values)
        room = max(0.02, 0.12 * (high - low))
        return max(0.0, low - room), min(1.0, high + room)

    def place(self, dot: Dot) -> QPointF:
        """Where a run's dot is."""
        area, most = self._area(), max((d.cost for d in self.dots), default=1.0) or 1.0
        return QPointF(area.left() + dot.cost / (1.06 * most) * area.width(), self._y(dot.score))

    def _y(self, score: float) -> float:
        area, (low, high) = self._area(), self._span()
        return area.bottom() - (score - low) / max(1e-9, high - low) * area.height()

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Axes, references, dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter)
        self._paint_levels(painter)
        taken: list[QRectF] = []
        for dot in self.dots:
            self._paint_dot(painter, dot, taken)
        painter.end()

    def _paint_axes(self, painter: QPainter) -> None:
        area, (low, high) = self._area(), self._span()
        most = max((dot.cost for dot in self.dots), default=1.0) * 1.06
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in ticks(low, high, 5):
            y = self._y(value)
            painter.setPen(QPen(theme.colour("border"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.colour("muted"))
            place = QRectF(0, y - 8, LEFT_PX - 8, 16)
            painter.drawText(place, right, f"{100 * value:.0f} %")
        for value in ticks(0.0, most, 6):
            x = area.left() + value / most * area.width() if most else area.left()
            painter.drawText(
                QRectF(x - 40, area.bottom() + 4, 80, 16),
                Qt.AlignmentFlag.AlignCenter,
                text.figure(value),
            )
        painter.drawText(
            QRectF(area.left(), area.bottom() + 20, area.width(), 18),
            Qt.AlignmentFlag.AlignCenter,
            self._x_title,
        )
        painter.drawText(QPointF(8, 14), self._y_title)

    def name_places(self) -> dict[str, float]:
        """How far down the name of each level stands: beside it, or below the one before."""
        places, free = {}, 0.0
        for name, score in sorted(self.levels.items(), key=lambda level: -level[1]):
            places[name] = max(self._y(score), free)
            free = places[name] + LINE_PX
        return places

    def _paint_levels(self, painter: QPainter) -> None:
        area, places = self._area(), self.name_places()
        for name, score in self.levels.items():
            y = self._y(score)
            painter.setPen(QPen(theme.colour("warning"), 1.2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.colour("muted"))
            words = painter.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideRight, round(self._right_px()) - 10
            )
            painter.drawText(QPointF(area.right() + 6, places[name] + 4), words)

    def _paint_dot(self, painter: QPainter, dot: Dot, taken: list[QRectF]) -> None:
        place = self.place(dot)
        is_marked = dot.run_id in self.marked
        painter.setPen(QPen(theme.colour("surface"), 1.5))
        painter.setBrush(theme.colour("accent" if is_marked or not self.marked else "faint"))
        size = DOT_PX + (2 if is_marked else 0)
        painter.drawEllipse(place, size, size)
        words = painter.fontMetrics().elidedText(dot.name, Qt.TextElideMode.ElideRight, NAME_PX)
        width = painter.fontMetrics().horizontalAdvance(words)
        has_room = place.x() + 11 + width <= self.width()
        left = place.x() + 11 if has_room else place.x() - 11 - width
        box = QRectF(left, place.y() - 9, width, 18)
        while any(box.intersects(other) for other in taken):
            box.translate(0, 17)
        taken.append(box)
        painter.fillRect(box, theme.colour("surface"))  # no line goes through the name
        painter.setPen(theme.colour("text"))
        painter.drawText(box.adjusted(0, 0, 4, 0), Qt.AlignmentFlag.AlignVCenter, words)

    # -- pointing ------------------------------------------------------------------------------

    def dot_at(self, place: QPointF) -> Dot | None:
        """The nearest run within reach."""
        near = [
            (math.dist(place.toTuple(), self.place(d).toTuple()), n)
            for n, d in enumerate(self.dots)
        ]
        distance, number = min(near, default=(REACH_PX + 1, 0))
        return self.dots[number] if distance <= REACH_PX else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses."""
        dot = self.dot_at(event.position())
        if dot is not None:
            self.dot_chosen.emit(dot.run_id)

    def event(self, event: QEvent) -> bool:
        """Say what a dot is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            dot = self.dot_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if dot is None else self.words_of(dot), self)
            return True
        return super().event(event)


def ticks(low: float, high: float, count: int) -> list[float]:
    """At most about `count` round numbers in a range."""
    span = high - low
    if span <= 0:
        return [low]
    rough = span / count
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= rough)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]
