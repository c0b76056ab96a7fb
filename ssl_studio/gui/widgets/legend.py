"""Groups with their colours, to be switched on and off; or a scale of colours for numbers."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.colour_picker import dot_icon

DOT_PX = 12
BAR_PX = 16
CAP_PX = 15
KEYS = 9
COUNT, KEY = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2


class _LineDelegate(QStyledItemDelegate):
    """Beside box, dot and name: the number at the right, and the key."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Called for lines in view only."""
        room: QRect = option.rect.adjusted(0, 0, -theme.GAP, 0)
        painter.save()
        key = str(index.data(KEY) or "")
        if key:
            painter.setPen(theme.colour("border_strong"))
            cap = QRect(room.right() - CAP_PX, room.center().y() - CAP_PX // 2, CAP_PX, CAP_PX)
            painter.drawRoundedRect(cap, 3, 3)
            painter.setPen(theme.colour("muted"))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
            room.setRight(cap.left() - theme.GAP)
        painter.setPen(theme.colour("muted"))
        words = str(index.data(COUNT))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, right, words)
        painter.restore()
        option.rect.setRight(room.right() - painter.fontMetrics().horizontalAdvance(words))
        super().paint(painter, option, index)


class Legend(QListWidget):
    """One line per group; unchecking hides it.

    Signals: `hidden_changed(frozenset of positions)`; `pointed(position)` with -1 for none;
    `chosen(position)` asks for the images of a group, `wanted_everywhere(position)` for pages
    that show nothing else.
    """

    hidden_changed = Signal(object)
    pointed = Signal(int)
    chosen = Signal(int)
    wanted_everywhere = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("Legend"))
        self.setToolTip(tr("Untick to hide. Double-click to choose all images of a group."))
        self.setUniformItemSizes(True)
        self.setItemDelegate(_LineDelegate(self))
        self.setIconSize(QSize(DOT_PX, DOT_PX))
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.itemChanged.connect(lambda _item: self.hidden_changed.emit(self.hidden_groups()))
        self.itemEntered.connect(lambda item: self.pointed.emit(self.row(item)))
        self.itemDoubleClicked.connect(lambda item: self.chosen.emit(self.row(item)))
        self.customContextMenuRequested.connect(self._show_menu)

    def set_groups(
        self, groups: Sequence[tuple[str, str, int]], *, with_keys: bool = False
    ) -> None:
        """Show these: name, colour, number of points. All are switched on.

        `with_keys` shows the digits that stand for the first nine.
        """
        self.blockSignals(True)
        self.clear()
        for place, (name, css, number) in enumerate(groups, 1):
            item = QListWidgetItem(dot_icon(QColor(css), DOT_PX), name, self)
            said = text.count(number)
            item.setData(COUNT, said)
            item.setData(KEY, str(place) if with_keys and place <= KEYS else "")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}: {said}")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
        self.blockSignals(False)
        self.hidden_changed.emit(frozenset())

    def hidden_groups(self) -> frozenset[int]:
        """Positions of the groups that are switched off."""
        states = (self.item(row).checkState() for row in range(self.count()))
        return frozenset(r for r, state in enumerate(states) if state == Qt.CheckState.Unchecked)

    def show_only(self, wanted: int | None) -> None:
        """Switch off all groups but one; None switches all on."""
        self.blockSignals(True)
        for row in range(self.count()):
            is_on = wanted is None or row == wanted
            self.item(row).setCheckState(
                Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
            )
        self.blockSignals(False)
        self.hidden_changed.emit(self.hidden_groups())

    def leaveEvent(self, event: object) -> None:
        """Nothing is pointed at any more."""
        self.pointed.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses the images of the group at the cursor."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self.chosen.emit(self.currentRow())
        else:
            super().keyPressEvent(event)

    def menu_for(self, row: int) -> QMenu:
        """What can be done with a group."""
        menu = QMenu(self)
        menu.addAction(tr("Choose its images"), lambda: self.chosen.emit(row))
        menu.addAction(tr("Show only this"), lambda: self.show_only(row))
        menu.addAction(tr("Show all"), lambda: self.show_only(None))
        menu.addSeparator()
        menu.addAction(tr("Show only this on every page"), lambda: self.wanted_everywhere.emit(row))
        return menu

    def _show_menu(self, place: QPoint) -> None:
        row = self.indexAt(place).row()
        if row >= 0:
            menu = self.menu_for(row)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.viewport().mapToGlobal(place))


class ScaleBar(QWidget):
    """Colours for numbers. Dragging along it keeps a part; a double click keeps all again.

    Signal: `range_changed(low, high)` in parts of one.
    """

    range_changed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Colour scale"))
        self.setToolTip(tr("Drag along the scale to show a part; double-click to show all."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(BAR_PX + 3 * theme.GAP + self.fontMetrics().height())
        self._colours: list[str] = []
        self._words = ("", "", "")
        self._low, self._high = 0.0, 1.0
        self._start: float | None = None

    def set_scale(self, colours: Sequence[str], low: str, middle: str, high: str) -> None:
        """Show these colours and what the ends and the middle stand for; all is kept."""
        self._colours, self._words = list(colours), (low, middle, high)
        self._keep(0.0, 1.0)
        self.update()

    def _keep(self, low: float, high: float) -> None:
        low, high = min(low, high), max(low, high)
        if (low, high) != (self._low, self._high):
            self._low, self._high = low, high
            self.range_changed.emit(low, high)
            self.update()

    def _bar(self) -> QRectF:
        return QRectF(1, theme.HALF, self.width() - 2, BAR_PX)

    def _part(self, event: QMouseEvent) -> float:
        bar = self._bar()
        return min(max((event.position().x() - bar.left()) / bar.width(), 0.0), 1.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """One end of the part."""
        self._start = self._part(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The other end."""
        if self._start is not None and abs(self._part(event) - self._start) > 0.02:
            self._keep(self._start, self._part(event))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Done."""
        self._start = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Keep all."""
        self._keep(0.0, 1.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the lower end, with Shift the upper one; Escape keeps all."""
        step = {Qt.Key.Key_Left: -0.05, Qt.Key.Key_Right: 0.05}.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape:
            self._keep(0.0, 1.0)
        elif step is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._keep(self._low, min(max(self._high + step, self._low), 1.0))
        else:
            self._keep(max(min(self._low + step, self._high), 0.0), self._high)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The bar, what is left out of it greyed, and three numbers."""
        painter, bar = QPainter(self), self._bar()
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, css in enumerate(self._colours):
            gradient.setColorAt(place / max(1, len(self._colours) - 1), QColor(css))
        painter.fillRect(bar, gradient)
        for low, high in ((0.0, self._low), (self._high, 1.0)):
            left = bar.left() + low * bar.width()
            painter.fillRect(
                QRectF(left, bar.top(), (high - low) * bar.width(), bar.height()),
                theme.colour("surface", 200),
            )
        painter.setPen(QPen(theme.colour("accent" if self.hasFocus() else "border_strong"), 1))
        painter.drawRect(bar)
        painter.setPen(theme.colour("muted"))
        below = QRectF(0, bar.bottom() + theme.HALF, self.width(), self.fontMetrics().height() + 4)
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter,
                 Qt.AlignmentFlag.AlignRight)  # fmt: skip
        for words, side in zip(self._words, sides, strict=True):
            painter.drawText(below, side, words)
        painter.end()
