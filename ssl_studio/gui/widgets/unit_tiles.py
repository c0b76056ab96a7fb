"""Tiles that show one picture or a small mosaic: filters, units, crops, heads."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QObject,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.models.cells import NOWHERE, Index
from ssl_studio.gui.models.thumbnails import ThumbnailStore
from ssl_studio.gui.widgets.grid_view import GridView
from ssl_studio.gui.widgets.heat import WHOLE, Box, draw_heat, part_of, source_rect, view_box
from ssl_studio.gui.widgets.painting import fill_rounded, fitted, outline

LINE_PX = 17
MOSAIC_GAP_PX = 2
SHARP_UP_TO_PX = 16
"""Pictures of fewer pixels keep them sharp: there each weight is to be seen."""


@dataclass(frozen=True, slots=True)
class Part:
    """A picture of a tile: drawn pixels, or a part of a thumbnail by its image id.

    `heat` (see widgets/heat.py) lies over the view that the network has of a whole thumbnail,
    `margin` parts of its centre square, and so does `frame`, the outline of a box of the
    thumbnail.
    """

    picture: QImage | None = None
    image_id: int | None = None
    box: Box = WHOLE
    heat: QImage | None = None
    margin: float = 1.0
    frame: Box | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """Pictures in a square, or `empty` words; with a line or two of words below."""

    key: int
    parts: tuple[Part, ...]
    title: str = ""
    detail: str = ""
    tip: str = ""
    empty: str = ""


class TileRole(IntEnum):
    """What a tile asks for."""

    TILE = Qt.ItemDataRole.UserRole + 1


class TileModel(QAbstractListModel):
    """Tiles in the order given; thumbnails come from a store."""

    pictures_arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tiles: list[Tile] = []
        self.thumbnails: ThumbnailStore | None = None

    def set_thumbnails(self, thumbnails: ThumbnailStore | None) -> None:
        """Where pictures come from."""
        if thumbnails is not None and thumbnails is not self.thumbnails:
            thumbnails.arrived.connect(self.pictures_arrived)
        self.thumbnails = thumbnails

    def set_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these; where the keys are the same, the cursor and the scroll stay."""
        same = [tile.key for tile in tiles] == [tile.key for tile in self.tiles]
        if same:
            self.tiles = list(tiles)
            if self.tiles:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.tiles) - 1, 0))
            return
        self.beginResetModel()
        self.tiles = list(tiles)
        self.endResetModel()

    def row_of(self, key: int) -> int | None:
        """Where the tile of a key is."""
        return next((row for row, tile in enumerate(self.tiles) if tile.key == key), None)

    def pixmap(self, part: Part) -> QPixmap | None:
        """The thumbnail of a part, None while it is on its way."""
        if part.image_id is None or self.thumbnails is None:
            return None
        return self.thumbnails.pixmap(part.image_id)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many tiles."""
        return 0 if parent.isValid() else len(self.tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The tile, or its words."""
        if not 0 <= index.row() < len(self.tiles):
            return None
        tile = self.tiles[index.row()]
        if role == TileRole.TILE:
            return tile
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{tile.title} {tile.detail}".strip()
        if role == Qt.ItemDataRole.ToolTipRole:
            return tile.tip or None
        return None


class TileDelegate(QStyledItemDelegate):
    """Paints one tile."""

    def __init__(self, view: "TileGrid") -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Called for tiles in view only."""
        tile, model = index.data(TileRole.TILE), index.model()
        if not isinstance(tile, Tile) or not isinstance(model, TileModel):
            return
        rect: QRect = option.rect
        ground = QRect(rect.left(), rect.top(), rect.width(), rect.width())
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        fill_rounded(painter, ground, theme.colour("accent_soft" if selected else "tile"))
        self._mosaic(painter, ground.adjusted(3, 3, -3, -3), model, tile)
        if not tile.parts and tile.empty:
            painter.setPen(theme.colour("faint"))
            painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, tile.empty)
        if selected:
            outline(painter, ground, theme.colour("accent"), 2.5)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            outline(painter, ground, theme.colour("border_strong"), 1.5)
        if option.state & QStyle.StateFlag.State_HasFocus:
            outline(painter, ground.adjusted(3, 3, -3, -3), theme.colour("text"), 1.2, dashed=True)
        self._words(painter, QRect(rect.left(), ground.bottom() + 2, rect.width(), LINE_PX), tile)

    def _mosaic(self, painter: QPainter, area: QRect, model: TileModel, tile: Tile) -> None:
        across = 1
        while across * across < len(tile.parts):
            across += 1
        side = (area.width() - MOSAIC_GAP_PX * (across - 1)) // across
        for number, part in enumerate(tile.parts):
            line, column = divmod(number, across)
            left = area.left() + column * (side + MOSAIC_GAP_PX)
            top = area.top() + line * (side + MOSAIC_GAP_PX)
            self._part(painter, QRect(left, top, side, side), model, part)

    def _part(self, painter: QPainter, area: QRect, model: TileModel, part: Part) -> None:
        if part.picture is not None:
            place = fitted(part.picture.size(), area)
            is_small = max(part.picture.width(), part.picture.height()) <= SHARP_UP_TO_PX
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_small)
            painter.drawImage(place, part.picture)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
            self._heat(painter, place, part, part.picture.size())
            return
        pixmap = model.pixmap(part)
        if pixmap is None:
            return
        source = source_rect(pixmap, part.box)
        place = fitted(QSize(round(source.width()), round(source.height())), area)
        painter.drawPixmap(QRectF(place), pixmap, source)
        if part.box == WHOLE:
            self._heat(painter, place, part, pixmap.size())

    def _heat(self, painter: QPainter, place: QRect, part: Part, size: QSize) -> None:
        if part.heat is not None and self._view.opacity > 0:
            view = part_of(QRectF(place), view_box(size, part.margin))
            draw_heat(painter, view, part.heat, self._view.opacity)
        if part.frame is not None:
            framed = part_of(QRectF(place), part.frame).adjusted(1, 1, -1, -1)
            for width_px, colour in ((3.0, QColor(0, 0, 0, 160)), (1.2, QColor(255, 255, 255))):
                painter.setPen(QPen(colour, width_px))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(framed)

    def _words(self, painter: QPainter, line: QRect, tile: Tile) -> None:
        for words, role in ((tile.title, "text"), (tile.detail, "muted")):
            if self._view.lines and words:
                painter.setPen(theme.colour(role))
                shown = painter.fontMetrics().elidedText(
                    words, Qt.TextElideMode.ElideRight, line.width()
                )
                painter.drawText(line, Qt.AlignmentFlag.AlignCenter, shown)
                line = line.translated(0, LINE_PX)


class TileGrid(GridView):
    """A grid of tiles.

    Signals: `key_chosen(key)` when the cursor comes to another tile; `key_opened(key)` on double
    click or Enter.
    """

    key_chosen = Signal(int)
    key_opened = Signal(int)

    def __init__(
        self,
        name: str,
        tile_px: int,
        *,
        lines: int = 1,
        zoom_px: tuple[int, int] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        below_px = lines * LINE_PX + 4 if lines else 0
        super().__init__(tile_px, lambda width: width + below_px, zoom_px=zoom_px, parent=parent)
        self.lines = lines
        self.opacity = 0.0
        self.tiles = TileModel(self)
        self.setModel(self.tiles)
        self.setItemDelegate(TileDelegate(self))
        self.setSelectionMode(GridView.SelectionMode.SingleSelection)
        self.setAccessibleName(name)
        self.tiles.pictures_arrived.connect(self.viewport().update)
        self.ids_selected.connect(self._on_selected)
        self.doubleClicked.connect(lambda index: self.key_opened.emit(self._key(index)))

    def stand_still(self) -> None:
        """Be a part of a pane that scrolls as a whole: no bar, and the pane's ground."""
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("role", "")

    def set_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these."""
        self.tiles.set_tiles(tiles)
        self.viewport().update()

    def set_opacity(self, opacity: float) -> None:
        """How much of the heat covers the pictures, in [0, 1]."""
        self.opacity = opacity
        self.viewport().update()

    def choose(self, key: int) -> bool:
        """Put the cursor on a tile; False where there is no such key."""
        row = self.tiles.row_of(key)
        if row is None:
            return False
        index = self.tiles.index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    def current_key(self) -> int | None:
        """The key of the chosen tile."""
        index = self.currentIndex()
        return self._key(index) if index.isValid() else None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the pane where there is nothing to scroll."""
        if self.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
            event.ignore()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open; the rest is Qt's."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        key = self.current_key()
        if event.key() in keys and key is not None:
            self.key_opened.emit(key)
        else:
            super().keyPressEvent(event)

    @staticmethod
    def _key(index: Index) -> int:
        tile = index.data(TileRole.TILE)
        assert isinstance(tile, Tile)
        return tile.key

    def _on_selected(self) -> None:
        rows = self.selected_rows()
        if len(rows):
            self.key_chosen.emit(self.tiles.tiles[int(rows[0])].key)
