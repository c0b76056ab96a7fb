"""Pictures in a table: a row for each image, a column for each view of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.text import tr

HEAD_PX = 34
GAP_PX = 6
LARGEST_CELL_PX = 224
SMALLEST_CELL_PX = 30


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One kind of view: uint8 (images, h, w, 3)."""

    name: str
    pictures: NDArray[np.uint8]


class ViewsPreview(QWidget):
    """Paints the table as large as its width allows; small crops are smaller than large ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Preview of the views"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.columns: Sequence[Column] = ()
        self._images: list[list[QImage]] = []
        self._is_stale = False
        theme.signals().theme_changed.connect(self.update)

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show these views."""
        self.columns = columns
        self._images = [[_image(pixels) for pixels in column.pictures] for column in columns]
        self._is_stale = False
        names = ", ".join(column.name for column in columns)
        self.setAccessibleDescription(names)
        self._take_room()

    def set_stale(self, is_stale: bool) -> None:
        """Fade what is shown while newer views are on their way."""
        if is_stale != self._is_stale:
            self._is_stale = is_stale
            self.update()

    @property
    def rows(self) -> int:
        """How many images are shown."""
        return len(self._images[0]) if self._images else 0

    # -- geometry ------------------------------------------------------------------------------

    def cell_px(self) -> int:
        """The side of the largest view."""
        count = max(1, len(self.columns))
        room = (self.width() - GAP_PX * (count - 1)) // count
        return max(SMALLEST_CELL_PX, min(LARGEST_CELL_PX, room))

    def _take_room(self) -> None:
        rows = max(1, self.rows)
        self.setFixedHeight(HEAD_PX + rows * (self.cell_px() + GAP_PX))
        self.update()

    def resizeEvent(self, _event: object) -> None:
        """Another width gives larger or smaller pictures."""
        self._take_room()

    def sizeHint(self) -> QSize:
        """Some pictures."""
        return QSize(300, 300)

    def place(self, column: int, row: int) -> QRect:
        """Where a picture is painted; its size beside the others' is that of its pixels."""
        cell = self.cell_px()
        image = self._images[column][row]
        largest = max(max(i.width(), i.height()) for column_ in self._images for i in column_)
        shown_as = cell * max(image.width(), image.height()) / largest
        # Pieces with gaps between them are larger than the picture they are of, and no less fine.
        scale = max(shown_as, cell * 0.4) / max(image.width(), image.height())
        width, height = round(image.width() * scale), round(image.height() * scale)
        left = column * (cell + GAP_PX) + (cell - width) // 2
        top = HEAD_PX + row * (cell + GAP_PX) + (cell - height) // 2
        return QRect(left, top, width, height)

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Names above, pictures below."""
        painter = QPainter(self)
        self._paint_heads(painter)
        painter.setOpacity(0.35 if self._is_stale else 1.0)
        for column, images in enumerate(self._images):
            for row, image in enumerate(images):
                place = self.place(column, row)
                is_small = image.width() * 2 <= place.width()
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_small)
                painter.drawImage(place, image)
        painter.end()

    def _paint_heads(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1.5))
        painter.setFont(font)
        painter.setPen(theme.colour("muted"))
        cell = self.cell_px()
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        for number, column in enumerate(self.columns):
            place = QRect(number * (cell + GAP_PX) - 2, 0, cell + 4, HEAD_PX - 5)
            painter.drawText(place, flags | Qt.TextFlag.TextWordWrap, column.name)


def _image(pixels: NDArray[np.uint8]) -> QImage:
    height, width, _channels = pixels.shape
    data = np.ascontiguousarray(pixels)
    # The copy belongs to Qt: the array may go before the picture.
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
