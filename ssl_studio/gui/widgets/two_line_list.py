"""A list whose rows have a dot, a name, and a quieter line below."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ssl_studio.gui import theme
from ssl_studio.gui.widgets.painting import fill_rounded, outline

ROW_PX = 52
TONES = {"": "faint", "accent": "accent", "good": "good", "warning": "warning", "danger": "danger"}


class TwoLineDelegate(QStyledItemDelegate):
    """Paints a row from two roles: the line below and the tone of the dot."""

    right_px = 8
    """Room that the words leave at their right."""

    def __init__(self, line_role: int, tone_role: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._line_role, self._tone_role = line_role, tone_role

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """The same for every row."""
        return QSize(160, ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Ground, dot, name, line."""
        rect: QRect = option.rect.adjusted(6, 1, -6, -1)
        flags = QStyle.StateFlag
        if option.state & flags.State_Selected:
            fill_rounded(painter, rect, theme.colour("accent_soft"))
        elif option.state & flags.State_MouseOver:
            fill_rounded(painter, rect, theme.colour("hover"))
        if option.state & flags.State_HasFocus and option.state & flags.State_KeyboardFocusChange:
            outline(painter, rect, theme.colour("accent"), 1.2)
        tone = TONES.get(str(index.data(self._tone_role) or ""), "faint")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(tone))
        painter.drawEllipse(rect.left() + 10, rect.top() + 12, 8, 8)
        words = rect.adjusted(28, 6, -self.right_px, 0)
        self._line(painter, words, str(index.data()), "text", option.font)
        small = QFont(option.font)
        small.setPointSizeF(option.font.pointSizeF() - 1)
        below = words.adjusted(0, 20, 0, 0)
        self._line(painter, below, str(index.data(self._line_role) or ""), "muted", small)

    @staticmethod
    def _line(painter: QPainter, place: QRect, words: str, role: str, font: QFont) -> None:
        painter.setFont(font)
        painter.setPen(theme.colour(role))
        elided = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(
            QRect(place.left(), place.top(), place.width(), 20),
            Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine,
            elided,
        )


def two_line_list(name: str, line_role: int, tone_role: int) -> QListView:
    """A list view with that look."""
    view = QListView(accessibleName=name)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setUniformItemSizes(True)
    view.setMouseTracking(True)
    view.setItemDelegate(TwoLineDelegate(line_role, tone_role, view))
    return view
