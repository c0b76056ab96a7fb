"""A million points that pan and zoom fluidly.

From far away all points are drawn as density, none is left out; nearer they are dots, and nearer
still their pictures. What is drawn is kept in tiles, so that panning costs next to nothing.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.widgets import density, point_cloud
from ssl_studio.gui.widgets.density import Floats, Rows, View
from ssl_studio.gui.widgets.map_choice import (
    PLAIN,
    TOOL_KEYS,
    Outline,
    Tool,
    corners_of,
    mode_of,
    outline_for,
)
from ssl_studio.gui.widgets.map_pictures import MapPictures
from ssl_studio.gui.widgets.map_tiles import MapTiles
from ssl_studio.gui.widgets.point_cloud import NO_ROWS, Looks, Place, PointCloud, Tints

REACH_PX = 10
ZOOM = 2**0.25
MOST_ZOOM = 400.0
RING_LIMIT = 300
"""So many chosen points get rings besides their halos."""


class ScatterPlot(QWidget):
    """Points in groups. What dragging does is the `tool`: it moves, or draws a box or a lasso.

    Shift adds to what is chosen and Alt takes away from it, with any tool; the middle button
    always moves, the wheel zooms.

    Signals: `hovered(row)` with -1 for none; `opened(row)` on double click; `chosen(rows, mode)`
    with the mode PLAIN, ADD or SUBTRACT for a box, a lasso or a click; `viewed` when another part
    is seen; `tool_changed(name)`; `pictures_wanted` when the key for pictures is pressed.
    """

    hovered = Signal(int)
    opened = Signal(int)
    chosen = Signal(object, str)
    viewed = Signal()
    tool_changed = Signal(str)
    pictures_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 200)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.tool = Tool.MOVE
        self.pictures = MapPictures()
        self._cloud = PointCloud(np.empty((0, 2), np.float32))
        self._looks = Looks(0)
        self._tiles = MapTiles(self._cloud, self._looks)
        self._marked: Rows = NO_ROWS
        self._view: View | None = None
        self._is_whole = True
        self._is_complete = False
        self._hovered = -1
        self._pressed_at: QPointF | None = None
        self._dragged_from = QPointF()
        self._is_moving = False
        self._outline: Outline | None = None
        self._calm = QTimer(self, singleShot=True, interval=0)
        self._calm.timeout.connect(self._prefetch)
        theme.signals().theme_changed.connect(self._redraw)

    # -- what is shown -------------------------------------------------------------------------

    @property
    def looks(self) -> Looks:
        """How points look; call `show_looks` after changes."""
        return self._looks

    @property
    def cloud(self) -> PointCloud:
        """The points."""
        return self._cloud

    def set_points(self, points: Floats) -> None:
        """Show these (N, 2), all of them in view, in one group."""
        self.set_cloud(PointCloud(points))

    def set_cloud(self, cloud: PointCloud, *, keep_view: bool = False) -> None:
        """Show these points; with `keep_view` as the same images, only elsewhere."""
        is_same = keep_view and len(cloud.points) == len(self._cloud.points)
        self._cloud = cloud
        if not is_same:
            self._looks = Looks(len(cloud.points))
            self._looks.set_colours([theme.css("accent")])
            self._marked = NO_ROWS
            self._view = None
        self._tiles = MapTiles(cloud, self._looks)
        self._redraw()

    def show_looks(self) -> None:
        """Draw the points as `looks` says now."""
        self._looks.changed()
        self._tiles.clear(keep_whole=True)
        self.update()

    def set_groups(self, groups: NDArray[np.integer], colours: Sequence[str]) -> None:
        """Colour the points: `groups` (N,) are positions in `colours`."""
        self._looks.groups = np.asarray(groups)
        self._looks.set_colours(colours)
        self.show_looks()

    def set_hidden(self, is_hidden: NDArray[np.bool_]) -> None:
        """Leave points out."""
        self._looks.is_hidden = is_hidden
        self.show_looks()

    def set_lit(self, is_lit: NDArray[np.bool_]) -> None:
        """Dim the other points."""
        self._looks.is_lit = is_lit
        self.show_looks()

    def mark(self, rows: Rows) -> None:
        """Set these points off as chosen."""
        self._marked = rows
        is_marked = None
        if len(rows):
            is_marked = np.zeros(len(self._cloud.points), bool)
            is_marked[rows] = True
        self._looks.is_marked = is_marked
        self.show_looks()

    @property
    def marked(self) -> Rows:
        """The points that are set off."""
        return self._marked

    @property
    def is_density(self) -> bool:
        """Whether points are shown as density at the moment."""
        return self._dot_px() < point_cloud.DENSITY_BELOW_PX

    @property
    def is_complete(self) -> bool:
        """Whether the last frame showed everything as it is now."""
        return self._is_complete

    @property
    def rows_in_view(self) -> Rows:
        """The points that are drawn at the moment, dimmed ones among them."""
        rows = self._rows_within(QRectF(self.rect()))
        return rows[~self._looks.is_hidden[rows]]

    @property
    def view(self) -> View:
        """Which part is shown."""
        if self._view is None:
            self._view = self._fitted()
            self._is_whole = True
        return self._view

    def _fitted(self) -> View:
        corners = np.stack([self._cloud.low, self._cloud.low + self._cloud.span])
        return density.fit(corners, self.width(), self.height())

    def set_picture_source(self, source: Callable[[int], QPixmap | None] | None) -> None:
        """Where pictures of rows come from; None shows points only."""
        self.pictures.source = source
        self.update()

    def set_tool(self, tool: Tool) -> None:
        """Do this when dragged."""
        if tool is not self.tool:
            self.tool = tool
            shapes = {Tool.MOVE: Qt.CursorShape.ArrowCursor}
            self.setCursor(shapes.get(tool, Qt.CursorShape.CrossCursor))
            self.tool_changed.emit(tool.value)

    def show_all(self) -> None:
        """Go back to the whole."""
        self._view = None
        self.update()
        self.viewed.emit()

    def show_rows(self, rows: Rows) -> None:
        """Go where these points are."""
        if len(rows):
            found = density.fit(self._cloud.points[rows], self.width(), self.height(), 60)
            whole = self._fitted().scale
            factor = min(1.0, whole * MOST_ZOOM / 8 / found.scale)
            self._go_to(found.zoomed(factor, self.width() / 2, self.height() / 2, self.height()))

    def zoom(self, factor: float) -> None:
        """Zoom around the middle."""
        self._zoom(factor, self.width() / 2, self.height() / 2)

    def _redraw(self) -> None:
        """Everything has another colour or another place."""
        self._tiles.clear()
        self._is_whole = self._view is None
        self.update()

    def sizeHint(self) -> QSize:
        """Room to see something."""
        return QSize(640, 480)

    def _dot_px(self) -> float:
        return point_cloud.dot_px(self._cloud, self.view.scale * self.devicePixelRatioF())

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Tiles, then pictures, rings and what is being drawn with the mouse."""
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        place, tints = self._place(), self._tints()
        self._is_complete = self._tiles.paint(painter, place, tints, patient=False)
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.pictures.paint(painter, self._cloud, self._looks, self.view, self.size())
        self._draw_rings(painter)
        if self._outline is not None:
            self._outline.paint(painter)
        painter.end()
        if self._is_complete:
            self._calm.start()
        else:
            QTimer.singleShot(0, self, self.update)

    def _place(self) -> Place:
        """What is shown, in device pixels."""
        view, ratio = self.view, self.devicePixelRatioF()
        scale = view.scale * ratio
        height = round(self.height() * ratio)
        return Place(
            scale, view.x0 * scale, -view.y0 * scale - height, round(self.width() * ratio), height
        )

    def _tints(self) -> Tints:
        return Tints(theme.colour("plot"), theme.colour("faint"), theme.colour("text"))

    def _prefetch(self) -> None:
        """While nothing happens: a picture to stand in for missing tiles, then tiles around."""
        if not self.isVisible() or not len(self._cloud.points):
            return
        place, tints = self._place(), self._tints()
        if self._is_whole:
            whole = QImage(place.width, place.height, QImage.Format.Format_RGB32)
            painter = QPainter(whole)
            self._tiles.paint(painter, place, tints, patient=True)
            painter.end()
            self._tiles.keep_whole(place, whole)
            self._is_whole = False
        elif not self._tiles.prefetch(place, tints):
            return
        self._calm.start()

    def _draw_rings(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("text"), 1.4))
        if len(self._marked) <= RING_LIMIT:
            rows = self._marked[~self._looks.is_hidden[self._marked]]
            for x, y in self._pixels(rows).tolist():
                painter.drawEllipse(QPointF(x, y), 6, 6)
        if 0 <= self._hovered < len(self._cloud.points):
            painter.setPen(QPen(theme.colour("accent"), 2))
            x, y = self._pixels(np.array([self._hovered])).tolist()[0]
            painter.drawEllipse(QPointF(x, y), 8, 8)

    def _pixels(self, rows: Rows) -> Floats:
        return self.view.to_pixels(self._cloud.points[rows], self.height())

    # -- moving around -------------------------------------------------------------------------

    def _go_to(self, view: View) -> None:
        self._view = view
        self._is_whole = False
        self.update()
        self.viewed.emit()

    def _zoom(self, factor: float, x_px: float, y_px: float) -> None:
        whole = self._fitted().scale
        wanted = min(max(self.view.scale * factor, whole / 4), whole * MOST_ZOOM)
        self._go_to(self.view.zoomed(wanted / self.view.scale, x_px, y_px, self.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A view of the whole stays one."""
        super().resizeEvent(event)
        self._view = None
        self._redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        place = event.position()
        self._zoom(ZOOM if event.angleDelta().y() > 0 else 1 / ZOOM, place.x(), place.y())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, plus and minus zoom, 0 shows all, Escape drops what is being drawn."""
        key = Qt.Key(event.key())
        step = {
            Qt.Key.Key_Left: (40, 0),
            Qt.Key.Key_Right: (-40, 0),
            Qt.Key.Key_Up: (0, 40),
            Qt.Key.Key_Down: (0, -40),
        }.get(key)
        if step is not None:
            self._go_to(self.view.panned(*step))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(ZOOM)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / ZOOM)
        elif key == Qt.Key.Key_0:
            self.show_all()
        elif key == Qt.Key.Key_P:
            self.pictures_wanted.emit()
        elif key in TOOL_KEYS and not event.modifiers():
            self.set_tool(TOOL_KEYS[key])
        elif key == Qt.Key.Key_Escape and self._outline is not None:
            self._outline, self._pressed_at = None, None
            self.update()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move, or to draw a box or a lasso."""
        buttons = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton)
        if event.button() not in buttons:
            return
        self._pressed_at = self._dragged_from = event.position()
        is_middle = event.button() == Qt.MouseButton.MiddleButton
        wants_outline = self.tool is not Tool.MOVE or mode_of(event) != PLAIN
        self._is_moving = is_middle or not wants_outline
        if not self._is_moving:
            self._outline = outline_for(self.tool, event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move, draw on, or say what is under the pointer."""
        place = event.position()
        if self._outline is not None:
            self._outline.extend(place)
            self.update()
        elif self._pressed_at is not None and self._is_moving:
            moved = place - self._dragged_from
            self._dragged_from = place
            self._go_to(self.view.panned(moved.x(), moved.y()))
        elif event.buttons() == Qt.MouseButton.NoButton:
            self._hover(self.row_at(place))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose what was drawn around, or the point that was clicked."""
        place, pressed = event.position(), self._pressed_at
        outline, self._outline, self._pressed_at = self._outline, None, None
        if pressed is None:
            return
        if (place - pressed).manhattanLength() < 4:
            row = self.row_at(place)
            rows = np.array([row], np.intp) if row >= 0 else NO_ROWS
            if event.button() == Qt.MouseButton.LeftButton:
                self.chosen.emit(rows, mode_of(event))
        elif outline is not None:
            self.chosen.emit(self.rows_in(outline.shape()), mode_of(event))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a point; on the ground, show all."""
        row = self.row_at(event.position())
        if row >= 0:
            self.opened.emit(row)
        elif self.tool is Tool.MOVE:
            self.show_all()

    def leaveEvent(self, event: object) -> None:
        """Nothing is under the pointer any more."""
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.hovered.emit(row)
            self.update()

    # -- finding -------------------------------------------------------------------------------

    def row_at(self, place: QPointF) -> int:
        """The point at a place, -1 for none; dimmed ones cannot be pointed at."""
        shown = self.pictures.row_at(place)
        if shown >= 0:
            return shown
        around = QRectF(place.x() - REACH_PX, place.y() - REACH_PX, 2 * REACH_PX, 2 * REACH_PX)
        rows = self._rows_within(around)
        rows = rows[self._looks.is_open[rows]] if len(rows) else rows
        found = density.nearest(self._pixels(rows), place.x(), place.y(), REACH_PX)
        return int(rows[found]) if found >= 0 else -1

    def rows_in(self, shape: QPolygonF) -> Rows:
        """The points inside a shape of pixels, without hidden and dimmed ones."""
        rows = self._rows_within(shape.boundingRect())
        rows = rows[self._looks.is_open[rows]]
        return np.sort(rows[density.in_polygon(self._pixels(rows), corners_of(shape))])

    def _rows_within(self, box: QRectF) -> Rows:
        x0, y0 = self.view.to_plane(box.left(), box.bottom(), self.height())
        x1, y1 = self.view.to_plane(box.right(), box.top(), self.height())
        return self._cloud.rows_between((x0, y0), (x1, y1))
