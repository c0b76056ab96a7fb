"""Writing a picture of the window's own, off the window's thread."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage

from ssl_studio.errors import ExportError
from ssl_studio.events import Cancel, Report
from ssl_studio.gui.text import tr


@dataclass(frozen=True, slots=True, eq=False)
class SavePictureJob:
    """Write an image to a file, in the format that its name says."""

    image: QImage
    path: Path

    @property
    def title(self) -> str:
        """What it does."""
        return tr("Writing {name}").format(name=self.path.name)

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> Path:
        """Write it. Raises ExportError."""
        if not self.image.save(str(self.path)):
            raise ExportError(
                tr("“{name}” could not be written.").format(name=self.path.name),
                tr("The disk is full, or the folder is not yours."),
                tr("Choose another folder."),
            )
        return self.path
