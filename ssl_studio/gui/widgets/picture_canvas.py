"""One picture that is zoomed with the wheel and moved with the mouse."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

MAX_ZOOM = 32.0
WHEEL_FACTOR = 1.2
SHARP_FROM = 3.0
"""From this zoom on pixels are what is to be seen: they are not smoothed."""


class PictureCanvas(QWidget):
    """Shows a picture whole, or a part of it at any zoom; 1 is one pixel of the picture a dot.

    Signals: `zoomed()`; `needs_pixels()` when more pixels would be seen than were given.
    """

    zoomed = Signal()
    needs_pixels = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._pixmap: QPixmap | None = None
        self._size = QSize()
        self._zoom: float | None = None  # None: as large as fits
        self._centre = QPointF(0.5, 0.5)  # what lies in the middle, in parts of the picture
        self._grip: QPointF | None = None
        self.words = ""
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    # -- what is shown -------------------------------------------------------------------------

    def show_nothing(self, words: str = "") -> None:
        """Say in words why there is no picture."""
        self._image = self._pixmap = None
        self.words = words
        self.update()

    def show_preview(self, pixmap: QPixmap | None, size: QSize) -> None:
        """Show a small picture in the place of one of that size, which is still to come."""
        self._image, self._pixmap, self._size, self.words = None, pixmap, size, ""
        self.update()

    def show_image(self, image: QImage, size: QSize) -> None:
        """Show pixels; `size` is that of the whole picture when they are fewer."""
        self._image, self._size, self.words = image, size, ""
        self.update()
        self.zoomed.emit()

    @property
    def has_all_pixels(self) -> bool:
        """Whether nothing was left out of what is shown."""
        return self._image is not None and self._image.width() >= self._size.width()

    # -- zoom ----------------------------------------------------------------------------------

    @property
    def fit_zoom(self) -> float:
        """The zoom at which the whole picture is seen; small pictures are enlarged."""
        if self._size.isEmpty():
            return 1.0
        ratio = self.devicePixelRatioF()
        return min(
            self.width() * ratio / self._size.width(), self.height() * ratio / self._size.height()
        )

    @property
    def zoom(self) -> float:
        """Dots of the screen per pixel of the picture."""
        return self.fit_zoom if self._zoom is None else self._zoom

    @property
    def is_fitted(self) -> bool:
        """Whether the whole picture is shown."""
        return self._zoom is None

    def fit(self) -> None:
        """Show the whole picture."""
        self._zoom, self._centre = None, QPointF(0.5, 0.5)
        self._after_zoom()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, keeping what lies at a place of the widget there; the middle if not given."""
        place = at or QPointF(self.width() / 2, self.height() / 2)
        kept = self._to_picture(place)
        wanted = max(min(self.fit_zoom, 1.0), min(MAX_ZOOM * max(1.0, self.fit_zoom),
                                                   self.zoom * factor))  # fmt: skip
        self._zoom = None if wanted <= self.fit_zoom <= self.zoom else wanted
        self._keep(kept, place)
        self._after_zoom()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Show one pixel of the picture as so many dots."""
        self.zoom_by(zoom / self.zoom, at)

    def _after_zoom(self) -> None:
        self.update()
        self.zoomed.emit()
        if self._image is not None and not self.has_all_pixels:
            seen = self._image.width() / max(1, self._size.width())
            if self.zoom > seen * 1.05:
                self.needs_pixels.emit()

    # -- places --------------------------------------------------------------------------------

    def _target(self) -> QRectF:
        """Where the whole picture lies, in the widget."""
        scale = self.zoom / self.devicePixelRatioF()
        width, height = self._size.width() * scale, self._size.height() * scale
        left = self.width() / 2 - self._held(self._centre.x(), width, self.width()) * width
        top = self.height() / 2 - self._held(self._centre.y(), height, self.height()) * height
        return QRectF(left, top, width, height)

    @staticmethod
    def _held(centre: float, length: float, room: float) -> float:
        """The centre, so far from the edge that no room is wasted."""
        if length <= room:
            return 0.5
        half = room / 2 / length
        return max(half, min(1 - half, centre))

    def _to_picture(self, place: QPointF) -> QPointF:
        target = self._target()
        return QPointF(
            (place.x() - target.left()) / max(1e-9, target.width()),
            (place.y() - target.top()) / max(1e-9, target.height()),
        )

    def _keep(self, part: QPointF, place: QPointF) -> None:
        """Move so that a part of the picture lies at a place of the widget."""
        target = self._target()
        dx = (self.width() / 2 - place.x()) / max(1e-9, target.width())
        dy = (self.height() / 2 - place.y()) / max(1e-9, target.height())
        self._centre = QPointF(
            self._held(part.x() + dx, target.width(), self.width()),
            self._held(part.y() + dy, target.height(), self.height()),
        )

    # -- Qt ------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The part that is in view, or words."""
        painter = QPainter(self)
        source = self._image if self._image is not None else self._pixmap
        if source is None or source.isNull() or self._size.isEmpty():
            painter.setPen(QColor("#c8ccd0"))
            room = self.rect().adjusted(40, 40, -40, -40)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), self.words)
            painter.end()
            return
        target = self._target()
        seen = target.intersected(QRectF(self.rect()))
        scale_x = source.width() / target.width()
        scale_y = source.height() / target.height()
        part = QRectF(
            (seen.left() - target.left()) * scale_x,
            (seen.top() - target.top()) * scale_y,
            seen.width() * scale_x,
            seen.height() * scale_y,
        )
        is_sharp = self._image is not None and self.zoom >= SHARP_FROM and self.has_all_pixels
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_sharp)
        if isinstance(source, QImage):
            painter.drawImage(seen, source, part)
        else:
            painter.drawPixmap(seen, source, part)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the mouse."""
        steps = event.angleDelta().y() / 120
        self.zoom_by(WHEEL_FACTOR**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = self._to_picture(event.position())
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture along."""
        if self._grip is not None:
            self._keep(self._grip, event.position())
            self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._grip = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Whole picture or every pixel of it, in turns."""
        if self.is_fitted:
            self.zoom_to(1.0 if self.fit_zoom < 1 else 2 * self.fit_zoom, event.position())
        else:
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What fits is another zoom now."""
        super().resizeEvent(event)
        self._after_zoom()

    def visible_part(self) -> QRect:
        """The pixels of the picture that are in view."""
        corner = self._to_picture(QPointF(0, 0))
        far = self._to_picture(QPointF(self.width(), self.height()))
        width, height = self._size.width(), self._size.height()
        return QRectF(
            QPointF(corner.x() * width, corner.y() * height),
            QPointF(far.x() * width, far.y() * height),
        ).toAlignedRect().intersected(QRect(0, 0, width, height))  # fmt: skip
