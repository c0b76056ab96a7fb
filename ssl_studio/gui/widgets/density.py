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
    size = width_px * height_px
    counts = np.bincount(cells, minlength=size)
    filled = np.flatnonzero(counts)
    number = counts[filled]
    peak = np.log1p(float(number.max())) if len(number) else 1.0
    opacity = FLOOR + (1 - FLOOR) * np.log1p(number) / peak
    picture = np.zeros((size, 4), np.uint8)
    for channel in range(3):
        weights = colours[:, channel].astype(np.float32)[groups]
        mean = np.bincount(cells, weights=weights, minlength=size)[filled] / number
        picture[filled, channel] = mean * opacity
    picture[filled, 3] = 255 * opacity
    return picture.reshape(height_px, width_px, 4)


def nearest(placed: Floats, x_px: float, y_px: float, reach_px: float) -> int:
    """The point at a pixel, -1 where none is within reach."""
    if not len(placed):
        return -1
    gaps = (placed[:, 0] - x_px) ** 2 + (placed[:, 1] - y_px) ** 2
    found = int(np.argmin(gaps))
    return found if gaps[found] <= reach_px**2 else -1
