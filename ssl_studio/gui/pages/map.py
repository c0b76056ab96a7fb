"""All images as points: near each other if the network finds them alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.pickers import (
    FeatureChoice,
    FeatureSetPicker,
    read_feature_choices,
    settle_feature_set,
)
from ssl_studio.gui.studio import NO_IDS, Ids, Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.image_details import Picture
from ssl_studio.gui.widgets.legend import Legend
from ssl_studio.gui.widgets.scatter_plot import ScatterPlot
from ssl_studio.jobs.map import MapJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import ProjectionRecord

HOVER_PX = 120
Groups = tuple[NDArray[np.int32], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class MapData:
    """A map and what its points can be coloured by.

    Attributes:
        image_ids, points: (N,) and (N, 2).
        labels: (N,), None where an image has none.
        clusters: (N,) cluster ids, 0 for none.
        cluster_looks: Name and colour by cluster id.
    """

    record: ProjectionRecord
    image_ids: Ids
    points: NDArray[np.float32]
    labels: list[str | None]
    clusters: NDArray[np.int64]
    cluster_looks: dict[int, tuple[str, str]]


def read_map(project: Project, record: ProjectionRecord, clustering_id: int | None) -> MapData:
    """A stored map with labels and clusters; runs in the background."""
    ids, points = project.features.coordinates(record)
    clusters, looks = np.zeros(len(ids), np.int64), {}
    if clustering_id is not None:
        clustered, own = project.clusterings.assignment(clustering_id)
        places = np.searchsorted(clustered, ids).clip(0, max(0, len(clustered) - 1))
        if len(clustered):
            clusters = np.where(clustered[places] == ids, own[places], 0)
        looks = {c.id: (c.name, c.colour) for c in project.clusterings.clusters(clustering_id)}
    points = np.ascontiguousarray(points, np.float32)
    return MapData(record, ids, points, project.images.labels(ids), clusters, looks)


def groups_by_cluster(data: MapData) -> Groups:
    """Position of each point's cluster, and name and colour of each."""
    known = sorted(data.cluster_looks)
    looks = [data.cluster_looks[cluster_id] for cluster_id in known]
    places = np.searchsorted(known, data.clusters).astype(np.int32) if known else None
    if places is None or (data.clusters == 0).any():
        looks.append((tr("no cluster"), "#8d9398"))
        inside = places if places is not None else np.zeros(len(data.clusters), np.int32)
        places = np.where(data.clusters == 0, len(looks) - 1, inside).astype(np.int32)
    return places, looks


def groups_by_label(data: MapData) -> Groups:
    """Position of each point's label, and name and colour of each."""
    names = sorted({label for label in data.labels if label is not None})
    position = {name: number for number, name in enumerate(names)}
    looks = [(name, theme.category_css(number)) for number, name in enumerate(names)]
    if None in data.labels:
        looks.append((tr("no label"), "#8d9398"))
    places = [position.get(label, len(names)) if label else len(names) for label in data.labels]
    return np.asarray(places, np.int32), looks


def latest_of_each(records: Sequence[ProjectionRecord]) -> dict[str, ProjectionRecord]:
    """The newest map of each algorithm."""
    return {record.algorithm: record for record in records}


def algorithm_title(algorithm: str) -> str:
    """How an algorithm is called."""
    return {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}.get(algorithm, algorithm)


class MapPage(Page):
    """The map with its legend."""

    key, icon = "map", "map"
    listens = frozenset(
        {"feature_sets", "projections", "clusterings", "clusters", "cluster_members", "runs"}
    )
    job_types = ("MapJob",)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.picker = FeatureSetPicker(studio)
        self.algorithm_box = parts.Choice(tr("Kind of map"))
        self.colour_box = parts.Choice(tr("Colour"))
        self.plot = ScatterPlot(tr("Map of all images"))
        self.legend = Legend()
        self.count_label = parts.label("", "muted")
        self.hover = Picture(HOVER_PX, self.plot)
        self.umap_button = parts.button(tr("Draw UMAP"), "map", on_click=self._draw_umap)
        self._records: dict[str, ProjectionRecord] = {}
        self._data: MapData | None = None
        self._hovered: int | None = None
        self._build()
        self._connect()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Map")

    def _build(self) -> None:
        self.hover.setFixedWidth(HOVER_PX)
        self.hover.hide()
        self.colour_box.addItem(tr("Colour by cluster"), "cluster")
        self.colour_box.addItem(tr("Colour by label"), "label")
        fit = parts.tool_button("fit", tr("Show all (0)"), self.plot.show_all)
        bar = parts.frame(
            "bar",
            parts.row(
                self.picker,
                self.algorithm_box,
                self.colour_box,
                fit,
                None,
                self.count_label,
                theme.GAP,
                self.umap_button,
            ),
            theme.GAP,
        )
        hint = tr("Drag to move, wheel to zoom, Shift+drag to choose, double-click for neighbours.")
        side = parts.frame(
            "side",
            parts.column(
                parts.label(tr("SHOWN"), "section"),
                self.legend,
                parts.label(hint, "small", wrap=True),
            ),
        )
        side.setFixedWidth(theme.SIDE_WIDTH_PX - 40)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(parts.row(self.plot, side, gap_px=0))

    def _connect(self) -> None:
        studio = self.studio
        self.algorithm_box.activated.connect(lambda _index: self._ask_map())
        self.colour_box.activated.connect(lambda _index: self._show_colours())
        self.legend.hidden_changed.connect(self.plot.hide_groups)
        self.plot.hovered.connect(self._on_hovered)
        self.plot.chosen.connect(self._on_chosen)
        self.plot.opened.connect(self._on_opened)
        studio.selection_changed.connect(self._show_selection)
        studio.feature_set_changed.connect(self.mark_stale)
        studio.clustering_changed.connect(self.mark_stale)
        theme.signals().theme_changed.connect(self._show_colours)

    # -- showing -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for feature sets; the map follows."""
        self.ask("choices", read_feature_choices, self._show_choices)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.plot

    def clear(self) -> None:
        """Nothing is open."""
        self._data, self._records, self._hovered = None, {}, None
        self.hover.hide()
        self.plot.set_points(np.empty((0, 2), np.float32))

    def shown_ids(self) -> Ids:
        """All images on the map."""
        return self._data.image_ids if self._data is not None else NO_IDS

    def _show_choices(self, choices: list[FeatureChoice]) -> None:
        if not choices:
            self.show_empty(
                tr("No map yet"),
                tr("Train a run first. Its images are then laid out here by likeness."),
                (tr("Go to Train"), lambda: self.studio.page_requested.emit("train")),
            )
            return
        settle_feature_set(self.studio, choices)
        self.picker.set_choices(choices)
        chosen = self.studio.feature_set_id
        assert chosen is not None
        self.ask(
            "projections",
            lambda p: (p.features.projections(chosen), p.clusterings.all(chosen)),
            lambda found: self._show_projections(found[0], [c.id for c in found[1]]),
        )

    def _show_projections(self, records: list[ProjectionRecord], clusterings: list[int]) -> None:
        if self.studio.clustering_id not in clusterings:
            self.studio.set_clustering(clusterings[-1] if clusterings else None)
        before = self.algorithm_box.currentData()
        self._records = latest_of_each(records)
        self.algorithm_box.clear()
        for algorithm in ("umap", "tsne", "pca"):
            if algorithm in self._records:
                self.algorithm_box.addItem(algorithm_title(algorithm), algorithm)
        self.algorithm_box.setCurrentIndex(max(0, self.algorithm_box.findData(before)))
        self.umap_button.setVisible("umap" not in self._records)
        if self._records:
            self._ask_map()
        elif self.studio.job_of("MapJob", "DiscoverJob") is not None:
            self.show_empty(tr("Drawing the map …"), tr("PCA comes at once, UMAP takes a while."))
        else:
            self.show_empty(
                tr("No map of these features yet"),
                tr("PCA is there at once, UMAP takes a little longer."),
                (tr("Draw the map"), self._draw_umap),
            )

    def _ask_map(self) -> None:
        record = self._records.get(str(self.algorithm_box.currentData()))
        clustering_id = self.studio.clustering_id
        if record is not None:
            self.ask("map", lambda p: read_map(p, record, clustering_id), self._show_map)

    def _show_map(self, data: MapData) -> None:
        self.show_content()
        is_other = self._data is None or self._data.record.id != data.record.id
        self._data = data
        if is_other:
            self.plot.set_points(data.points)
        self.count_label.setText(text.counted(len(data.image_ids), tr("image"), tr("images")))
        has_labels = any(label is not None for label in data.labels)
        self.colour_box.setEnabled(has_labels or bool(data.cluster_looks))
        if not data.cluster_looks and has_labels:
            self.colour_box.setCurrentIndex(1)
        self._show_colours()
        self._show_selection()

    def _show_colours(self) -> None:
        if self._data is None:
            return
        by_label = self.colour_box.currentData() == "label"
        groups, looks = (groups_by_label if by_label else groups_by_cluster)(self._data)
        self.plot.set_groups(groups, [css for _name, css in looks])
        sizes = np.bincount(groups, minlength=len(looks))
        self.legend.set_groups(
            [(name, css, int(size)) for (name, css), size in zip(looks, sizes, strict=True)]
        )

    def _show_selection(self) -> None:
        if self._data is not None:
            self.plot.mark(np.flatnonzero(np.isin(self._data.image_ids, self.studio.selection)))

    # -- hearing -------------------------------------------------------------------------------

    def _on_hovered(self, row: int) -> None:
        if self._data is None or row < 0:
            self._hovered = None
            self.hover.hide()
            return
        self._hovered = int(self._data.image_ids[row])
        self.studio.thumbnails.arrived.connect(self._show_hover)
        self._show_hover()

    def _show_hover(self) -> None:
        if self._hovered is None or not self.studio.is_open:
            return
        pixmap = self.studio.thumbnails.pixmap(self._hovered)
        if pixmap is None:
            return
        self.studio.thumbnails.arrived.disconnect(self._show_hover)
        place = self.plot.mapFromGlobal(self.cursor().pos()) + QPoint(16, 16)
        x = min(place.x(), self.plot.width() - HOVER_PX - 8)
        y = min(place.y(), self.plot.height() - HOVER_PX - 8)
        self.hover.move(max(0, x), max(0, y))
        self.hover.show_pixmap(pixmap)
        self.hover.show()

    def _on_chosen(self, rows: NDArray[np.intp]) -> None:
        if self._data is not None:
            self.studio.select(self._data.image_ids[rows])

    def _on_opened(self, row: int) -> None:
        if self._data is not None:
            self.studio.set_query(int(self._data.image_ids[row]))

    def _draw_umap(self) -> None:
        if self.studio.feature_set_id is not None:
            self.studio.run(MapJob(self.studio.feature_set_id, "umap"))
