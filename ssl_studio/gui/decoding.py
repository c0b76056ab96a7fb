"""Stored pictures as images of Qt, in any thread.

Not `QImage.fromData`: it keeps the interpreter to itself while it decodes, so the window waits;
and it lets every image plugin of Qt look at the bytes. The one for SVG connects signals meanwhile,
which needs a lock that the window's thread may hold while it waits for the interpreter: both stop
for ever (PySide6 6.12).
"""

import io

from PySide6.QtGui import QImage

_BYTES_PER_PIXEL = 4


def decoded(data: bytes) -> QImage:
    """The picture in Format_RGB32, which is painted without another conversion; null if broken."""
    from PIL import Image  # on first use: the window is to be seen first

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "GIF", "WEBP")) as picture:
            width, height = picture.size
            pixels = picture.convert("RGB").tobytes("raw", "BGRX")
    except (OSError, ValueError, SyntaxError):  # what Pillow raises on broken files
        return QImage()
    stride = _BYTES_PER_PIXEL * width
    return QImage(pixels, width, height, stride, QImage.Format.Format_RGB32).copy()
