"""Images as rows of a model: nothing but their ids until a tile is painted."""

from collections.abc import Callable, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmap

from ssl_studio.gui.models.thumbnails import ThumbnailStore
from ssl_studio.gui.text import tr

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class ImageRole(IntEnum):
    """What a tile asks for."""

    ID = Qt.ItemDataRole.UserRole + 1
    PIXMAP = Qt.ItemDataRole.UserRole + 2
    CAPTION = Qt.ItemDataRole.UserRole + 3
    WITHOUT = Qt.ItemDataRole.UserRole + 4
    DOTS = Qt.ItemDataRole.UserRole + 5


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
        if role == ImageRole.ID:
            return image_id
        if role == ImageRole.PIXMAP:
            return self._pixmap(image_id)
        if role in (ImageRole.CAPTION, Qt.ItemDataRole.DisplayRole):
            return self._captions[row] if row < len(self._captions) else ""
        if role == ImageRole.WITHOUT:
            return self._thumbnails is not None and self._thumbnails.is_without(image_id)
        if role == ImageRole.DOTS:
            return self._dots(image_id) if self._dots is not None else ()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tr("Image {number}").format(number=row + 1)
        return None

    def _pixmap(self, image_id: int) -> QPixmap | None:
        return None if self._thumbnails is None else self._thumbnails.pixmap(image_id)
