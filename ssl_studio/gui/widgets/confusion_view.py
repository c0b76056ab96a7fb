"""What images of each class were taken for: a matrix whose cells can be chosen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.jobs.score_tables import Confusion

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
SHARE = Qt.ItemDataRole.UserRole + 1
IS_RIGHT = Qt.ItemDataRole.UserRole + 2
CELL_PX, SMALL_CELL_PX = 48, 22
MANY = 24
"""From so many columns on cells are small and show colour without numbers."""


class ConfusionModel(QAbstractTableModel):
    """True classes down, what they were taken for across; shares are those of the row."""

    def __init__(self) -> None:
        super().__init__()
        self.confusion: Confusion | None = None
        self.are_classes = True
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)

    def set_confusion(self, confusion: Confusion | None) -> None:
        """Show this one."""
        self.beginResetModel()
        self.confusion = confusion
        self._counts = np.zeros((0, 0), np.int64) if confusion is None else confusion.counts()
        self.are_classes = confusion is not None and confusion.are_classes
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """One row per class."""
        return 0 if parent.isValid() else self._counts.shape[0]

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """One column for each class or cluster that images are taken for."""
        return 0 if parent.isValid() else self._counts.shape[1]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Names of classes."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if self.confusion is None:
            return None
        is_row = orientation == Qt.Orientation.Vertical
        return (self.confusion.rows if is_row else self.confusion.columns)[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The number of images; as share of the row for the colour."""
        if self.confusion is None:
            return None
        count = int(self._counts[index.row(), index.column()])
        whole = int(self._counts[index.row()].sum())
        share = count / whole if whole else 0.0
        if role == SHARE:
            return share
        if role == IS_RIGHT:
            return self.are_classes and index.row() == index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return str(count) if count else ""
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return tr("{n} of {whole} images of “{row}” ({share}) lie under “{column}”").format(
                n=text.count(count),
                whole=text.count(whole),
                row=self.confusion.rows[index.row()],
                column=self.confusion.columns[index.column()],
                share=text.percent(share),
            )
        return None


class CellDelegate(QStyledItemDelegate):
    """The deeper the colour, the larger the share of the row; right ones in another hue."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Called for cells in view only."""
        share = float(index.data(SHARE) or 0.0)
        role = "good" if index.data(IS_RIGHT) else "danger"
        model = index.model()
        if isinstance(model, ConfusionModel) and not model.are_classes:
            role = "accent"
        ground = blend(theme.colour("surface"), theme.colour(role), 0.85 * share**0.6)
        painter.fillRect(option.rect.adjusted(0, 0, -1, -1), ground)
        if option.rect.width() >= 34:
            is_deep = share > 0.45
            painter.setPen(theme.colour("surface" if is_deep else "text"))
            painter.drawText(option.rect, Qt.AlignmentFlag.AlignCenter, str(index.data() or ""))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(theme.colour("text"))
            painter.drawRect(option.rect.adjusted(0, 0, -2, -2))


def blend(ground: QColor, over: QColor, share: float) -> QColor:
    """A colour between two."""
    part = max(0.0, min(1.0, share))

    def between(first: int, second: int) -> int:
        return round(first + (second - first) * part)

    return QColor(
        between(ground.red(), over.red()),
        between(ground.green(), over.green()),
        between(ground.blue(), over.blue()),
    )


class ConfusionView(QTableView):
    """The matrix; a chosen cell, or a double click or Enter on it, tells which images it holds."""

    cell_chosen = Signal(int, int)
    cell_opened = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, showGrid=False)
        self.matrix = ConfusionModel()
        self.setModel(self.matrix)
        self.setItemDelegate(CellDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(tr("Confusion of classes"))
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self.setProperty("role", "dense")  # names of a hundred classes stay whole in small rows
        self.doubleClicked.connect(lambda i: self.cell_opened.emit(i.row(), i.column()))
        self.selectionModel().currentChanged.connect(self._on_current)

    def show_confusion(self, confusion: Confusion | None) -> None:
        """Show this one, with cells as large as their number allows."""
        self.matrix.set_confusion(confusion)
        columns = self.matrix.columnCount()
        is_small = columns > MANY
        side = SMALL_CELL_PX if is_small else CELL_PX
        across, down = self.horizontalHeader(), self.verticalHeader()
        for header in (across, down):
            header.setMinimumSectionSize(14)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across.setDefaultSectionSize(side if is_small else max(side, self._widest(columns)))
        across.setVisible(not is_small)
        across.setTextElideMode(Qt.TextElideMode.ElideRight)
        down.setDefaultSectionSize(SMALL_CELL_PX if is_small else 36)
        down.setMaximumWidth(180)

    def _widest(self, columns: int) -> int:
        names = self.matrix.confusion.columns if self.matrix.confusion is not None else ()
        widths = [self.fontMetrics().horizontalAdvance(name) for name in names[:columns]]
        return min(57, max(widths, default=0) + 14)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the images of the cell."""
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.cell_opened.emit(index.row(), index.column())
        else:
            super().keyPressEvent(event)

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.cell_chosen.emit(index.row(), index.column())
