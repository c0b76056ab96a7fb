"""A million points that pan and zoom fluidly.

From far away all points are drawn as density, none is left out; nearer they are dots, and nearer
still their pictures. What is drawn is kept in tiles, so that panning costs next to nothing.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.widgets import point_cloud
from ssl_studio.gui.widgets.density import Floats, Rows, View
from ssl_studio.gui.widgets.map_camera import Camera
from ssl_studio.gui.widgets.map_choice import PLAIN, TOOL_KEYS, Tool, mode_of, outline_for
from ssl_studio.gui.widgets.map_drag import Drag
from ssl_studio.gui.widgets.map_find import point_at, points_in
from ssl_studio.gui.widgets.map_marks import draw_rings
from ssl_studio.gui.widgets.map_pictures import MapPictures
from ssl_studio.gui.widgets.map_tiles import TILE_PX, MapTiles
from ssl_studio.gui.widgets.point_cloud import NO_ROWS, Looks, PointCloud, Tints

ZOOM = 2**0.25
STEP_PX = 40
"""How far an arrow key moves."""
LOOK, NEIGHBOURS, TAGS, PICTURES = "look", "neighbours", "tags", "pictures"
_PANS = {
    Qt.Key.Key_Left: (STEP_PX, 0), Qt.Key.Key_Right: (-STEP_PX, 0),
    Qt.Key.Key_Up: (0, STEP_PX), Qt.Key.Key_Down: (0, -STEP_PX),
}  # fmt: skip
_ASKS = {
    Qt.Key.Key_Space: LOOK, Qt.Key.Key_Return: LOOK, Qt.Key.Key_Enter: LOOK,
    Qt.Key.Key_N: NEIGHBOURS, Qt.Key.Key_T: TAGS, Qt.Key.Key_P: PICTURES,
}  # fmt: skip
_ZOOMS = {Qt.Key.Key_Plus: ZOOM, Qt.Key.Key_Equal: ZOOM, Qt.Key.Key_Minus: 1 / ZOOM}


class ScatterPlot(QWidget):
    """Points in groups. What dragging does is the `tool`: it moves, or draws a box or a lasso.

    Shift adds to what is chosen and Alt takes away from it, with any tool; the middle button
    always moves, the wheel zooms.

    Signals: `hovered(row)` with -1 for none; `opened(row)` on double click; `chosen(rows, mode)`
    with the mode PLAIN, ADD or SUBTRACT for a box, a lasso, a click or Escape; `menu_wanted(row,
    place on the screen)`; `viewed` when another part is seen; `tool_changed(name)`;
    `asked(what)`, LOOK to PICTURES, for keys that are a matter of whoever knows the images.
    """

    hovered = Signal(int)
    opened = Signal(int)
    chosen = Signal(object, str)
    menu_wanted = Signal(int, QPoint)
    viewed = Signal()
    tool_changed = Signal(str)
    asked = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 200)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.tool = Tool.MOVE
        self.pictures = MapPictures()
        self._camera = Camera()
        self._looks = Looks(0)
        self._tiles = MapTiles(self._camera.cloud, self._looks)
        self._marked: Rows = NO_ROWS
        self._wants_whole = True  # a picture of it as it is now is still to be made
        self._is_complete = False
        self._hovered = -1
        self._drag: Drag | None = None
        self._calm = QTimer(self, singleShot=True, interval=0)
        self._calm.timeout.connect(self._prefetch)
        theme.signals().theme_changed.connect(self._on_theme_changed)

    # -- what is shown -------------------------------------------------------------------------

    @property
    def looks(self) -> Looks:
        """How points look; call `show_looks` after changes."""
        return self._looks

    @property
    def cloud(self) -> PointCloud:
        """The points."""
        return self._camera.cloud

    @property
    def marked(self) -> Rows:
        """The points that are set off."""
        return self._marked

    @property
    def hovered_row(self) -> int:
        """The point under the pointer, -1 for none."""
        return self._hovered

    def set_points(self, points: Floats) -> None:
        """Show these (N, 2), all of them in view, in one group."""
        self.set_cloud(PointCloud(points))

    def set_cloud(self, cloud: PointCloud, *, keep_view: bool = False) -> None:
        """Show these points; with `keep_view` as the same images, only elsewhere."""
        is_same = keep_view and len(cloud.points) == len(self.cloud.points)
        self._camera.look_at(cloud, keep_view=is_same)
        if not is_same:
            self._looks = Looks(len(cloud.points))
            self._looks.set_colours([theme.css("accent")])
            self._marked = NO_ROWS
            self._hovered = -1
        self._tiles = MapTiles(cloud, self._looks)
        self._redraw()

    def show_looks(self) -> None:
        """Draw the points as `looks` says now."""
        self._looks.changed()
        self._tiles.clear(keep_whole=True)
        self._wants_whole = True
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
            is_marked = np.zeros(len(self.cloud.points), bool)
            is_marked[rows] = True
        self._looks.is_marked = is_marked
        self.show_looks()

    def set_picture_source(self, source: Callable[[int], QPixmap | None] | None) -> None:
        """Where pictures of rows come from; None shows points only."""
        self.pictures.source = source
        self.update()

    def set_tool(self, tool: Tool) -> None:
        """Do this when dragged."""
        if tool is not self.tool:
            self.tool = tool
            is_move = tool is Tool.MOVE
            self.setCursor(Qt.CursorShape.ArrowCursor if is_move else Qt.CursorShape.CrossCursor)
            self.tool_changed.emit(tool.value)

    @property
    def is_density(self) -> bool:
        """Whether points are shown as density at the moment."""
        scale = self.view.scale * self.devicePixelRatioF()
        return point_cloud.dot_px(self.cloud, scale) < point_cloud.DENSITY_BELOW_PX

    @property
    def is_complete(self) -> bool:
        """Whether the last frame showed everything as it is now."""
        return self._is_complete

    @property
    def rows_in_view(self) -> Rows:
        """The points that are drawn at the moment, dimmed ones among them."""
        rows = self._camera.rows_within(QRectF(self.rect()))
        return rows[~self._looks.is_hidden[rows]]

    # -- moving around -------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """Which part is shown."""
        return self._camera.view

    def show_all(self) -> None:
        """Go back to the whole."""
        self._camera.show_all()
        self._after_move()

    def show_rows(self, rows: Rows) -> None:
        """Go where these points are."""
        if len(rows):
            self._camera.show_rows(rows)
            self._after_move()

    def zoom(self, factor: float) -> None:
        """Zoom around the middle."""
        self._zoom(factor, QPointF(self.width() / 2, self.height() / 2))

    def _zoom(self, factor: float, place: QPointF) -> None:
        self._camera.zoom(factor, place.x(), place.y())
        self._after_move()

    def _pan(self, dx_px: float, dy_px: float) -> None:
        self._camera.pan(dx_px, dy_px)
        self._after_move()

    def _after_move(self) -> None:
        self.update()
        self.viewed.emit()

    def _redraw(self) -> None:
        """Everything has another colour or another place."""
        self._tiles.clear()
        self._wants_whole = True
        self.update()

    def _on_theme_changed(self) -> None:
        self.pictures.forget()
        self._redraw()

    def sizeHint(self) -> QSize:
        """Room to see something."""
        return QSize(640, 480)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A view of the whole stays one."""
        super().resizeEvent(event)
        self._camera.resize(self.width(), self.height())
        self._redraw()

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Tiles, then pictures, rings and what is being drawn with the mouse."""
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        place = self._camera.place(ratio)
        self._is_complete = self._tiles.paint(painter, place, _tints(), patient=False)
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._is_complete &= self.pictures.paint(
            painter, self.cloud, self._looks, self.view, self.size()
        )
        draw_rings(painter, self._camera, self._shown_marks(), self._hovered)
        if self._drag is not None:
            self._drag.paint(painter)
        painter.end()
        if self._is_complete:
            self._calm.start()
        else:
            QTimer.singleShot(0, self, self.update)

    def _shown_marks(self) -> Rows:
        return self._marked[~self._looks.is_hidden[self._marked]]

    def _prefetch(self) -> None:
        """While nothing happens: a picture to stand in for missing tiles, then tiles around."""
        if not self.isVisible() or not self.cloud.is_sorted:
            return
        ratio, tints = self.devicePixelRatioF(), _tints()
        if self._wants_whole:
            whole = self._camera.whole_place(ratio)
            if not self._tiles.draw_one(whole, tints):
                self._tiles.keep_whole(whole, tints)
                self._wants_whole = False
        elif not self._tiles.draw_one(self._camera.place(ratio).grown(TILE_PX), tints):
            return
        self._calm.start()

    # -- mouse and keys ------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        self._zoom(ZOOM if event.angleDelta().y() > 0 else 1 / ZOOM, event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, plus and minus zoom, 0 shows all, letters choose a tool, Escape lets go."""
        key = Qt.Key(event.key())
        if key in _PANS:
            self._pan(*_PANS[key])
        elif key in _ZOOMS:
            self.zoom(_ZOOMS[key])
        elif key == Qt.Key.Key_0:
            self.show_all()
        elif key == Qt.Key.Key_Escape:
            self._let_go()
        elif event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in TOOL_KEYS:
            self.set_tool(TOOL_KEYS[key])
        elif key in _ASKS:
            self.asked.emit(_ASKS[key])
        else:
            super().keyPressEvent(event)

    def _let_go(self) -> None:
        """Of what is being drawn, or else of what is chosen."""
        if self._drag is not None:
            self._drag = None
            self.update()
        else:
            self.chosen.emit(NO_ROWS, PLAIN)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move, or to draw a box or a lasso."""
        is_middle = event.button() == Qt.MouseButton.MiddleButton
        if event.button() != Qt.MouseButton.LeftButton and not is_middle:
            return
        is_drawn = not is_middle and (self.tool is not Tool.MOVE or mode_of(event) != PLAIN)
        outline = outline_for(self.tool, event.position()) if is_drawn else None
        self._drag = Drag(event.position(), outline)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move, draw on, or say what is under the pointer."""
        if self._drag is not None:
            moved = self._drag.to(event.position())
            if moved.isNull():
                self.update()
            else:
                self._pan(moved.x(), moved.y())
        elif event.buttons() == Qt.MouseButton.NoButton:
            self._hover(self.row_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose what was drawn around, or the point that was clicked."""
        drag, self._drag = self._drag, None
        if drag is None:
            return
        if drag.is_click(event.position()):
            row = self.row_at(event.position())
            if event.button() == Qt.MouseButton.LeftButton:
                rows = np.array([row], np.intp) if row >= 0 else NO_ROWS
                self.chosen.emit(rows, mode_of(event))
        elif drag.outline is not None:
            self.chosen.emit(self.rows_in(drag.outline.shape()), mode_of(event))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a point; on the ground, show all."""
        row = self.row_at(event.position())
        if row >= 0:
            self.opened.emit(row)
        elif self.tool is Tool.MOVE:
            self.show_all()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for a menu, of the point at the place or of what is chosen."""
        is_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        row = self.row_at(QPointF(event.pos())) if is_mouse else self._hovered
        self.menu_wanted.emit(row, event.globalPos())

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
        return point_at(self._camera, self._looks, place)

    def rows_in(self, shape: QPolygonF) -> Rows:
        """The points inside a shape of pixels, without hidden and dimmed ones."""
        return points_in(self._camera, self._looks, shape)


def _tints() -> Tints:
    return Tints(theme.colour("plot"), theme.colour("faint"), theme.colour("text"))
