"""What waits for its turn, in order: moved up and down, or taken out."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts

ROW_PX = 28
MOST_ROWS = 6


class QueueBox(QFrame):
    """A short list with buttons; hidden while nothing waits.

    Signals: `move_wanted(key, by)` and `remove_wanted(key)`.
    """

    move_wanted = Signal(int, int)
    remove_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = _Queue()
        self.list.moved.connect(self._move)
        self.list.removed.connect(self._remove)
        self.earlier = parts.tool_button("up", tr("Train it earlier (Alt+Up)"), self._earlier)
        self.later = parts.tool_button("down", tr("Train it later (Alt+Down)"), self._later)
        self.out = parts.tool_button("close", tr("Take it out of the queue"), self._remove)
        head = parts.row(
            parts.label(tr("QUEUE"), "section"), None, self.earlier, self.later, self.out, gap_px=0
        )
        column = parts.column(parts.line(), head, self.list, gap_px=0)
        column.setContentsMargins(theme.GAP, 0, theme.GAP, theme.GAP)
        self.setLayout(column)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.list.currentRowChanged.connect(lambda _row: self._show_buttons())
        self.hide()

    def show_queue(self, rows: Sequence[tuple[int, str]]) -> None:
        """Show (key, name) in order; the row that was chosen stays chosen."""
        chosen = self.key
        shown = [(self._key(row), self.list.item(row).text()) for row in range(self.list.count())]
        if shown != list(rows):
            self.list.clear()
            for key, name in rows:
                item = QListWidgetItem(name, self.list)
                item.setData(Qt.ItemDataRole.UserRole, key)
            keys = [key for key, _name in rows]
            self.list.setCurrentRow(keys.index(chosen) if chosen in keys else 0)
        self.list.setFixedHeight(min(len(rows), MOST_ROWS) * ROW_PX + 4)
        self.setVisible(bool(rows))
        self._show_buttons()

    @property
    def key(self) -> int | None:
        """The key of the chosen row."""
        row = self.list.currentRow()
        return self._key(row) if row >= 0 else None

    def _key(self, row: int) -> int:
        return int(self.list.item(row).data(Qt.ItemDataRole.UserRole))

    def _show_buttons(self) -> None:
        row, count = self.list.currentRow(), self.list.count()
        self.earlier.setEnabled(row > 0)
        self.later.setEnabled(0 <= row < count - 1)
        self.out.setEnabled(row >= 0)

    def _earlier(self) -> None:
        self._move(-1)

    def _later(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        if self.key is not None:
            self.move_wanted.emit(self.key, by)

    def _remove(self) -> None:
        if self.key is not None:
            self.remove_wanted.emit(self.key)


class _Queue(QListWidget):
    """Alt+Up and Alt+Down move the chosen row; Delete takes it out."""

    moved = Signal(int)
    removed = Signal()

    def __init__(self) -> None:
        super().__init__(accessibleName=tr("Queue"))
        self.setFrameShape(QFrame.Shape.NoFrame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the queue; all others as in every list."""
        is_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if is_alt and by is not None:
            self.moved.emit(by)
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        else:
            super().keyPressEvent(event)
