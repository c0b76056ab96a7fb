"""Pixmaps by key, the least recently used dropped first."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from PySide6.QtGui import QPixmap

K = TypeVar("K", bound=Hashable)


class PixmapCache(Generic[K]):
    """Keeps pixmaps while they take no more than `limit_bytes` together; the newest always."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._pixmaps: OrderedDict[K, QPixmap] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._pixmaps)

    def get(self, key: K) -> QPixmap | None:
        """The pixmap of a key; it counts as used."""
        found = self._pixmaps.get(key)
        if found is not None:
            self._pixmaps.move_to_end(key)
        return found

    def peek(self, key: K) -> QPixmap | None:
        """The same without counting as used."""
        return self._pixmaps.get(key)

    def put(self, key: K, pixmap: QPixmap) -> None:
        """Keep one, in the place of an earlier one."""
        self.drop(key)
        self._pixmaps[key] = pixmap
        self._bytes += _size_bytes(pixmap)
        while self._bytes > self._limit_bytes and len(self._pixmaps) > 1:
            _, oldest = self._pixmaps.popitem(last=False)
            self._bytes -= _size_bytes(oldest)

    def drop(self, key: K) -> None:
        """Forget one, if it is there."""
        found = self._pixmaps.pop(key, None)
        if found is not None:
            self._bytes -= _size_bytes(found)

    def clear(self) -> None:
        """Forget all."""
        self._pixmaps.clear()
        self._bytes = 0


def _size_bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * max(1, pixmap.depth() // 8)
