"""Pictures larger than thumbnails, decoded from their files in the background.

Only what is looked at is decoded: whoever shows pictures says which ones are in view, and what is
no longer wished for when its turn comes is left alone.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage, QPixmap

from ssl_studio.errors import StudioError
from ssl_studio.gui.models.pixmap_cache import PixmapCache
from ssl_studio.gui.reader import ProjectThread
from ssl_studio.jobs.look import large_picture
from ssl_studio.project.file import Project

CACHE_BYTES = 192 * 2**20
SIDES_PX = (192, 256, 384, 512, 768)
"""Longer sides that are decoded: few, so that zooming by small steps does not decode anew."""
THUMBNAIL_PX = 128
"""The longer side of a thumbnail; a shorter one belongs to a picture that has no more pixels."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture; `image` may be smaller than the `size` of the whole."""

    image: QImage
    size: QSize


def decode(project: Project, image_id: int, long_side_px: int | None) -> Decoded:
    """Pixels of an image's file; runs in the background. Raises StudioError in words."""
    picture = large_picture(project.images.full_path(image_id), long_side_px)
    pixels = np.ascontiguousarray(picture.pixels)
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return Decoded(
        image.convertToFormat(QImage.Format.Format_RGB32), QSize(picture.width, picture.height)
    )


def may_be_larger(thumbnail: QPixmap, side_px: float) -> bool:
    """Whether a picture shown with this longer side would be sharper if its file were decoded."""
    longer = max(thumbnail.width(), thumbnail.height())
    return THUMBNAIL_PX <= longer < side_px


def side_for(side_px: float) -> int:
    """The side to decode for one to be shown."""
    return next((side for side in SIDES_PX if side >= side_px), SIDES_PX[-1])


class LargerPictures(QObject):
    """Decodes what is in view, one picture after the other.

    Signals: `arrived_of(ids)`, a frozenset.
    """

    arrived_of = Signal(object)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._cache: PixmapCache[int] = PixmapCache(CACHE_BYTES)
        self._sides: dict[int, int] = {}  # the side that was asked for
        self._unreadable: set[int] = set()
        self._wishes: dict[Hashable, list[tuple[int, int]]] = {}
        self._asked: tuple[int, int] | None = None
        self._generation = 0
        self._thread: ProjectThread | None = None

    @property
    def pending(self) -> int:
        """How many pictures are still to come."""
        return sum(map(len, self._wishes.values())) + (self._asked is not None)

    def kept(self, image_id: int) -> QPixmap | None:
        """The picture, as large as it was last decoded."""
        return self._cache.get(image_id)

    def want(self, who: Hashable, image_ids: Sequence[int], side_px: float) -> None:
        """Decode these for `who` in this order; what it wished for before is dropped."""
        side = side_for(side_px)
        wishes = [(i, side) for i in image_ids if not self._is_known(i, side)]
        self._wishes[who] = wishes[::-1]
        if self._asked is None:
            self._ask_next()

    def forget(self) -> None:
        """Drop every picture: files may have changed."""
        self._generation += 1
        self._cache.clear()
        self._sides.clear()
        self._unreadable.clear()

    def close(self) -> None:
        """End the thread; nothing arrives after this."""
        self._wishes.clear()
        self._asked = None
        if self._thread is not None:
            self._thread.answered.disconnect(self._on_answered)
            self._thread.stop()

    def _is_known(self, image_id: int, side: int) -> bool:
        if image_id in self._unreadable:
            return True
        return self._cache.peek(image_id) is not None and self._sides[image_id] >= side

    def _ask_next(self) -> None:
        for wishes in self._wishes.values():
            while wishes:
                image_id, side = wishes.pop()
                if not self._is_known(image_id, side):
                    self._ask(image_id, side)
                    return

    def _ask(self, image_id: int, side: int) -> None:
        if self._thread is None:
            self._thread = ProjectThread(self._path, read_only=True, parent=self)
            self._thread.answered.connect(self._on_answered)
            self._thread.start()
        self._asked = (image_id, side)
        question = partial(decode, image_id=image_id, long_side_px=side)
        self._thread.submit(self._generation, question)

    def _on_answered(
        self, generation: int, decoded: Decoded | None, _error: StudioError | None
    ) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return  # a signal that was on its way when this was closed
        image_id, side = asked
        if generation == self._generation:
            self._keep(image_id, side, decoded)
            self.arrived_of.emit(frozenset({image_id}))
        self._ask_next()

    def _keep(self, image_id: int, side: int, decoded: Decoded | None) -> None:
        if decoded is None or decoded.image.isNull():
            self._unreadable.add(image_id)
            return
        self._cache.put(image_id, QPixmap.fromImage(decoded.image))
        self._sides[image_id] = side
