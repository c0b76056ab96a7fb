"""Clusters one below the other, to go to, and to drop images on."""

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QKeyEvent,
    QPainter,
)
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import text, theme
from ssl_studio.gui.models.cells import Index
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.cluster_cards import CardRole, ClusterCard, ClusterModel
from ssl_studio.gui.widgets.colour_picker import shown_colour
from ssl_studio.gui.widgets.image_drag import IMAGES_MIME, dragged_images
from ssl_studio.gui.widgets.painting import fill_rounded, outline

ROW_PX = 32
KEYED = 9


class ListDelegate(QStyledItemDelegate):
    """Colour, name, size, and the key that assigns."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """The same for every row."""
        return QSize(120, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One row."""
        card = index.data(CardRole.CARD)
        view = self.parent()
        if not isinstance(card, ClusterCard) or not isinstance(view, ClusterListView):
            return
        rect: QRect = option.rect.adjusted(4, 1, -4, -1)
        state, flags = option.state, QStyle.StateFlag
        is_open, is_target = card.id == view.opened, index.row() == view.target
        if is_open or is_target:
            fill_rounded(painter, rect, theme.colour("accent_soft"))
        elif state & flags.State_MouseOver:
            fill_rounded(painter, rect, theme.colour("hover"))
        if is_target or (state & flags.State_HasFocus):
            outline(painter, rect, theme.colour("accent"), 1.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shown_colour(card.colour))
        painter.drawEllipse(rect.left() + 8, rect.center().y() - 4, 9, 9)
        self._words(painter, rect, option.font, card, view.keys.get(card.id), is_open)

    @staticmethod
    def _words(
        painter: QPainter, rect: QRect, font: QFont, card: ClusterCard, key: int | None, bold: bool
    ) -> None:
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() - 1)
        painter.setFont(small)
        painter.setPen(theme.colour("muted"))
        right = rect.adjusted(0, 0, -26, 0)
        flag = Qt.AlignmentFlag
        size = text.count(card.size)
        painter.drawText(right, flag.AlignVCenter | flag.AlignRight, size)
        width = painter.fontMetrics().horizontalAdvance(size)
        if key is not None:
            badge = QRect(rect.right() - 20, rect.center().y() - 8, 16, 16)
            fill_rounded(painter, badge, theme.colour("sunken"), 4)
            painter.setPen(theme.colour("muted"))
            painter.drawText(badge, flag.AlignCenter, str(key))
        named = QFont(font)
        named.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        painter.setFont(named)
        painter.setPen(theme.colour("text"))
        place = QRect(rect.left() + 24, rect.top(), right.right() - width - rect.left() - 30,
                      rect.height())  # fmt: skip
        words = painter.fontMetrics().elidedText(
            card.name, Qt.TextElideMode.ElideRight, place.width()
        )
        painter.drawText(place, flag.AlignVCenter, words)


class ClusterListView(QListView):
    """The rows; images can be dropped on them. `images_dropped(cluster_id, ids)`."""

    images_dropped = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.opened: int | None = None
        self.target = -1
        self.keys: dict[int, int] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setItemDelegate(ListDelegate(self))
        self.setAccessibleName(tr("Clusters"))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Images only."""
        if event.mimeData().hasFormat(IMAGES_MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where they would go; near an edge the list scrolls."""
        place = event.position().toPoint()
        self._scroll_at_edge(place)
        self._aim(self.indexAt(place).row())
        if self.target >= 0:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """They go elsewhere."""
        self._aim(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        """Here they go."""
        index = self.indexAt(event.position().toPoint())
        card = index.data(CardRole.CARD)
        self._aim(-1)
        if isinstance(card, ClusterCard):
            event.acceptProposedAction()
            self.images_dropped.emit(card.id, dragged_images(event.mimeData()))

    def _aim(self, row: int) -> None:
        if row != self.target:
            self.target = row
            self.viewport().update()

    def _scroll_at_edge(self, place: QPoint) -> None:
        bar, edge = self.verticalScrollBar(), ROW_PX
        if place.y() < edge:
            bar.setValue(bar.value() - 8)
        elif place.y() > self.viewport().height() - edge:
            bar.setValue(bar.value() + 8)


class ClusterList(QFrame):
    """A list with a search field. `chosen(cluster_id)`, `images_dropped(cluster_id, ids)`."""

    chosen = Signal(int)
    images_dropped = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "list")
        self._cards: list[ClusterCard] = []
        self.clusters = ClusterModel(self)
        self.view = ClusterListView()
        self.view.setModel(self.clusters)
        self.search = QLineEdit(placeholderText=tr("Find a cluster"), clearButtonEnabled=True)
        self.search.setAccessibleName(tr("Find a cluster"))
        self.search.textChanged.connect(lambda _text: self._show())
        self.view.clicked.connect(self._on_chosen)
        self.view.activated.connect(self._on_chosen)
        self.view.images_dropped.connect(self.images_dropped)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.GAP, 0, 0)
        layout.setSpacing(theme.HALF)
        layout.addWidget(self.search)
        layout.addWidget(self.view)
        layout.setContentsMargins(theme.HALF, theme.GAP, theme.HALF, theme.HALF)

    def show_cards(self, cards: list[ClusterCard], opened: int | None) -> None:
        """Show these, in this order; the first nine have keys."""
        self._cards = cards
        self.view.opened = opened
        self.view.keys = {card.id: number for number, card in enumerate(cards[:KEYED], 1)}
        self._show()

    def card_of_key(self, key: int) -> ClusterCard | None:
        """The cluster that a digit assigns to."""
        return self._cards[key - 1] if 0 < key <= min(KEYED, len(self._cards)) else None

    @property
    def shown(self) -> list[ClusterCard]:
        """The clusters that the search leaves."""
        return self.clusters.cards

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down from the search field goes to the rows."""
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.view.setFocus()
        else:
            super().keyPressEvent(event)

    def _show(self) -> None:
        self.clusters.set_cards(matching(self._cards, self.search.text()))
        row = next((n for n, c in enumerate(self.shown) if c.id == self.view.opened), -1)
        if row >= 0:
            self.view.setCurrentIndex(self.clusters.index(row, 0))
        self.view.viewport().update()

    def _on_chosen(self, index: QModelIndex) -> None:
        card = index.data(CardRole.CARD)
        if isinstance(card, ClusterCard):
            self.chosen.emit(card.id)


def matching(cards: list[ClusterCard], words: str) -> list[ClusterCard]:
    """Cards whose name, note or labels hold all of the words."""
    wanted = words.casefold().split()
    if not wanted:
        return cards
    return [card for card in cards if all(word in _said_of(card) for word in wanted)]


def _said_of(card: ClusterCard) -> str:
    labels = "\n".join(label for label, _number in card.mix)
    return f"{card.name}\n{card.note}\n{labels}".casefold()
