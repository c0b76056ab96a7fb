"""Every command of the window as a row of a table; menus and the sheet of keys come from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.text import tr


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        id: Name of the method of the main window that carries it out.
        menu: Where it stands; empty for commands without a menu.
        keys: Shortcuts in Qt's portable spelling, the first is shown.
        needs_project: Whether it is off while nothing is open.
        separator: Whether a line goes before it.
    """

    id: str
    words: str
    menu: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    needs_project: bool = False
    separator: bool = False
    checkable: bool = False


def commands() -> tuple[Command, ...]:
    """The table, in the order of the menus."""
    file, edit, view, jobs, help_ = menu_titles().values()
    return (
        Command("new_project", tr("New project from folder …"), file, ("Ctrl+N",), "folder-plus"),
        Command("open_project", tr("Open project …"), file, ("Ctrl+O",), "project"),
        Command("show_welcome", tr("Recent projects"), file, ("Ctrl+Shift+O",), "home"),
        Command("add_folder", tr("Add a folder of images …"), file, (), "folder", True, True),
        Command("scan_again", tr("Scan folders again"), file, ("F5",), "refresh", True),
        Command("load_labels", tr("Labels from a table …"), file, (), "", True),
        Command("export_encoder", tr("Export encoder …"), file, ("Ctrl+E",), "export", True, True),
        Command("export_features", tr("Export features …"), file, (), "", True),
        Command("export_clusters", tr("Export clusters …"), file, (), "", True),
        Command("close_project", tr("Close project"), file, ("Ctrl+W",), "close", True, True),
        Command("quit", tr("Quit"), file, ("Ctrl+Q",)),
        Command("undo", tr("Undo"), edit, ("Ctrl+Z",), "undo", True),
        Command("redo", tr("Redo"), edit, ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", True),
        Command("rename", tr("Rename"), edit, ("F2",), "rename", True, True),
        Command("merge", tr("Merge clusters"), edit, ("Ctrl+M",), "merge", True),
        Command("select_all", tr("Select all"), edit, ("Ctrl+A",), "", True, True),
        Command("select_none", tr("Select none"), edit, ("Ctrl+Shift+A",), "", True),
        Command("invert_selection", tr("Invert selection"), edit, ("Ctrl+I",), "", True),
        Command("larger_tiles", tr("Larger tiles"), view, ("Ctrl++", "Ctrl+="), "larger", True),
        Command("smaller_tiles", tr("Smaller tiles"), view, ("Ctrl+-",), "", True),
        Command("show_neighbours", tr("Show neighbours"), view, ("Ctrl+L",), "neighbours", True),
        Command("theme_light", tr("Light"), view, separator=True, checkable=True),
        Command("theme_dark", tr("Dark"), view, checkable=True),
        Command("theme_system", tr("As the desktop"), view, checkable=True),
        Command("pause_job", tr("Pause or resume training"), jobs, ("Ctrl+P",), "pause", True),
        Command("stop_job", tr("Stop training"), jobs, ("Ctrl+.",), "stop", True),
        Command("check_project", tr("Check project"), jobs, (), "check", True, True),
        Command("show_keys", tr("Keys"), help_, ("?", "F1")),
        Command("copy_details", tr("Copy details for a report"), help_, (), "copy"),
        Command("about", tr("About SSL Studio"), help_),
    )  # fmt: skip


def menu_titles() -> dict[str, str]:
    """The menus in order."""
    return {
        "file": tr("&File"),
        "edit": tr("&Edit"),
        "view": tr("&View"),
        "jobs": tr("&Jobs"),
        "help": tr("&Help"),
    }


class Actions:
    """The commands as QActions of a window, by id."""

    def __init__(self, window: QWidget, slots: Mapping[str, Callable[[], object]]) -> None:
        self.by_id: dict[str, QAction] = {}
        for command in commands():
            action = QAction(command.words, window, checkable=command.checkable)
            action.setShortcuts([QKeySequence(keys) for keys in command.keys])
            if command.icon:
                theme.set_icon(action, command.icon)
            slot = slots[command.id]
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            self.by_id[command.id] = action

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Make the menus; gives them by title."""
        menus = {title: bar.addMenu(title) for title in menu_titles().values()}
        for command in commands():
            if command.separator:
                menus[command.menu].addSeparator()
            menus[command.menu].addAction(self.by_id[command.id])
        return menus

    def enable_for_project(self, is_open: bool) -> None:
        """Switch off what needs a project while none is open."""
        for command in commands():
            if command.needs_project:
                self.by_id[command.id].setEnabled(is_open)


def shortcut_rows() -> list[tuple[str, str]]:
    """Words and keys of every command that has keys, and of the pages and grids."""
    rows = [
        (command.words, " / ".join(_shown(keys) for keys in command.keys))
        for command in commands()
        if command.keys
    ]
    rows.append((tr("Pages, from the top of the rail"), "Alt+1 … Alt+8"))
    rows.append((tr("Open what the cursor is on"), tr("Enter")))
    rows.append((tr("Neighbours of the image at the cursor"), "N"))
    rows.append((tr("Zoom tiles"), tr("Ctrl+wheel")))
    return rows


def _shown(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
