"""Every command of the window as a row of a table.

Menus, toolbar, palette, keys and the sheet of keys all come from it. A command is carried out by
the method of `Commander` that has its id; without one, the page that is shown is asked: `do(id)`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

from ssl_studio.gui.pages import entries
from ssl_studio.gui.text import tr

EVERYWHERE: tuple[str, ...] = ()
GRIDS = ("images", "clusters", "map", "neighbours")
"""Pages that show images to be chosen."""

SOFT_KEYS = frozenset({"Space", "Return", "Enter", "Esc"})
"""Keys that mean something to every widget; grids carry them out, menus only show them."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        id: Name of the method of `Commander` that carries it out, or what the page is told.
        menu: Key of `menu_titles`: where it stands.
        keys: Shortcuts in Qt's portable spelling, the first is shown in menus.
        needs_project: Whether it is off while nothing is open.
        separator: Whether a line goes before it.
        pages: Keys of the pages it makes sense on; all if empty.
        toolbar: Whether it has a button of its own below the menus.
        writes: Whether it is off while the project can only be read.
        other_words: What people may call it, for the palette's search.
    """

    id: str
    words: str
    menu: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    needs_project: bool = False
    separator: bool = False
    checkable: bool = False
    pages: tuple[str, ...] = EVERYWHERE
    toolbar: bool = False
    writes: bool = False
    other_words: str = ""

    @property
    def plain_words(self) -> str:
        """Its words without the dots that say it will ask."""
        return self.words.removesuffix("…").strip()


def menu_titles() -> dict[str, str]:
    """The menus in order."""
    return {
        "file": tr("&File"),
        "edit": tr("&Edit"),
        "image": tr("&Image"),
        "view": tr("&View"),
        "go": tr("&Go"),
        "jobs": tr("&Jobs"),
        "help": tr("&Help"),
    }


def commands() -> tuple[Command, ...]:
    """The table, in the order of the menus."""
    groups = (_file, _edit, _image, _view, _go, _jobs, _help)
    return tuple(command for group in groups for command in group())


def _file() -> Iterator[Command]:
    menu = "file"
    yield Command("new_project", tr("New project from folder …"), menu, ("Ctrl+N",), "folder-plus")
    yield Command("open_project", tr("Open project …"), menu, ("Ctrl+O",), "project", toolbar=True)
    yield Command("show_welcome", tr("Recent projects"), menu, ("Ctrl+Shift+O",), "home",
                  other_words=tr("welcome start"))  # fmt: skip
    yield Command("open_demo", tr("Demo project"), menu, (), "sparkles",
                  other_words=tr("example try"))  # fmt: skip
    yield Command("add_folder", tr("Add a folder of images …"), menu, (), "folder", True, True,
                  toolbar=True, writes=True)  # fmt: skip
    yield Command("scan_again", tr("Scan folders again"), menu, ("F5",), "refresh", True,
                  writes=True, other_words=tr("rescan refresh"))  # fmt: skip
    yield Command("load_labels", tr("Labels from a table …"), menu, (), "", True, writes=True,
                  other_words="CSV")  # fmt: skip
    yield Command("export_encoder", tr("Export encoder …"), menu, ("Ctrl+E",), "export", True, True,
                  writes=True, other_words=tr("weights ONNX"))  # fmt: skip
    yield Command("export_features", tr("Export features …"), menu, (), "", True, writes=True,
                  other_words=tr("vectors NumPy Parquet"))  # fmt: skip
    yield Command("export_clusters", tr("Export clusters …"), menu, (), "", True, writes=True)
    yield Command("export_report", tr("Write a report …"), menu, (), "", True,
                  other_words=tr("HTML page"))  # fmt: skip
    yield Command("close_project", tr("Close project"), menu, ("Ctrl+W",), "close", True, True)
    yield Command("quit", tr("Quit"), menu, ("Ctrl+Q",), "", other_words=tr("exit"))


def _edit() -> Iterator[Command]:
    menu = "edit"
    yield Command("undo", tr("Undo"), menu, ("Ctrl+Z",), "undo", True, toolbar=True)
    yield Command("redo", tr("Redo"), menu, ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", True, toolbar=True)
    yield Command("rename", tr("Rename"), menu, ("F2",), "rename", True, True,
                  pages=("train", "clusters"), writes=True)  # fmt: skip
    yield Command("merge", tr("Merge clusters"), menu, ("Ctrl+M",), "merge", True,
                  pages=("clusters",), writes=True)  # fmt: skip
    yield Command("delete", tr("Delete"), menu, ("Del",), "delete", True, writes=True,
                  other_words=tr("remove"))  # fmt: skip
    yield Command("paste", tr("Paste a picture to find like ones"), menu, ("Ctrl+V",), "copy", True,
                  pages=("neighbours",), other_words=tr("clipboard query"))  # fmt: skip
    yield Command("select_all", tr("Select all"), menu, ("Ctrl+A",), "", True, True)
    yield Command("select_none", tr("Select none"), menu, ("Ctrl+Shift+A",), "", True)
    yield Command("invert_selection", tr("Invert selection"), menu, ("Ctrl+I",), "", True)
    yield Command("find", tr("Find images"), menu, ("Ctrl+F",), "search", True, True,
                  other_words=tr("search filter"))  # fmt: skip
    yield Command("clear_filter", tr("Show all images again"), menu, ("Ctrl+Shift+F",), "filter",
                  True, other_words=tr("clear reset filter"))  # fmt: skip


def _image() -> Iterator[Command]:
    menu = "image"
    yield Command("open_large", tr("Large view"), menu, ("Space", "Return"), "details", True,
                  pages=GRIDS)  # fmt: skip
    yield Command("show_neighbours", tr("Show neighbours"), menu, ("Ctrl+L",), "neighbours", True,
                  toolbar=True, other_words=tr("similar"))  # fmt: skip
    yield Command("copy_paths", tr("Copy file names"), menu, ("Ctrl+Shift+C",), "copy", True,
                  other_words=tr("paths clipboard"))  # fmt: skip
    yield Command("show_in_folder", tr("Show in the file manager"), menu, (), "folder", True,
                  other_words=tr("reveal explorer finder"))  # fmt: skip
    for digit in range(1, 10):
        words = tr("Assign tag or cluster {n}").format(n=digit)
        yield Command(f"assign_{digit}", words, menu, (str(digit),), "tag", True, digit == 1,
                      pages=(*GRIDS, "reconstructions"), writes=True)  # fmt: skip


def _view() -> Iterator[Command]:
    menu = "view"
    yield Command("show_palette", tr("All commands …"), menu, ("Ctrl+Shift+P",), "search",
                  toolbar=True, other_words=tr("palette"))  # fmt: skip
    yield Command("larger_tiles", tr("Larger tiles"), menu, ("Ctrl++", "Ctrl+="), "larger", True,
                  True, other_words=tr("zoom in"))  # fmt: skip
    yield Command("smaller_tiles", tr("Smaller tiles"), menu, ("Ctrl+-",), "smaller", True,
                  other_words=tr("zoom out"))  # fmt: skip
    yield Command("toggle_activity", tr("Activity"), menu, ("Ctrl+J",), "activity", True, True,
                  True, other_words=tr("jobs progress dock"))  # fmt: skip
    yield Command("toggle_toolbar", tr("Toolbar"), menu, (), "", False, False, True)
    yield Command("full_screen", tr("Full screen"), menu, ("F11",), "", False, False, True)
    yield Command("theme_light", tr("Light theme"), menu, separator=True, checkable=True)
    yield Command("theme_dark", tr("Dark theme"), menu, checkable=True)
    yield Command("theme_system", tr("Theme as the desktop"), menu, checkable=True)


def _go() -> Iterator[Command]:
    for number, page in enumerate(entries(), 1):
        keys = (f"Alt+{number % 10}",) if number <= 10 else ()
        yield Command(f"go_{page.key}", page.title, "go", keys, page.icon, True,
                      other_words=tr("page go"))  # fmt: skip


def _jobs() -> Iterator[Command]:
    menu = "jobs"
    yield Command("pause_job", tr("Pause or resume training"), menu, ("Ctrl+P",), "pause", True)
    yield Command("stop_job", tr("Stop training"), menu, ("Ctrl+.",), "stop", True)
    yield Command("toggle_notices", tr("Notify when long work ends"), menu, (), "bell", False, True,
                  True, other_words=tr("desktop notification"))  # fmt: skip
    yield Command("evaluate_features", tr("Evaluate with references"), menu, (), "evaluate", True,
                  True, pages=("evaluate",), writes=True)  # fmt: skip
    yield Command("probe_layers", tr("Probe every layer"), menu, (), "", True,
                  pages=("evaluate",), writes=True)  # fmt: skip
    yield Command("probe_epochs", tr("Score the stored epochs"), menu, (), "", True,
                  pages=("evaluate",), writes=True)  # fmt: skip
    yield Command("export_now", tr("Export what is shown"), menu, ("Ctrl+Return",), "export", True,
                  pages=("export",))  # fmt: skip
    yield Command("check_project", tr("Check project"), menu, (), "check", True, True,
                  other_words=tr("integrity verify"))  # fmt: skip


def _help() -> Iterator[Command]:
    menu = "help"
    yield Command("show_keys", tr("Keys"), menu, ("?", "F1"), "keyboard",
                  other_words=tr("shortcuts cheat sheet"))  # fmt: skip
    yield Command("show_news", tr("What is new"), menu, (), "sparkles",
                  other_words=tr("changelog version"))  # fmt: skip
    yield Command("copy_details", tr("Copy details for a report"), menu, (), "copy",
                  other_words=tr("bug error"))  # fmt: skip
    yield Command("about", tr("About SSL Studio"), menu, (), "info")


def shown_keys(keys: str) -> str:
    """A shortcut as the desktop writes it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def shortcut_rows() -> list[tuple[str, list[tuple[str, str]]]]:
    """For each menu its commands that have keys, with all keys; last what has keys elsewhere."""
    sections = []
    for menu, title in menu_titles().items():
        rows = [
            (command.plain_words, " / ".join(shown_keys(keys) for keys in command.keys))
            for command in commands()
            if command.keys and command.menu == menu and not command.id.startswith("assign_")
        ]
        if rows:
            sections.append((title.replace("&", ""), rows))
    sections.append((tr("In grids of images"), _grid_rows()))
    return sections


def _grid_rows() -> list[tuple[str, str]]:
    return [
        (tr("Move"), tr("Arrows, Page up, Page down, Home, End")),
        (tr("Choose several"), tr("Ctrl+click, Shift+click, Shift+arrows")),
        (tr("Neighbours of the image at the cursor"), "N"),
        (tr("Assign one of the first nine tags or clusters"), "1 … 9"),
        (tr("Zoom tiles"), tr("Ctrl+wheel")),
        (tr("Menu of the image"), tr("Right click, Menu key")),
    ]
