"""The small picture of a project that the welcome page shows."""

from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect
from PySide6.QtGui import QPainter, QPixmap

from ssl_studio.gui import theme
from ssl_studio.gui.widgets.painting import draw_cover

COLUMNS, ROWS, TILE_PX = 3, 2, 64
COVER_IMAGES = COLUMNS * ROWS


def cover_png(pictures: Sequence[QPixmap]) -> bytes:
    """A mosaic of up to six pictures as PNG; nothing without any."""
    if not pictures:
        return b""
    mosaic = QPixmap(COLUMNS * TILE_PX, ROWS * TILE_PX)
    mosaic.fill(theme.colour("tile"))
    painter = QPainter(mosaic)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for position, picture in enumerate(pictures[:COVER_IMAGES]):
        line, column = divmod(position, COLUMNS)
        draw_cover(painter, picture, QRect(column * TILE_PX, line * TILE_PX, TILE_PX, TILE_PX))
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    mosaic.save(buffer, "PNG")
    return bytes(data.data())
