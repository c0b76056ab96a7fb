"""The picture of a map in square tiles, so that panning draws only what comes into view."""

import time
from collections import OrderedDict
from collections.abc import Iterator

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from ssl_studio.gui.widgets.point_cloud import Looks, Place, PointCloud, Tints, draw

TILE_PX = 256
CACHE_BYTES = 96 * 2**20
BUDGET_S = 0.005
"""How long one frame may draw missing tiles; the others follow in the next ones."""
Key = tuple[float, int, int]


class MapTiles:
    """Tiles of a cloud, kept within bounds, in device pixels.

    Where a tile is missing yet, an earlier picture of the whole stands in for it.
    """

    def __init__(self, cloud: PointCloud, looks: Looks) -> None:
        self.cloud = cloud
        self.looks = looks
        self._tiles: OrderedDict[Key, QImage] = OrderedDict()
        self._whole: tuple[Place, QImage] | None = None

    def clear(self, *, keep_whole: bool = False) -> None:
        """Points or looks are others now."""
        self._tiles.clear()
        if not keep_whole:
            self._whole = None

    def paint(self, painter: QPainter, place: Place, tints: Tints, *, patient: bool) -> bool:
        """Paint a rectangle of the plane at (0, 0); False while tiles are missing.

        With `patient`, and where nothing could stand in, all of them are drawn now.
        """
        if not self.cloud.is_sorted:
            painter.drawImage(0, 0, draw(self.cloud, self.looks, place, tints))
            return True
        patient = patient or self._whole is None
        deadline = time.perf_counter() + BUDGET_S
        is_complete = True
        for key, x, y in self._keys(place):
            tile = self._tiles.get(key)
            if tile is None and (patient or time.perf_counter() < deadline):
                tile = self._draw(key, tints)
            if tile is not None:
                self._tiles.move_to_end(key)
                painter.drawImage(x, y, tile)
                continue
            is_complete = False
            self._stand_in(painter, place, QRect(x, y, TILE_PX, TILE_PX), tints)
        return is_complete

    def keep_whole(self, place: Place, tints: Tints) -> None:
        """Make a picture to stand in for missing tiles of what is seen from far away."""
        picture = QImage(place.width, place.height, QImage.Format.Format_RGB32)
        painter = QPainter(picture)
        self.paint(painter, place, tints, patient=True)
        painter.end()
        self._whole = (place, picture)

    def draw_one(self, place: Place, tints: Tints) -> bool:
        """Draw one missing tile of a rectangle; False where there is none."""
        for key, _x, _y in self._keys(place):
            if key not in self._tiles:
                self._draw(key, tints)
                return True
        return False

    def _keys(self, place: Place) -> Iterator[tuple[Key, int, int]]:
        """Tiles of a rectangle, and where in it they begin."""
        left, top = round(place.left), round(place.top)
        for row in range(top // TILE_PX, (top + place.height - 1) // TILE_PX + 1):
            for column in range(left // TILE_PX, (left + place.width - 1) // TILE_PX + 1):
                key = (place.scale, column, row)
                yield key, column * TILE_PX - left, row * TILE_PX - top

    def _draw(self, key: Key, tints: Tints) -> QImage:
        scale, column, row = key
        place = Place(scale, column * TILE_PX, row * TILE_PX, TILE_PX, TILE_PX)
        tile = self._tiles[key] = draw(self.cloud, self.looks, place, tints)
        while len(self._tiles) * tile.sizeInBytes() > CACHE_BYTES:
            self._tiles.popitem(last=False)
        return tile

    def _stand_in(self, painter: QPainter, place: Place, hole: QRect, tints: Tints) -> None:
        painter.fillRect(hole, tints.ground)
        if self._whole is None:
            return
        known, picture = self._whole
        zoom = place.scale / known.scale
        painter.save()
        painter.setClipRect(hole)
        painter.translate(known.left * zoom - place.left, known.top * zoom - place.top)
        painter.scale(zoom, zoom)
        painter.drawImage(0, 0, picture)
        painter.restore()
