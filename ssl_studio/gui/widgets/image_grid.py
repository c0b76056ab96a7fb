"""Thumbnails in a grid."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.models.image_model import IMAGE_ID, ImageModel
from ssl_studio.gui.models.larger_pictures import THUMBNAIL_PX
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.grid_view import GridView, TileState
from ssl_studio.gui.widgets.image_tile import Grounds, draw_caption, draw_dots, draw_frame
from ssl_studio.gui.widgets.painting import draw_fitted

TILE_PX = 112
ZOOM_PX = (48, 320)
CAPTION_PX = 20
MARGIN_PX = 3
CALM_MS = 80
"""A grid that has stood still for so long has its files decoded, where tiles are large."""

LOOK_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ImageGrid(GridView):
    """A grid of images.

    Signals: `selection_made(ids)` when the user chose other images; `image_opened(id)` on double
    click; `look_wanted(id)` on Space or Enter; `neighbours_wanted(id)` from the menu or the key N;
    `tags_wanted(place)` on the key T, with a place on the screen for a menu.
    """

    selection_made = Signal(object)
    image_opened = Signal(int)
    look_wanted = Signal(int)
    tags_wanted = Signal(QPoint)
    neighbours_wanted = Signal(int)

    def __init__(self, name: str, *, captions: bool = False, parent: QWidget | None = None) -> None:
        below_px = CAPTION_PX if captions else 0
        super().__init__(TILE_PX, lambda width: width + below_px, zoom_px=ZOOM_PX, parent=parent)
        self._is_following = False
        self._grounds = Grounds()
        self._side_px = 0.0  # of pictures, in device pixels
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self._want_larger)
        self.images = ImageModel(self)
        self.setModel(self.images)
        self.setAccessibleName(name)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.images.pictures_arrived.connect(self._on_pictures)
        self.images.pictures_gone.connect(self.viewport().update)
        self.ids_selected.connect(self._on_ids_selected)
        self.doubleClicked.connect(lambda index: self.image_opened.emit(index.data(IMAGE_ID)))

    def selected_ids(self) -> NDArray[np.int64]:
        """The chosen images in the order shown."""
        return self.images.ids[self.selected_rows()]

    def current_id(self) -> int | None:
        """The image that the cursor is on."""
        index = self.currentIndex()
        return index.data(IMAGE_ID) if index.isValid() else None

    def follow_selection(self, image_ids: NDArray[np.int64] | Sequence[int]) -> None:
        """Show images as chosen without saying so."""
        rows = self.images.rows_of(np.asarray(image_ids, dtype=np.int64))
        if np.array_equal(rows, self.selected_rows()):
            return
        self._is_following = True
        self.selectionModel().select(
            self._spans(rows), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        if len(rows):
            first = self.images.index(int(rows[0]), 0)
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            self.selectionModel().setCurrentIndex(first, flag)
            self.scrollTo(first)
        self._is_following = False

    def _spans(self, rows: NDArray[np.int64]) -> QItemSelection:
        """Rows as few ranges: a selection of everything is one."""
        selection = QItemSelection()
        for span in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1):
            if len(span):
                first, last = int(span[0]), int(span[-1])
                selection.select(self.images.index(first, 0), self.images.index(last, 0))
        return selection

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter look, N asks for neighbours, T for tags, Escape lets go of all."""
        current, key = self.current_id(), event.key()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if current is not None and plain and key in LOOK_KEYS:
            self.look_wanted.emit(current)
        elif current is not None and plain and key == Qt.Key.Key_N:
            self.neighbours_wanted.emit(current)
        elif current is not None and plain and key == Qt.Key.Key_T:
            place = self.visualRect(self.currentIndex()).center()
            self.tags_wanted.emit(self.viewport().mapToGlobal(place))
        elif key == Qt.Key.Key_Escape and len(self.selected_rows()):
            self.clearSelection()
        else:
            super().keyPressEvent(event)

    def do(self, command_id: str) -> bool:
        """What a grid can do, and looking at the current image."""
        if command_id != "open_large":
            return super().do(command_id)
        chosen = self.selected_ids()
        current = self.current_id()
        if len(chosen) and (current is None or current not in chosen):
            current = int(chosen[0])
        if current is not None:
            self.look_wanted.emit(current)
        return True

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """All that tiles have in common, then the tiles."""
        places = self.places()
        self._grounds.prepare(QSize(places.width, places.width), self.devicePixelRatioF())
        self._side_px = (places.width - 2 * MARGIN_PX) * self.devicePixelRatioF()
        super().paintEvent(event)
        if self._side_px > THUMBNAIL_PX:
            self._calm.start()

    def paint_tile(self, painter: QPainter, rect: QRect, row: int, state: TileState) -> None:
        """The whole picture on a quiet ground, a frame when chosen, the caption below."""
        images = self.images
        image_id = int(images.ids[row])
        tile = QRect(rect.left(), rect.top(), rect.width(), rect.width())
        painter.drawPixmap(rect.topLeft(), self._grounds.of(state))
        picture = images.picture(image_id, self._side_px)
        if picture is not None:
            room = tile.adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
            draw_fitted(painter, picture, room)
        elif images.is_without(image_id):
            painter.setPen(theme.colour("faint"))
            painter.drawText(tile, Qt.AlignmentFlag.AlignCenter, tr("no picture"))
        if any(state):
            draw_frame(painter, tile, state)
        dots = images.dots(image_id)
        if dots:
            draw_dots(painter, tile, dots)
        if images.has_captions:
            below = QRect(rect.left(), tile.bottom() + 1, rect.width(), CAPTION_PX)
            draw_caption(painter, below, images.caption(row))

    def _want_larger(self) -> None:
        """Have the files of what is in view decoded, where thumbnails have too few pixels."""
        if self.isVisible():
            rows = self.visible_rows()
            shown = self.images.ids[rows.start : rows.stop].tolist()
            self.images.want_larger(shown, self._side_px)

    def _on_pictures(self, image_ids: frozenset[int]) -> None:
        """Paint the tiles anew that have got their picture; the others stay as they are."""
        rows = self.visible_rows()
        for row, image_id in zip(
            rows, self.images.ids[rows.start : rows.stop].tolist(), strict=True
        ):
            if image_id in image_ids:
                self.update_row(row)

    def _on_ids_selected(self) -> None:
        if not self._is_following:
            self.selection_made.emit(self.selected_ids())

    def _show_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if not index.isValid():
            return
        image_id = index.data(IMAGE_ID)
        menu = QMenu(self)
        look = QAction(tr("Large view"), menu)
        look.triggered.connect(lambda: self.look_wanted.emit(image_id))
        menu.addAction(look)
        ask = QAction(tr("Show neighbours"), menu)
        ask.triggered.connect(lambda: self.neighbours_wanted.emit(image_id))
        menu.addAction(ask)
        for action in self.actions():
            menu.addAction(action)
        menu.exec(self.viewport().mapToGlobal(place))
        menu.deleteLater()
