"""Small pictures by image id: fetched and decoded in the background, kept within bounds."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from ssl_studio.errors import StudioError
from ssl_studio.gui.decoding import decoded
from ssl_studio.gui.models.larger_pictures import LargerPictures
from ssl_studio.gui.models.pixmap_cache import PixmapCache
from ssl_studio.gui.reader import ProjectThread
from ssl_studio.project.file import Project

CACHE_BYTES = 192 * 2**20
BATCH = 48
"""Pictures per question: enough to pay for the query, few enough to be overtaken."""
WANTED_LIMIT = 2048
"""What was scrolled past longer ago is not fetched any more."""


def fetch_images(project: Project, image_ids: Sequence[int]) -> dict[int, QImage]:
    """Decoded thumbnails of these images; runs in the background."""
    stored = project.images.thumbnails(list(image_ids))
    return {image_id: decoded(jpeg) for image_id, jpeg in stored.items()}


class ThumbnailStore(QObject):
    """Pixmaps for painting. `pixmap` answers at once; what is missing arrives with a signal.

    Signals: `arrived()` when any pictures came or went; `arrived_of(ids)` with those that were
    asked for and are known now, a frozenset; `forgotten()` when all went; `settled()` when
    nothing is on its way.

    Attributes:
        larger: Where there is more than a thumbnail to be had.
    """

    arrived = Signal()
    arrived_of = Signal(object)
    forgotten = Signal()
    settled = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.larger = LargerPictures(path, self)
        self._pixmaps: PixmapCache[int] = PixmapCache(CACHE_BYTES)
        self._without: set[int] = set()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._asked: tuple[int, ...] = ()
        self._generation = 0
        self._is_closed = False
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._fetch)
        self._thread = ProjectThread(path, read_only=True, parent=self)
        self._thread.answered.connect(self._on_answered)
        self._thread.start()

    @property
    def pending(self) -> int:
        """How many pictures are still to come."""
        return len(self._wanted) + len(self._asked) + self.larger.pending

    def pixmap(self, image_id: int) -> QPixmap | None:
        """The picture, or None: then it is fetched, the newest wish first."""
        found = self._pixmaps.get(image_id)
        if found is None and image_id not in self._without and image_id not in self._asked:
            self._wanted[image_id] = None
            self._wanted.move_to_end(image_id)
            if len(self._wanted) > WANTED_LIMIT:
                self._wanted.popitem(last=False)
            if not self._asked and not self._timer.isActive():
                self._timer.start()
        return found

    def kept(self, image_id: int) -> QPixmap | None:
        """The picture if it is at hand; nothing is fetched."""
        return self._pixmaps.peek(image_id)

    def is_without(self, image_id: int) -> bool:
        """Whether the project has no picture of this image."""
        return image_id in self._without

    def retry_missing(self) -> None:
        """Ask again for pictures that were not there: a scan may have brought them."""
        self._without.clear()

    def forget(self) -> None:
        """Drop every picture: files may have changed."""
        self._generation += 1
        self._pixmaps.clear()
        self.larger.forget()
        self._without.clear()
        self.forgotten.emit()
        self.arrived.emit()

    def close(self) -> None:
        """End the thread; nothing arrives after this."""
        self._is_closed = True
        self.larger.close()
        self._timer.stop()
        self._thread.answered.disconnect(self._on_answered)
        self._thread.stop()
        self._wanted.clear()
        self._asked = ()

    def _fetch(self) -> None:
        newest = [self._wanted.popitem()[0] for _ in range(min(BATCH, len(self._wanted)))]
        if not newest:
            return
        self._asked = tuple(newest)
        self._thread.submit(self._generation, lambda project: fetch_images(project, newest))

    def _on_answered(
        self, generation: int, images: dict[int, QImage] | None, _error: StudioError | None
    ) -> None:
        if self._is_closed:
            return  # a signal that was on its way
        asked, self._asked = self._asked, ()
        if generation == self._generation:
            for image_id in asked:
                self._keep(image_id, (images or {}).get(image_id))
        if self._wanted:
            self._fetch()
        self.arrived_of.emit(frozenset(asked))
        self.arrived.emit()
        if not self.pending:
            self.settled.emit()

    def _keep(self, image_id: int, image: QImage | None) -> None:
        if image is None or image.isNull():
            self._without.add(image_id)
            return
        self._pixmaps.put(image_id, QPixmap.fromImage(image))
