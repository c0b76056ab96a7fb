"""What images of each class were taken for: a matrix whose cells can be chosen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QResizeEvent
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
from ssl_studio.gui.models.cells import NOWHERE, Index
from ssl_studio.gui.text import tr
from ssl_studio.jobs.score_tables import Confusion

SHARE = Qt.ItemDataRole.UserRole + 1
IS_RIGHT = Qt.ItemDataRole.UserRole + 2
CELL_PX, SMALL_CELL_PX = 48, 22
HIGH_PX, HIGHEST_PX = 36, 64
MANY = 24
"""From so many columns on cells are small and show colour without numbers."""
WIDEST_CELL_PX = 96
NAME_MARGIN_PX, MOST_NAME_PX = 14, 140


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
            painter.setPen(readable_on(ground))
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


def readable_on(ground: QColor) -> QColor:
    """The colour of words or that of their usual ground, whichever differs more from this one."""
    inks = (theme.colour("text"), theme.colour("surface"))
    return max(inks, key=lambda ink: abs(ink.lightnessF() - ground.lightnessF()))


class NamesAcross(QHeaderView):
    """Names above columns; upright where the columns are narrower than the names."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.is_upright = False
        self._longest_px = 0

    def show_names(self, names: Sequence[str], column_px: int) -> None:
        """Stand the names up unless all fit."""
        widths = [self.fontMetrics().horizontalAdvance(name) for name in names]
        self._longest_px = max(widths, default=0) + NAME_MARGIN_PX
        self.is_upright = self._longest_px > column_px
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as the longest name that stands."""
        hint = super().sizeHint()
        if self.is_upright:
            hint.setHeight(min(MOST_NAME_PX, self._longest_px))
        return hint

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """One name, read from below."""
        if not self.is_upright:
            super().paintSection(painter, rect, section)
            return
        painter.save()
        painter.fillRect(rect, theme.colour("surface"))
        name = str(self.model().headerData(section, self.orientation()) or "")
        room = rect.height() - NAME_MARGIN_PX // 2
        words = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.setPen(theme.colour("muted"))
        painter.translate(rect.left(), rect.bottom())
        painter.rotate(-90)
        place = QRect(NAME_MARGIN_PX // 2, 0, room, rect.width())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, flags, words)
        painter.restore()


class ConfusionView(QTableView):
    """The matrix; a chosen cell, or a double click or Enter on it, tells which images it holds."""

    cell_chosen = Signal(int, int)
    cell_opened = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, showGrid=False)
        self.matrix = ConfusionModel()
        self.setModel(self.matrix)
        self.names_across = NamesAcross(self)
        self.setHorizontalHeader(self.names_across)
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
        across, down = self.horizontalHeader(), self.verticalHeader()
        for header in (across, down):
            header.setMinimumSectionSize(14)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setMaximumWidth(180)
        self._fit_cells()

    def _fit_cells(self) -> None:
        """Cells fill the room that there is, within what can be read at a glance."""
        names = self.matrix.confusion.columns if self.matrix.confusion is not None else ()
        width, height = SMALL_CELL_PX, SMALL_CELL_PX
        if len(names) <= MANY:
            room = self.width() - self.verticalHeader().sizeHint().width() - theme.GAP
            width = max(CELL_PX, min(WIDEST_CELL_PX, room // max(1, len(names))))
            height = max(HIGH_PX, min(HIGHEST_PX, 2 * width // 3))
        self.horizontalHeader().setDefaultSectionSize(width)
        self.verticalHeader().setDefaultSectionSize(height)
        self.names_across.show_names(names, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More room makes larger cells."""
        super().resizeEvent(event)
        self._fit_cells()

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
