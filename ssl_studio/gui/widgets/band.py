"""A rectangle that is dragged open to choose what it touches."""

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter

from ssl_studio.gui import theme


class Band:
    """From where the mouse was pressed to where it is, in content coordinates."""

    def __init__(self) -> None:
        self._from: QPoint | None = None
        self._to: QPoint | None = None

    def begin(self, place: QPoint) -> None:
        """The mouse was pressed: there may be a band."""
        self._from, self._to = place, None

    def extend(self, place: QPoint) -> None:
        """There is one, and it reaches to here."""
        self._to = place

    def end(self) -> bool:
        """The mouse was let go; whether there was a band."""
        was_there = self._to is not None
        self._from = self._to = None
        return was_there

    def rect(self) -> QRect:
        """What it covers; empty without one."""
        if self._from is None or self._to is None:
            return QRect()
        return QRect(self._from, self._to).normalized()

    def paint(self, painter: QPainter, down_px: int) -> None:
        """Show it, moved down."""
        if not self.rect().isEmpty():
            painter.setPen(theme.colour("accent"))
            painter.setBrush(theme.colour("accent", 40))
            painter.drawRect(self.rect().translated(0, down_px))
