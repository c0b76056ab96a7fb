"""Images as rows of a model: nothing but their ids until a tile is painted."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QObject,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmap

from ssl_studio.gui.models.cells import NOWHERE, Index
from ssl_studio.gui.models.larger_pictures import THUMBNAIL_PX, may_be_larger
from ssl_studio.gui.models.thumbnails import ThumbnailStore
from ssl_studio.gui.text import tr

IMAGE_ID = Qt.ItemDataRole.UserRole + 1


class ImageModel(QAbstractListModel):
    """Images in an order, each with an optional line below its tile."""

    pictures_arrived = Signal(object)
    pictures_gone = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._captions: Sequence[str] = ()
        self._thumbnails: ThumbnailStore | None = None
        self._dots: Callable[[int], Sequence[str]] | None = None

    @property
    def ids(self) -> NDArray[np.int64]:
        """The images in order."""
        return self._ids

    @property
    def has_captions(self) -> bool:
        """Whether tiles need room for a line of text."""
        return len(self._captions) > 0

    def set_thumbnails(self, thumbnails: ThumbnailStore | None) -> None:
        """Where pictures come from: the open project, or None."""
        if thumbnails is not None and thumbnails is not self._thumbnails:
            thumbnails.arrived_of.connect(self.pictures_arrived)
            thumbnails.larger.arrived_of.connect(self.pictures_arrived)
            thumbnails.forgotten.connect(self.pictures_gone)
        self._thumbnails = thumbnails

    def set_dots(self, dots: Callable[[int], Sequence[str]]) -> None:
        """Colours to mark an image with: those of its tags. Asked while painting."""
        self._dots = dots

    def set_ids(self, ids: NDArray[np.int64] | Sequence[int], captions: Sequence[str] = ()) -> None:
        """Show these images. Rows that are only added at the end keep selection and scroll."""
        fresh = np.asarray(ids, dtype=np.int64)
        old = len(self._ids)
        grown = len(fresh) > old > 0 and not captions and np.array_equal(fresh[:old], self._ids)
        if grown:
            self.beginInsertRows(NOWHERE, old, len(fresh) - 1)
            self._ids = fresh
            self.endInsertRows()
        elif not np.array_equal(fresh, self._ids) or tuple(captions) != tuple(self._captions):
            self.beginResetModel()
            self._ids, self._captions = fresh, captions
            self.endResetModel()

    def row_of(self, image_id: int) -> int:
        """The row of an image, -1 where it is not shown."""
        found = np.flatnonzero(self._ids == image_id)
        return int(found[0]) if len(found) else -1

    def rows_of(self, image_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of those images that are shown."""
        return np.flatnonzero(np.isin(self._ids, image_ids))

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many images."""
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a tile shows; a missing picture is fetched and announced later."""
        row = index.row()
        if not 0 <= row < len(self._ids):
            return None
        image_id = int(self._ids[row])
        if role == IMAGE_ID:
            return image_id
        if role == Qt.ItemDataRole.DisplayRole:
            return self.caption(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tr("Image {number}").format(number=row + 1)
        return None

    # -- what a tile asks for while it is painted: many of these a frame -----------------------

    def caption(self, row: int) -> str:
        """The line below a tile."""
        return self._captions[row] if row < len(self._captions) else ""

    def dots(self, image_id: int) -> Sequence[str]:
        """Colours that an image is marked with."""
        return self._dots(image_id) if self._dots is not None else ()

    def picture(self, image_id: int, side_px: float) -> QPixmap | None:
        """The best picture at hand for one to be shown with this longer side.

        Without any, a thumbnail is fetched and announced later.
        """
        if self._thumbnails is None:
            return None
        larger = self._thumbnails.larger.kept(image_id) if side_px > THUMBNAIL_PX else None
        return self._thumbnails.pixmap(image_id) if larger is None else larger

    def is_without(self, image_id: int) -> bool:
        """Whether there is no picture of an image."""
        return self._thumbnails is not None and self._thumbnails.is_without(image_id)

    def want_larger(self, image_ids: Sequence[int], side_px: float) -> None:
        """Decode files, so that their pictures can be shown with this longer side.

        Left out are those whose thumbnail has enough pixels, or all that the file has.
        """
        if self._thumbnails is not None:
            kept = {i: self._thumbnails.kept(i) for i in image_ids}
            wanted = [i for i, small in kept.items() if small and may_be_larger(small, side_px)]
            self._thumbnails.larger.want(self, wanted, side_px)
