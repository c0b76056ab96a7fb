"""What happens to files and folders that are dropped on the window. No widgets."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QMimeData

from ssl_studio.gui import text
from ssl_studio.gui.dialogs import SUFFIX
from ssl_studio.gui.text import tr

PICTURES = frozenset(
    {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif"}
)


class Intent(Enum):
    """What a drop asks for."""

    OPEN = auto()
    """Open a project."""
    CREATE = auto()
    """Make a project of folders."""
    ADD = auto()
    """Add folders to the open project."""
    PICTURES = auto()
    """Hand pictures to a page."""


@dataclass(frozen=True, slots=True)
class Drop:
    """What was dropped, sorted: the intent and the paths that it is about."""

    intent: Intent
    paths: tuple[Path, ...]

    def words(self) -> str:
        """What will happen, as an order."""
        first = self.paths[0].name
        if self.intent is Intent.OPEN:
            return tr("Open {name}").format(name=self.paths[0].stem)
        if self.intent is Intent.PICTURES:
            return tr("Look for images like this one")
        folders = (
            tr("“{name}”").format(name=first)
            if len(self.paths) == 1
            else text.counted(len(self.paths), tr("folder"), tr("folders"))
        )
        if self.intent is Intent.CREATE:
            return tr("Make a project of {folders}").format(folders=folders)
        return tr("Add {folders} to this project").format(folders=folders)


def read_drop(paths: Sequence[Path], *, is_open: bool) -> Drop | None:
    """What a drop of these paths means; None where it means nothing."""
    projects = [path for path in paths if path.suffix == SUFFIX]
    if projects:
        return Drop(Intent.OPEN, (projects[0],))
    folders = tuple(path for path in paths if path.is_dir())
    if folders:
        return Drop(Intent.ADD if is_open else Intent.CREATE, folders)
    pictures = tuple(path for path in paths if path.suffix.lower() in PICTURES)
    return Drop(Intent.PICTURES, pictures) if pictures and is_open else None


def local_paths(data: QMimeData) -> list[Path]:
    """The files and folders that are dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
