"""Rings around points of a map: those that are chosen, and the one that is pointed at."""

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from ssl_studio.gui import theme
from ssl_studio.gui.widgets.density import Rows
from ssl_studio.gui.widgets.map_camera import Camera

MOST = 300
"""With more than this chosen their halos say enough."""
CHOSEN_PX, HOVERED_PX = 6, 8


def draw_rings(painter: QPainter, camera: Camera, chosen: Rows, hovered: int) -> None:
    """Rings at these points; `hovered` is -1 for none."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(chosen) <= MOST:
        painter.setPen(QPen(theme.colour("text"), 1.4))
        for x, y in camera.pixels(chosen).tolist():
            painter.drawEllipse(QPointF(x, y), CHOSEN_PX, CHOSEN_PX)
    if 0 <= hovered < len(camera.cloud.points):
        painter.setPen(QPen(theme.colour("accent"), 2))
        x, y = camera.pixels(np.array([hovered])).tolist()[0]
        painter.drawEllipse(QPointF(x, y), HOVERED_PX, HOVERED_PX)
