"""Which points of a map have room for a picture.

The answer at a place depends on what is near it and on nothing else, so it does not change while
the map is panned, and is found chunk by chunk.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ssl_studio.gui.widgets.density import Rows
from ssl_studio.gui.widgets.point_cloud import Looks, PointCloud

ROUNDS = 2
"""Of putting pictures where there is still room."""
MARGIN_CELLS = 2 * ROUNDS - 1
"""So many cells around a chunk have a say in which of its points get a picture."""
CHUNK_CELLS = 12
CHUNKS_PER_CALL = 2


class MapRoom:
    """Rows with room for squares of one side, found in chunks and kept."""

    def __init__(self) -> None:
        self._chunks: dict[tuple[int, int], Rows] = {}
        self._made_for: tuple[PointCloud, int, float] | None = None

    def rows(
        self,
        cloud: PointCloud,
        looks: Looks,
        side: float,
        low: tuple[float, float],
        high: tuple[float, float],
    ) -> tuple[list[Rows], bool]:
        """Rows of a rectangle of the plane and some around it, and whether these are all.

        A few chunks that are not known yet are looked into at each call.
        """
        if not cloud.is_sorted:  # points that move: nothing to keep
            near = np.sort(cloud.rows_between(low, high))
            return [apart(cloud, near[looks.is_open_at(near)], side)], True
        self._begin(cloud, looks, side)
        length = side * CHUNK_CELLS
        (left, bottom), (right, top) = (
            [int(np.floor(c / length)) for c in corner] for corner in (low, high)
        )
        found, left_over = [], CHUNKS_PER_CALL
        for key in ((x, y) for y in range(bottom, top + 1) for x in range(left, right + 1)):
            if key not in self._chunks and left_over > 0:
                self._chunks[key] = _chunk(cloud, looks, side, key)
                left_over -= 1
            elif key not in self._chunks:
                left_over = -1
            if key in self._chunks:
                found.append(self._chunks[key])
        return found, left_over >= 0

    def _begin(self, cloud: PointCloud, looks: Looks, side: float) -> None:
        known = self._made_for
        if known is None or known[0] is not cloud or known[1:] != (looks.version, side):
            self._made_for = (cloud, looks.version, side)
            self._chunks.clear()


def _chunk(cloud: PointCloud, looks: Looks, side: float, key: tuple[int, int]) -> Rows:
    length, margin = side * CHUNK_CELLS, side * MARGIN_CELLS
    low = np.array(key) * length
    near = cloud.rows_between(
        (low[0] - margin, low[1] - margin), (low[0] + length + margin, low[1] + length + margin)
    )
    rows = apart(cloud, np.sort(near[looks.is_open_at(near)]), side)
    points = cloud.points[rows]
    return np.asarray(rows[((points >= low) & (points < low + length)).all(axis=1)])


def apart(cloud: PointCloud, rows: Rows, side: float) -> Rows:
    """Rows whose squares of this side do not cover one another: the lower row has the right of way.

    Of each cell the first point that is still free stands for it, and stays unless an earlier one
    of the cells around is in its way.
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
