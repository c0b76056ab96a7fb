"""The groups that a network's features fall into: a gallery, and one group opened."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ssl_studio.gui import dialogs, text, theme
from ssl_studio.gui.job_list import RunningJob
from ssl_studio.gui.pages.cluster_detail import ClusterDetail
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.pickers import (
    FeatureChoice,
    FeatureSetPicker,
    read_feature_choices,
    settle_feature_set,
)
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.cluster_cards import ClusterCard, ClusterGallery
from ssl_studio.jobs.cluster import ClusterJob, ClusterResult
from ssl_studio.project.file import Project
from ssl_studio.project.records import ClusteringRecord

REPRESENTATIVES = 6
SCORES = {
    "label_accuracy": "ACC",
    "label_nmi": "NMI",
    "label_ari": "ARI",
    "label_purity": "purity",
    "silhouette": "silhouette",
}
HEADLINE = ("label_accuracy", "label_nmi", "label_purity")
ROOM_FOR_SCORES_PX = 1060
AUTOMATIC = 1
"""The smallest value of the number box stands for "as many as suit"."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page knows before a clustering is read."""

    choices: list[FeatureChoice]
    clusterings: list[ClusteringRecord]


def read_overview(project: Project) -> Overview:
    """Feature sets and clusterings; runs in the background."""
    return Overview(read_feature_choices(project), project.clusterings.all())


def read_cards(project: Project, clustering_id: int) -> list[ClusterCard]:
    """Every cluster with its face and its labels; runs in the background."""
    image_ids, cluster_ids = project.clusterings.assignment(clustering_id)
    labels = project.images.labels(image_ids)
    mixes: dict[int, Counter[str]] = {}
    for cluster_id, label in zip(cluster_ids.tolist(), labels, strict=True):
        if label is not None:
            mixes.setdefault(cluster_id, Counter())[label] += 1
    return [
        ClusterCard(
            id=cluster.id,
            name=cluster.name,
            colour=cluster.colour,
            size=cluster.size,
            representatives=tuple(
                member.image_id
                for member in project.clusterings.members(cluster.id, "closest", REPRESENTATIVES)
            ),
            mix=tuple(mixes.get(cluster.id, Counter()).most_common()),
            note=cluster.note,
        )
        for cluster in project.clusterings.clusters(clustering_id)
    ]


def sorted_cards(cards: Iterable[ClusterCard], order: str) -> list[ClusterCard]:
    """Cards by size, name or purity."""
    if order == "name":
        return sorted(cards, key=lambda card: _natural(card.name))
    if order == "purity":
        return sorted(cards, key=lambda card: -np.nan_to_num(card.purity))
    return sorted(cards, key=lambda card: -card.size)


def _natural(name: str) -> list[tuple[int, str]]:
    pieces = re.split(r"(\d+)", name.casefold())
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in pieces]


def clustering_words(record: ClusteringRecord) -> str:
    """Which clustering."""
    return tr("{k} clusters · {when}").format(k=record.k, when=text.ago(record.created_at))


def score_words(record: ClusteringRecord, names: tuple[str, ...]) -> str:
    """Those of some scores that are known, in a line."""
    said = []
    for name in names:
        value = record.scores.get(name)
        if isinstance(value, int | float):
            said.append(f"{SCORES[name]} {value:.2f}")
    return "   ".join(said)


class ClustersPage(Page):
    """Gallery of clusters; Enter opens one."""

    key, icon = "clusters", "clusters"
    listens = frozenset({"feature_sets", "clusterings", "clusters", "cluster_members", "runs"})
    job_types = ("ClusterJob", "DiscoverJob")

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.picker = FeatureSetPicker(studio)
        self.clustering_box = parts.Choice(tr("Clustering"))
        self.k_box = parts.WholeNumber(AUTOMATIC, 10_000, tr("Number of clusters"))
        self.order_box = parts.Choice(tr("Order"))
        self.scores = parts.label("", "muted")
        self.gallery = ClusterGallery()
        self.detail = ClusterDetail(self)
        self.views = QStackedWidget()
        self.find_button = parts.button(
            tr("Find clusters"), "clusters", role="primary", on_click=self._find_clusters
        )
        self._overview = Overview([], [])
        self._cards: list[ClusterCard] = []
        self._build()
        self._connect()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Clusters")

    # -- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        self.k_box.setSpecialValueText(tr("auto"))
        self.k_box.setPrefix("k = ")
        self.k_box.setToolTip(tr("How many groups to look for"))
        for key, words in (
            ("size", tr("Largest first")),
            ("name", tr("By name")),
            ("purity", tr("Purest first")),
        ):
            self.order_box.addItem(words, key)
        bar = parts.frame(
            "bar",
            parts.row(
                self.picker,
                self.clustering_box,
                self.order_box,
                None,
                self.scores,
                theme.GAP,
                self.k_box,
                self.find_button,
            ),
            theme.GAP,
        )
        self.views.addWidget(self.gallery)
        self.views.addWidget(self.detail)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.views)

    def _connect(self) -> None:
        self.order_box.activated.connect(lambda _index: self._show_sorted())
        self.clustering_box.activated.connect(
            lambda _index: self.studio.set_clustering(self.clustering_box.currentData())
        )
        self.gallery.cluster_opened.connect(self.open_cluster)
        self.detail.closed.connect(self.show_gallery)
        self.studio.feature_set_changed.connect(self.mark_stale)
        self.studio.clustering_changed.connect(self._on_clustering_changed)

    # -- showing -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask what there is; the cards follow."""
        self.gallery.clusters.set_thumbnails(self.studio.thumbnails)
        self.ask("overview", read_overview, self._show_overview)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.gallery

    def clear(self) -> None:
        """Nothing is open."""
        self._cards = []
        self.gallery.clusters.set_cards([])
        self.gallery.clusters.set_thumbnails(None)
        self.detail.forget()
        self.views.setCurrentWidget(self.gallery)

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
        self.clustering_box.setVisible(len(own) > 0)
        if self.studio.clustering_id not in {record.id for record in own}:
            self.studio.set_clustering(own[-1].id if own else None)
        if not own:
            self._show_no_clusters()
            return
        self.clustering_box.setCurrentIndex(self.clustering_box.findData(self.studio.clustering_id))
        record = next(c for c in own if c.id == self.studio.clustering_id)
        self.scores.setText(score_words(record, HEADLINE))
        self.scores.setToolTip(score_words(record, tuple(SCORES)))
        self._ask_cards()

    def _show_no_clusters(self) -> None:
        if self.studio.job_of("ClusterJob", "DiscoverJob") is not None:
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
            (tr("Find clusters"), self._find_clusters),
        )

    def _ask_cards(self) -> None:
        clustering_id = self.studio.clustering_id
        if clustering_id is not None:
            self.ask("cards", lambda p: read_cards(p, clustering_id), self._show_cards)

    def _show_cards(self, cards: list[ClusterCard]) -> None:
        self._cards = cards
        self._show_sorted()
        self.show_content()
        opened = next((card for card in cards if card.id == self.detail.cluster_id), None)
        if opened is not None:
            self.detail.show_cluster(opened)
        elif self.detail.cluster_id is not None:
            self.detail.forget()
            self.views.setCurrentWidget(self.gallery)

    def _show_sorted(self) -> None:
        self.gallery.clusters.set_cards(
            sorted_cards(self._cards, str(self.order_box.currentData()))
        )

    # -- doing ---------------------------------------------------------------------------------

    @property
    def cards(self) -> list[ClusterCard]:
        """All clusters of the clustering."""
        return self._cards

    def poses(self) -> dict[str, Callable[[], object]]:
        """The gallery, and its first cluster opened."""
        return {"": self.show_gallery, "-open": self._open_first}

    def show_gallery(self) -> None:
        """Go back to all clusters."""
        self.views.setCurrentWidget(self.gallery)

    def _open_first(self) -> None:
        if self.gallery.clusters.cards:
            self.open_cluster(self.gallery.clusters.cards[0].id)

    def open_cluster(self, cluster_id: int) -> None:
        """Show the images of one cluster."""
        card = next((card for card in self._cards if card.id == cluster_id), None)
        if card is not None:
            self.detail.show_cluster(card)
            self.views.setCurrentWidget(self.detail)

    def do(self, command_id: str) -> bool:
        """Rename and merge clusters; select in what is shown."""
        is_detail = self.views.currentWidget() is self.detail
        if command_id == "rename":
            self._rename(self.detail.card if is_detail else self._current_card())
        elif command_id == "merge" and not is_detail:
            self._merge(self.gallery.selected_cards())
        else:
            return (self.detail.grid if is_detail else self.gallery).do(command_id)
        return True

    def _current_card(self) -> ClusterCard | None:
        chosen = self.gallery.selected_cards()
        return chosen[-1] if chosen else None

    def _rename(self, card: ClusterCard | None) -> None:
        if card is None:
            self.studio.message.emit(tr("Choose a cluster to rename."))
            return
        name = dialogs.ask_text(self, tr("Rename"), tr("Name of the cluster"), card.name)
        if name is not None and name != card.name:
            self.rename_cluster(card.id, name)

    def rename_cluster(self, cluster_id: int, name: str) -> None:
        """Give a cluster a name; can be undone."""
        self.studio.edit(
            tr("rename to “{name}”").format(name=name),
            lambda project: project.edits.rename_cluster(cluster_id, name),
        )

    def _merge(self, cards: list[ClusterCard]) -> None:
        if len(cards) < 2:
            self.studio.message.emit(tr("Choose two or more clusters to merge (Ctrl+click)."))
            return
        largest_first = sorted(cards, key=lambda card: -card.size)
        self.merge_clusters([card.id for card in largest_first])

    def merge_clusters(self, cluster_ids: list[int]) -> None:
        """Join clusters into the first; can be undone."""
        self.studio.edit(
            tr("merge of {n} clusters").format(n=len(cluster_ids)),
            lambda project: project.edits.merge_clusters(cluster_ids),
        )

    def _find_clusters(self) -> None:
        chosen = self.studio.feature_set_id
        if chosen is not None:
            k = self.k_box.value()
            self.studio.run(ClusterJob(chosen, k=None if k == AUTOMATIC else k))

    def _on_job_ended(self, running: RunningJob) -> None:
        super()._on_job_ended(running)
        if isinstance(running.result, ClusterResult):
            self.studio.set_clustering(running.result.clustering_id)

    def _on_clustering_changed(self) -> None:
        self.mark_stale()
