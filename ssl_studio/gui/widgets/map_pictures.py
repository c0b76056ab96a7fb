"""Pictures instead of points, where a map is zoomed in so far that there is room for them."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from ssl_studio.gui import theme
from ssl_studio.gui.widgets.density import Rows, View
from ssl_studio.gui.widgets.point_cloud import Looks, PointCloud

FROM_GAP_PX = 20.0
"""Pictures appear where points are usually so far apart."""
SMALLEST_PX, LARGEST_PX = 40, 112
PER_GAP = 1.4
FRAME_PX = 2.5
MARK_PX = 6.0
SCALED_LIMIT = 600


class MapPictures:
    """Puts pictures where there is room. Which points get one does not change while panning."""

    def __init__(self) -> None:
        self.source: Callable[[int], QPixmap | None] | None = None
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

    def paint(
        self, painter: QPainter, cloud: PointCloud, looks: Looks, view: View, size: QSize
    ) -> None:
        """Paint what is there; what is not is asked for, and its point shows meanwhile."""
        self._shown = []
        if self.source is None or cloud.gap * view.scale < FROM_GAP_PX:
            return
        side = int(np.clip(PER_GAP * cloud.gap * view.scale, SMALLEST_PX, LARGEST_PX))
        rows = self._in_view(cloud, looks, view, size, side)
        rows = apart(cloud, rows, side / view.scale)
        for row, (x, y) in zip(
            rows.tolist(), view.to_pixels(cloud.points[rows], size.height()).tolist(), strict=True
        ):
            pixmap = self._picture(row, side, painter.device().devicePixelRatioF())
            if pixmap is not None:
                self._paint_one(painter, looks, row, QPointF(x, y), pixmap)

    def _in_view(self, cloud: PointCloud, looks: Looks, view: View, size: QSize, side: int) -> Rows:
        low = view.to_plane(-side, size.height() + side, size.height())
        high = view.to_plane(size.width() + side, -side, size.height())
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

    Decided cell by cell and among neighbouring cells only, so that the outcome at one place does
    not depend on what else is in view.
    """
    if not len(rows):
        return rows
    cells = np.floor(cloud.points[rows] / side).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    first = np.sort(first)
    here = {tuple(cells[i].tolist()): int(i) for i in first}
    kept = []
    for i in first.tolist():
        x, y = cells[i].tolist()
        around = (here.get((x + dx, y + dy)) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        rivals = [j for j in around if j is not None and j < i]
        gaps = np.abs(cloud.points[rows[rivals]] - cloud.points[rows[i]]) if rivals else None
        if gaps is None or (gaps.max(axis=1) >= side).all():
            kept.append(i)
    return rows[kept]
