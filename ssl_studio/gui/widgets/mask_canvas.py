"""A picture under a grid of patches that are hidden and shown by dragging, clicking or keys."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.painting import draw_fitted_image, fill_rounded

Mask = NDArray[np.bool_]
Cell = tuple[int, int]

SMALLEST_PX = 120
MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


def cells_between(start: Cell, end: Cell) -> Iterator[Cell]:
    """The cells of a stroke from one cell to another, so that a fast hand leaves no holes."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(steps + 1):
        yield (
            round(start[0] + (end[0] - start[0]) * step / steps),
            round(start[1] + (end[1] - start[1]) * step / steps),
        )


def random_mask(grid: Cell, ratio: float, seed: int) -> Mask:
    """A share of the patches, drawn from a seed; a larger share hides the same ones and more."""
    count = grid[0] * grid[1]
    order = np.random.default_rng(seed).permutation(count)
    mask = np.zeros(count, np.bool_)
    mask[order[: round(ratio * count)]] = True
    return mask.reshape(grid)


class PicturePane(QWidget):
    """One picture as large as fits, square."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMinimumSize(SMALLEST_PX, SMALLEST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.image: QImage | None = None

    def show_image(self, image: QImage | None) -> None:
        """Show a picture, or an empty ground."""
        self.image = image
        self.update()

    def sizeHint(self) -> QSize:
        """A picture one can look at."""
        return QSize(320, 320)

    def area(self) -> QRect:
        """The square that the picture fills."""
        side = min(self.width(), self.height())
        return QRect((self.width() - side) // 2, 0, side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, picture, and what lies above it."""
        painter = QPainter(self)
        area = self.area()
        fill_rounded(painter, area, theme.colour("tile"))
        if self.image is not None:
            draw_fitted_image(painter, self.image, area)
            self.paint_above(painter, area)
        painter.end()

    def paint_above(self, painter: QPainter, area: QRect) -> None:
        """Nothing lies above a plain picture."""


class MaskCanvas(PicturePane):
    """Patches to be hidden by hand.

    The left button hides what it is dragged over, or shows it again where the stroke begins on a
    hidden patch or the eraser is on; the right button always shows. Arrows move a cursor, Space
    turns its patch over, with Shift the arrows carry on with that; I inverts, Del shows all, Ctrl+A
    hides all, R asks for another random mask.

    Signals: `mask_changed()` after every change by hand; `random_wanted()`.
    """

    mask_changed = Signal()
    random_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.eraser = False
        self.brush = 1
        self._mask: Mask = np.zeros((0, 0), np.bool_)
        self._cursor: Cell = (0, 0)
        self._hovered: Cell | None = None
        self._last: Cell | None = None
        self._hides = True

    # -- the mask ------------------------------------------------------------------------------

    @property
    def hidden(self) -> Mask:
        """True where hidden; a copy."""
        return self._mask.copy()

    def set_hidden(self, mask: Mask) -> None:
        """Show another mask without telling anybody."""
        self._mask = np.array(mask, np.bool_)
        rows, columns = self._mask.shape
        self._cursor = (min(self._cursor[0], rows - 1), min(self._cursor[1], columns - 1))
        self._describe()
        self.update()

    def change_hidden(self, mask: Mask) -> None:
        """Another mask by the user's hand."""
        self.set_hidden(mask)
        self.mask_changed.emit()

    def invert(self) -> None:
        """Hide what is shown and show what is hidden."""
        self.change_hidden(~self._mask)

    def show_all(self) -> None:
        """Hide nothing."""
        self.change_hidden(np.zeros_like(self._mask))

    def hide_all(self) -> None:
        """Show nothing."""
        self.change_hidden(np.ones_like(self._mask))

    def _dab(self, cells: Iterator[Cell] | list[Cell], hides: bool) -> None:
        """Put the brush down on cells."""
        before, wide = self._mask.copy(), self.brush
        for row, column in cells:
            top, left = row - (wide - 1) // 2, column - (wide - 1) // 2
            self._mask[max(0, top) : max(0, top + wide), max(0, left) : max(0, left + wide)] = hides
        if not np.array_equal(before, self._mask):
            self._describe()
            self.update()
            self.mask_changed.emit()

    def _describe(self) -> None:
        if not self._mask.size:
            return
        row, column = self._cursor
        state = tr("hidden") if self._mask[row, column] else tr("visible")
        self.setAccessibleDescription(
            tr("{n} of {all} patches are hidden. Row {row}, column {column}: {state}.").format(
                n=int(self._mask.sum()), all=self._mask.size, row=row + 1, column=column + 1,
                state=state,
            )
        )  # fmt: skip

    # -- mouse ---------------------------------------------------------------------------------

    def cell_at(self, place: QPointF) -> Cell | None:
        """The patch at a place of the widget."""
        area = self.area()
        rows, columns = self._mask.shape
        if not rows or not area.contains(place.toPoint()):
            return None
        row = int((place.y() - area.top()) * rows / area.height())
        column = int((place.x() - area.left()) * columns / area.width())
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        cell = self.cell_at(event.position())
        if cell is None:
            return
        self._last = self._cursor = cell
        erases = self.eraser or event.button() == Qt.MouseButton.RightButton
        self._hides = not erases and not self._mask[cell]
        self._dab([cell], self._hides)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry the stroke on."""
        cell = self.cell_at(event.position())
        if self._last is not None and cell is not None and cell != self._last:
            self._dab(cells_between(self._last, cell), self._hides)
            self._last = self._cursor = cell
        if cell != self._hovered:
            self._hovered = cell
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the stroke."""
        self._last = None

    def leaveEvent(self, event: object) -> None:
        """No patch is pointed at."""
        self._hovered = None
        self.update()

    # -- keys ----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, turn over, and the commands of the tools."""
        key, control = Qt.Key(event.key()), Qt.KeyboardModifier.ControlModifier
        if not self._mask.size:
            super().keyPressEvent(event)
        elif key in MOVES:
            self._move(
                MOVES[key], paints=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            )
        elif key == Qt.Key.Key_Space:
            self._hides = not self.eraser and not self._mask[self._cursor]
            self._dab([self._cursor], self._hides)
        elif key == Qt.Key.Key_A and event.modifiers() & control:
            self.hide_all()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.show_all()
        elif key == Qt.Key.Key_I:
            self.invert()
        elif key == Qt.Key.Key_R:
            self.random_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _move(self, by: Cell, *, paints: bool) -> None:
        rows, columns = self._mask.shape
        row, column = self._cursor[0] + by[0], self._cursor[1] + by[1]
        self._cursor = (min(max(row, 0), rows - 1), min(max(column, 0), columns - 1))
        if paints:
            self._dab([self._cursor], self._hides)
        self._describe()
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the cursor."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the cursor."""
        super().focusOutEvent(event)
        self.update()

    # -- painting ------------------------------------------------------------------------------

    def _place(self, area: QRect, cell: Cell) -> QRect:
        rows, columns = self._mask.shape
        top = area.top() + cell[0] * area.height() // rows
        left = area.left() + cell[1] * area.width() // columns
        bottom = area.top() + (cell[0] + 1) * area.height() // rows
        right = area.left() + (cell[1] + 1) * area.width() // columns
        return QRect(left, top, right - left, bottom - top)

    def paint_above(self, painter: QPainter, area: QRect) -> None:
        """Hidden patches, the patch pointed at, and the cursor of the keyboard."""
        if not self._mask.size:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        cover, edge = theme.colour("faint"), theme.colour("tile", 90)
        for row, column in np.argwhere(self._mask).tolist():
            place = self._place(area, (row, column))
            painter.fillRect(place, cover)
            painter.setPen(edge)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(0, 0, -1, -1))
        if self._hovered is not None:
            painter.setPen(QPen(theme.colour("accent"), 1))
            painter.drawRect(self._place(area, self._hovered).adjusted(0, 0, -1, -1))
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(self._place(area, self._cursor).adjusted(1, 1, -1, -1))
