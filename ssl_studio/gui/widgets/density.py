"""From points to pixels: pure functions on arrays.

Letters: N points, K groups; h and w are the height and width of a raster in pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Rows = NDArray[np.intp]
FLOOR = 0.35
"""Opacity of a pixel with a single point: a lonely point has to be seen."""
PLACES = 4
"""Parts of a pixel, each way, at which a dot may lie."""
SPREAD_BELOW_PX = 11
"""With fewer pixels than this for a dot it is quicker to spread whole rasters."""
SPARSE_BELOW = 1 / 16
"""Where fewer of the pixels are filled it is quicker to list them than to have room for all."""
Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the plane is shown: pixel = (point - origin) * scale, y upwards."""

    x0: float
    y0: float
    scale: float

    def to_pixels(self, points: Floats, height_px: int) -> Floats:
        """Places (N, 2) in pixels from the upper left corner."""
        placed = np.empty_like(points)
        np.subtract(points[:, 0], self.x0, out=placed[:, 0])
        np.subtract(points[:, 1], self.y0, out=placed[:, 1])
        placed *= np.float32(self.scale)
        np.subtract(height_px, placed[:, 1], out=placed[:, 1])
        return placed

    def to_plane(self, x_px: float, y_px: float, height_px: int) -> tuple[float, float]:
        """The point of the plane at a pixel."""
        return self.x0 + x_px / self.scale, self.y0 + (height_px - y_px) / self.scale

    def zoomed(self, factor: float, x_px: float, y_px: float, height_px: int) -> "View":
        """Larger or smaller around a pixel, which stays where it is."""
        x, y = self.to_plane(x_px, y_px, height_px)
        scale = self.scale * factor
        return View(x - x_px / scale, y - (height_px - y_px) / scale, scale)

    def panned(self, dx_px: float, dy_px: float) -> "View":
        """Moved with the pointer."""
        return View(self.x0 - dx_px / self.scale, self.y0 + dy_px / self.scale, self.scale)


def fit(points: Floats, width_px: int, height_px: int, margin_px: int = 24) -> View:
    """The view that shows all points."""
    if not len(points):
        return View(0.0, 0.0, 1.0)
    low, high = points.min(0).astype(float), points.max(0).astype(float)
    span = np.maximum(high - low, 1e-6)
    free = np.maximum([width_px - 2 * margin_px, height_px - 2 * margin_px], 1)
    scale = float(np.min(free / span))
    middle = (low + high) / 2
    return View(
        float(middle[0]) - width_px / 2 / scale, float(middle[1]) - height_px / 2 / scale, scale
    )


def inside(placed: Floats, width_px: float, height_px: float, margin_px: float = 0) -> Rows:
    """Which points are in view, or at most a margin outside."""
    x, y = placed[:, 0], placed[:, 1]
    within = (x >= -margin_px) & (x < width_px + margin_px)
    within &= (y >= -margin_px) & (y < height_px + margin_px)
    return np.flatnonzero(within)


def raster(
    placed: Floats,
    groups: NDArray[np.integer],
    colours: Bytes,
    width_px: int,
    height_px: int,
    peak: float | None = None,
) -> Bytes:
    """All points as an RGBA raster (h, w, 4), premultiplied.

    A pixel has the mean colour of its points (`colours` is (K, 3)) and is the more opaque the
    more points it has, by the logarithm; `peak` points are fully opaque (None: the most that are
    in one pixel). `placed` (N, 2) has to lie inside.
    """
    cells = placed[:, 1].astype(np.intp) * width_px + placed[:, 0].astype(np.intp)
    filled, sums = _filled(cells, groups, colours, None, width_px * height_px)
    peak = peak or float(sums[3].max(initial=1))
    shares = np.minimum(np.log1p(sums[3]) / np.log1p(peak), 1.0)
    return _picture(sums, filled, FLOOR + (1 - FLOOR) * shares, (height_px, width_px))


def dots(
    placed: Floats,
    groups: NDArray[np.integer],
    colours: Bytes,
    width_px: int,
    height_px: int,
    size_px: float,
) -> Bytes:
    """All points as soft round dots, in a raster like that of `raster`.

    For some thousands of points this is many times quicker than to draw each of them. Points
    may lie outside; what of their dots is inside is drawn.
    """
    draw = _spread if len(placed) * SPREAD_BELOW_PX > width_px * height_px else _stamp
    filled, sums = draw(placed, groups, colours, width_px, height_px, size_px)
    opacity = np.minimum(sums[3], 1.0)
    return _picture(sums, filled, opacity, (height_px, width_px))


def _stamp(
    placed: Floats,
    groups: NDArray[np.integer],
    colours: Bytes,
    width_px: int,
    height_px: int,
    size_px: float,
) -> tuple[Rows, Sums]:
    """Filled pixels, colours and cover (4, F) of dots at a quarter of a pixel, one by one."""
    dx, dy, covers = _stamps(size_px)
    whole = np.floor(placed).astype(np.int32)
    part = ((placed - whole) * PLACES).astype(np.int32).clip(0, PLACES - 1)
    cover = covers[part[:, 1] * PLACES + part[:, 0]].ravel()
    x = (whole[:, 0][:, None] + dx).ravel()
    y = (whole[:, 1][:, None] + dy).ravel()
    within = (x >= 0) & (x < width_px) & (y >= 0) & (y < height_px) & (cover > 0)
    cells = (y.astype(np.intp) * width_px + x)[within]
    every = np.repeat(groups, len(dx))[within]
    return _filled(cells, every, colours, cover[within], width_px * height_px)


def _stamps(size_px: float) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    """Pixels around a dot (P,), and how far each is covered (PLACES^2, P)."""
    reach = int(np.ceil(size_px / 2)) + 1
    steps = np.arange(-reach, reach + 1, dtype=np.int32)
    dx, dy = (offsets.ravel() for offsets in np.meshgrid(steps, steps))
    parts = (np.arange(PLACES) + 0.5) / PLACES - 0.5
    y, x = (grid.ravel()[:, None] for grid in np.meshgrid(parts, parts, indexing="ij"))
    covers = np.clip(size_px / 2 + 0.5 - np.hypot(dx - x, dy - y), 0, 1).astype(np.float32)
    used = covers.any(axis=0)
    return dx[used], dy[used], covers[:, used]


def _spread(
    placed: Floats,
    groups: NDArray[np.integer],
    colours: Bytes,
    width_px: int,
    height_px: int,
    size_px: float,
) -> tuple[Rows, Sums]:
    """The same for many dots at whole pixels: one raster of points, moved around and added up."""
    reach = int(np.ceil(size_px / 2))
    wide, high = width_px + 2 * reach, height_px + 2 * reach
    near = inside(placed, width_px, height_px, reach)
    x, y = (placed[near, axis].astype(np.float64) + reach for axis in (0, 1))
    cells = y.astype(np.intp) * wide + x.astype(np.intp)
    points = _sums(cells, groups[near], colours, None, wide * high).reshape(4, high, wide)
    found = np.zeros((4, height_px, width_px))
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            cover = min(max(size_px / 2 + 0.5 - float(np.hypot(dx, dy)), 0.0), 1.0)
            if cover:
                top, left = reach - dy, reach - dx
                found += cover * points[:, top : top + height_px, left : left + width_px]
    return _without_empty(found.reshape(4, -1))


def _filled(
    cells: Rows,
    groups: NDArray[np.integer],
    colours: Bytes,
    weights: Floats | None,
    size: int,
) -> tuple[Rows, Sums]:
    """The cells into which anything falls (F,), and what falls into them (4, F)."""
    if len(cells) < SPARSE_BELOW * size:
        filled, places = np.unique(cells, return_inverse=True)
        return filled, _sums(places, groups, colours, weights, len(filled))
    return _without_empty(_sums(cells, groups, colours, weights, size))


def _without_empty(sums: Sums) -> tuple[Rows, Sums]:
    filled = np.flatnonzero(sums[3])
    return filled, sums[:, filled]


def _sums(
    cells: Rows,
    groups: NDArray[np.integer],
    colours: Bytes,
    weights: Floats | None,
    size: int,
) -> Sums:
    """Red, green, blue and weight that fall into each cell, (4, size)."""
    sums = np.empty((4, size))
    sums[3] = np.bincount(cells, weights=weights, minlength=size)
    for channel in range(3):
        levels = colours[:, channel].astype(np.float64)[groups]
        if weights is not None:
            levels *= weights
        sums[channel] = np.bincount(cells, weights=levels, minlength=size)
    return sums


def _picture(
    sums: Sums, filled: Rows, opacity: NDArray[np.float64], shape: tuple[int, int]
) -> Bytes:
    """Mean colours times opacity at the filled cells; nothing elsewhere."""
    packed = (255 * opacity).astype(np.uint32) << 24
    scale = opacity / sums[3]
    for channel in range(3):
        packed |= (sums[channel] * scale + 0.01).astype(np.uint32) << (8 * channel)
    picture = np.zeros(shape[0] * shape[1], "<u4")
    picture[filled] = packed
    return picture.view(np.uint8).reshape(*shape, 4)


def nearest(placed: Floats, x_px: float, y_px: float, reach_px: float) -> int:
    """The point at a pixel, -1 where none is within reach."""
    if not len(placed):
        return -1
    gaps = (placed[:, 0] - x_px) ** 2 + (placed[:, 1] - y_px) ** 2
    found = int(np.argmin(gaps))
    return found if gaps[found] <= reach_px**2 else -1


def in_polygon(placed: Floats, corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points (N,) lie inside a closed shape of (P, 2) corners, by the even-odd rule."""
    is_inside = np.zeros(len(placed), bool)
    x, y = placed[:, 0], placed[:, 1]
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crossed = np.flatnonzero((y >= min(y0, y1)) & (y < max(y0, y1)))
        right_of = x0 + (y[crossed] - y0) * ((x1 - x0) / (y1 - y0))
        is_inside[crossed] ^= x[crossed] < right_of
    return is_inside
