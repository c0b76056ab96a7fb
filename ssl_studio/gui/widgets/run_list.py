"""A list of two-line rows, each with a coloured box at its right to be ticked."""

from PySide6.QtCore import QEvent, QModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QFrame, QListView, QStyleOptionViewItem, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.models.cells import Index
from ssl_studio.gui.widgets.two_line_list import TwoLineDelegate

BOX_PX = 14
ROOM_PX = 34


class TickedDelegate(TwoLineDelegate):
    """Paints the box over the row; a click on it ticks and does not choose."""

    right_px = ROOM_PX

    def __init__(self, line_role: int, tone_role: int, colour_role: int, parent: QWidget) -> None:
        super().__init__(line_role, tone_role, parent)
        self._colour_role = colour_role

    @staticmethod
    def box(row: QRect) -> QRect:
        """Where the box of a row is."""
        return QRect(row.right() - ROOM_PX + 8, row.center().y() - BOX_PX // 2, BOX_PX, BOX_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Row and box."""
        super().paint(painter, option, index)
        self._paint_box(painter, self.box(option.rect), index)

    def _paint_box(self, painter: QPainter, box: QRect, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        colour = QColor(theme.category_css(int(index.data(self._colour_role) or 0)))
        ground = colour if is_ticked else theme.colour("surface")
        painter.setPen(QPen(colour if is_ticked else theme.colour("border_strong"), 1.2))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        if is_ticked:
            painter.setPen(QPen(theme.colour("surface"), 1.8))
            left, middle, right = box.left() + 3, box.left() + 6, box.right() - 3
            painter.drawLine(left, box.center().y() + 1, middle, box.bottom() - 4)
            painter.drawLine(middle, box.bottom() - 4, right, box.top() + 4)
        painter.restore()


class TickedList(QListView):
    """Shows rows with boxes. Space ticks the row at the cursor."""

    def __init__(self, name: str, line_role: int, tone_role: int, colour_role: int) -> None:
        super().__init__(accessibleName=name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setItemDelegate(TickedDelegate(line_role, tone_role, colour_role, self))

    def _box_at(self, event: QMouseEvent) -> QModelIndex | None:
        place = event.position().toPoint()
        index = self.indexAt(place)
        if not index.isValid():
            return None
        reach = TickedDelegate.box(self.visualRect(index)).adjusted(-8, -8, 12, 8)
        return index if reach.contains(place) else None

    def _tick(self, index: QModelIndex) -> None:
        is_ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        wanted = Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked
        self.model().setData(index, wanted, Qt.ItemDataRole.CheckStateRole)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the box ticks; elsewhere it chooses the row."""
        index = self._box_at(event)
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._tick(index)
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of a click on the box means nothing more."""
        if self._box_at(event) is None:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two clicks on the box are two clicks."""
        if self._box_at(event) is not None:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def event(self, event: QEvent) -> bool:
        """The space bar belongs to the box, whatever the window's commands say."""
        is_key = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space
        if is_key and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks; arrows move as in every list."""
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            self._tick(index)
            event.accept()
            return
        super().keyPressEvent(event)
