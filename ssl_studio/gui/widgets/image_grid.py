"""Thumbnails in a grid."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.models.image_model import ImageModel, ImageRole
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.grid_view import GridView
from ssl_studio.gui.widgets.painting import draw_fitted, fill_rounded, outline

TILE_PX = 112
ZOOM_PX = (48, 320)
CAPTION_PX = 20
DOT_PX, MAX_DOTS = 9, 5
SMALL_PX = 80
"""Below this width corners are not rounded: hundreds of them would cost more than the pictures."""


LOOK_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TileDelegate(QStyledItemDelegate):
    """Paints one thumbnail: the whole picture on a quiet ground, a frame when chosen."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Called for tiles in view only."""
        caption = index.data(ImageRole.CAPTION)
        ground: QRect = option.rect.adjusted(0, 0, 0, -CAPTION_PX if caption else 0)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        fill = theme.colour("accent_soft" if selected else "tile")
        if ground.width() < SMALL_PX:
            painter.fillRect(ground, fill)
        else:
            fill_rounded(painter, ground, fill)
        pixmap = index.data(ImageRole.PIXMAP)
        if pixmap is not None:
            draw_fitted(painter, pixmap, ground.adjusted(3, 3, -3, -3))
        elif index.data(ImageRole.WITHOUT):
            painter.setPen(theme.colour("faint"))
            painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, tr("no picture"))
        dots = index.data(ImageRole.DOTS)
        if dots:
            self._dots(painter, ground, dots)
        self._frame(painter, ground, option, selected)
        if caption:
            below = QRect(ground.left(), ground.bottom() + 1, ground.width(), CAPTION_PX)
            painter.setPen(theme.colour("muted"))
            text = painter.fontMetrics().elidedText(
                caption, Qt.TextElideMode.ElideRight, below.width()
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)

    @staticmethod
    def _dots(painter: QPainter, ground: QRect, colours: Sequence[str]) -> None:
        """The tags of the image, in its lower right corner."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("surface"))
        for number, colour in enumerate(colours[:MAX_DOTS]):
            painter.setBrush(QColor(colour))
            left = ground.right() - (number + 1) * (DOT_PX + 2) - 2
            painter.drawEllipse(left, ground.bottom() - DOT_PX - 4, DOT_PX, DOT_PX)

    @staticmethod
    def _frame(
        painter: QPainter, ground: QRect, option: QStyleOptionViewItem, selected: bool
    ) -> None:
        if selected:
            outline(painter, ground, theme.colour("accent"), 2.5)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            outline(painter, ground, theme.colour("border_strong"), 1.5)
        if option.state & QStyle.StateFlag.State_HasFocus:
            outline(painter, ground.adjusted(3, 3, -3, -3), theme.colour("text"), 1.2, dashed=True)


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
        self.images = ImageModel(self)
        self.setModel(self.images)
        self.setItemDelegate(TileDelegate(self))
        self.setAccessibleName(name)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.images.pictures_arrived.connect(self._on_pictures)
        self.images.pictures_gone.connect(self.viewport().update)
        self.ids_selected.connect(self._on_ids_selected)
        self.doubleClicked.connect(lambda index: self.image_opened.emit(index.data(ImageRole.ID)))

    def selected_ids(self) -> NDArray[np.int64]:
        """The chosen images in the order shown."""
        return self.images.ids[self.selected_rows()]

    def current_id(self) -> int | None:
        """The image that the cursor is on."""
        index = self.currentIndex()
        return index.data(ImageRole.ID) if index.isValid() else None

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
            self.scrollTo(self.images.index(int(rows[0]), 0))
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
        """Space and Enter look at the image; N asks for neighbours; the rest is Qt's."""
        current, key = self.current_id(), event.key()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if current is not None and plain and key in LOOK_KEYS:
            self.look_wanted.emit(current)
        elif current is not None and plain and key == Qt.Key.Key_N:
            self.neighbours_wanted.emit(current)
        elif current is not None and plain and key == Qt.Key.Key_T:
            place = self.visualRect(self.currentIndex()).center()
            self.tags_wanted.emit(self.viewport().mapToGlobal(place))
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
        image_id = index.data(ImageRole.ID)
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
