"""What happens on a map between a press of the mouse and its release."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from ssl_studio.gui.widgets.map_choice import Outline

CLICK_PX = 4
"""A press that moved less than this is a click."""


class Drag:
    """Moves the map, or draws an outline if there is one."""

    def __init__(self, start: QPointF, outline: Outline | None) -> None:
        self.outline = outline
        self._start = self._last = start

    def to(self, place: QPointF) -> QPointF:
        """The pointer is here: how far the map moves."""
        moved, self._last = place - self._last, place
        if self.outline is None:
            return moved
        self.outline.extend(place)
        return QPointF()

    def is_click(self, place: QPointF) -> bool:
        """Whether a release here ends a click."""
        return (place - self._start).manhattanLength() < CLICK_PX

    def paint(self, painter: QPainter) -> None:
        """Show what is being drawn."""
        if self.outline is not None:
            self.outline.paint(painter)
