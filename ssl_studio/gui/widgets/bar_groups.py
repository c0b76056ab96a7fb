"""Groups of bars with their intervals, and level lines to read them against."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.jobs.score_tables import Cell

LEFT_PX, BOTTOM_PX, TOP_PX = 56, 24, 28
MOST_BAR_PX = 44
ROLES = ("accent", "border_strong", "warning")
TOPS = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Where the axis may end, so that four lines stand at round numbers below."""
LINES = 4


class BarGroups(QWidget):
    """Scores in [0, 1]: a group for each point, in it a bar for each series."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points: list[str] = []
        self.series: dict[str, Mapping[str, Cell]] = {}
        self.levels: dict[str, float] = {}
        self.top = 1.0
        self.setAccessibleName(name)
        self.setMinimumHeight(180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_bars(
        self,
        points: Sequence[str],
        series: Mapping[str, Mapping[str, Cell]],
        levels: Mapping[str, float],
    ) -> None:
        """Show these; `levels` are lines across, such as the score of raw pixels."""
        self.points, self.series, self.levels = list(points), dict(series), dict(levels)
        self.top = axis_top([cell for cells in series.values() for cell in cells.values()], levels)
        said = [
            f"{point}, {name}: {text.percent(cells[point].value)}"
            for point in self.points
            for name, cells in self.series.items()
            if point in cells
        ]
        self.setAccessibleDescription("; ".join(said))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for a few groups."""
        return QSize(420, 240)

    # -- where things are ----------------------------------------------------------------------

    def _area(self) -> QRectF:
        return QRectF(
            LEFT_PX, TOP_PX, self.width() - LEFT_PX - 8, self.height() - TOP_PX - BOTTOM_PX
        )

    def _y(self, value: float) -> float:
        area = self._area()
        return area.bottom() - max(0.0, min(1.0, value / self.top)) * area.height()

    def bar(self, point: int, series: int) -> QRectF:
        """The place of a bar at full height."""
        area = self._area()
        group = area.width() / max(1, len(self.points))
        width = min(MOST_BAR_PX, 0.78 * group / max(1, len(self.series)))
        left = area.left() + (point + 0.5) * group + (series - len(self.series) / 2) * width
        return QRectF(left, area.top(), width - 2, area.height())

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, bars with whiskers, levels, names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_grid(painter)
        for number, (_name, cells) in enumerate(self.series.items()):
            for place, point in enumerate(self.points):
                if point in cells:
                    self._paint_bar(painter, self.bar(place, number), cells[point], number)
        self._paint_levels(painter)
        self._paint_legend(painter)
        painter.end()

    def _paint_grid(self, painter: QPainter) -> None:
        area = self._area()
        for step in (self.top * line / LINES for line in range(LINES + 1)):
            painter.setPen(QPen(theme.colour("border"), 1))
            y = self._y(step)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.colour("muted"))
            beside = QRectF(0, y - 8, LEFT_PX - 8, 16)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(beside, right, f"{round(100 * step)} %")
        group = area.width() / max(1, len(self.points))
        for place, point in enumerate(self.points):
            below = QRectF(area.left() + place * group, area.bottom() + 4, group, 18)
            words = painter.fontMetrics().elidedText(
                point, Qt.TextElideMode.ElideRight, round(group) - 4
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_bar(self, painter: QPainter, place: QRectF, cell: Cell, number: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(ROLES[number % len(ROLES)]))
        painter.drawRoundedRect(
            QRectF(place.left(), self._y(cell.value), place.width(),
                   place.bottom() - self._y(cell.value)), 2, 2,
        )  # fmt: skip
        if cell.low == cell.low:
            painter.setPen(QPen(theme.colour("text"), 1))
            x = place.center().x()
            painter.drawLine(QPointF(x, self._y(cell.low)), QPointF(x, self._y(cell.high)))
        words = f"{100 * cell.value:.0f}"
        if QFontMetrics(painter.font()).horizontalAdvance(words) <= place.width():
            painter.setPen(theme.colour("muted"))
            top = self._y(max(cell.value, cell.high if cell.high == cell.high else 0)) - 16
            painter.drawText(
                QRectF(place.left(), top, place.width(), 14), Qt.AlignmentFlag.AlignCenter, words
            )

    def _paint_levels(self, painter: QPainter) -> None:
        area = self._area()
        for value in self.levels.values():
            painter.setPen(QPen(theme.colour("warning"), 1.4, Qt.PenStyle.DashLine))
            y = self._y(value)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _paint_legend(self, painter: QPainter) -> None:
        x = float(LEFT_PX)
        entries = [(n, ROLES[i % len(ROLES)]) for i, n in enumerate(self.series)]
        entries += [(f"{n} {text.percent(v)}", "warning") for n, v in self.levels.items()]
        for name, role in entries:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(role))
            painter.drawRoundedRect(QRectF(x, 8, 10, 10), 2, 2)
            painter.setPen(theme.colour("muted"))
            width = painter.fontMetrics().horizontalAdvance(name)
            painter.drawText(QPointF(x + 15, 17), name)
            x += width + 32

    # -- read-out ------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Say the numbers of the bar below the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, place: QPointF) -> str:
        """What stands at a place: point, series, score and interval; empty beside the bars."""
        for number, (name, cells) in enumerate(self.series.items()):
            for position, point in enumerate(self.points):
                if point in cells and self.bar(position, number).contains(place):
                    cell = cells[point]
                    said = f"{point}, {name}: {text.percent(cell.value)}"
                    if cell.low != cell.low:
                        return said
                    return f"{said}\n" + tr("95 % interval: {low} to {high}").format(
                        low=text.percent(cell.low), high=text.percent(cell.high)
                    )
        return ""


def axis_top(cells: Sequence[Cell], levels: Mapping[str, float]) -> float:
    """The first round share that holds all bars, whiskers and levels."""
    highs = [max(cell.value, cell.high if cell.high == cell.high else 0.0) for cell in cells]
    largest = max([*highs, *levels.values()], default=1.0)
    return next((top for top in TOPS if top >= largest), 1.0)
