"""What can be trained, loaded once and in the background: it brings in torch."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ssl_studio.errors import StudioError
from ssl_studio.events import Cancel
from ssl_studio.gui.errands import Errands
from ssl_studio.gui.job_thread import JobThread, in_words
from ssl_studio.jobs.catalogue import Catalogue, DescribeMethodsJob


class CatalogueLoader(QObject):
    """Asks for the catalogue when first needed. `loaded(Catalogue)` or `failed(error)` follows."""

    loaded = Signal(object)
    failed = Signal(object)

    def __init__(self, errands: Errands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._errands = errands
        self.catalogue: Catalogue | None = None
        self._thread: JobThread | None = None

    def load(self) -> None:
        """Load, unless that is done or under way; then `loaded` comes at once or later."""
        if self.catalogue is not None:
            self.loaded.emit(self.catalogue)
        elif self._thread is None:
            job = DescribeMethodsJob()
            self._thread = JobThread(job, Path(), Cancel(), self)
            self._thread.succeeded.connect(self._on_loaded)
            self._thread.failed.connect(self._on_failed)
            self._errand = self._errands.begin(job.title)
            self._thread.start()

    @property
    def is_loading(self) -> bool:
        """Whether the thread is at work."""
        return self._thread is not None and self.catalogue is None

    def close(self) -> None:
        """Wait for the thread: an import cannot be cut short."""
        if self._thread is not None:
            self._thread.wait()

    def _on_loaded(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._errands.end(self._errand)
        self.loaded.emit(catalogue)

    def _on_failed(self, error: object) -> None:
        self._thread = None
        problem: StudioError = in_words(error)
        self._errands.end(self._errand, problem)
        self.failed.emit(problem)
