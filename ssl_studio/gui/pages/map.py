"""All images as points: near each other if the network finds them alike."""

from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.pages.map_bar import MapSide, ToolBar
from ssl_studio.gui.pages.map_data import (
    Film,
    MapData,
    Maps,
    read_film,
    read_map,
    read_maps,
)
from ssl_studio.gui.pages.map_epochs import MapFilm
from ssl_studio.gui.pages.map_hover import MapHover
from ssl_studio.gui.pages.map_images import MapImages
from ssl_studio.gui.pages.map_looks import MapLooks
from ssl_studio.gui.pages.map_menu import PREFERRED, DrawMenu
from ssl_studio.gui.pages.map_source import MapSource
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
from ssl_studio.gui.widgets.epoch_bar import EpochBar
from ssl_studio.gui.widgets.scatter_plot import ZOOM, ScatterPlot
from ssl_studio.jobs.epoch_maps import EpochMapsJob
from ssl_studio.jobs.map import NAMES, Algorithm, MapJob


class MapPage(Page):
    """The map with its tools, its legend and the epochs below."""

    key, icon = "map", "map"
    listens = frozenset(
        {
            "feature_sets", "projections", "clusterings", "clusters", "cluster_members", "runs",
            "tags", "image_tags", "images",
        }
    )  # fmt: skip
    job_types = ("MapJob", "EpochMapsJob")

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.picker = FeatureSetPicker(studio)
        self.algorithm_box = parts.Choice(tr("Kind of map"))
        self.plot = ScatterPlot(tr("Map of all images"))
        self.tools = ToolBar(self.plot)
        self.side = MapSide()
        self.epochs = EpochBar()
        self.looks = MapLooks(self, self.plot, self.side)
        self.images = MapImages(self, self.plot, self.side, self.looks)
        self.hover = MapHover(self, self.plot, self.looks)
        self.film = MapFilm(self.plot, self.epochs)
        self.source = MapSource(studio, self.plot)
        self.source.switch(on=True)
        self.draw_menu = DrawMenu(self)
        self.draw_button = parts.button(tr("Draw another map"), "plus")
        self._maps: Maps | None = None
        self._data: MapData | None = None
        self._wanted_algorithm: str | None = None
        self._begun: set[int] = set()
        self._build()
        self._connect()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Map")

    def _build(self) -> None:
        self.draw_button.setMenu(self.draw_menu)
        bar = parts.frame(
            "bar",
            parts.row(self.picker, self.algorithm_box, self.tools, None, self.draw_button),
            theme.GAP,
        )
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        drawn = parts.column(self.plot, self.epochs, gap_px=0)
        drawn.setStretch(0, 1)
        both = parts.row(drawn, self.side, gap_px=0)
        both.setStretch(0, 1)
        layout.addLayout(both, 1)

    def _connect(self) -> None:
        studio = self.studio
        self.algorithm_box.activated.connect(lambda _index: self._ask_map())
        self.tools.pictures_toggled.connect(lambda on: self.source.switch(on=on))
        self.source.arrived.connect(self.hover.follow)
        self.epochs.wanted.connect(self._draw_epochs)
        self.draw_menu.wanted.connect(self._draw)
        studio.feature_set_changed.connect(self.mark_stale)
        studio.clustering_changed.connect(self.mark_stale)

    # -- showing -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for feature sets; the map follows."""
        self.ask("choices", read_feature_choices, self._show_choices)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.plot

    def clear(self) -> None:
        """Nothing is open."""
        self._maps = self._data = None
        self._wanted_algorithm = None
        self._begun.clear()
        self.film.clear()
        self.looks.clear()
        self.images.show(None)
        self.hover.show(None)
        self.source.show(None)
        self.plot.set_points(np.empty((0, 2), np.float32))

    def shown_ids(self) -> Ids:
        """All images on the map."""
        return self.images.ids

    def do(self, command_id: str) -> bool:
        """Choosing, looking, assigning and zooming."""
        if self._data is None:
            return False
        if command_id == "open_large":
            return self.images.look()
        if command_id.startswith("assign_"):
            return self.images.assign(int(command_id.removeprefix("assign_")))
        steps: dict[str, Callable[[], object]] = {
            "select_all": self.images.choose_all,
            "select_none": lambda: self.studio.select(NO_IDS),
            "invert_selection": self.images.invert,
            "larger_tiles": lambda: self.plot.zoom(ZOOM),
            "smaller_tiles": lambda: self.plot.zoom(1 / ZOOM),
        }
        step = steps.get(command_id)
        if step is not None:
            step()
        return step is not None

    def poses(self) -> dict[str, Callable[[], object]]:
        """The whole, numbers as colours, and pictures from near."""
        return {"": self.plot.show_all, "-scale": self._pose_scale, "-near": self._pose_near}

    def _pose_scale(self) -> None:
        self.side.choose_field("outlierness")
        self.looks.ask_colouring()

    def _pose_near(self) -> None:
        self.side.choose_field("cluster")
        self.looks.ask_colouring()
        points = self.plot.cloud.points
        middle = points[len(points) // 3]
        self.plot.show_rows(np.argsort(((points - middle) ** 2).sum(1))[:80])

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
        self.ask("maps", lambda p: read_maps(p, chosen), self._show_maps)

    def _show_maps(self, maps: Maps) -> None:
        self._maps = maps
        if self.studio.clustering_id not in maps.clusterings:
            self.studio.set_clustering(maps.clusterings[-1] if maps.clusterings else None)
        wanted = self._wanted_algorithm
        before = wanted if wanted in maps.records else self.algorithm_box.currentData()
        if wanted in maps.records:
            self._wanted_algorithm = None
        self.algorithm_box.clear()
        for algorithm in PREFERRED:
            if algorithm in maps.records:
                self.algorithm_box.addItem(NAMES[algorithm], algorithm)
        self.algorithm_box.setCurrentIndex(max(0, self.algorithm_box.findData(before)))
        self.draw_menu.offer(maps)
        if maps.records:
            self._ask_map()
        else:
            self._begin(maps.feature_set.id)

    def _begin(self, feature_set_id: int) -> None:
        """PCA takes no time: it is drawn without being asked for."""
        if self.studio.job_of("MapJob", "DiscoverJob") is not None:
            self.show_empty(tr("Drawing the map …"), tr("PCA comes at once, UMAP takes a while."))
        elif self.studio.read_only or feature_set_id in self._begun:
            self.show_empty(
                tr("No map of these features yet"),
                tr("PCA is there at once, UMAP takes a little longer."),
                (tr("Draw the map"), lambda: self._draw("pca")),
            )
        else:
            self._begun.add(feature_set_id)
            self.show_empty(tr("Drawing the map …"), tr("PCA comes at once."))
            self._draw("pca")

    def _ask_map(self) -> None:
        algorithm = str(self.algorithm_box.currentData())
        record = self._maps.records.get(algorithm) if self._maps else None
        clustering_id, known = self.studio.clustering_id, self._data
        if record is not None:
            self.ask("map", lambda p: read_map(p, record, clustering_id, known), self._show_map)

    def _show_map(self, data: MapData) -> None:
        self.show_content()
        is_other = self._data is None or self._data.record.id != data.record.id
        self._data = data
        if is_other:
            self.plot.set_cloud(data.cloud)
            self.source.show(data)
        self.images.show(data)
        self.hover.show(data)
        self.looks.show(data)
        self._ask_film(data)

    # -- epochs --------------------------------------------------------------------------------

    def _ask_film(self, data: MapData) -> None:
        is_trained = self._maps is not None and self._maps.feature_set.source == "run"

        def show(film: Film) -> None:
            self.film.set_film(
                film, data, is_trained=is_trained, may_write=not self.studio.read_only
            )

        self.ask("film", lambda p: read_film(p, data), show)

    def _draw_epochs(self) -> None:
        features = self._maps.feature_set if self._maps else None
        algorithm = self.algorithm_box.currentData()
        if features is not None and features.run_id is not None and algorithm in ("umap", "pca"):
            self.studio.run(EpochMapsJob(features.run_id, algorithm, features.layer))

    def _draw(self, algorithm: Algorithm) -> None:
        if self.studio.feature_set_id is not None:
            self._wanted_algorithm = algorithm
            self.studio.run(MapJob(self.studio.feature_set_id, algorithm))
