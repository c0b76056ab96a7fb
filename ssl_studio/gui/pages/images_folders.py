"""The folders behind the images: adding, scanning again, finding one that was moved."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QFrame, QWidget

from ssl_studio.gui import dialogs, theme
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.relocate import RelocateJob
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.records import RootRecord


class FolderBar(QFrame):
    """Says that a folder is gone, with a way to find it again; hidden while none is."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.gone: list[RootRecord] = []
        self.note = parts.label("", wrap=True)
        self.setProperty("role", "advice")
        layout = parts.row()
        layout.addWidget(self.note, 1)
        layout.addWidget(parts.button(tr("Locate …"), "search", on_click=self.ask_place))
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        self.setLayout(layout)
        self.hide()

    def show_gone(self, gone: list[RootRecord]) -> None:
        """These folders are not where they were."""
        self.gone = gone
        self.setVisible(bool(gone))
        if gone:
            self.note.setText(
                tr(
                    "The folder {folder} is not there: it was moved or renamed, or its disk is not "
                    "connected. Previews still work; training and large views need the files."
                ).format(folder=gone[0].path)
            )

    def add_folder(self) -> None:
        """Ask for a folder and scan it."""
        folder = dialogs.pick_image_folder(self, self._studio.preferences)
        if folder is not None:
            self._studio.run(ScanJob(folder), "scan")

    def scan_again(self) -> None:
        """Look for new, changed and vanished files."""
        self._studio.run(ScanJob(), "scan")

    def ask_place(self) -> None:
        """Ask where the folder that is gone lies now."""
        if not self.gone:
            return
        root = self.gone[0]
        words = tr("Where does {folder} lie now?").format(folder=Path(root.path).name)
        chosen = QFileDialog.getExistingDirectory(self, words, str(Path(root.path).parent))
        if chosen:
            self.locate(root.id, Path(chosen))

    def locate(self, root_id: int, folder: Path) -> None:
        """Take a folder for one that was moved."""
        self._studio.run(RelocateJob(folder, root_id), "scan")
