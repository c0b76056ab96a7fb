"""Clusters as cards: a mosaic of what they hold, a name, a size, and what labels go in."""

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.models.cells import NOWHERE, Index
from ssl_studio.gui.models.thumbnails import ThumbnailStore
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.colour_picker import shown_colour
from ssl_studio.gui.widgets.grid_layout import GridLayout
from ssl_studio.gui.widgets.grid_view import ZOOM_STEP_PX, GridView
from ssl_studio.gui.widgets.painting import draw_cover, draw_shares, fill_rounded, outline

MOSAIC_COLUMNS, MOSAIC_ROWS = 3, 2
CARD_PX = 208
ZOOM_PX = (144, 400)
FOOT_PX = 68
BORDER_COLUMNS = 4
SHARES = 8
"""Labels that get a part of their own in the bar below a card."""
BORDER_PX = 34
"""Height of the strip of borderline images with the gap above it."""


@dataclass(frozen=True, slots=True)
class ClusterCard:
    """What a card shows.

    Attributes:
        representatives, borderline: images nearest to the centre, and nearest to another one.
        mix: (label, number of images), the most frequent first.
        spread: mean distance of its images to their centre; NaN where it is not known.
    """

    id: int
    name: str
    colour: str
    size: int
    representatives: tuple[int, ...] = ()
    mix: tuple[tuple[str, int], ...] = ()
    note: str = ""
    borderline: tuple[int, ...] = ()
    spread: float = float("nan")

    @property
    def purity(self) -> float:
        """Share of the most frequent label among the labelled images, NaN without labels."""
        labelled = sum(number for _label, number in self.mix)
        return self.mix[0][1] / labelled if labelled else float("nan")


class CardRole(IntEnum):
    """What a card asks for."""

    CARD = Qt.ItemDataRole.UserRole + 1


class ClusterModel(QAbstractListModel):
    """Clusters in the order given."""

    pictures_arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cards: list[ClusterCard] = []
        self.label_numbers: dict[str, int] = {}
        self.thumbnails: ThumbnailStore | None = None

    def set_thumbnails(self, thumbnails: ThumbnailStore | None) -> None:
        """Where pictures come from."""
        if thumbnails is not None and thumbnails is not self.thumbnails:
            thumbnails.arrived.connect(self.pictures_arrived)
        self.thumbnails = thumbnails

    def set_cards(self, cards: list[ClusterCard]) -> None:
        """Show these; if only their faces changed, selection and scroll stay."""
        same = [card.id for card in cards] == [card.id for card in self.cards]
        if not same:
            self.beginResetModel()
        self.cards = list(cards)
        labels = sorted({label for card in cards for label, _number in card.mix})
        self.label_numbers = {name: number for number, name in enumerate(labels)}
        if same and cards:
            self.dataChanged.emit(self.index(0, 0), self.index(len(cards) - 1, 0))
        elif not same:
            self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many clusters."""
        return 0 if parent.isValid() else len(self.cards)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The card, or its name."""
        if not 0 <= index.row() < len(self.cards):
            return None
        card = self.cards[index.row()]
        if role == CardRole.CARD:
            return card
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return card.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return card_tip(card)
        return None


def card_tip(card: ClusterCard) -> str:
    """The label mix and the note, line by line."""
    lines = [f"{label}: {text.count(number)}" for label, number in card.mix[:8]]
    return "\n".join([card.name, *lines, *([card.note] if card.note else [])])


class CardDelegate(QStyledItemDelegate):
    """Paints one card."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Called for cards in view only."""
        model = index.model()
        card = index.data(CardRole.CARD)
        if not isinstance(model, ClusterModel) or not isinstance(card, ClusterCard):
            return
        rect: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        fill_rounded(painter, rect, theme.colour("surface"), 8)
        faces = rect.adjusted(8, 8, -8, -FOOT_PX)
        self._mosaic(painter, faces.adjusted(0, 0, 0, -BORDER_PX), model, card)
        strip = QRect(faces.left(), faces.bottom() - BORDER_PX + 5, faces.width(), BORDER_PX - 4)
        self._borderline(painter, strip, option, model, card)
        foot = QRect(rect.left() + 12, rect.bottom() - FOOT_PX + 8, rect.width() - 24, FOOT_PX - 20)
        self._words(painter, foot, option, card)
        if card.mix:
            bar = QRect(foot.left(), foot.bottom() + 1, foot.width(), 4)
            labelled = sum(number for _label, number in card.mix)
            shares = [
                (number / labelled, QColor(theme.category_css(model.label_numbers[label])))
                for label, number in card.mix[:SHARES]
            ]
            draw_shares(painter, bar, shares)
        hovered = option.state & QStyle.StateFlag.State_MouseOver
        line = "accent" if selected else "border_strong" if hovered else "border"
        outline(painter, rect, theme.colour(line), 2.5 if selected else 1.0)
        if option.state & QStyle.StateFlag.State_HasFocus:
            outline(painter, rect.adjusted(3, 3, -3, -3), theme.colour("text"), 1.2, dashed=True)

    @staticmethod
    def _mosaic(painter: QPainter, area: QRect, model: ClusterModel, card: ClusterCard) -> None:
        gap = 3
        width = (area.width() - gap * (MOSAIC_COLUMNS - 1)) // MOSAIC_COLUMNS
        height = (area.height() - gap * (MOSAIC_ROWS - 1)) // MOSAIC_ROWS
        for position in range(MOSAIC_COLUMNS * MOSAIC_ROWS):
            line, column = divmod(position, MOSAIC_COLUMNS)
            place = QRect(
                area.left() + column * (width + gap),
                area.top() + line * (height + gap),
                width,
                height,
            )
            painter.fillRect(place, theme.colour("tile"))
            if position < len(card.representatives):
                _picture(painter, place, model, card.representatives[position])

    @staticmethod
    def _borderline(
        painter: QPainter,
        strip: QRect,
        option: QStyleOptionViewItem,
        model: ClusterModel,
        card: ClusterCard,
    ) -> None:
        """The doubtful images, small, at the right; what they are stands before them."""
        if not card.borderline:
            return
        gap, side = 3, strip.height()
        first = strip.right() - len(card.borderline) * (side + gap) + gap + 1
        words = QRect(strip.left(), strip.top(), first - strip.left() - gap, side)
        small = QFont(option.font)
        small.setPointSizeF(option.font.pointSizeF() - 2)
        painter.setFont(small)
        painter.setPen(theme.colour("faint"))
        said = painter.fontMetrics().elidedText(
            tr("Borderline"), Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, said)
        painter.setFont(option.font)
        for position, image_id in enumerate(card.borderline):
            place = QRect(first + position * (side + gap), strip.top(), side, side)
            painter.fillRect(place, theme.colour("tile"))
            _picture(painter, place, model, image_id)

    @staticmethod
    def _words(
        painter: QPainter, foot: QRect, option: QStyleOptionViewItem, card: ClusterCard
    ) -> None:
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setBrush(shown_colour(card.colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(foot.left(), foot.top() + 6, 9, 9)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        name = QRect(foot.left() + 16, foot.top(), foot.width() - 16, 22)
        elided = painter.fontMetrics().elidedText(
            card.name, Qt.TextElideMode.ElideRight, name.width()
        )
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, elided)
        painter.setFont(option.font)
        painter.setPen(theme.colour("muted"))
        below = QRect(foot.left(), foot.top() + 22, foot.width(), 20)
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, card_line(card))


def _picture(painter: QPainter, place: QRect, model: ClusterModel, image_id: int) -> None:
    """An image in a place, or nothing while it is on its way."""
    pixmap = None if model.thumbnails is None else model.thumbnails.pixmap(image_id)
    if pixmap is not None:
        draw_cover(painter, pixmap, place)


def card_line(card: ClusterCard) -> str:
    """Size, and the most frequent label with its share."""
    size = text.counted(card.size, tr("image"), tr("images"))
    if not card.mix:
        return size
    return f"{text.count(card.size)} · {round(100 * card.purity)} % {card.mix[0][0]}"


def card_height(width_px: int) -> int:
    """The height at which the mosaic's pictures are square."""
    return (width_px - 16) * MOSAIC_ROWS // MOSAIC_COLUMNS + BORDER_PX + 8 + FOOT_PX


class ClusterGallery(GridView):
    """All clusters, as large as they fit without scrolling until the user zooms.

    Signals: `cluster_opened(id)` on double click or Enter; `menu_wanted(global place)`.
    """

    cluster_opened = Signal(int)
    menu_wanted = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(CARD_PX, card_height, gap_px=theme.WIDE, zoom_px=ZOOM_PX, parent=parent)
        self._is_fitted = True
        self.clusters = ClusterModel(self)
        self.setModel(self.clusters)
        self.clusters.modelReset.connect(self._fit)
        self.setItemDelegate(CardDelegate(self))
        self.setAccessibleName(tr("Clusters"))
        self.clusters.pictures_arrived.connect(self.viewport().update)
        self.doubleClicked.connect(lambda index: self.cluster_opened.emit(self._card(index).id))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)

    def set_tile_width(self, width_px: int, at: QPoint | None = None) -> None:
        """Zoom; from now on the size is the user's choice."""
        self._is_fitted = False
        super().set_tile_width(width_px, at)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again, unless the user has zoomed."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._is_fitted:
            room, count = self.viewport().size(), len(self.clusters.cards)
            widths = range(ZOOM_PX[1], CARD_PX, -ZOOM_STEP_PX)
            tall = (
                (w, GridLayout.filling(room.width(), count, w, theme.WIDE, card_height))
                for w in widths
            )
            fitting = (w for w, layout in tall if layout.total_height <= room.height())
            super().set_tile_width(next(fitting, CARD_PX))

    @staticmethod
    def _card(index: QModelIndex) -> ClusterCard:
        card = index.data(CardRole.CARD)
        assert isinstance(card, ClusterCard)
        return card

    def selected_cards(self) -> list[ClusterCard]:
        """The chosen clusters in the order shown."""
        return [self.clusters.cards[row] for row in self.selected_rows()]

    def _on_menu(self, place: QPoint) -> None:
        if self.indexAt(place).isValid():
            self.menu_wanted.emit(self.viewport().mapToGlobal(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens; the rest is Qt's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.cluster_opened.emit(self._card(self.currentIndex()).id)
        else:
            super().keyPressEvent(event)
