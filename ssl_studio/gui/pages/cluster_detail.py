"""One cluster opened: its images, what can be done with them, and what it goes with."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.cluster_edits import ask_cluster
from ssl_studio.gui.pages.cluster_facts import ClusterSide
from ssl_studio.gui.pages.cluster_menu import fill_tags
from ssl_studio.gui.pages.cluster_reads import ORDERS, Members, read_members
from ssl_studio.gui.studio import NO_IDS, Ids
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.cluster_cards import ClusterCard
from ssl_studio.gui.widgets.cluster_list import ClusterList
from ssl_studio.gui.widgets.colour_picker import ColourMenu, dot_icon, shown_colour
from ssl_studio.gui.widgets.image_drag import ImageDrag
from ssl_studio.gui.widgets.image_grid import ImageGrid
from ssl_studio.gui.widgets.menus import add_heading

if TYPE_CHECKING:
    from ssl_studio.gui.pages.clusters import ClustersPage

LIST_WIDTH_PX = 204
SIDE_PX = 264
IN_MENU = 9


class ClusterDetail(QWidget):
    """The images of one cluster. Chosen images move by drag, by menu and by the keys 1 to 9."""

    closed = Signal()

    def __init__(self, page: "ClustersPage") -> None:
        super().__init__(page)
        self._page = page
        self.card: ClusterCard | None = None
        self._near: list[ClusterCard] = []
        self.list = ClusterList()
        self.grid = ImageGrid(tr("Images of the cluster"))
        self.side = ClusterSide()
        self.name = parts.label("", "heading")
        self.size_label = parts.label("", "muted")
        self.orders = QButtonGroup(self)
        self.back = parts.tool_button("back", tr("All clusters (Esc)"), self.closed.emit)
        self.up = parts.tool_button("up", tr("Cluster before (Page up)"), lambda: self.step(-1))
        self.down = parts.tool_button("down", tr("Next cluster (Page down)"), lambda: self.step(1))
        self.dot = QToolButton(toolTip=tr("Colour"), accessibleName=tr("Colour"), autoRaise=True)
        self.rename_button = parts.tool_button(
            "rename", tr("Rename (F2)"), lambda: page.do("rename")
        )
        self.split_button = self._menu_button(tr("Split"), self._fill_split_menu)
        self.move_button = self._menu_button(tr("Move chosen"), self._fill_move_menu)
        self.merge_button = self._menu_button(tr("Merge"), self._fill_merge_menu)
        self.tag_button = self._menu_button(tr("Tag"), self._fill_tag_menu)
        self._build()
        self._connect()

    @property
    def cluster_id(self) -> int | None:
        """The cluster that is open."""
        return self.card.id if self.card is not None else None

    @staticmethod
    def _menu_button(words: str, fill: Callable[[QMenu], None]) -> QPushButton:
        made = parts.button(words)
        menu = QMenu(made)
        menu.aboutToShow.connect(menu.clear)
        menu.aboutToShow.connect(lambda: fill(menu))
        made.setMenu(menu)
        return made

    def _build(self) -> None:
        ImageDrag(self.grid)
        self.grid.installEventFilter(self)
        bar = parts.frame(
            "bar",
            parts.row(
                self.back, self.up, self.down, self.dot, self.name, self.size_label,
                self.rename_button, theme.GAP, *self._tabs(), None,
                self.move_button, self.split_button, self.merge_button, self.tag_button,
            ),
            theme.GAP,
        )  # fmt: skip
        self.list.setFixedWidth(LIST_WIDTH_PX)
        side = parts.frame("side", parts.column(self.side), 0)
        side.setFixedWidth(SIDE_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        row = parts.row(self.list, gap_px=0)
        row.addWidget(self.grid, 1)
        row.addWidget(side)
        layout.addLayout(row, 1)

    def _tabs(self) -> list[QWidget]:
        tabs: list[QWidget] = []
        for number, (words, tip) in enumerate(
            (
                (tr("Closest"), tr("Nearest to the centre first")),
                (tr("Borderline"), tr("Nearest to another cluster first")),
                (tr("By name"), tr("By folder and file name")),
            )
        ):
            tab = QToolButton(text=words, toolTip=tip, checkable=True, checked=number == 0)
            tab.setProperty("role", "tab")
            self.orders.addButton(tab, number)
            tabs.append(tab)
        return tabs

    def _connect(self) -> None:
        studio, page = self._page.studio, self._page
        self.orders.idClicked.connect(lambda _id: self.ask_members())
        self.grid.selection_made.connect(studio.select)
        self.grid.selection_made.connect(lambda _ids: self._show_buttons())
        self.grid.image_opened.connect(lambda i: studio.look_at(i, self.grid.images.ids))
        self.grid.neighbours_wanted.connect(studio.set_query)
        self.list.chosen.connect(page.open_cluster)
        self.list.images_dropped.connect(self._on_dropped)
        self.dot.clicked.connect(lambda: self._choose_colour())
        self.side.note_written.connect(self._on_note)
        self.side.cluster_wanted.connect(page.open_cluster)
        self.side.trait_wanted.connect(page.looks.choose)
        page.looks.near.connect(self._show_near)
        page.looks.traits.connect(self.side.show_traits)
        page.looks.units.connect(self.side.show_units)
        studio.selection_changed.connect(self._follow_selection)
        theme.signals().theme_changed.connect(self._tint)

    # -- showing -------------------------------------------------------------------------------

    def show_cluster(self, card: ClusterCard) -> None:
        """Show a cluster, or what has become of the one that is shown."""
        is_other = card.id != self.cluster_id
        self.card = card
        self.grid.images.set_thumbnails(self._page.studio.thumbnails)
        metrics = self.name.fontMetrics()
        self.name.setText(metrics.elidedText(card.name, Qt.TextElideMode.ElideRight, 220))
        self.name.setToolTip(card.name)
        self.size_label.setText(text.counted(card.size, tr("image"), tr("images")))
        self._tint()
        self.list.show_cards(self._page.shown_cards, card.id)
        self.side.show_card(card)
        if is_other:
            self.side.show_waiting()
            self.grid.verticalScrollBar().setValue(0)
        self._show_buttons()
        self.ask_members()
        clustering_id = self._page.studio.clustering_id
        if clustering_id is not None:
            self._page.looks.open(clustering_id, card.id)

    def _tint(self) -> None:
        if self.card is not None:
            self.dot.setIcon(dot_icon(shown_colour(self.card.colour)))

    def forget(self) -> None:
        """Show no cluster."""
        self.card = None
        self.grid.images.set_thumbnails(None)
        self.grid.images.set_ids(NO_IDS)

    def ask_members(self) -> None:
        """Ask for the images that pass the filter."""
        card, where = self.card, self._page.studio.filter
        if card is not None:
            order = ORDERS[self.orders.checkedId()]
            self._page.ask(
                "members", lambda p: read_members(p, card.id, order, where), self._show_members
            )

    def _show_members(self, members: Members) -> None:
        self.grid.images.set_ids(members.ids)
        shown = text.counted(members.total, tr("image"), tr("images"))
        if len(members.ids) < members.total:
            shown = tr("{n} of {all} pass the filter").format(
                n=text.count(len(members.ids)), all=text.count(members.total)
            )
        self.size_label.setText(shown)
        self._show_buttons()

    def _show_near(self, near: list[tuple[int, float]]) -> None:
        known = [(self._page.card(number), gap) for number, gap in near]
        self._near = [card for card, _gap in known if card is not None]
        self.side.show_nearest([(card, gap) for card, gap in known if card is not None])

    def _follow_selection(self) -> None:
        if self.isVisible():
            self.grid.follow_selection(self._page.studio.selection)
            self._show_buttons()

    def _show_buttons(self) -> None:
        chosen, others = len(self.grid.selected_rows()), len(self._page.cards) > 1
        self.move_button.setEnabled(chosen > 0 and others)
        self.move_button.setToolTip(
            "" if chosen else tr("Choose images first; then drag them, or press 1 to 9")
        )
        self.merge_button.setEnabled(others)

    # -- doing ---------------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """Open the next cluster of the list, or the one before."""
        ids = [card.id for card in self.list.shown]
        if self.cluster_id in ids:
            position = (ids.index(self.cluster_id) + by) % len(ids)
            self._page.open_cluster(ids[position])

    def assign(self, key: int) -> None:
        """Move the chosen images to the cluster with this key."""
        target = self.list.card_of_key(key)
        if target is not None and target.id != self.cluster_id:
            self._move(target)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Digits assign, Page up and down with Alt step, Esc goes back."""
        if watched is self.grid and isinstance(event, QKeyEvent):
            if event.type() != QEvent.Type.KeyPress:
                return False
            return self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        digit = event.key() - Qt.Key.Key_0
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier,
        )  # fmt: skip
        if plain and 1 <= digit <= 9:
            self.assign(digit)
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            return False
        return True

    def _move(self, target: ClusterCard) -> None:
        self._page.edits.move(self.grid.selected_ids(), target)

    def _on_dropped(self, cluster_id: int, image_ids: Ids) -> None:
        target = self._page.card(cluster_id)
        if target is not None and cluster_id != self.cluster_id:
            self._page.edits.move(image_ids, target)

    def _on_note(self, words: str) -> None:
        if self.card is not None:
            self._page.edits.note(self.card, words)

    def _choose_colour(self) -> None:
        card = self.card
        if card is not None:
            menu = ColourMenu(
                card.colour, lambda colour: self._page.edits.recolour(card, colour), self
            )
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self.dot.mapToGlobal(self.dot.rect().bottomLeft()))

    # -- menus ---------------------------------------------------------------------------------

    def _fill_split_menu(self, menu: QMenu) -> None:
        card, chosen = self.card, self.grid.selected_ids().tolist()
        if card is None:
            return
        edits = self._page.edits
        two = menu.addAction(tr("In two by what images look like"))
        two.triggered.connect(lambda: edits.split_in_two(card.id))
        off = menu.addAction(tr("Chosen images off"))
        off.triggered.connect(lambda: edits.split_off(card.id, chosen))
        like = menu.addAction(tr("Chosen images and those like them off"))
        like.triggered.connect(lambda: edits.split_in_two(card.id, chosen))
        two.setEnabled(card.size > 1)
        for action in (off, like):
            action.setEnabled(0 < len(chosen) < card.size)

    def _fill_move_menu(self, menu: QMenu) -> None:
        self._fill_with_clusters(menu, self._move, tr("Move to"), keys=True)

    def _fill_merge_menu(self, menu: QMenu) -> None:
        def merge(other: ClusterCard) -> None:
            if self.card is not None:
                self._page.edits.merge([self.card.id, other.id])

        self._fill_with_clusters(menu, merge, tr("Merge with"), keys=False)

    def _fill_with_clusters(
        self, menu: QMenu, act: Callable[[ClusterCard], None], title: str, *, keys: bool
    ) -> None:
        """The nearest clusters, those with keys, and a way to all others."""
        near = self._near
        keyed = [card for card in self._page.shown_cards[:IN_MENU] if card.id != self.cluster_id]
        if near:
            add_heading(menu, tr("Nearest"))
            for card in near:
                self._add(menu, card, act, "")
        add_heading(menu, title)
        for card in keyed if keys else [c for c in keyed if c not in near]:
            key = self.list.view.keys.get(card.id)
            self._add(menu, card, act, f"\t{key}" if keys and key else "")
        menu.addSeparator()
        menu.addAction(tr("Another cluster …"), lambda: self._ask_target(act, title))

    def _add(
        self, menu: QMenu, card: ClusterCard, act: Callable[[ClusterCard], None], keys: str
    ) -> None:
        words = card.name.replace("&", "&&") + keys
        menu.addAction(dot_icon(shown_colour(card.colour)), words, partial(act, card))

    def _ask_target(self, act: Callable[[ClusterCard], None], title: str) -> None:
        others = [card for card in self._page.shown_cards if card.id != self.cluster_id]
        target = ask_cluster(self, title, others)
        if target is not None:
            act(target)

    def _fill_tag_menu(self, menu: QMenu) -> None:
        if self.card is not None:
            ids = self.grid.selected_ids().tolist()
            add_heading(menu, tr("Chosen images") if ids else tr("All images of the cluster"))
            fill_tags(menu, self._page, [self.card], ids)
