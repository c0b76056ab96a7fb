"""A view of equal tiles in rows, for any number of items.

QListView computes and keeps the place of every item; here a place is arithmetic, so that a
million tiles cost as much as a hundred.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
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

ZOOM_STEP_PX = 16
EMPTY = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class GridView(QAbstractItemView):
    """Tiles of one size, left to right and top to bottom, stretched to fill the width.

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
        self._band_from: QPoint | None = None  # in content coordinates
        self._band_to: QPoint | None = None
        self._nothing = ""
        self._hovered_row = -1  # the one painted as such last
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

    def set_tile_width(self, width_px: int, at: QPoint | None = None) -> None:
        """Zoom; the item at a place of the viewport stays there, else the current one in view."""
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
            height = self.viewport().height()
            wanted = before if 0 <= before <= height else height // 2
            bar.setValue(bar.value() + self._rect(row).center().y() - wanted)
        self.viewport().update()
        self.tile_width_changed.emit(width_px)

    def _anchor_row(self, at: QPoint | None) -> int:
        """The row that a zoom keeps in its place, -1 without any."""
        if at is not None:
            return self._row_near(at)
        current = self.currentIndex().row()
        return current if current >= 0 else min(self.first_visible(), self._count() - 1)

    def columns(self) -> int:
        """How many tiles stand in a row."""
        free = self.viewport().width() - self._gap_px
        return max(1, free // (self._tile_px + self._gap_px))

    def _stretched(self) -> QSize:
        columns = self.columns()
        free = self.viewport().width() - self._gap_px * (columns + 1)
        width = max(self._tile_px, free // columns)
        return QSize(width, self._height_for(width))

    def _count(self) -> int:
        return self.model().rowCount() if self.model() is not None else 0

    def _index(self, row: int) -> QModelIndex:
        return self.model().index(row, 0) if 0 <= row < self._count() else EMPTY

    def _rect(self, row: int) -> QRect:
        line, column = divmod(row, self.columns())
        tile = self._stretched()
        left = self._gap_px + column * (tile.width() + self._gap_px)
        top = self._gap_px + line * (tile.height() + self._gap_px) - self.verticalOffset()
        return QRect(QPoint(left, top), tile)

    def first_visible(self) -> int:
        """The row of the first tile that is (partly) shown."""
        pitch = self._stretched().height() + self._gap_px
        return min(
            max(0, self.verticalOffset() // pitch * self.columns()), max(0, self._count() - 1)
        )

    def visible_rows(self) -> range:
        """The rows of all tiles that are (partly) shown."""
        return self._rows_between(0, self.viewport().height() - 1)

    def _rows_between(self, top: int, bottom: int) -> range:
        """The rows of all tiles that touch a stripe of the viewport."""
        pitch = self._stretched().height() + self._gap_px
        columns, count = self.columns(), self._count()
        first = max(0, (top + self.verticalOffset()) // pitch) * columns
        end = (max(-1, (bottom + self.verticalOffset() - self._gap_px) // pitch) + 1) * columns
        return range(min(first, count), min(count, end))

    # -- what Qt asks of a view ----------------------------------------------------------------

    def visualRect(self, index: Index) -> QRect:
        """Where an item is, in the viewport."""
        return self._rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The item at a place of the viewport."""
        tile = self._stretched()
        column, in_column = divmod(point.x() - self._gap_px, tile.width() + self._gap_px)
        line, in_line = divmod(
            point.y() + self.verticalOffset() - self._gap_px, tile.height() + self._gap_px
        )
        if in_column >= tile.width() or in_line >= tile.height() or column < 0 or line < 0:
            return EMPTY
        return self._index(line * self.columns() + column) if column < self.columns() else EMPTY

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring an item into view."""
        rect = self.visualRect(index)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if hint == QAbstractItemView.ScrollHint.PositionAtTop:
            bar.setValue(bar.value() + rect.top() - self._gap_px)
        elif hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - height // 2)
        elif rect.top() < 0:
            bar.setValue(bar.value() + rect.top() - self._gap_px)
        elif rect.bottom() > height:
            bar.setValue(bar.value() + rect.bottom() - height + self._gap_px)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """The item that a key of the cursor goes to."""
        count = self._count()
        if not count:
            return EMPTY
        step = QAbstractItemView.CursorAction
        page = max(1, self.viewport().height() // self._stretched().height()) * self.columns()
        moves = {
            step.MoveLeft: -1,
            step.MovePrevious: -1,
            step.MoveRight: 1,
            step.MoveNext: 1,
            step.MoveUp: -self.columns(),
            step.MoveDown: self.columns(),
            step.MovePageUp: -page,
            step.MovePageDown: page,
            step.MoveHome: -count,
            step.MoveEnd: count,
        }
        current = self.currentIndex().row()
        if current < 0:
            return self._index(self.first_visible())
        wanted = current + moves.get(action, 0)
        if action in (step.MoveUp, step.MoveDown) and not 0 <= wanted < count:
            return self.currentIndex()
        return self._index(max(0, min(count - 1, wanted)))

    def horizontalOffset(self) -> int:
        """Always 0: tiles fill the width."""
        return 0

    def verticalOffset(self) -> int:
        """How far down the view is, in pixels."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _index: Index) -> bool:
        """No item is hidden."""
        return False

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select what a dragged band touches; with Shift or keys, everything from end to end.

        Qt gives the two ends as the corners of a rectangle that is not put in order.
        """
        dragging = self.state() == QAbstractItemView.State.DragSelectingState
        selection = self._in_band(rect) if dragging else self._from_to(rect)
        self.selectionModel().select(selection, command)

    def _from_to(self, rect: QRect) -> QItemSelection:
        selection = QItemSelection()
        ends = sorted((self._row_near(rect.topLeft()), self._row_near(rect.bottomRight())))
        if ends[0] >= 0:
            selection.select(self._index(ends[0]), self._index(ends[1]))
        return selection

    def _in_band(self, rect: QRect) -> QItemSelection:
        rect = rect.normalized()
        tile, columns = self._stretched(), self.columns()
        pitch_x, pitch_y = tile.width() + self._gap_px, tile.height() + self._gap_px
        offset = self.verticalOffset()
        first_column = max(0, rect.left() // pitch_x)
        last_column = min(columns - 1, rect.right() // pitch_x)
        selection = QItemSelection()
        for line in range(
            max(0, (rect.top() + offset) // pitch_y), (rect.bottom() + offset) // pitch_y + 1
        ):
            first = line * columns + first_column
            last = min(line * columns + last_column, self._count() - 1)
            if first <= last:
                selection.select(self._index(first), self._index(last))
        return selection

    def _row_near(self, point: QPoint) -> int:
        """The row whose tile is nearest to a place of the viewport, -1 where there is none."""
        tile = self._stretched()
        column = (point.x() - self._gap_px // 2) // (tile.width() + self._gap_px)
        line = (point.y() + self.verticalOffset() - self._gap_px // 2) // (
            tile.height() + self._gap_px
        )
        column = max(0, min(self.columns() - 1, column))
        return min(self._count() - 1, max(0, line) * self.columns() + column)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press may be the start of a band; on an empty place it lets go of what is chosen."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._band_from = event.position().toPoint() + QPoint(0, self.verticalOffset())
            keeps = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            is_empty = not self.indexAt(event.position().toPoint()).isValid()
            if is_empty and not event.modifiers() & keeps:
                self.clearSelection()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the band while it grows."""
        super().mouseMoveEvent(event)
        is_band = self.state() == QAbstractItemView.State.DragSelectingState
        if is_band and self._band_from is not None:
            self._band_to = event.position().toPoint() + QPoint(0, self.verticalOffset())
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The band is done."""
        super().mouseReleaseEvent(event)
        if self._band_to is not None:
            self.viewport().update()
        self._band_from = self._band_to = None

    def band(self) -> QRect:
        """The rectangle that is being dragged, in the viewport; empty without one."""
        if self._band_from is None or self._band_to is None:
            return QRect()
        up = QPoint(0, -self.verticalOffset())
        return QRect(self._band_from + up, self._band_to + up).normalized()

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What to paint anew when a selection changes: as much as is in view."""
        return QRegion(self.viewport().rect()) if not selection.isEmpty() else QRegion()

    def updateGeometries(self) -> None:
        """Fit the scroll bar to the number of lines."""
        super().updateGeometries()
        pitch = self._stretched().height() + self._gap_px
        lines = -(-self._count() // self.columns())
        height = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, lines * pitch + self._gap_px - height))
        bar.setPageStep(height)
        bar.setSingleStep(max(16, pitch // 3))

    def reset(self) -> None:
        """Other items: the scroll bar has to know at once."""
        super().reset()
        self.updateGeometries()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        """More items: what is chosen and where the view is stay."""
        super().rowsInserted(parent, start, end)
        self.updateGeometries()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the first shown item where it is while the number of columns changes."""
        first = self.first_visible() if event.oldSize().width() > 0 else 0
        super().resizeEvent(event)
        self.updateGeometries()
        if first:
            self.scrollTo(self._index(first), QAbstractItemView.ScrollHint.PositionAtTop)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; zoom with Ctrl."""
        if self._zoom_px and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            up = event.angleDelta().y() > 0
            place = event.position().toPoint()
            self.set_tile_width(self._tile_px + (ZOOM_STEP_PX if up else -ZOOM_STEP_PX), place)
            event.accept()
        else:
            super().wheelEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell that other items are chosen."""
        super().selectionChanged(selected, deselected)
        self.ids_selected.emit()

    def selected_rows(self) -> NDArray[np.int64]:
        """The chosen rows in order."""
        selection = self.selectionModel().selection()
        spans = [selection.at(number) for number in range(selection.count())]
        rows = [np.arange(span.top(), span.bottom() + 1) for span in spans]
        return np.sort(np.concatenate(rows)) if rows else np.empty(0, np.int64)

    def do(self, command_id: str) -> bool:
        """Carry out a command on selection or zoom; False: not a matter of a grid."""
        flag = QItemSelectionModel.SelectionFlag
        if command_id == "select_all":
            self.selectAll()
        elif command_id == "select_none":
            self.clearSelection()
        elif command_id == "invert_selection" and self._count():
            everything = QItemSelection(self._index(0), self._index(self._count() - 1))
            self.selectionModel().select(everything, flag.Toggle)
        elif command_id == "larger_tiles" and self._zoom_px:
            self.set_tile_width(self._tile_px + ZOOM_STEP_PX)
        elif command_id == "smaller_tiles" and self._zoom_px:
            self.set_tile_width(self._tile_px - ZOOM_STEP_PX)
        else:
            return False
        return True

    def update_row(self, row: int) -> None:
        """Paint one item anew."""
        self.viewport().update(self._rect(row))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is painted already, so that only what comes into view costs anything."""
        if not self.band().isEmpty() or abs(dy) >= self.viewport().height():
            self.viewport().update()
            return
        self.viewport().scroll(dx, dy)
        hovered = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos())).row()
        for row in {self._hovered_row, hovered} - {-1}:
            self.update_row(row)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let the delegate paint what is in view and asked for."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        hovered = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos()))
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        base, flags = option.state, QStyle.StateFlag
        region = event.region()
        is_over = self.underMouse()
        self._hovered_row = hovered.row() if is_over else -1
        for row in self._rows_between(event.rect().top(), event.rect().bottom()):
            rect = self._rect(row)
            if not region.intersects(rect):
                continue
            index = self._index(row)
            option.rect = rect
            option.state = base & ~(
                flags.State_Selected | flags.State_HasFocus | flags.State_MouseOver
            )
            if self.selectionModel().isSelected(index):
                option.state |= flags.State_Selected
            if index == self.currentIndex() and self.hasFocus():
                option.state |= flags.State_HasFocus
            if is_over and index == hovered:
                option.state |= flags.State_MouseOver
            self.itemDelegateForIndex(index).paint(painter, option, index)
        if self._nothing and not self._count():
            painter.setPen(theme.colour("muted"))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self._nothing)
        if not self.band().isEmpty():
            painter.setPen(theme.colour("accent"))
            painter.setBrush(theme.colour("accent", 40))
            painter.drawRect(self.band())
        painter.end()
