"""The export commands of the menu: they lead to the page that shows what would be written."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ssl_studio.gui.studio import Studio


class Exports(QObject):
    """The export commands of the window."""

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._window = window

    def encoder(self) -> None:
        """The encoder of the run that is looked at."""
        self._show("encoder")

    def features(self) -> None:
        """The feature set that is looked at."""
        self._show("features")

    def clusters(self) -> None:
        """The clustering that is looked at."""
        self._show("clusters")

    def report(self) -> None:
        """Everything about a run as one HTML file."""
        self._show("report")

    def _show(self, kind: str) -> None:
        from ssl_studio.gui.pages.export import ExportPage  # not on the way to the first window

        self._studio.page_requested.emit("export")
        for page in self._window.findChildren(ExportPage):
            page.show_kind(kind)
