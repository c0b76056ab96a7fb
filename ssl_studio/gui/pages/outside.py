"""Pictures that come from outside the project: dropped, pasted, or chosen in a file dialog."""

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from ssl_studio.gui.dialogs import SUFFIX
from ssl_studio.gui.preferences import Preferences
from ssl_studio.gui.text import tr
from ssl_studio.jobs.neighbour_search import GROUND, FileQuery, OutsideQuery, PixelsQuery, Preview

MOST_PIXELS = 24_000_000
"""Larger pictures from the clipboard are made smaller before they are copied."""


def file_in(mime: QMimeData) -> FileQuery | None:
    """The first local file that may be a picture: no folder, no project."""
    for url in mime.urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and path.is_file() and path.suffix != SUFFIX:
            return FileQuery(str(path))
    return None


def query_in(mime: QMimeData) -> OutsideQuery | None:
    """The picture that is carried: a file if there is one, else pixels, else None."""
    found = file_in(mime)
    if found is not None:
        return found
    if mime.hasImage():
        image = mime.imageData()
        if isinstance(image, QPixmap):
            image = image.toImage()
        if isinstance(image, QImage) and not image.isNull():
            return pixels_of(image, tr("Pasted picture"))
    return None


def pixels_of(image: QImage, name: str) -> PixelsQuery:
    """The pixels of an image, without the padding that Qt keeps at the end of lines."""
    count = image.width() * image.height()
    if count > MOST_PIXELS:
        image = image.scaledToWidth(max(1, int(image.width() * (MOST_PIXELS / count) ** 0.5)))
    plain = _opaque(image).convertToFormat(QImage.Format.Format_RGB888)
    width, height, stride = plain.width(), plain.height(), plain.bytesPerLine()
    data = bytes(plain.constBits())
    if stride != 3 * width:
        data = b"".join(data[y * stride : y * stride + 3 * width] for y in range(height))
    return PixelsQuery(name, width, height, data)


def _opaque(image: QImage) -> QImage:
    """The image as files with transparent parts are read: on their ground."""
    if not image.hasAlphaChannel():
        return image
    made = QImage(image.size(), QImage.Format.Format_RGB32)
    made.fill(QColor(*GROUND))
    painter = QPainter(made)
    painter.drawImage(0, 0, image)
    painter.end()
    return made


def pixmap_of(preview: Preview) -> QPixmap:
    """A preview for painting."""
    height, width = preview.pixels.shape[:2]
    image = QImage(preview.pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)


def pick_picture(parent: QWidget, preferences: Preferences) -> FileQuery | None:
    """A picture file that the user chose, or None."""
    chosen, _kind = QFileDialog.getOpenFileName(
        parent,
        tr("Choose a picture to find like ones of"),
        preferences.last_folder,
        tr("Pictures (*.jpg *.jpeg *.png *.webp *.tif *.tiff *.bmp *.gif *.heic);;All files (*)"),
    )
    return FileQuery(chosen) if chosen else None
