"""The groups that a network's features fall into: a gallery, and one group opened."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.job_list import RunningJob
from ssl_studio.gui.pages.cluster_detail import ClusterDetail
from ssl_studio.gui.pages.cluster_edits import ClusterEdits
from ssl_studio.gui.pages.cluster_looks import ClusterLooks
from ssl_studio.gui.pages.cluster_menu import ClusterMenu
from ssl_studio.gui.pages.cluster_panel import ClusterPanel
from ssl_studio.gui.pages.cluster_reads import (
    HEADLINE,
    SCORES,
    Overview,
    clustering_words,
    orders,
    read_cards,
    read_overview,
    score_words,
    sorted_cards,
)
from ssl_studio.gui.pages.cluster_setup import Plan, Sources, read_sources
from ssl_studio.gui.pages.cluster_work import ClusterWork
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.pickers import FeatureSetPicker, settle_feature_set
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.cluster_cards import ClusterCard, ClusterGallery
from ssl_studio.gui.widgets.cluster_list import matching
from ssl_studio.jobs.associations import (
    Associations,
    find_associations,
    is_old,
    stored_associations,
)
from ssl_studio.jobs.cluster import ClusterResult
from ssl_studio.jobs.cluster_names import names_in_words
from ssl_studio.jobs.layers import layers_of_run
from ssl_studio.project.changes import Changes
from ssl_studio.project.records import ClusteringRecord, TagRecord

ROOM_FOR_SCORES_PX = 1240


class ClustersPage(Page):
    """Gallery of clusters; Enter opens one."""

    key, icon = "clusters", "clusters"
    listens = frozenset(
        {"feature_sets", "clusterings", "clusters", "cluster_members", "runs", "tags",
         "project_info", "checkpoints"}
    )  # fmt: skip
    job_types = ("ClusterJob", "DiscoverJob", "ChooseKJob", "AssociationsJob", "SplitJob")

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.edits = ClusterEdits(studio, self)
        self.picker = FeatureSetPicker(studio)
        self.clustering_box = parts.Choice(tr("Clustering"))
        self.order_box = parts.Choice(tr("Order"))
        self.search = QLineEdit(placeholderText=tr("Find a cluster"), clearButtonEnabled=True)
        self.scores = parts.label("", "muted")
        self.gallery = ClusterGallery()
        self.panel = ClusterPanel()
        self.looks = ClusterLooks(studio, self)
        self.work = ClusterWork(studio, self)
        self.detail = ClusterDetail(self)
        self.views = QStackedWidget()
        self.panel_button = parts.button(tr("New clustering"), "plus")
        self._overview = Overview([], [], [])
        self._cards: list[ClusterCard] = []
        self._build()
        self._connect()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Clusters")

    # -- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        for key, words in orders():
            self.order_box.addItem(words, key)
        self.search.setAccessibleName(tr("Find a cluster"))
        self.search.setToolTip(tr("By name, note or label"))
        self.search.setMaximumWidth(180)
        self.panel_button.setCheckable(True)
        self.clustering_box.setToolTip(tr("Clusterings of these features: number, algorithm, age"))
        bar = parts.frame(
            "bar",
            parts.row(
                self.picker, self.clustering_box, self.search, self.order_box, None, self.scores,
                theme.GAP, self.panel_button,
            ),
            theme.GAP,
        )  # fmt: skip
        beside = parts.row(gap_px=0)
        beside.addWidget(self.gallery, 1)
        beside.addWidget(self.panel)
        overview = parts.plain(parts.column(bar, self.panel.advice, gap_px=0))
        gallery_layout = overview.layout()
        assert isinstance(gallery_layout, QVBoxLayout)
        gallery_layout.addLayout(beside, 1)
        self.views.addWidget(overview)
        self.views.addWidget(self.detail)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.views)

    def _connect(self) -> None:
        self.order_box.activated.connect(lambda _index: self._show_sorted())
        self.search.textChanged.connect(lambda _text: self._show_sorted())
        self.clustering_box.activated.connect(
            lambda _index: self.studio.set_clustering(self.clustering_box.currentData())
        )
        self.gallery.cluster_opened.connect(self.open_cluster)
        self.gallery.menu_wanted.connect(self._show_menu)
        self.detail.closed.connect(self.show_gallery)
        self.panel_button.toggled.connect(self.panel.setVisible)
        self.panel.closed.connect(lambda: self.panel_button.setChecked(False))
        self.panel.explain_wanted.connect(lambda: self.panel_button.setChecked(True))
        self.panel.setup.wanted.connect(self.work.find_clusters)
        self.panel.setup.help_wanted.connect(self.work.choose_k)
        self.panel.setup.layers_wanted.connect(self._ask_layers)
        self.panel.explanations.again_wanted.connect(self.work.look_again)
        self.panel.renewal_wanted.connect(self.work.look_again)
        self.studio.feature_set_changed.connect(self.mark_stale)
        self.studio.clustering_changed.connect(self.mark_stale)
        self.studio.filter_changed.connect(self.detail.ask_members)
        for keys, by in (("Alt+Up", -1), ("Alt+Down", 1)):
            QShortcut(QKeySequence(keys), self.detail, partial(self.detail.step, by))

    # -- showing -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask what there is; the cards follow."""
        self.gallery.clusters.set_thumbnails(self.studio.thumbnails)
        self.ask("overview", read_overview, self._show_overview)
        self.ask("sources", read_sources, self._show_sources)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.detail.grid if self.is_detail else self.gallery

    def clear(self) -> None:
        """Nothing is open."""
        self._cards = []
        self.looks.forget()
        self.gallery.clusters.set_cards([])
        self.gallery.clusters.set_thumbnails(None)
        self.panel.forget()
        self.detail.forget()
        self.show_gallery()

    def _show_overview(self, overview: Overview) -> None:
        self._overview = overview
        if not overview.choices:
            self.show_empty(
                tr("No features to group yet"),
                tr(
                    "Train a run first. When it is finished, its images are grouped here by what "
                    "the network sees in them."
                ),
                (tr("Go to Train"), lambda: self.studio.page_requested.emit("train")),
            )
            return
        settle_feature_set(self.studio, overview.choices)
        self.picker.set_choices(overview.choices)
        self._show_clusterings()

    def _show_sources(self, sources: Sources) -> None:
        self.panel.setup.show_sources(sources, self.studio.feature_set_id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the scores give way to the choices."""
        super().resizeEvent(event)
        self.scores.setVisible(event.size().width() >= ROOM_FOR_SCORES_PX)

    def _show_clusterings(self) -> None:
        chosen = self.studio.feature_set_id
        own = [c for c in self._overview.clusterings if c.feature_set_id == chosen]
        self.clustering_box.clear()
        for record in reversed(own):
            self.clustering_box.addItem(clustering_words(record), record.id)
        if self.studio.clustering_id not in {record.id for record in own}:
            self.studio.set_clustering(own[-1].id if own else None)
        if not own:
            self._show_no_clusters()
            return
        self.clustering_box.setCurrentIndex(self.clustering_box.findData(self.studio.clustering_id))
        self._show_record(next(c for c in own if c.id == self.studio.clustering_id))
        clustering_id = self.studio.clustering_id
        assert clustering_id is not None
        self.ask("cards", lambda p: read_cards(p, clustering_id), self._show_cards)

    def _show_record(self, record: ClusteringRecord) -> None:
        self.scores.setText(score_words(record, HEADLINE))
        self.scores.setToolTip(score_words(record, tuple(SCORES)))
        self.panel.show_names(record.id, names_in_words(record.settings))
        stored = stored_associations(record.id, record.scores)
        self.panel.show_associations(stored)
        self.ask("age", lambda p: (record.id, is_old(p, record.id)), self._show_age)
        if stored is None:
            self.looks.ask(
                "associations", lambda p: find_associations(p, record.id), self._show_associations
            )

    def _show_associations(self, found: Associations) -> None:
        if found.clustering_id == self.studio.clustering_id:
            self.panel.show_associations(found)

    def _show_age(self, found: tuple[int, bool]) -> None:
        clustering_id, old = found
        if clustering_id == self.studio.clustering_id:
            self.panel.show_age(is_old=old, may_renew=not self.studio.read_only)

    def _show_no_clusters(self) -> None:
        if self.studio.job_of("ClusterJob", "DiscoverJob", "EmbedJob") is not None:
            self.show_empty(
                tr("Looking for clusters …"), tr("They appear here when they are found.")
            )
            return
        self.show_empty(
            tr("No clusters yet"),
            tr(
                "The features of this run are ready to be grouped. As many groups are made as "
                "there are labels, or as suit the features; you can choose a number afterwards."
            ),
            (tr("Find clusters"), self._find_first),
        )

    def _show_cards(self, cards: list[ClusterCard]) -> None:
        self._cards = cards
        self._show_sorted()
        self.show_content()
        opened = self.card(self.detail.cluster_id)
        if opened is not None:
            self.detail.show_cluster(opened)
        elif self.detail.cluster_id is not None:
            self.detail.forget()
            self.show_gallery()

    def _show_sorted(self) -> None:
        self.gallery.clusters.set_cards(matching(self.shown_cards, self.search.text()))

    # -- what is asked in the background -------------------------------------------------------

    def _on_changed(self, changes: Changes) -> None:
        if changes.kinds & {"cluster_members", "clusterings"}:
            self.looks.forget()
        super()._on_changed(changes)

    def _ask_layers(self, run_id: int) -> None:
        self.looks.ask(
            "layers",
            lambda p: layers_of_run(p, run_id),
            lambda layers: self.panel.setup.show_layers(run_id, tuple(layers)),
        )

    # -- doing ---------------------------------------------------------------------------------

    @property
    def cards(self) -> list[ClusterCard]:
        """All clusters of the clustering."""
        return self._cards

    @property
    def shown_cards(self) -> list[ClusterCard]:
        """All clusters in the order of the gallery."""
        return sorted_cards(self._cards, str(self.order_box.currentData()))

    @property
    def is_detail(self) -> bool:
        """Whether one cluster is opened."""
        return self.views.currentWidget() is self.detail

    def card(self, cluster_id: int | None) -> ClusterCard | None:
        """A cluster of the clustering by its id."""
        return next((card for card in self._cards if card.id == cluster_id), None)

    def poses(self) -> dict[str, Callable[[], object]]:
        """The gallery, the gallery with its panel, and the first cluster opened."""
        return {
            "": self.show_gallery,
            "-new": lambda: self._pose_panel(0),
            "-explained": lambda: self._pose_panel(1),
            "-open": self._open_first,
        }

    def _pose_panel(self, tab: int) -> None:
        self.show_gallery()
        self.panel_button.setChecked(True)
        self.panel.show_tab(tab)

    def show_gallery(self) -> None:
        """Go back to all clusters."""
        self.views.setCurrentIndex(0)
        self.panel_button.setChecked(False)
        if self.detail.card is not None:
            rows = [card.id for card in self.gallery.clusters.cards]
            if self.detail.card.id in rows:
                row = rows.index(self.detail.card.id)
                self.gallery.setCurrentIndex(self.gallery.clusters.index(row, 0))
            self.gallery.setFocus()

    def _open_first(self) -> None:
        if self.gallery.clusters.cards:
            self.open_cluster(self.gallery.clusters.cards[0].id)

    def open_cluster(self, cluster_id: int) -> None:
        """Show the images of one cluster."""
        card = self.card(cluster_id)
        if card is None:
            return
        if not self.is_detail:
            self.views.setCurrentWidget(self.detail)
            self.detail.grid.setFocus()
        self.detail.show_cluster(card)

    def do(self, command_id: str) -> bool:
        """Rename and merge clusters, assign images; select in what is shown."""
        card = self.detail.card if self.is_detail else self._current_card()
        if command_id == "rename" and card is not None:
            self.edits.ask_name(card)
        elif command_id == "rename":
            self.studio.message.emit(tr("Choose a cluster to rename."))
        elif command_id == "merge" and not self.is_detail:
            self.merge(self.gallery.selected_cards())
        elif command_id == "find":
            (self.detail.list.search if self.is_detail else self.search).setFocus()
        elif command_id.startswith("assign_") and self.is_detail:
            self.detail.assign(int(command_id.removeprefix("assign_")))
        else:
            return (self.detail.grid if self.is_detail else self.gallery).do(command_id)
        return True

    def why_not(self, command_id: str) -> str:
        """Why a command has nothing to act on here."""
        if command_id == "rename" and not self.is_detail and self._current_card() is None:
            return tr("Choose a cluster first.")
        if command_id == "merge" and (self.is_detail or len(self.gallery.selected_cards()) < 2):
            return tr("Choose two or more clusters in the gallery (Ctrl+click).")
        return ""

    def _show_menu(self, place: QPoint) -> None:
        cards = self.gallery.selected_cards()
        if cards:
            menu = ClusterMenu(self, cards)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(place)

    @property
    def tags(self) -> list[TagRecord]:
        """The tags of the project."""
        return self._overview.tags

    def _current_card(self) -> ClusterCard | None:
        chosen = self.gallery.selected_cards()
        return chosen[-1] if chosen else None

    def merge(self, cards: list[ClusterCard]) -> None:
        """Join clusters into the largest."""
        if len(cards) < 2:
            self.studio.message.emit(tr("Choose two or more clusters to merge (Ctrl+click)."))
            return
        largest_first = sorted(cards, key=lambda card: -card.size)
        self.edits.merge([card.id for card in largest_first])

    # -- jobs ----------------------------------------------------------------------------------

    def _find_first(self) -> None:
        chosen = self.studio.feature_set_id
        if chosen is not None:
            self.work.find_clusters(Plan(chosen, None, None, None, "k-means", None, None, 0))

    def _on_job_ended(self, running: RunningJob) -> None:
        super()._on_job_ended(running)
        if isinstance(running.result, ClusterResult):
            self.studio.set_clustering(running.result.clustering_id)
