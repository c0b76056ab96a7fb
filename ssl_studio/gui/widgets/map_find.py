"""Which points of a map are at a place or inside a shape; hidden and dimmed ones never are."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPolygonF

from ssl_studio.gui.widgets import density
from ssl_studio.gui.widgets.density import Rows
from ssl_studio.gui.widgets.map_camera import Camera
from ssl_studio.gui.widgets.map_choice import corners_of
from ssl_studio.gui.widgets.point_cloud import Looks

REACH_PX = 10


def point_at(camera: Camera, looks: Looks, place: QPointF) -> int:
    """The point nearest to a place, -1 where none is within reach."""
    around = QRectF(place.x() - REACH_PX, place.y() - REACH_PX, 2 * REACH_PX, 2 * REACH_PX)
    rows = _open_within(camera, looks, around)
    found = density.nearest(camera.pixels(rows), place.x(), place.y(), REACH_PX)
    return int(rows[found]) if found >= 0 else -1


def points_in(camera: Camera, looks: Looks, shape: QPolygonF) -> Rows:
    """The points inside a closed shape, in order."""
    rows = _open_within(camera, looks, shape.boundingRect())
    return np.sort(rows[density.in_polygon(camera.pixels(rows), corners_of(shape))])


def _open_within(camera: Camera, looks: Looks, box: QRectF) -> Rows:
    rows = camera.rows_within(box)
    return rows[looks.is_open_at(rows)]
