"""Neighbours in a grid, with a mark on those that other grids show too."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.widgets.grid_view import TileState
from ssl_studio.gui.widgets.image_grid import ImageGrid

MARK_PX = 12
MARK_MARGIN_PX = 7


class NeighbourGrid(ImageGrid):
    """A grid of neighbours, the nearest first."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, captions=True, parent=parent)
        self.marked: set[int] = set()

    def mark(self, image_ids: Sequence[int] | NDArray[np.int64]) -> None:
        """Put the mark on these images and on no other."""
        self.marked = {int(image_id) for image_id in image_ids}
        self.viewport().update()

    def paint_tile(self, painter: QPainter, rect: QRect, row: int, state: TileState) -> None:
        """The tile, then a dot in its corner where it is marked."""
        super().paint_tile(painter, rect, row, state)
        if int(self.images.ids[row]) not in self.marked:
            return
        corner = rect.topRight() + QPoint(-MARK_MARGIN_PX - MARK_PX, MARK_MARGIN_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("surface"))
        painter.drawEllipse(corner.x(), corner.y(), MARK_PX, MARK_PX)
        painter.setBrush(theme.colour("accent"))
        painter.drawEllipse(corner.x() + 2, corner.y() + 2, MARK_PX - 4, MARK_PX - 4)
