"""Small pieces of painting that tiles and cards share."""

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap

from ssl_studio.gui import theme

THINNEST_PX = 2
"""A picture a hundred times as wide as high is still to be seen."""


def fitted(size: QSize, into: QRect) -> QRect:
    """The largest rectangle of this shape inside another, in its middle."""
    scaled = size.scaled(into.size(), Qt.AspectRatioMode.KeepAspectRatio)
    scaled = scaled.expandedTo(QSize(THINNEST_PX, THINNEST_PX))
    return QRect(
        into.left() + (into.width() - scaled.width()) // 2,
        into.top() + (into.height() - scaled.height()) // 2,
        scaled.width(),
        scaled.height(),
    )


def cover_source(size: QSize, shape: QSize) -> QRect:
    """The middle part of a picture that fills a tile of another shape."""
    part = shape.scaled(size, Qt.AspectRatioMode.KeepAspectRatio)
    corner = QPoint((size.width() - part.width()) // 2, (size.height() - part.height()) // 2)
    return QRect(corner, part)


def draw_fitted(painter: QPainter, pixmap: QPixmap, into: QRect) -> QRect:
    """Paint the whole picture into a rectangle; says where it came to lie."""
    place = fitted(pixmap.size(), into)
    painter.drawPixmap(place, pixmap)
    return place


def draw_fitted_image(painter: QPainter, image: QImage, into: QRect) -> None:
    """Paint a whole image; a tiny one keeps its pixels sharp, they are what is to be seen."""
    is_tiny = image.width() * 4 <= into.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_tiny)
    painter.drawImage(fitted(image.size(), into), image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)


def draw_cover(painter: QPainter, pixmap: QPixmap, into: QRect) -> None:
    """Fill a rectangle with the middle of a picture."""
    painter.drawPixmap(into, pixmap, cover_source(pixmap.size(), into.size()))


def fill_rounded(
    painter: QPainter, rect: QRect, fill: QColor, radius: int = theme.RADIUS_PX
) -> None:
    """A ground with round corners."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, radius, radius)


def outline(
    painter: QPainter, rect: QRect, line: QColor, width_px: float, dashed: bool = False
) -> None:
    """A frame with round corners, inside `rect`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(line, width_px)
    if dashed:
        pen.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = width_px / 2
    painter.drawRoundedRect(
        QRectF(rect).adjusted(half, half, -half, -half), theme.RADIUS_PX, theme.RADIUS_PX
    )


def draw_shares(painter: QPainter, rect: QRect, shares: list[tuple[float, QColor]]) -> None:
    """A bar cut into parts in proportion; what is left over stays empty."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("border"))
    painter.drawRect(rect)
    left = float(rect.left())
    for share, fill in shares:
        width = share * rect.width()
        painter.fillRect(QRectF(left, rect.top(), max(0.0, width - 1), rect.height()), fill)
        left += width
