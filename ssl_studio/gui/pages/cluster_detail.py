"""One cluster opened: its images from the centre outwards, or from the border inwards."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QButtonGroup, QMenu, QToolButton, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.studio import NO_IDS, Ids
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.cluster_cards import ClusterCard
from ssl_studio.gui.widgets.image_grid import ImageGrid
from ssl_studio.gui.widgets.share_bars import ShareBars
from ssl_studio.project.file import Project

if TYPE_CHECKING:
    from ssl_studio.gui.pages.clusters import ClustersPage


def read_members(project: Project, cluster_id: int, order: str) -> Ids:
    """Images of a cluster in an order; runs in the background."""
    members = project.clusterings.members(cluster_id, order)  # type: ignore[arg-type]
    return np.fromiter((member.image_id for member in members), np.int64, len(members))


class ClusterDetail(QWidget):
    """The images of one cluster and what can be done with them."""

    closed = Signal()

    def __init__(self, page: "ClustersPage") -> None:
        super().__init__(page)
        self._page = page
        self.card: ClusterCard | None = None
        self.dot = parts.label()
        self.name = parts.label("", "heading")
        self.size_label = parts.label("", "muted")
        self.note = parts.label("", "", wrap=True)
        self.orders = QButtonGroup(self)
        self.grid = ImageGrid(tr("Images of the cluster"))
        self.shares = ShareBars()
        self.back = parts.tool_button("back", tr("All clusters"), self.closed.emit)
        self.rename_button = parts.button(
            tr("Rename"), "rename", on_click=lambda: page.do("rename")
        )
        self.split_button = parts.button(tr("Split off chosen"), on_click=self._split)
        self.move_button = parts.button(tr("Move chosen to"))
        self.move_button.setMenu(QMenu(self.move_button))
        self._build()
        self._connect()

    @property
    def cluster_id(self) -> int | None:
        """The cluster that is open."""
        return self.card.id if self.card is not None else None

    def _build(self) -> None:
        tabs: list[QWidget] = []
        for number, (words, tip) in enumerate(
            (
                (tr("Closest"), tr("Nearest to the centre first")),
                (tr("Borderline"), tr("Nearest to another cluster first")),
            )
        ):
            tab = QToolButton(text=words, toolTip=tip, checkable=True, checked=number == 0)
            tab.setProperty("role", "tab")
            self.orders.addButton(tab, number)
            tabs.append(tab)
        bar = parts.frame(
            "bar",
            parts.row(
                self.back,
                self.dot,
                self.name,
                self.size_label,
                theme.WIDE,
                *tabs,
                None,
                self.rename_button,
                self.split_button,
                self.move_button,
            ),
            theme.GAP,
        )
        self.side = parts.frame(
            "side",
            parts.column(
                parts.label(tr("LABELS IN THIS CLUSTER"), "section"),
                self.shares,
                theme.GAP,
                self.note,
                None,
            ),
        )
        self.side.setFixedWidth(theme.SIDE_WIDTH_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(parts.row(self.grid, self.side, gap_px=0))

    def _connect(self) -> None:
        studio = self._page.studio
        self.orders.idClicked.connect(lambda _id: self._ask_members())
        self.grid.selection_made.connect(studio.select)
        self.grid.selection_made.connect(lambda _ids: self._show_buttons())
        self.grid.image_opened.connect(studio.set_query)
        self.grid.neighbours_wanted.connect(studio.set_query)
        self.move_button.menu().aboutToShow.connect(self._fill_move_menu)

    def show_cluster(self, card: ClusterCard) -> None:
        """Show a cluster, or what has become of the one that is shown."""
        self.card = card
        self.grid.images.set_thumbnails(self._page.studio.thumbnails)
        self.name.setText(card.name)
        self.size_label.setText(text.counted(card.size, tr("image"), tr("images")))
        self.dot.setFixedSize(12, 12)
        self.dot.setStyleSheet(f"background: {QColor(card.colour).name()}; border-radius: 6px")
        self.note.setText(card.note)
        labelled = sum(number for _label, number in card.mix)
        self.side.setVisible(bool(card.mix) or bool(card.note))
        self.shares.show_shares([(label, number, number / labelled) for label, number in card.mix])
        self._show_buttons()
        self._ask_members()

    def forget(self) -> None:
        """Show no cluster."""
        self.card = None
        self.grid.images.set_thumbnails(None)
        self.grid.images.set_ids(NO_IDS)

    def _ask_members(self) -> None:
        card = self.card
        if card is not None:
            order = ("closest", "borderline")[self.orders.checkedId()]
            self._page.ask(
                "members", lambda p: read_members(p, card.id, order), self.grid.images.set_ids
            )

    def _show_buttons(self) -> None:
        has_chosen = len(self.grid.selected_rows()) > 0
        self.split_button.setEnabled(has_chosen)
        self.move_button.setEnabled(has_chosen and len(self._page.cards) > 1)

    def _split(self) -> None:
        card, ids = self.card, self.grid.selected_ids().tolist()
        if card is not None and ids:
            self._page.studio.edit(
                tr("new cluster of {n} images").format(n=len(ids)),
                lambda project: project.edits.split_cluster(card.id, ids),
            )

    def _fill_move_menu(self) -> None:
        menu = self.move_button.menu()
        menu.clear()
        for card in self._page.cards:
            if card.id != self.cluster_id:
                menu.addAction(card.name, partial(self._move_to, card))

    def _move_to(self, target: ClusterCard) -> None:
        ids = self.grid.selected_ids().tolist()
        self._page.studio.edit(
            tr("move of {n} images to “{name}”").format(n=len(ids), name=target.name),
            lambda project: project.edits.move_images(ids, target.id),
        )
