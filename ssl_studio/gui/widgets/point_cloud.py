"""Points with their looks, sorted so that those of any rectangle are found at once.

Letters: N points, K looks. "Device" pixels have x to the right and y down, and begin where the
plane's origin is; the scale says how many of them a unit of the plane has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from ssl_studio.gui.widgets import density
from ssl_studio.gui.widgets.density import Bytes, Floats, Rows

NO_ROWS: Rows = np.empty(0, np.intp)
MOST_CELLS = 512
"""Cells of the grid along each side, at most."""
DENSITY_BELOW_PX = 2.0
"""Where dots would have to be smaller than this to be told apart, density is drawn instead."""
LARGEST_DOT_PX = 10.0
DOT_PER_GAP = 0.62
"""Diameter of a dot as a part of the usual distance between points."""
HALO_PX = 3.0
HIDDEN, DIMMED, LIT, MARKED = range(4)


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle of device pixels under a scale."""

    scale: float
    left: float
    top: float
    width: int
    height: int

    def grown(self, margin_px: int) -> "Place":
        """With a margin around it."""
        return Place(
            self.scale, self.left - margin_px, self.top - margin_px,
            self.width + 2 * margin_px, self.height + 2 * margin_px,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tints:
    """Colours of what is drawn around the points themselves."""

    ground: QColor
    dimmed: QColor
    halo: QColor


class PointCloud:
    """N points of the plane. Making one sorts them: about 0.15 s for a million, in any thread.

    Without `sort` it is made at once, and every drawing goes through all points.
    """

    def __init__(self, points: Floats, *, sort: bool = True) -> None:
        self.points = np.ascontiguousarray(points, np.float32)
        self.is_sorted = sort
        # Column by column: numpy takes forty times as long over both at once.
        columns = self.points.T if len(points) else np.array([[0, 1], [0, 1]], np.float32)
        self.low = np.array([column.min() for column in columns])
        high = np.array([column.max() for column in columns])
        self.span = np.maximum(high - self.low, 1e-6)
        self._cells = int(np.clip(np.sqrt(len(points) / 4), 1, MOST_CELLS)) if sort else 1
        self._sort()
        self.gap, self.fullest = self._crowd()

    def _sort(self) -> None:
        side = self._cells
        if side == 1:
            self.order = _as_they_are(len(self.points))
            self._starts = np.array([0, len(self.points)])
            self._sorted = self.points
            return
        places = ((self.points - self.low) * (side / self.span)).astype(np.intp)
        cells = places[:, 1].clip(0, side - 1) * side + places[:, 0].clip(0, side - 1)
        self.order = np.argsort(cells, kind="stable")
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=side * side))])
        self._sorted = self.points[self.order]

    def _crowd(self) -> tuple[float, float]:
        """The usual distance between neighbours, and the most points on a unit of area."""
        counts = np.diff(self._starts)
        filled = counts[counts > 0]
        area = float(np.prod(self.span, dtype=float)) / self._cells**2
        if not len(filled):
            return 1.0, 1.0
        gap = float(np.sqrt(area * len(filled) / len(self.points)))
        return gap, float(np.quantile(filled, 0.995)) / area

    def crowd_like(self, other: "PointCloud") -> None:
        """Be drawn with dots as large and shades as strong as those of another cloud."""
        self.gap, self.fullest = other.gap, other.fullest

    def near(self, low: tuple[float, float], high: tuple[float, float]) -> slice | Rows:
        """Where in `order` all points of a rectangle of the plane are, and some around it."""
        side = self._cells
        if side == 1:
            return slice(None)
        corners = (np.array([low, high]) - self.low) * (side / self.span)
        first, last = corners.clip(0, side - 1).astype(int)
        if (first == 0).all() and (last == side - 1).all():
            return slice(None)
        lines = np.arange(first[1], last[1] + 1) * side
        starts, stops = self._starts[lines + first[0]], self._starts[lines + last[0] + 1]
        lengths = stops - starts
        shifts = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        return np.asarray(np.arange(int(lengths.sum())) + shifts)

    def rows_between(self, low: tuple[float, float], high: tuple[float, float]) -> Rows:
        """The points of a rectangle of the plane."""
        near = self.near(low, high)
        found = self._sorted[near]
        x, y = found[:, 0], found[:, 1]
        within = (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])
        return np.asarray(self.order[near][within])

    def placed(self, place: Place, margin_px: float = 0) -> tuple[slice | Rows, Floats]:
        """Points of a rectangle and a margin: where they are in `order`, and in its pixels."""
        scale, left, top = place.scale, place.left - margin_px, place.top - margin_px
        right, bottom = left + place.width + 2 * margin_px, top + place.height + 2 * margin_px
        near = self.near((left / scale, -bottom / scale), (right / scale, -top / scale))
        found = self._sorted[near]
        at = np.empty_like(found)
        # Far into a map the origin is millions of pixels away: take it off before the rounding.
        np.subtract(found[:, 0], np.float64(place.left / scale), out=at[:, 0], casting="same_kind")
        np.subtract(-place.top / scale, found[:, 1], out=at[:, 1], casting="same_kind")
        at *= np.float32(scale)
        return near, at


@lru_cache(maxsize=1)
def _as_they_are(count: int) -> Rows:
    """The order of points that are not sorted; frames of a film share it, and so their looks."""
    return np.arange(count)


class Looks:
    """What each point of a cloud looks like. Call `changed` after changes.

    Attributes:
        groups: (N,), positions in the K `colours`.
        is_lit: (N,), whether a point is drawn in its colour or dimmed.
        is_hidden: (N,), whether it is not drawn at all.
        is_marked: (N,), whether it is chosen; None while nothing is.
        packed: The K colours as 0xffrrggbb.
        version: Another one after every change.
    """

    def __init__(self, count: int) -> None:
        self.groups: NDArray[np.integer] = np.zeros(count, np.uint8)
        self.colours: Bytes = np.full((1, 3), 128, np.uint8)
        self.is_lit = np.ones(count, bool)
        self.is_hidden = np.zeros(count, bool)
        self.is_marked: NDArray[np.bool_] | None = None
        self.packed: list[int] = [0xFF808080]
        self.version = 0
        self._sorted: tuple[Rows, NDArray[np.integer], NDArray[np.uint8]] | None = None

    @property
    def is_open(self) -> NDArray[np.bool_]:
        """Which points can be pointed at and chosen: (N,)."""
        return np.asarray(self.is_lit & ~self.is_hidden)

    def is_open_at(self, rows: Rows) -> NDArray[np.bool_]:
        """The same of some points only: a million would cost a millisecond at every move."""
        return np.asarray(self.is_lit[rows] & ~self.is_hidden[rows])

    def set_colours(self, colours: Sequence[str]) -> None:
        """Colours of the groups, as CSS."""
        made = [QColor(css) for css in colours]
        levels = [(c.red(), c.green(), c.blue()) for c in made] or [(128, 128, 128)]
        self.packed = [c.rgb() for c in made] or [0xFF808080]
        self.colours = np.array(levels, np.uint8)

    def changed(self) -> None:
        """Forget what was prepared for drawing."""
        self._sorted = None
        self.version += 1

    def sorted_for(self, cloud: PointCloud) -> tuple[NDArray[np.integer], NDArray[np.uint8]]:
        """Groups and states (HIDDEN to MARKED), both (N,) in the order of the cloud."""
        if self._sorted is None or self._sorted[0] is not cloud.order:
            state = np.where(self.is_lit, LIT, DIMMED).astype(np.uint8)
            if self.is_marked is not None:
                state[self.is_marked] = MARKED
            state[self.is_hidden] = HIDDEN
            if cloud.is_sorted:
                self._sorted = (cloud.order, self.groups[cloud.order], state[cloud.order])
            else:
                self._sorted = (cloud.order, self.groups, state)
        return self._sorted[1], self._sorted[2]


def dot_px(cloud: PointCloud, scale: float) -> float:
    """Diameter of dots at a scale; below `DENSITY_BELOW_PX` density is drawn."""
    return min(DOT_PER_GAP * cloud.gap * scale, LARGEST_DOT_PX)


def draw(cloud: PointCloud, looks: Looks, place: Place, tints: Tints) -> QImage:
    """A rectangle of the plane: dimmed points below, chosen ones with a halo, then the lit."""
    image = QImage(place.width, place.height, QImage.Format.Format_RGB32)
    image.fill(tints.ground)
    size = dot_px(cloud, place.scale)
    halo_px = max(size, 1.0) + 2 * HALO_PX
    near, placed = cloud.placed(place, halo_px / 2 + 1)
    if not len(placed):
        return image
    groups, state = (values[near] for values in looks.sorted_for(cloud))
    layers = _Layers(QPainter(image), place, max(cloud.fullest / place.scale**2, 2.0))
    layers.plain(placed[state == DIMMED], tints.dimmed, size, 0.45)
    layers.plain(placed[state == MARKED], tints.halo, halo_px, 0.8)
    lit = state >= LIT
    if lit.all():
        layers.add(placed, groups, looks.colours, size)
    else:
        layers.add(placed[lit], groups[lit], looks.colours, size)
    layers.painter.end()
    return image


@dataclass(frozen=True, slots=True)
class _Layers:
    """Paints points over one another; `peak` points in a pixel are fully opaque."""

    painter: QPainter
    place: Place
    peak: float

    def plain(self, placed: Floats, colour: QColor, size_px: float, opacity: float) -> None:
        """Points of one colour."""
        if len(placed):
            levels = np.array([(colour.red(), colour.green(), colour.blue())], np.uint8)
            self.painter.setOpacity(opacity)
            self.add(placed, np.zeros(len(placed), np.uint8), levels, size_px)
            self.painter.setOpacity(1.0)

    def add(
        self, placed: Floats, groups: NDArray[np.integer], colours: Bytes, size_px: float
    ) -> None:
        """Points in the colours of their groups: density, or dots where they are large enough."""
        width, height = self.place.width, self.place.height
        if size_px < DENSITY_BELOW_PX:
            within = density.inside(placed, width, height)
            if len(within) < len(placed):
                placed, groups = placed[within], groups[within]
            pixels = density.raster(placed, groups, colours, width, height, self.peak)
        else:
            pixels = density.dots(placed, groups, colours, width, height, size_px)
        layer = QImage(
            pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied
        )
        self.painter.drawImage(0, 0, layer)
