"""Dragging chosen images out of a grid."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt
from PySide6.QtGui import QDrag, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.image_grid import ImageGrid

IMAGES_MIME = "application/x-sslstudio-images"
PICTURE_PX = 72


def images_mime(image_ids: NDArray[np.int64]) -> QMimeData:
    """Image ids as what is dragged."""
    data = QMimeData()
    data.setData(IMAGES_MIME, np.asarray(image_ids, "<i8").tobytes())
    return data


def dragged_images(data: QMimeData) -> NDArray[np.int64]:
    """The image ids that are dragged; empty where something else is."""
    raw = bytes(data.data(IMAGES_MIME).data())
    return np.frombuffer(raw[: len(raw) // 8 * 8], "<i8").astype(np.int64)


class ImageDrag(QObject):
    """Lets the chosen images of a grid be dragged; what is chosen stays so meanwhile."""

    def __init__(self, grid: ImageGrid) -> None:
        super().__init__(grid)
        self._grid = grid
        self._pressed: QPoint | None = None
        grid.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Hold back a press on a chosen image until it is clear whether it becomes a drag."""
        if not isinstance(event, QMouseEvent):
            return False
        place = event.position().toPoint()
        if event.type() == QEvent.Type.MouseButtonPress and self._may_drag(event, place):
            self._pressed = place
            return True
        if self._pressed is None:
            return False
        if event.type() == QEvent.Type.MouseMove:
            if (place - self._pressed).manhattanLength() >= QApplication.startDragDistance():
                self._pressed = None
                self._start()
            return True
        if event.type() == QEvent.Type.MouseButtonRelease:
            index = self._grid.indexAt(self._pressed)
            self._pressed = None
            self._grid.setCurrentIndex(index)
            return True
        return False

    def _may_drag(self, event: QMouseEvent, place: QPoint) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers():
            return False
        index = self._grid.indexAt(place)
        return index.isValid() and self._grid.selectionModel().isSelected(index)

    def _start(self) -> None:
        ids = self._grid.selected_ids()
        drag = QDrag(self._grid)
        drag.setMimeData(images_mime(ids))
        drag.setPixmap(self._picture(len(ids)))
        drag.exec(Qt.DropAction.MoveAction)

    def _picture(self, number: int) -> QPixmap:
        made = QPixmap(PICTURE_PX, PICTURE_PX)
        made.fill(theme.colour("surface"))
        painter = QPainter(made)
        current = self._grid.current_id()
        shown = None if current is None else self._grid.images.picture(current, PICTURE_PX)
        if shown is not None:
            painter.drawPixmap(made.rect(), shown)
        if number > 1:
            words = text.counted(number, tr("image"), tr("images"))
            foot = made.rect().adjusted(0, PICTURE_PX - 18, 0, 0)
            painter.fillRect(foot, theme.colour("accent"))
            painter.setPen(theme.colour("on_accent"))
            painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()
        return made
