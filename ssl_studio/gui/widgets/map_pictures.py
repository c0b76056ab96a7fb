"""Pictures instead of points, where a map is zoomed in so far that there is room for them."""

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from ssl_studio.gui import theme
from ssl_studio.gui.models.pixmap_cache import PixmapCache
from ssl_studio.gui.widgets.density import Rows, View
from ssl_studio.gui.widgets.map_room import MapRoom
from ssl_studio.gui.widgets.point_cloud import Looks, PointCloud

FROM_GAP_PX = 20.0
"""Pictures appear where points are usually so far apart."""
SMALLEST_PX, LARGEST_PX = 40, 112
PER_SMALLEST, PER_LARGEST = 24, 8
"""On large maps both are these parts of the shorter side."""
PER_GAP = 1.4
FRAME_PX = 2.5
MARK_PX = 2.5
CACHE_BYTES = 64 * 2**20
PREPARED_PER_FRAME = 40
"""Pictures that one frame scales; the others follow in the next ones."""
Key = tuple[int, int, int, bool]
"""Row, side in device pixels, colour of the frame, whether it is chosen."""


class MapPictures:
    """Puts pictures where there is room. Which points get one does not change while panning."""

    def __init__(self) -> None:
        self.source: Callable[[int], QPixmap | None] | None = None
        self.side_px = 0  # of the square that each may fill
        self._room = MapRoom()
        self._shown: list[tuple[float, float, float, float, int]] = []
        self._framed: PixmapCache[Key] = PixmapCache(CACHE_BYTES)
        self._keys: dict[int, set[Key]] = {}
        self._to_prepare = 0  # how many more this frame; -1 when one had to wait

    @property
    def rows(self) -> list[int]:
        """Whose pictures are shown at the moment."""
        return [shown[4] for shown in self._shown]

    def row_at(self, place: QPointF) -> int:
        """Whose picture is at a place, -1 for none."""
        x, y = place.x(), place.y()
        hits = (row for x0, y0, x1, y1, row in self._shown if x0 <= x <= x1 and y0 <= y <= y1)
        return next(hits, -1)

    def forget(self) -> None:
        """Rows are other images now."""
        self._shown = []
        self._framed.clear()
        self._keys.clear()

    def drop(self, rows: Sequence[int]) -> None:
        """These have better pictures now."""
        for row in rows:
            for key in self._keys.pop(row, ()):
                self._framed.drop(key)

    def paint(
        self, painter: QPainter, cloud: PointCloud, looks: Looks, view: View, size: QSize
    ) -> bool:
        """Paint what is there; False while some still have to be prepared.

        What is not there is asked for, and its point shows meanwhile.
        """
        self._shown, self.side_px = [], 0
        if self.source is None or cloud.gap * view.scale < FROM_GAP_PX:
            return True
        shorter = min(size.width(), size.height())
        self.side_px = side = int(np.clip(
            PER_GAP * cloud.gap * view.scale,
            max(SMALLEST_PX, shorter // PER_SMALLEST), max(LARGEST_PX, shorter // PER_LARGEST),
        ))  # fmt: skip
        low = view.to_plane(-side, size.height() + side, size.height())
        high = view.to_plane(size.width() + side, -side, size.height())
        chunks, is_complete = self._room.rows(cloud, looks, side / view.scale, low, high)
        self._to_prepare = PREPARED_PER_FRAME
        for rows in chunks:
            places = view.to_pixels(cloud.points[rows], size.height())
            self._paint_rows(painter, looks, rows, places.tolist())
        return is_complete and self._to_prepare >= 0

    def _paint_rows(
        self, painter: QPainter, looks: Looks, rows: Rows, places: list[list[float]]
    ) -> None:
        ratio = painter.device().devicePixelRatioF()
        side = round(self.side_px * ratio)
        marks = looks.is_marked
        marked = np.zeros(len(rows), bool) if marks is None else marks[rows]
        for row, group, is_marked, (x, y) in zip(
            rows.tolist(), looks.groups[rows].tolist(), marked.tolist(), places, strict=True
        ):
            framed = self._framed_picture((row, side, looks.packed[group], is_marked), ratio)
            if framed is not None:
                wide, high = framed.width() / ratio, framed.height() / ratio
                left = round((x - wide / 2) * ratio) / ratio
                top = round((y - high / 2) * ratio) / ratio
                painter.drawPixmap(QPointF(left, top), framed)
                self._shown.append((left, top, left + wide, top + high, row))

    def _framed_picture(self, key: Key, ratio: float) -> QPixmap | None:
        """A picture with its frame; None while it is on its way."""
        found = self._framed.get(key)
        if found is not None:
            return found
        if self._to_prepare <= 0:
            self._to_prepare = -1
            return None
        whole = self.source(key[0]) if self.source is not None else None
        if whole is None:
            return None
        self._to_prepare -= 1
        made = framed(whole, key, ratio)
        self._framed.put(key, made)
        self._keys.setdefault(key[0], set()).add(key)
        return made


def framed(whole: QPixmap, key: Key, ratio: float) -> QPixmap:
    """A picture in the size at hand, with a frame in its colour, and one around that if chosen."""
    _row, side, colour, is_marked = key
    frame, mark = round(FRAME_PX * ratio), round(MARK_PX * ratio) if is_marked else 0
    room = side - 2 * frame
    small = whole.scaled(
        room, room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    margin = frame + mark
    made = QPixmap(small.width() + 2 * margin, small.height() + 2 * margin)
    made.fill(theme.colour("text"))
    painter = QPainter(made)
    painter.fillRect(made.rect().adjusted(mark, mark, -mark, -mark), QColor(colour))
    painter.drawPixmap(margin, margin, small)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
