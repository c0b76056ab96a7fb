"""Pictures instead of points, where a map is zoomed in so far that there is room for them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from ssl_studio.gui import theme
from ssl_studio.gui.widgets.density import Rows, View
from ssl_studio.gui.widgets.point_cloud import Looks, PointCloud

FROM_GAP_PX = 20.0
"""Pictures appear where points are usually so far apart."""
SMALLEST_PX, LARGEST_PX = 40, 112
PARTS_OF_MAP = 8
"""On a large map pictures become as large as this part of its shorter side."""
PER_GAP = 1.4
FRAME_PX = 2.5
MARK_PX = 6.0
SCALED_LIMIT = 600
ROUNDS = 2
"""Of putting pictures where there is still room."""
MARGIN_CELLS = 2 * ROUNDS
"""So far outside of what is seen a point may decide whether one inside gets a picture."""


class MapPictures:
    """Puts pictures where there is room. Which points get one does not change while panning."""

    def __init__(self) -> None:
        self.source: Callable[[int], QPixmap | None] | None = None
        self.side_px = 0  # of the square that each may fill
        self._shown: list[tuple[QRectF, int]] = []
        self._scaled: dict[tuple[int, int], QPixmap] = {}

    @property
    def rows(self) -> list[int]:
        """Whose pictures are shown at the moment."""
        return [row for _box, row in self._shown]

    def row_at(self, place: QPointF) -> int:
        """Whose picture is at a place, -1 for none."""
        return next((row for box, row in reversed(self._shown) if box.contains(place)), -1)

    def forget(self) -> None:
        """Rows are other images now."""
        self._shown = []
        self._scaled.clear()

    def drop(self, rows: Sequence[int]) -> None:
        """These have better pictures now."""
        for key in [key for key in self._scaled if key[0] in rows]:
            del self._scaled[key]

    def paint(
        self, painter: QPainter, cloud: PointCloud, looks: Looks, view: View, size: QSize
    ) -> None:
        """Paint what is there; what is not is asked for, and its point shows meanwhile."""
        self._shown, self.side_px = [], 0
        if self.source is None or cloud.gap * view.scale < FROM_GAP_PX:
            return
        largest = max(LARGEST_PX, min(size.width(), size.height()) // PARTS_OF_MAP)
        side = int(np.clip(PER_GAP * cloud.gap * view.scale, SMALLEST_PX, largest))
        self.side_px = side
        rows = self._in_view(cloud, looks, view, size, side)
        rows = apart(cloud, rows, side / view.scale)
        for row, (x, y) in zip(
            rows.tolist(), view.to_pixels(cloud.points[rows], size.height()).tolist(), strict=True
        ):
            pixmap = self._picture(row, side, painter.device().devicePixelRatioF())
            if pixmap is not None:
                self._paint_one(painter, looks, row, QPointF(x, y), pixmap)

    def _in_view(self, cloud: PointCloud, looks: Looks, view: View, size: QSize, side: int) -> Rows:
        margin = MARGIN_CELLS * side
        low = view.to_plane(-margin, size.height() + margin, size.height())
        high = view.to_plane(size.width() + margin, -margin, size.height())
        rows = cloud.rows_between(low, high)
        return np.sort(rows[looks.is_open_at(rows)])

    def _picture(self, row: int, side: int, ratio: float) -> QPixmap | None:
        found = self._scaled.get((row, side))
        if found is None and self.source is not None:
            whole = self.source(row)
            if whole is None:
                return None
            wanted = round((side - 2 * FRAME_PX) * ratio)
            found = whole.scaled(
                wanted,
                wanted,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            found.setDevicePixelRatio(ratio)
            if len(self._scaled) >= SCALED_LIMIT:
                self._scaled.clear()
            self._scaled[row, side] = found
        return found

    def _paint_one(
        self, painter: QPainter, looks: Looks, row: int, middle: QPointF, pixmap: QPixmap
    ) -> None:
        size = pixmap.deviceIndependentSize()
        box = QRectF(
            middle.x() - size.width() / 2, middle.y() - size.height() / 2,
            size.width(), size.height(),
        )  # fmt: skip
        half = FRAME_PX / 2
        red, green, blue = looks.colours[looks.groups[row]].tolist()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if looks.is_marked is not None and looks.is_marked[row]:
            painter.setPen(QPen(theme.colour("text"), MARK_PX))
            painter.drawRect(box.adjusted(-half - 1, -half - 1, half + 1, half + 1))
        painter.setPen(QPen(QColor(red, green, blue), FRAME_PX))
        painter.drawRect(box.adjusted(-half, -half, half, half))
        painter.drawPixmap(box.topLeft(), pixmap)
        self._shown.append((box, row))


def apart(cloud: PointCloud, rows: Rows, side: float) -> Rows:
    """Rows whose squares of this side do not cover one another: the lower row has the right of way.

    Decided among neighbouring cells only, so that the outcome at one place does not depend on what
    else is in view: of each cell the first point that is still free stands for it, and stays unless
    an earlier one of the cells around is in its way.
    """
    if not len(rows):
        return rows
    points = cloud.points[rows].astype(np.float64) / side
    cells = np.floor(points).astype(np.intp)
    cells += 1 - cells.min(axis=0)  # a free border around: every cell has eight neighbours
    width = int(cells[:, 0].max()) + 2
    place = cells[:, 1] * width + cells[:, 0]
    around = [dy * width + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    kept = np.full((int(cells[:, 1].max()) + 2) * width, -1)
    free = np.arange(len(rows))
    for _ in range(ROUNDS):
        first = np.full_like(kept, -1)
        first[place[free[::-1]]] = free[::-1]
        standing = first[first >= 0]
        beaten = _collide(points, standing, first, place, around, earlier=True)
        winners = standing[~beaten]
        kept[place[winners]] = winners
        free = free[~_collide(points, free, kept, place, around, earlier=False)]
    return np.asarray(rows[np.sort(kept[kept >= 0])])


def _collide(
    points: NDArray[np.float64], of: Rows, others: Rows, place: Rows, around: Sequence[int], *,
    earlier: bool,
) -> NDArray[np.bool_]:  # fmt: skip
    """Which points have one of the `others` (one a cell, -1 for none) in their way."""
    found = np.zeros(len(of), bool)
    for step in around:
        rivals = others[place[of] + step]
        is_there = (rivals >= 0) & (rivals < of) if earlier else rivals >= 0
        gaps = np.abs(points[of] - points[rivals]).max(axis=1)
        found |= is_there & (gaps < 1)
    return found
