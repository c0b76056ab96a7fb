"""The command palette: any command by a few of its letters."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import assets, fuzzy, theme
from ssl_studio.gui.action_set import Actions
from ssl_studio.gui.actions import Command, menu_titles, shown_keys
from ssl_studio.gui.preferences import Preferences
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.painting import fill_rounded

WIDTH_PX, ROW_PX, ROWS, TOP_PX = 620, 40, 10, 48
RECENT_KEPT = 12
ENTRY_ROLE = Qt.ItemDataRole.UserRole
MOVES = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: ROWS,
    Qt.Key.Key_PageUp: -ROWS,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the palette: a command, which letters were hit, and why it is off, if it is."""

    command: Command
    hits: tuple[int, ...]
    why_not: str
    is_recent: bool


class PaletteModel(QAbstractListModel):
    """The lines that fit what was typed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def show(self, entries: list[Entry]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, _parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """How many lines there are."""
        return len(self.entries)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Words for the eye and for screen readers, the entry for the delegate."""
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.command.words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = [entry.command.plain_words, _keys(entry.command), entry.why_not]
            return ", ".join(part for part in said if part)
        return entry if role == ENTRY_ROLE else None


def _keys(command: Command) -> str:
    return shown_keys(command.keys[0]) if command.keys else ""


class PaletteDelegate(QStyledItemDelegate):
    """Paints a line: icon, words with the hit letters marked, menu or reason, keys."""

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """The same for every line."""
        return QSize(WIDTH_PX - 2 * theme.GAP, ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """One line."""
        entry: Entry = index.data(ENTRY_ROLE)
        painter.save()
        place = option.rect.adjusted(theme.HALF, 1, -theme.HALF, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            fill_rounded(painter, place, theme.colour("accent_soft"))
        self._icon(painter, place, entry)
        after = self._words(painter, place.adjusted(40, 0, -theme.GAP, 0), entry, option.font)
        right = self._chip(painter, place, _keys(entry.command), option.font)
        beside = QRect(after, place.top(), right - after - theme.GAP, place.height())
        self._beside(painter, beside, entry, option.font)
        painter.restore()

    @staticmethod
    def _icon(painter: QPainter, place: QRect, entry: Entry) -> None:
        name = entry.command.icon or "command"
        tint = theme.css("faint" if entry.why_not else "muted")
        pixmap = assets.icon_pixmap(name, tint, 18, painter.device().devicePixelRatioF())
        painter.drawPixmap(place.left() + 11, place.top() + (place.height() - 18) // 2, pixmap)

    @staticmethod
    def _words(painter: QPainter, place: QRect, entry: Entry, font: QFont) -> int:
        """Letter by letter, so that the hit ones stand out; gives where the words end."""
        plain, bold = QFont(font), QFont(font)
        bold.setWeight(QFont.Weight.Bold)
        hits, left = set(entry.hits), place.left()
        for at, letter in enumerate(entry.command.words):
            painter.setFont(bold if at in hits else plain)
            role = "faint" if entry.why_not else ("accent" if at in hits else "text")
            painter.setPen(theme.colour(role))
            width = painter.fontMetrics().horizontalAdvance(letter)
            cell = QRect(left, place.top(), width + 2, place.height())
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, letter)
            left += width
        return left + 2 * theme.GAP

    @staticmethod
    def _beside(painter: QPainter, place: QRect, entry: Entry, font: QFont) -> None:
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() - 1)
        painter.setFont(small)
        painter.setPen(theme.colour("muted"))
        menu = menu_titles()[entry.command.menu].replace("&", "")
        words = entry.why_not or (tr("used recently") if entry.is_recent else menu)
        elided = painter.fontMetrics().elidedText(
            words, Qt.TextElideMode.ElideRight, max(0, place.width())
        )
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, elided)

    @staticmethod
    def _chip(painter: QPainter, place: QRect, keys: str, font: QFont) -> int:
        """The keys at the right; gives where they begin."""
        if not keys:
            return place.right()
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(keys) + 2 * theme.GAP
        chip = QRect(place.right() - width - theme.GAP, place.center().y() - 11, width, 22)
        fill_rounded(painter, chip, theme.colour("sunken"), theme.HALF)
        painter.setPen(theme.colour("muted"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, keys)
        return chip.left()


class Palette(QFrame):
    """Lies over the window while something is looked for; Esc or a click beside closes it."""

    def __init__(self, actions: Actions, preferences: Preferences, window: QWidget) -> None:
        super().__init__(window, objectName="palette")
        self._actions, self._preferences = actions, preferences
        self._before: QWidget | None = None
        self.setProperty("role", "overlay")
        self.setAccessibleName(tr("All commands"))
        self.field = QLineEdit(clearButtonEnabled=True)
        self.field.setAccessibleName(tr("Command"))
        self.field.setPlaceholderText(tr("What do you want to do?"))
        self.model = PaletteModel(self)
        self.view = QListView(accessibleName=tr("Commands that fit"))
        self.view.setModel(self.model)
        self.view.setItemDelegate(PaletteDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.clicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.addWidget(self.field)
        layout.addWidget(self.view)
        shade = QGraphicsDropShadowEffect(self, blurRadius=32, xOffset=0, yOffset=8)
        shade.setColor(theme.colour("shadow", 110))
        self.setGraphicsEffect(shade)
        self.field.textChanged.connect(self._show_entries)
        self.field.installEventFilter(self)
        self.hide()

    # -- coming and going ----------------------------------------------------------------------

    def pop_up(self) -> None:
        """Show all commands, those used last first."""
        self._before = self.window().focusWidget()
        self.field.clear()
        self._show_entries()
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Go away and give the keyboard back."""
        if self.isVisible():
            self.hide()
            if self._before is not None and self._before.isVisible():
                self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None

    def _place(self) -> None:
        window = self.window()
        width = min(WIDTH_PX, window.width() - 4 * theme.WIDE)
        height = min(ROWS * ROW_PX + 64, window.height() - 2 * TOP_PX)
        self.setGeometry((window.width() - width) // 2, TOP_PX, width, height)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list, Enter runs; leaving the field closes the palette."""
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.dismiss()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(Qt.Key(event.key()))
        return False

    def _on_key(self, key: Qt.Key) -> bool:
        if key in MOVES:
            self._move(MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.view.currentIndex().row())
        elif key == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            return key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
        return True

    def _move(self, by: int) -> None:
        if self.model.entries:
            last = len(self.model.entries) - 1
            row = self.view.currentIndex().row()
            wanted = (row + by) % (last + 1) if abs(by) == 1 else min(last, max(0, row + by))
            self.view.setCurrentIndex(self.model.index(wanted))

    # -- what fits -----------------------------------------------------------------------------

    def _show_entries(self) -> None:
        self.model.show(self._entries(self.field.text()))
        self.view.setCurrentIndex(self.model.index(0))

    def _entries(self, query: str) -> list[Entry]:
        menus = menu_titles()
        table = [c for c in self._actions.commands.values() if c.id != "show_palette"]
        recent = [c for c in self._recent() if c in table]
        pairs = fuzzy.ranked(
            query,
            table,
            lambda command: command.words,
            lambda command: f"{command.other_words} {menus[command.menu]}",
            recent,
        )
        return [
            Entry(command, hit.positions, self._actions.why_not(command.id), command in recent)
            for command, hit in pairs
        ]

    def _recent(self) -> Sequence[Command]:
        table = self._actions.commands
        ids = self._preferences.strings("recent_commands")
        return [table[command_id] for command_id in ids if command_id in table]

    # -- running -------------------------------------------------------------------------------

    def _on_clicked(self, index: QModelIndex) -> None:
        self._run(index.row())

    def _run(self, row: int) -> None:
        if not 0 <= row < len(self.model.entries):
            return
        entry = self.model.entries[row]
        if entry.why_not:
            return
        kept = [c.id for c in self._recent() if c.id != entry.command.id]
        self._preferences.set_strings("recent_commands", [entry.command.id, *kept][:RECENT_KEPT])
        self.dismiss()
        self._actions.refresh()
        self._actions.by_id[entry.command.id].trigger()
