"""From points to pixels: pure functions on arrays.

Letters: N points, K groups; h and w are the height and width of a raster in pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
FLOOR = 0.35
"""Opacity of a pixel with a single point: a lonely point has to be seen."""


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

    def zoomed(self, factor: float, x_px: float, y_px: float, height_px: int) -> "View":
        """Larger or smaller around a pixel, which stays where it is."""
        x = self.x0 + x_px / self.scale
        y = self.y0 + (height_px - y_px) / self.scale
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


def inside(placed: Floats, width_px: int, height_px: int) -> NDArray[np.intp]:
    """Which points are in view."""
    x, y = placed[:, 0], placed[:, 1]
    return np.flatnonzero((x >= 0) & (x < width_px) & (y >= 0) & (y < height_px))


def raster(
    placed: Floats, groups: NDArray[np.integer], colours: Bytes, width_px: int, height_px: int
) -> Bytes:
    """All points as an RGBA raster (h, w, 4), premultiplied.

    A pixel has the mean colour of its points (`colours` is (K, 3)) and is the more opaque the
    more points it has, by the logarithm. `placed` (N, 2) has to lie inside.
    """
    cells = placed[:, 1].astype(np.int32) * width_px + placed[:, 0].astype(np.int32)
    counts = np.bincount(cells, minlength=width_px * height_px)
    filled = np.flatnonzero(counts)
    number = counts[filled]
    opacity = _opacities(int(number.max(initial=1)))[number]
    return _picture(cells, groups, colours, None, filled, opacity, number, (height_px, width_px))


def dots(
    placed: Floats,
    groups: NDArray[np.integer],
    colours: Bytes,
    width_px: int,
    height_px: int,
    size_px: float,
) -> Bytes:
    """All points as soft round dots, in a raster like that of `raster`.

    For some thousands of points this is many times quicker than to draw each of them.
    """
    reach = int(np.ceil(size_px / 2))
    steps = np.arange(-reach, reach + 1)
    dx, dy = (offsets.ravel() for offsets in np.meshgrid(steps, steps))
    cover = np.clip(size_px / 2 + 0.5 - np.hypot(dx, dy), 0, 1).astype(np.float32)
    dx, dy, cover = dx[cover > 0], dy[cover > 0], cover[cover > 0]
    x = (placed[:, 0].astype(np.int32)[:, None] + dx).ravel()
    y = (placed[:, 1].astype(np.int32)[:, None] + dy).ravel()
    within = (x >= 0) & (x < width_px) & (y >= 0) & (y < height_px)
    cells = (y * width_px + x)[within]
    weights = np.tile(cover, len(placed))[within]
    every = np.repeat(groups, len(cover))[within]
    sums = np.bincount(cells, weights=weights, minlength=width_px * height_px)
    filled = np.flatnonzero(sums)
    total = sums[filled]
    opacity = np.minimum(total, 1.0)
    return _picture(cells, every, colours, weights, filled, opacity, total, (height_px, width_px))


def _opacities(peak: int) -> NDArray[np.float64]:
    """Opacity by number of points, up to the fullest pixel."""
    shares: NDArray[np.float64] = np.log1p(np.arange(peak + 1)) / np.log1p(peak)
    return FLOOR + (1 - FLOOR) * shares


def _picture(
    cells: NDArray[np.int32],
    groups: NDArray[np.integer],
    colours: Bytes,
    weights: Floats | None,
    filled: NDArray[np.intp],
    opacity: NDArray[np.float64],
    total: NDArray[np.floating] | NDArray[np.integer],
    shape: tuple[int, int],
) -> Bytes:
    """Mean colours times opacity at the filled cells; nothing elsewhere."""
    size = shape[0] * shape[1]
    packed = (255 * opacity).astype(np.uint32) << 24
    scale = opacity / total
    for channel in range(3):
        levels = colours[:, channel].astype(np.float32)[groups]
        summed = np.bincount(
            cells, weights=levels if weights is None else levels * weights, minlength=size
        )
        packed |= (summed[filled] * scale).astype(np.uint32) << (8 * channel)
    picture = np.zeros(size, "<u4")
    picture[filled] = packed
    return picture.view(np.uint8).reshape(*shape, 4)


def nearest(placed: Floats, x_px: float, y_px: float, reach_px: float) -> int:
    """The point at a pixel, -1 where none is within reach."""
    if not len(placed):
        return -1
    gaps = (placed[:, 0] - x_px) ** 2 + (placed[:, 1] - y_px) ** 2
    found = int(np.argmin(gaps))
    return found if gaps[found] <= reach_px**2 else -1
