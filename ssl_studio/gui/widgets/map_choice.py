"""Drawing around points: a box or a lasso that grows with the pointer."""

from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPen, QPolygonF

from ssl_studio.gui import theme

STEP_PX = 3.0
"""The pointer has to move so far for a lasso to get another corner."""


class Tool(StrEnum):
    """What dragging does."""

    MOVE = "move"
    BOX = "box"
    LASSO = "lasso"


TOOL_KEYS = {Qt.Key.Key_V: Tool.MOVE, Qt.Key.Key_B: Tool.BOX, Qt.Key.Key_L: Tool.LASSO}
PLAIN, ADD, SUBTRACT = "plain", "add", "subtract"


def mode_of(event: QMouseEvent) -> str:
    """What the keys held say: Shift adds, Alt (or Ctrl, where the desktop keeps Alt) takes away."""
    held = event.modifiers()
    if held & Qt.KeyboardModifier.ShiftModifier:
        return ADD
    taken = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier
    return SUBTRACT if held & taken else PLAIN


def corners_of(shape: QPolygonF) -> NDArray[np.float64]:
    """The corners of a shape, (P, 2)."""
    return np.array([(p.x(), p.y()) for p in shape.toList()]).reshape(-1, 2)


class Outline(Protocol):
    """A shape that is being drawn."""

    def extend(self, place: QPointF) -> None:
        """The pointer is here now."""

    def shape(self) -> QPolygonF:
        """Its corners."""

    def paint(self, painter: QPainter) -> None:
        """Show it."""


class BoxOutline:
    """A box between two corners."""

    def __init__(self, start: QPointF) -> None:
        self._start = self._end = start

    def extend(self, place: QPointF) -> None:
        """The second corner is here."""
        self._end = place

    def shape(self) -> QPolygonF:
        """Its four corners."""
        box = QRectF(self._start, self._end).normalized()
        return QPolygonF([box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft()])

    def paint(self, painter: QPainter) -> None:
        """Show it."""
        _paint(painter, self.shape())


class LassoOutline:
    """Whatever the pointer draws, closed by a straight line."""

    def __init__(self, start: QPointF) -> None:
        self._corners = [start]

    def extend(self, place: QPointF) -> None:
        """Go on to here."""
        if (place - self._corners[-1]).manhattanLength() >= STEP_PX:
            self._corners.append(place)

    def shape(self) -> QPolygonF:
        """Its corners."""
        return QPolygonF(self._corners)

    def paint(self, painter: QPainter) -> None:
        """Show it."""
        _paint(painter, self.shape())


def outline_for(tool: Tool, start: QPointF) -> Outline:
    """What a tool draws; the one that moves draws boxes where it has to draw."""
    return LassoOutline(start) if tool is Tool.LASSO else BoxOutline(start)


def _paint(painter: QPainter, shape: QPolygonF) -> None:
    painter.setPen(QPen(theme.colour("accent"), 1.5))
    painter.setBrush(theme.colour("accent", 40))
    painter.drawPolygon(shape)
