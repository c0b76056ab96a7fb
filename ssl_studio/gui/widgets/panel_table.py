"""Pictures in rows that belong side by side, with the names of the columns above."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.widgets.painting import draw_fitted_image, fill_rounded

HEAD_PX = 32
CAPTION_PX = 22
LEAST_TILE_PX = 32
LARGER = 1.5


@dataclass(frozen=True, slots=True)
class PanelRow:
    """Pictures side by side, as many as there are columns; None where one is missing."""

    pictures: tuple[QImage | None, ...]
    caption: str = ""
    image_id: int | None = None


class PanelTable(QWidget):
    """All rows, in blocks side by side that fill the width; lies in a scroll area.

    Tiles are near the size that is wished for, as it fits.
    """

    row_opened = Signal(int)

    def __init__(self, name: str, tile_px: int = 128, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setProperty("role", "plain")
        self._wished_px = self._tile_px = tile_px
        self.columns: tuple[str, ...] = ()
        self.rows: list[PanelRow] = []

    def set_rows(self, columns: Sequence[str], rows: Sequence[PanelRow]) -> None:
        """Show these."""
        self.columns, self.rows = tuple(columns), list(rows)
        self._fit_height(self.width())
        self.update()

    def set_tile(self, tile_px: int) -> None:
        """Show pictures larger or smaller."""
        self._wished_px = tile_px
        self._fit_height(self.width())
        self.update()

    @property
    def tile_px(self) -> int:
        """The side of a tile as it is now."""
        return self._tile_px

    def _block_width(self) -> int:
        return self._width_with(self._tile_px)

    def _width_with(self, tile_px: int) -> int:
        return max(1, len(self.columns)) * (tile_px + theme.GAP) + self._block_gap()

    def _block_gap(self) -> int:
        return 2 * theme.WIDE if len(self.columns) > 1 else 0

    def _head(self) -> int:
        return HEAD_PX if any(self.columns) else theme.WIDE

    def blocks(self, width_px: int) -> int:
        """How many rows stand side by side: so many that tiles come nearest to their size."""
        fitting = round((width_px - theme.WIDE) / self._width_with(self._wished_px))
        return max(1, min(fitting, len(self.rows)))

    def _fitted(self, width_px: int) -> int:
        """The tile with which the blocks fill the width, at most half as large again."""
        room = (width_px - theme.WIDE) // self.blocks(width_px) - self._block_gap()
        tile_px = room // max(1, len(self.columns)) - theme.GAP
        return max(LEAST_TILE_PX, min(tile_px, round(LARGER * self._wished_px)))

    def _row_height(self) -> int:
        has_caption = any(row.caption for row in self.rows)
        gap_px = theme.WIDE if len(self.columns) > 1 else theme.GAP
        return self._tile_px + gap_px + (CAPTION_PX if has_caption else 0)

    def _fit_height(self, width_px: int) -> None:
        self._tile_px = self._fitted(width_px)
        lines = -(-len(self.rows) // self.blocks(width_px))
        self.setMinimumHeight(self._head() + lines * self._row_height() + theme.WIDE)

    def resizeEvent(self, event: object) -> None:
        """More or fewer blocks side by side."""
        self._fit_height(self.width())

    def sizeHint(self) -> QSize:
        """One block wide."""
        return QSize(self._block_width(), self.minimumHeight())

    def _corner(self, number: int) -> tuple[int, int]:
        line, block = divmod(number, self.blocks(self.width()))
        return theme.WIDE + block * self._block_width(), self._head() + line * self._row_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Heads, then the rows that are in view."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_heads(painter)
        for number, row in enumerate(self.rows):
            left, top = self._corner(number)
            if top + self._row_height() >= event.rect().top() and top <= event.rect().bottom():
                self._paint_row(painter, row, left, top)
        painter.end()

    def _paint_heads(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPointSizeF(self.font().pointSizeF() - 1)
        painter.setFont(font)
        painter.setPen(theme.colour("muted"))
        for block in range(min(self.blocks(self.width()), len(self.rows))):
            for column, words in enumerate(self.columns):
                left = (
                    theme.WIDE + block * self._block_width() + column * (self._tile_px + theme.GAP)
                )
                place = QRect(left, 0, self._tile_px, HEAD_PX)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_row(self, painter: QPainter, row: PanelRow, left: int, top: int) -> None:
        for column, picture in enumerate(row.pictures):
            x = left + column * (self._tile_px + theme.GAP)
            place = QRect(x, top, self._tile_px, self._tile_px)
            fill_rounded(painter, place, theme.colour("tile"))
            if picture is not None:
                draw_fitted_image(painter, picture, place.adjusted(2, 2, -2, -2))
        if row.caption:
            width = self._block_width() - self._block_gap()
            place = QRect(left, top + self._tile_px, width, CAPTION_PX)
            painter.setPen(theme.colour("muted"))
            words = painter.fontMetrics().elidedText(
                row.caption, Qt.TextElideMode.ElideRight, width
            )
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)

    def row_at(self, x_px: int, y_px: int) -> PanelRow | None:
        """The row at a place."""
        for number, row in enumerate(self.rows):
            left, top = self._corner(number)
            if left <= x_px < left + self._block_width() and top <= y_px < top + self._row_height():
                return row
        return None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the image of a row."""
        place = event.position().toPoint()
        row = self.row_at(place.x(), place.y())
        if row is not None and row.image_id is not None:
            self.row_opened.emit(row.image_id)
