"""Maps of numbers laid over pictures: the lighter and warmer, the larger."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

Heat = NDArray[np.float32]
Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
# Dark violet, red, orange, light yellow: lightness grows all the way, so that it is read on any
# picture and by any eye.
_RAMP = np.array([[8, 4, 24], [86, 16, 110], [188, 55, 84], [249, 142, 9], [252, 252, 160]])


def scaled(values: NDArray[np.float16] | Heat, largest: float | None = None) -> Heat:
    """Positive parts in [0, 1], by their own largest or by one that is given."""
    positive = np.maximum(np.asarray(values, np.float32), 0)
    top = float(positive.max(initial=0.0)) if largest is None else largest
    return (positive / top if top > 0 else positive).astype(np.float32)


def spread_out(values: NDArray[np.float16] | Heat) -> Heat:
    """The least becomes 0 and the largest 1: small differences are seen."""
    exact = np.asarray(values, np.float32)
    return scaled(exact - exact.min(initial=np.inf))


def heat_image(heat: Heat) -> QImage:
    """An opaque picture of (rows, columns) values in [0, 1], dark to light."""
    place = np.clip(heat, 0, 1) * (len(_RAMP) - 1)
    low = np.minimum(place.astype(int), len(_RAMP) - 2)
    share = (place - low)[..., None]
    colours = _RAMP[low] * (1 - share) + _RAMP[low + 1] * share
    pixels = np.ascontiguousarray(colours.round().astype(np.uint8))
    rows, columns = heat.shape
    image = QImage(pixels.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888)
    return image.copy()  # the bytes belong to numpy


def view_box(size: QSize, margin: float = 1.0) -> Box:
    """The centre square of a picture, which is what networks see, in parts of its sides."""
    short = min(size.width(), size.height()) * margin
    wide, high = short / max(1, size.width()), short / max(1, size.height())
    return (1 - wide) / 2, (1 - high) / 2, (1 + wide) / 2, (1 + high) / 2


def part_of(place: QRectF, box: Box) -> QRectF:
    """The part of a rectangle that a box in parts of its sides is."""
    x0, y0, x1, y1 = box
    return QRectF(
        place.left() + x0 * place.width(),
        place.top() + y0 * place.height(),
        (x1 - x0) * place.width(),
        (y1 - y0) * place.height(),
    )


def draw_heat(painter: QPainter, place: QRectF, heat: QImage, opacity: float) -> None:
    """Lay a heat picture over a place, smoothly enlarged."""
    painter.save()
    painter.setOpacity(opacity)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setClipRect(place)
    painter.drawImage(place, _enlarged(heat, place))
    painter.restore()


def _enlarged(heat: QImage, place: QRectF) -> QImage:
    # Qt's smooth painting is bilinear only up to the borders of the source; scaling is so too,
    # but keeps the borders opaque.
    size = QSize(max(1, round(place.width())), max(1, round(place.height())))
    return heat.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def source_rect(pixmap: QPixmap, box: Box) -> QRectF:
    """The part of a pixmap that a box is, at least two pixels a side."""
    part = part_of(QRectF(pixmap.rect()), box)
    part.setWidth(max(2.0, part.width()))
    part.setHeight(max(2.0, part.height()))
    return part
