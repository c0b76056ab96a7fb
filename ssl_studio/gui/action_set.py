"""The commands of the table as Qt's actions: menus, toolbar, and which of them make sense now."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QToolBar

from ssl_studio.gui import theme
from ssl_studio.gui.actions import SOFT_KEYS, Command, commands, menu_titles, shown_keys
from ssl_studio.gui.text import tr

ICON_PX = 18
WhyNot = Callable[[Command], str]
"""Why a command makes no sense now; empty where it does."""

# Actions that are off do not hear their keys, so keys go by `why_off`: what changes inside a page
# (say, which clusters are chosen) is only asked for while a menu or the palette is open.


class Actions:
    """The commands as QActions of a window, by id."""

    def __init__(
        self,
        window: QMainWindow,
        slots: Mapping[str, Callable[[], object]],
        why_not: WhyNot,
        why_off: WhyNot,
    ) -> None:
        self.commands = {command.id: command for command in commands()}
        self.by_id: dict[str, QAction] = {}
        self._why_not, self._why_off = why_not, why_off
        for command in self.commands.values():
            action = _action(window, command)
            slot = slots[command.id]
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            window.addAction(action)
            self.by_id[command.id] = action

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Make the menus; gives them by key."""
        menus = {}
        for key, title in menu_titles().items():
            menu = bar.addMenu(title)
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(self.explain)
            menu.aboutToHide.connect(self.refresh)
            menus[key] = menu
        for command in self.commands.values():
            if command.separator:
                menus[command.menu].addSeparator()
            menus[command.menu].addAction(self.by_id[command.id])
        return menus

    def toolbar(self) -> QToolBar:
        """The commands that have a button of their own."""
        bar = QToolBar(tr("Toolbar"))
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(ICON_PX, ICON_PX))
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        menu = ""
        for command in self.commands.values():
            if command.toolbar:
                if menu and command.menu != menu:
                    bar.addSeparator()
                menu = command.menu
                bar.addAction(self.by_id[command.id])
                button = bar.widgetForAction(self.by_id[command.id])
                button.setAccessibleName(command.plain_words)
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return bar

    def why_not(self, command_id: str) -> str:
        """Why a command makes no sense now; empty where it does."""
        return self._why_not(self.commands[command_id])

    def refresh(self) -> None:
        """Switch each command on or off, as its keys should work."""
        self._switch(self._why_off)

    def explain(self) -> None:
        """Switch each command on or off as a menu shows it, with the reason in its tip."""
        self._switch(self._why_not)

    def _switch(self, why: WhyNot) -> None:
        for command_id, action in self.by_id.items():
            command = self.commands[command_id]
            reason = why(command)
            action.setEnabled(not reason)
            keys = f" ({shown_keys(command.keys[0])})" if command.keys else ""
            action.setToolTip(reason or f"{command.plain_words}{keys}")

    def set_words(self, command_id: str, words: str) -> None:
        """Say more exactly what a command would do."""
        self.by_id[command_id].setText(_with_soft_key(words, self.commands[command_id]))


def _action(window: QMainWindow, command: Command) -> QAction:
    action = QAction(_with_soft_key(command.words, command), window, checkable=command.checkable)
    action.setIconText(command.plain_words)
    action.setShortcuts([QKeySequence(keys) for keys in command.keys if keys not in SOFT_KEYS])
    if command.icon:
        theme.set_icon(action, command.icon)
    return action


def _with_soft_key(words: str, command: Command) -> str:
    soft = [shown_keys(keys) for keys in command.keys if keys in SOFT_KEYS]
    return f"{words}\t{soft[0]}" if soft else words
