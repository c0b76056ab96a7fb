"""Neighbours in a grid, with a mark on those that other grids show too."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.models.image_model import ImageRole
from ssl_studio.gui.widgets.image_grid import ImageGrid, TileDelegate

MARK_PX = 12
MARK_MARGIN_PX = 7


class MarkingDelegate(TileDelegate):
    """Paints a dot in the corner of marked images."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.marked: set[int] = set()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The tile, then the dot on it."""
        super().paint(painter, option, index)
        if index.data(ImageRole.ID) not in self.marked:
            return
        corner = option.rect.topRight() + QPoint(-MARK_MARGIN_PX - MARK_PX, MARK_MARGIN_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("surface"))
        painter.drawEllipse(corner.x(), corner.y(), MARK_PX, MARK_PX)
        painter.setBrush(theme.colour("accent"))
        painter.drawEllipse(corner.x() + 2, corner.y() + 2, MARK_PX - 4, MARK_PX - 4)


class NeighbourGrid(ImageGrid):
    """A grid of neighbours, the nearest first."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, captions=True, parent=parent)
        self._marking = MarkingDelegate(self)
        self.setItemDelegate(self._marking)

    @property
    def marked(self) -> set[int]:
        """The images that carry a mark."""
        return self._marking.marked

    def mark(self, image_ids: Sequence[int] | NDArray[np.int64]) -> None:
        """Put the mark on these images and on no other."""
        self._marking.marked = {int(image_id) for image_id in image_ids}
        self.viewport().update()
