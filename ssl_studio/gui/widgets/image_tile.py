"""How one image of a grid is painted."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from ssl_studio.gui import theme
from ssl_studio.gui.widgets.colour_picker import shown_colour
from ssl_studio.gui.widgets.grid_view import TileState
from ssl_studio.gui.widgets.painting import fill_rounded, outline

DOT_PX, MAX_DOTS = 9, 5


class Grounds:
    """What pictures lie on. Round corners cost more than the picture, so they are drawn once."""

    def __init__(self) -> None:
        self._made_for: tuple[QSize, float, str] | None = None
        self._plain, self._chosen = QPixmap(), QPixmap()

    def prepare(self, size: QSize, ratio: float) -> None:
        """For tiles of this size, on a screen with so many device pixels per pixel."""
        wanted = (size, ratio, theme.name())
        if wanted != self._made_for:
            self._made_for = wanted
            self._plain = _ground("tile", size, ratio)
            self._chosen = _ground("accent_soft", size, ratio)

    def of(self, state: TileState) -> QPixmap:
        """The ground of a tile."""
        return self._chosen if state.is_chosen else self._plain


def _ground(role: str, size: QSize, ratio: float) -> QPixmap:
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    fill_rounded(painter, QRect(0, 0, size.width(), size.height()), theme.colour(role))
    painter.end()
    return made


def draw_frame(painter: QPainter, tile: QRect, state: TileState) -> None:
    """The frame of a tile that is chosen, pointed at or under the cursor."""
    if state.is_chosen:
        outline(painter, tile, theme.colour("accent"), 2.5)
    elif state.is_hovered:
        outline(painter, tile, theme.colour("border_strong"), 1.5)
    if state.is_current:
        outline(painter, tile.adjusted(3, 3, -3, -3), theme.colour("text"), 1.2, dashed=True)


def draw_dots(painter: QPainter, tile: QRect, colours: Sequence[str]) -> None:
    """The tags of an image, in the lower right corner of its tile."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.colour("surface"))
    for number, colour in enumerate(colours[:MAX_DOTS]):
        painter.setBrush(shown_colour(colour))
        left = tile.right() - (number + 1) * (DOT_PX + 2) - 2
        painter.drawEllipse(left, tile.bottom() - DOT_PX - 4, DOT_PX, DOT_PX)


def draw_caption(painter: QPainter, line: QRect, words: str) -> None:
    """The line below a tile."""
    painter.setPen(theme.colour("muted"))
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, line.width())
    painter.drawText(line, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, shown)
