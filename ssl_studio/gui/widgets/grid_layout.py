"""Where the tiles of a grid stand: arithmetic, so that a million cost as much as a hundred.

Places are in content coordinates: (0, 0) is the upper left corner of everything, not of the part
that is in view.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractItemView

Step = QAbstractItemView.CursorAction


@dataclass(frozen=True, slots=True)
class GridLayout:
    """`count` tiles of one size, left to right and top to bottom, a gap around each."""

    count: int
    columns: int
    width: int
    height: int
    gap: int

    @classmethod
    def filling(
        cls, room_px: int, count: int, least_px: int, gap: int, height_for: Callable[[int], int]
    ) -> "GridLayout":
        """As many columns as there is room for, the tiles stretched to fill it."""
        columns = max(1, (room_px - gap) // (least_px + gap))
        width = max(least_px, (room_px - gap * (columns + 1)) // columns)
        return cls(count, columns, width, height_for(width), gap)

    @property
    def line_height(self) -> int:
        """From one line of tiles to the next."""
        return self.height + self.gap

    @property
    def total_height(self) -> int:
        """The height of everything."""
        lines = -(-self.count // self.columns)
        return lines * self.line_height + self.gap

    def corner(self, row: int) -> tuple[int, int]:
        """Left and top of a tile."""
        line, column = divmod(row, self.columns)
        left = self.gap + column * (self.width + self.gap)
        return left, self.gap + line * self.line_height

    def rect(self, row: int) -> QRect:
        """Where a tile stands."""
        left, top = self.corner(row)
        return QRect(left, top, self.width, self.height)

    def row_at(self, place: QPoint) -> int:
        """The tile at a place, -1 between tiles and beyond them."""
        column, in_column = divmod(place.x() - self.gap, self.width + self.gap)
        line, in_line = divmod(place.y() - self.gap, self.line_height)
        if in_column >= self.width or in_line >= self.height:
            return -1
        row = line * self.columns + column
        return row if 0 <= column < self.columns and 0 <= row < self.count else -1

    def row_near(self, place: QPoint) -> int:
        """The tile nearest to a place, -1 where there is none."""
        column = (place.x() - self.gap // 2) // (self.width + self.gap)
        line = (place.y() - self.gap // 2) // self.line_height
        column = max(0, min(self.columns - 1, column))
        return min(self.count - 1, max(0, line) * self.columns + column)

    def row_after(self, row: int, step: Step, room_px: int) -> int:
        """Where a key of the cursor leads from a tile; `room_px` is the height of a page."""
        page = max(1, room_px // self.height) * self.columns
        moves = {
            Step.MoveLeft: -1,
            Step.MovePrevious: -1,
            Step.MoveRight: 1,
            Step.MoveNext: 1,
            Step.MoveUp: -self.columns,
            Step.MoveDown: self.columns,
            Step.MovePageUp: -page,
            Step.MovePageDown: page,
            Step.MoveHome: -self.count,
            Step.MoveEnd: self.count,
        }
        wanted = row + moves.get(step, 0)
        if step in (Step.MoveUp, Step.MoveDown) and not 0 <= wanted < self.count:
            return row
        return max(0, min(self.count - 1, wanted))

    def rows_between(self, top: int, bottom: int) -> range:
        """The tiles that touch a stripe, both ends included."""
        first = max(0, top // self.line_height) * self.columns
        end = (max(-1, (bottom - self.gap) // self.line_height) + 1) * self.columns
        return range(min(first, self.count), min(self.count, end))

    def first_at(self, top: int) -> int:
        """The first tile of the line at a height, 0 where there is none."""
        return max(0, min(top // self.line_height * self.columns, self.count - 1))

    def span_between(self, ends: QRect) -> Iterator[tuple[int, int]]:
        """First and last tile from one corner of a rectangle to the other, in reading order."""
        first, last = sorted(self.row_near(end) for end in (ends.topLeft(), ends.bottomRight()))
        if first >= 0:
            yield first, last

    def spans_in(self, band: QRect) -> Iterator[tuple[int, int]]:
        """First and last tile, line by line, of those that a rectangle touches."""
        across, down = self.width + self.gap, self.line_height
        left = max(0, band.left() // across)
        right = min(self.columns - 1, band.right() // across)
        for line in range(max(0, band.top() // down), band.bottom() // down + 1):
            first = line * self.columns + left
            last = min(line * self.columns + right, self.count - 1)
            if first <= last:
                yield first, last
