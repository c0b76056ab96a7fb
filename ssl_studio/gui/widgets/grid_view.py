"""A view of equal tiles in rows, for any number of items.

QListView computes and keeps the place of every item; here a place is arithmetic
(`grid_layout.py`), so that a million tiles cost as much as a hundred.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStyle, QStyleOptionViewItem, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.models.cells import Index
from ssl_studio.gui.widgets.band import Band
from ssl_studio.gui.widgets.grid_layout import GridLayout

ZOOM_STEP_PX = 16
_ZOOMS = {"larger_tiles": ZOOM_STEP_PX, "smaller_tiles": -ZOOM_STEP_PX}
EMPTY = QModelIndex()
Hint = QAbstractItemView.ScrollHint


class TileState(NamedTuple):
    """What makes a tile look different."""

    is_chosen: bool
    is_current: bool
    is_hovered: bool


class GridView(QAbstractItemView):
    """Tiles of one size, left to right and top to bottom, stretched to fill the width.

    The delegate paints them, unless `paint_tile` is written anew.

    Args:
        tile_width_px: The smallest width of a tile, and
        height_for: its height at any width.
        zoom_px: Smallest and largest tile width, None for a fixed one.

    Signals: `tile_width_changed(px)` after zooming with Ctrl+wheel; `ids_selected()` when the
    selection changed in any way.
    """

    tile_width_changed = Signal(int)
    ids_selected = Signal()

    def __init__(
        self,
        tile_width_px: int,
        height_for: Callable[[int], int],
        *,
        gap_px: int = theme.GAP,
        zoom_px: tuple[int, int] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tile_px = tile_width_px
        self._height_for = height_for
        self._gap_px = gap_px
        self._zoom_px = zoom_px
        self._band = Band()
        self._laid_out = GridLayout(0, 1, tile_width_px, height_for(tile_width_px), gap_px)
        self._nothing = ""
        self._hovered_row = -1  # the one painted as such last
        self._chosen: NDArray[np.int64] | None = None  # None: not known at the moment
        self.setProperty("role", "grid")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_nothing(self, words: str) -> None:
        """What to say where there are no items."""
        self._nothing = words
        self.viewport().update()

    # -- geometry ------------------------------------------------------------------------------

    @property
    def tile_width_px(self) -> int:
        """The smallest width of a tile."""
        return self._tile_px

    def places(self) -> GridLayout:
        """Where the tiles stand at the moment."""
        model = self.model()
        count = model.rowCount() if model is not None else 0
        room_px = self.viewport().width()
        return GridLayout.filling(room_px, count, self._tile_px, self._gap_px, self._height_for)

    def set_tile_width(self, width_px: int, at: QPoint | None = None) -> None:
        """Zoom; the item at a place stays there, or the chosen one, or the first in view."""
        low, high = self._zoom_px or (self._tile_px, self._tile_px)
        width_px = max(low, min(high, width_px))
        if width_px == self._tile_px:
            return
        row = self._anchor_row(at)
        before = self._rect(row).center().y() if row >= 0 else 0
        self._tile_px = width_px
        self.updateGeometries()
        if row >= 0:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self._rect(row).center().y() - before)
        self.viewport().update()
        self.tile_width_changed.emit(width_px)

    def _anchor_row(self, at: QPoint | None) -> int:
        """The row that a zoom keeps in its place, -1 without any."""
        if at is not None:
            return self.places().row_near(self._in_content(at))
        seen = self.visible_rows()
        chosen = self._chosen_among(seen) | ({self.currentIndex().row()} & set(seen))
        return min(chosen, default=min(seen.start, self.places().count - 1))

    def columns(self) -> int:
        """How many tiles stand in a row."""
        return self.places().columns

    def _index(self, row: int) -> QModelIndex:
        return self.model().index(row, 0) if 0 <= row < self.places().count else EMPTY

    def _rect(self, row: int) -> QRect:
        return self.places().rect(row).translated(0, -self.verticalOffset())

    def _in_content(self, place: QPoint) -> QPoint:
        return place + QPoint(0, self.verticalOffset())

    def first_visible(self) -> int:
        """The row of the first tile that is (partly) shown."""
        return self.places().first_at(self.verticalOffset())

    def visible_rows(self) -> range:
        """The rows of all tiles that are (partly) shown."""
        offset = self.verticalOffset()
        return self.places().rows_between(offset, offset + self.viewport().height() - 1)

    # -- what Qt asks of a view ----------------------------------------------------------------

    def visualRect(self, index: Index) -> QRect:
        """Where an item is, in the viewport."""
        return self._rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The item at a place of the viewport."""
        return self._index(self.places().row_at(self._in_content(point)))

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        """Bring an item into view."""
        rect = self.visualRect(index)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if hint == Hint.PositionAtTop:
            bar.setValue(bar.value() + rect.top() - self._gap_px)
        elif hint == Hint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - height // 2)
        elif rect.top() < 0:
            bar.setValue(bar.value() + rect.top() - self._gap_px)
        elif rect.bottom() > height:
            bar.setValue(bar.value() + rect.bottom() - height + self._gap_px)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """The item that a key of the cursor goes to."""
        places, current = self.places(), self.currentIndex().row()
        if current < 0:
            return self._index(self.first_visible())
        return self._index(places.row_after(current, action, self.viewport().height()))

    def horizontalOffset(self) -> int:
        """Always 0: tiles fill the width."""
        return 0

    def verticalOffset(self) -> int:
        """How far down the view is, in pixels."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _index: Index) -> bool:
        """No item is hidden."""
        return False

    def updateGeometries(self) -> None:
        """Fit the scroll bar to the number of lines."""
        super().updateGeometries()
        places, height = self.places(), self.viewport().height()
        self._laid_out = places
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, places.total_height - height))
        bar.setPageStep(height)
        bar.setSingleStep(max(16, places.line_height // 3))

    def reset(self) -> None:
        """Other items: the scroll bar has to know at once."""
        super().reset()
        self._chosen = None
        self.updateGeometries()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        """More items: what is chosen and where the view is stay."""
        super().rowsInserted(parent, start, end)
        self._chosen = None
        self.updateGeometries()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another number of columns: what was chosen in view stays there, or else the first."""
        before, offset = self._laid_out, self.verticalOffset()
        seen = before.rows_between(offset, offset + event.oldSize().height() - 1)
        chosen = self._chosen_among(seen)
        row = min(chosen, default=seen.start)
        down = before.corner(row)[1] - offset if chosen else 0
        super().resizeEvent(event)
        self.updateGeometries()
        places = self.places()
        most = self.viewport().height() - places.line_height
        wanted = places.corner(row)[1] - max(places.gap, min(down, most))
        self.verticalScrollBar().setValue(wanted)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; zoom with Ctrl."""
        if self._zoom_px and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            up = event.angleDelta().y() > 0
            place = event.position().toPoint()
            self.set_tile_width(self._tile_px + (ZOOM_STEP_PX if up else -ZOOM_STEP_PX), place)
            event.accept()
        else:
            super().wheelEvent(event)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What to paint anew when a selection changes: as much as is in view."""
        return QRegion(self.viewport().rect()) if not selection.isEmpty() else QRegion()

    # -- choosing ------------------------------------------------------------------------------

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select what a dragged band touches; with Shift or keys, everything from end to end.

        Qt gives the two ends as the corners of a rectangle that is not put in order.
        """
        places, up = self.places(), self.verticalOffset()
        selection = QItemSelection()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            spans = places.spans_in(rect.normalized().translated(0, up))
        else:
            spans = places.span_between(rect.translated(0, up))
        for first, last in spans:
            selection.select(self._index(first), self._index(last))
        self.selectionModel().select(selection, command)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell that other items are chosen."""
        super().selectionChanged(selected, deselected)
        self._chosen = None
        self.ids_selected.emit()

    def selected_rows(self) -> NDArray[np.int64]:
        """The chosen rows in order."""
        if self._chosen is None:
            selection = self.selectionModel().selection()
            spans = [selection.at(number) for number in range(selection.count())]
            rows = [np.arange(span.top(), span.bottom() + 1) for span in spans]
            self._chosen = np.sort(np.concatenate(rows)) if rows else np.empty(0, np.int64)
        return self._chosen

    def _chosen_among(self, rows: range) -> set[int]:
        chosen = self.selected_rows()
        first, end = np.searchsorted(chosen, [rows.start, rows.stop])
        return set(chosen[first:end].tolist())

    def do(self, command_id: str) -> bool:
        """Carry out a command on selection or zoom; False: not a matter of a grid."""
        flag, count = QItemSelectionModel.SelectionFlag, self.places().count
        if command_id == "select_all":
            self.selectAll()
        elif command_id == "select_none":
            self.clearSelection()
        elif command_id == "invert_selection" and count:
            everything = QItemSelection(self._index(0), self._index(count - 1))
            self.selectionModel().select(everything, flag.Toggle)
        elif command_id in _ZOOMS and self._zoom_px:
            self.set_tile_width(self._tile_px + _ZOOMS[command_id])
        else:
            return False
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press may be the start of a band; on an empty place it lets go of what is chosen."""
        if event.button() == Qt.MouseButton.LeftButton:
            place = event.position().toPoint()
            self._band.begin(self._in_content(place))
            keeps = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            if not self.indexAt(place).isValid() and not event.modifiers() & keeps:
                self.clearSelection()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the band while it grows."""
        super().mouseMoveEvent(event)
        if self.state() == QAbstractItemView.State.DragSelectingState:
            self._band.extend(self._in_content(event.position().toPoint()))
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The band is done."""
        super().mouseReleaseEvent(event)
        if self._band.end():
            self.viewport().update()

    def band(self) -> QRect:
        """The rectangle that is being dragged, in the viewport; empty without one."""
        return self._band.rect().translated(0, -self.verticalOffset())

    # -- painting ------------------------------------------------------------------------------

    def update_row(self, row: int) -> None:
        """Paint one item anew."""
        self.viewport().update(self._rect(row))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is painted already, so that only what comes into view costs anything."""
        if not self.band().isEmpty() or abs(dy) >= self.viewport().height():
            self.viewport().update()
            return
        self.viewport().scroll(dx, dy)
        for row in {self._hovered_row, self._row_under_mouse(self.places())} - {-1}:
            self.update_row(row)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in view and asked for."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        places, up = self.places(), self.verticalOffset()
        rows = places.rows_between(event.rect().top() + up, event.rect().bottom() + up)
        region = event.region()
        is_whole = region.rectCount() == 1
        chosen = self._chosen_among(rows)
        current = self.currentIndex().row() if self.hasFocus() else -1
        hovered = self._row_under_mouse(places)
        self._hovered_row = hovered
        for row in rows:
            left, top = places.corner(row)
            rect = QRect(left, top - up, places.width, places.height)
            if is_whole or region.intersects(rect):
                self.paint_tile(
                    painter, rect, row, TileState(row in chosen, row == current, row == hovered)
                )
        if self._nothing and not places.count:
            painter.setPen(theme.colour("muted"))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self._nothing)
        self._band.paint(painter, -up)
        painter.end()

    def _row_under_mouse(self, places: GridLayout) -> int:
        if not self.underMouse():
            return -1
        place = self.viewport().mapFromGlobal(self.cursor().pos())
        return places.row_at(self._in_content(place))

    def paint_tile(self, painter: QPainter, rect: QRect, row: int, state: TileState) -> None:
        """Paint one item at a place of the viewport."""
        option, flags = QStyleOptionViewItem(), QStyle.StateFlag
        self.initViewItemOption(option)
        option.rect = rect
        option.state &= ~(flags.State_Selected | flags.State_HasFocus | flags.State_MouseOver)
        for is_so, flag in zip(
            state, (flags.State_Selected, flags.State_HasFocus, flags.State_MouseOver), strict=True
        ):
            if is_so:
                option.state |= flag
        index = self.model().index(row, 0)
        self.itemDelegateForIndex(index).paint(painter, option, index)
