"""A million points that pan and zoom fluidly.

From far away all points are drawn as a density raster, none is left out; where few enough are in
view they are drawn one by one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.widgets import density
from ssl_studio.gui.widgets.density import Floats, View

POINT_LIMIT = 20_000
"""More points in view than this are drawn as density."""
SHARP_LIMIT = 1_500
"""So few are drawn by Qt, at the full resolution of the screen."""
MARKED_LIMIT = 3_000
REACH_PX = 10
ZOOM = 1.2
NO_ROWS: NDArray[np.intp] = np.empty(0, np.intp)


class ScatterPlot(QWidget):
    """Points in groups. Drag pans, the wheel zooms, Shift+drag chooses a box.

    Signals: `hovered(row)` with -1 for none; `clicked(row)`; `opened(row)` on double click;
    `chosen(rows)` for a box or a click.
    """

    hovered = Signal(int)
    opened = Signal(int)
    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 200)
        self._points: Floats = np.empty((0, 2), np.float32)
        self._groups: NDArray[np.int32] = np.empty(0, np.int32)
        self._colours: list[str] = []
        self._hidden: frozenset[int] = frozenset()
        self._marked: NDArray[np.intp] = NO_ROWS
        self._view: View | None = None
        self._rows: NDArray[np.intp] = NO_ROWS
        self._placed: Floats = self._points
        self._picture: QImage | None = None
        self._hovered = -1
        self._pressed_at: QPoint | None = None
        self._dragged_from = QPoint()
        self._box: QRect | None = None
        theme.signals().theme_changed.connect(self._redraw)

    # -- what is shown -------------------------------------------------------------------------

    def set_points(self, points: Floats) -> None:
        """Show these (N, 2), all of them in view, in one group."""
        self._points = np.ascontiguousarray(points, np.float32)
        self._groups = np.zeros(len(points), np.int32)
        self._marked = NO_ROWS
        self._view = None
        self._redraw()

    def set_groups(self, groups: NDArray[np.integer], colours: Sequence[str]) -> None:
        """Colour the points: `groups` (N,) are positions in `colours`."""
        self._groups = np.asarray(groups, np.int32)
        self._colours = list(colours)
        self._redraw()

    def hide_groups(self, hidden: frozenset[int]) -> None:
        """Leave groups out."""
        self._hidden = hidden
        self._redraw()

    def mark(self, rows: NDArray[np.intp]) -> None:
        """Ring these points."""
        self._marked = rows
        self.update()

    @property
    def is_density(self) -> bool:
        """Whether points are shown as density at the moment."""
        return len(self._rows) > POINT_LIMIT

    @property
    def rows_in_view(self) -> NDArray[np.intp]:
        """The points that are drawn at the moment."""
        return self._rows

    def show_all(self) -> None:
        """Go back to the whole."""
        self._view = None
        self._redraw()

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def sizeHint(self) -> QSize:
        """Room to see something."""
        return QSize(640, 480)

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture of all points is kept; rings and boxes are painted over it."""
        if self._picture is None:
            self._picture = self._draw()
        painter = QPainter(self)
        painter.drawImage(self.rect(), self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_rings(painter)
        if self._box is not None:
            painter.setPen(QPen(theme.colour("accent"), 1))
            painter.setBrush(theme.colour("accent", 40))
            painter.drawRect(self._box)
        painter.end()

    def _draw(self) -> QImage:
        width, height = self.width(), self.height()
        if self._view is None:
            self._view = density.fit(self._points, width, height)
        ratio = self.devicePixelRatioF()
        image = QImage(
            round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.fill(theme.colour("plot"))
        self._place()
        painter = QPainter(image)
        painter.scale(ratio, ratio)
        if len(self._rows) > SHARP_LIMIT:
            self._draw_raster(painter)
        else:
            self._draw_points(painter)
        painter.end()
        return image

    def _place(self) -> None:
        """Where the points in view are, in pixels."""
        assert self._view is not None
        placed = self._view.to_pixels(self._points, self.height())
        rows = density.inside(placed, self.width(), self.height())
        if self._hidden:
            rows = rows[~np.isin(self._groups[rows], list(self._hidden))]
        is_all = len(rows) == len(placed)
        self._rows, self._placed = rows, placed if is_all else placed[rows]

    def _draw_raster(self, painter: QPainter) -> None:
        width, height = self.width(), self.height()
        tints = [QColor(css) for css in self._shown_colours()]
        colours = np.array([(c.red(), c.green(), c.blue()) for c in tints], np.uint8)
        groups = self._groups[self._rows] if len(self._rows) < len(self._groups) else self._groups
        if self.is_density:
            pixels = density.raster(self._placed, groups, colours, width, height)
        else:
            size_px = self._dot_px()
            pixels = density.dots(self._placed, groups, colours, width, height, size_px)
        image = QImage(
            pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied
        )
        painter.drawImage(0, 0, image)

    def _dot_px(self) -> float:
        """The fewer points, the larger."""
        return float(np.clip(110 / max(1, len(self._rows)) ** 0.5, 3, 9))

    def _draw_points(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groups = self._groups[self._rows]
        round_cap = Qt.PenCapStyle.RoundCap
        for group, css in enumerate(self._shown_colours()):
            placed = self._placed[groups == group]
            if len(placed):
                painter.setPen(QPen(QColor(css), self._dot_px(), Qt.PenStyle.SolidLine, round_cap))
                painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in placed.tolist()]))

    def _shown_colours(self) -> list[str]:
        return self._colours or [theme.css("accent")]

    def _draw_rings(self, painter: QPainter) -> None:
        assert self._view is not None
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("text"), 1.4))
        marked = self._marked[:MARKED_LIMIT]
        for x, y in self._view.to_pixels(self._points[marked], self.height()).tolist():
            painter.drawEllipse(QPointF(x, y), 6, 6)
        if 0 <= self._hovered < len(self._points):
            painter.setPen(QPen(theme.colour("accent"), 2))
            one = self._points[self._hovered : self._hovered + 1]
            x, y = self._view.to_pixels(one, self.height())[0].tolist()
            painter.drawEllipse(QPointF(x, y), 8, 8)

    # -- moving around -------------------------------------------------------------------------

    def _go_to(self, view: View) -> None:
        self._view = view
        self._redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture has to be drawn anew; a view of the whole stays one."""
        super().resizeEvent(event)
        self._view = None
        self._redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        if self._view is not None:
            factor = ZOOM if event.angleDelta().y() > 0 else 1 / ZOOM
            place = event.position()
            self._go_to(self._view.zoomed(factor, place.x(), place.y(), self.height()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, plus and minus zoom, 0 shows all."""
        step = {
            Qt.Key.Key_Left: (40, 0),
            Qt.Key.Key_Right: (-40, 0),
            Qt.Key.Key_Up: (0, 40),
            Qt.Key.Key_Down: (0, -40),
        }.get(Qt.Key(event.key()))
        zoom = {Qt.Key.Key_Plus: ZOOM, Qt.Key.Key_Minus: 1 / ZOOM}.get(Qt.Key(event.key()))
        if self._view is None:
            super().keyPressEvent(event)
        elif step is not None:
            self._go_to(self._view.panned(*step))
        elif zoom is not None:
            self._go_to(self._view.zoomed(zoom, self.width() / 2, self.height() / 2, self.height()))
        elif event.key() == Qt.Key.Key_0:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan, or a box with Shift."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = self._dragged_from = event.position().toPoint()
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._box = QRect(self._pressed_at, QSize())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, grow the box, or say what is under the pointer."""
        place = event.position().toPoint()
        if self._box is not None and self._pressed_at is not None:
            self._box = QRect(self._pressed_at, place).normalized()
            self.update()
        elif self._pressed_at is not None and self._view is not None:
            moved = place - self._dragged_from
            self._dragged_from = place
            self._go_to(self._view.panned(moved.x(), moved.y()))
        else:
            self._hover(self.row_at(place))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the box, or the point that was clicked."""
        place, pressed = event.position().toPoint(), self._pressed_at
        box, self._box, self._pressed_at = self._box, None, None
        if box is not None:
            self.chosen.emit(self.rows_in(box))
            self.update()
        elif pressed is not None and (place - pressed).manhattanLength() < 4:
            row = self.row_at(place)
            self.chosen.emit(np.array([row], np.intp) if row >= 0 else NO_ROWS)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a point; on the ground, show all."""
        row = self.row_at(event.position().toPoint())
        if row >= 0:
            self.opened.emit(row)
        else:
            self.show_all()

    def leaveEvent(self, event: object) -> None:
        """Nothing is under the pointer any more."""
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.hovered.emit(row)
            self.update()

    def row_at(self, place: QPoint) -> int:
        """The point at a place, -1 for none."""
        found = density.nearest(self._placed, place.x(), place.y(), REACH_PX)
        return int(self._rows[found]) if found >= 0 else -1

    def rows_in(self, box: QRect) -> NDArray[np.intp]:
        """The points inside a box of pixels."""
        x, y = self._placed[:, 0], self._placed[:, 1]
        within = (x >= box.left()) & (x <= box.right()) & (y >= box.top()) & (y <= box.bottom())
        return self._rows[within]
