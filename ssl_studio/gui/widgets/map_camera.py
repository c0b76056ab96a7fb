"""Which part of a map is seen, and what is where in it."""

import numpy as np
from PySide6.QtCore import QRectF

from ssl_studio.gui.widgets import density
from ssl_studio.gui.widgets.density import Floats, Rows, View
from ssl_studio.gui.widgets.point_cloud import Place, PointCloud

MOST_ZOOM = 400.0
ROOM_PX = 60
"""Kept free around points that are gone to."""


class Camera:
    """Looks at a cloud through a window of some size; at the whole, until it is moved."""

    def __init__(self) -> None:
        self.cloud = PointCloud(np.empty((0, 2), np.float32))
        self._width = self._height = 1
        self._view: View | None = None

    def resize(self, width_px: int, height_px: int) -> None:
        """The window has another size; what is in its middle stays there."""
        if self._view is not None:
            wider, higher = width_px - self._width, height_px - self._height
            self._view = self._view.panned(wider / 2, -higher / 2)
        self._width, self._height = width_px, height_px

    def look_at(self, cloud: PointCloud, *, keep_view: bool) -> None:
        """Look at another cloud: at the same part of the plane, or at the whole."""
        self._view = self.view if keep_view else None
        self.cloud = cloud

    @property
    def view(self) -> View:
        """Which part is seen."""
        return self._view or self._fitted()

    def _fitted(self) -> View:
        corners = np.stack([self.cloud.low, self.cloud.low + self.cloud.span])
        return density.fit(corners, self._width, self._height)

    # -- moving --------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Go back to the whole."""
        self._view = None

    def show_rows(self, rows: Rows) -> None:
        """Go where these points are, but not so near that nothing else is seen."""
        found = density.fit(self.cloud.points[rows], self._width, self._height, ROOM_PX)
        most = self._fitted().scale * MOST_ZOOM / 8
        factor = min(1.0, most / found.scale)
        self._view = found.zoomed(factor, self._width / 2, self._height / 2, self._height)

    def pan(self, dx_px: float, dy_px: float) -> None:
        """Move with the pointer."""
        self._view = self.view.panned(dx_px, dy_px)

    def zoom(self, factor: float, x_px: float, y_px: float) -> None:
        """Zoom around a pixel, within sensible bounds."""
        whole, now = self._fitted().scale, self.view
        wanted = min(max(now.scale * factor, whole / 4), whole * MOST_ZOOM)
        self._view = now.zoomed(wanted / now.scale, x_px, y_px, self._height)

    # -- places --------------------------------------------------------------------------------

    def pixels(self, rows: Rows) -> Floats:
        """Where points are in the window, (N, 2)."""
        return self.view.to_pixels(self.cloud.points[rows], self._height)

    def rows_within(self, box: QRectF) -> Rows:
        """The points of a rectangle of the window."""
        view = self.view
        low = view.to_plane(box.left(), box.bottom(), self._height)
        high = view.to_plane(box.right(), box.top(), self._height)
        return self.cloud.rows_between(low, high)

    def place(self, ratio: float) -> Place:
        """What is seen, in device pixels."""
        return self._placed(self.view, ratio)

    def whole_place(self, ratio: float) -> Place:
        """What would be seen of the whole."""
        return self._placed(self._fitted(), ratio)

    def _placed(self, view: View, ratio: float) -> Place:
        scale = view.scale * ratio
        height = round(self._height * ratio)
        return Place(
            scale, view.x0 * scale, -view.y0 * scale - height, round(self._width * ratio), height
        )
