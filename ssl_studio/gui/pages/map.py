"""All images as points: near each other if the network finds them alike."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.map_bar import MapSide, ToolBar
from ssl_studio.gui.pages.map_colours import LEVELS, Colouring, GroupEntry, read_colouring, titles
from ssl_studio.gui.pages.map_data import (
    Film,
    MapData,
    Maps,
    read_film,
    read_lit,
    read_map,
    read_maps,
)
from ssl_studio.gui.pages.map_epochs import MapFilm
from ssl_studio.gui.pages.map_menu import PREFERRED, DrawMenu
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.pickers import (
    FeatureChoice,
    FeatureSetPicker,
    read_feature_choices,
    settle_feature_set,
)
from ssl_studio.gui.studio import NO_IDS, Ids, Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import map_palette, parts
from ssl_studio.gui.widgets.colour_picker import shown_colour
from ssl_studio.gui.widgets.epoch_bar import EpochBar
from ssl_studio.gui.widgets.hover_card import HoverCard
from ssl_studio.gui.widgets.map_choice import ADD, SUBTRACT
from ssl_studio.gui.widgets.scatter_plot import ZOOM, ScatterPlot
from ssl_studio.jobs.epoch_maps import EpochMapsJob
from ssl_studio.jobs.map import NAMES, Algorithm, MapJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageRecord


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
        self.hover = HoverCard(self.plot)
        self.film = MapFilm(self.plot, self.epochs)
        self.draw_menu = DrawMenu(self)
        self.draw_button = parts.button(tr("Draw another map"), "plus")
        self._maps: Maps | None = None
        self._data: MapData | None = None
        self._colouring: Colouring | None = None
        self._is_lit: NDArray[np.bool_] | None = None
        self._hovered = -1
        self._wanted_algorithm: str | None = None
        self._begun: set[int] = set()
        self._build()
        self._connect()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Map")

    @property
    def legend(self) -> QWidget:
        """The groups that are shown."""
        return self.side.legend

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
        studio, plot = self.studio, self.plot
        self.algorithm_box.activated.connect(lambda _index: self._ask_map())
        self.side.field_box.activated.connect(lambda _index: self._ask_colouring())
        self.side.legend.hidden_changed.connect(lambda _hidden: self._show_hidden())
        self.side.legend.pointed.connect(self._on_pointed)
        self.side.legend.chosen.connect(self._on_group_chosen)
        self.side.legend.wanted_everywhere.connect(self._on_wanted_everywhere)
        self.side.scale.range_changed.connect(lambda _low, _high: self._show_hidden())
        self.tools.pictures_toggled.connect(lambda _on: self._show_pictures())
        self.epochs.wanted.connect(self._draw_epochs)
        self.draw_menu.wanted.connect(self._draw)
        plot.hovered.connect(self._on_hovered)
        plot.chosen.connect(self._on_chosen)
        plot.opened.connect(self._on_opened)
        studio.selection_changed.connect(self._show_selection)
        studio.filter_changed.connect(self._ask_lit)
        studio.feature_set_changed.connect(self.mark_stale)
        studio.clustering_changed.connect(self.mark_stale)
        theme.signals().theme_changed.connect(self._show_colours)
        if studio.is_open:
            self._follow_thumbnails()

    def _on_project_opened(self) -> None:
        self._follow_thumbnails()
        super()._on_project_opened()

    def _follow_thumbnails(self) -> None:
        self.studio.thumbnails.arrived.connect(self._on_thumbnails)

    # -- showing -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for feature sets; the map follows."""
        self.ask("choices", read_feature_choices, self._show_choices)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.plot

    def clear(self) -> None:
        """Nothing is open."""
        self._maps = self._data = self._colouring = self._is_lit = None
        self._wanted_algorithm = None
        self.film.clear()
        self._begun.clear()
        self.hover.hide()
        self.plot.set_points(np.empty((0, 2), np.float32))

    def shown_ids(self) -> Ids:
        """All images on the map."""
        return self._data.image_ids if self._data is not None else NO_IDS

    def do(self, command_id: str) -> bool:
        """Choosing and zooming."""
        steps: dict[str, Callable[[], object]] = {
            "select_all": lambda: self._choose(np.flatnonzero(self.plot.looks.is_open)),
            "select_none": lambda: self.studio.select(NO_IDS),
            "invert_selection": self._invert,
            "larger_tiles": lambda: self.plot.zoom(ZOOM),
            "smaller_tiles": lambda: self.plot.zoom(1 / ZOOM),
        }
        step = steps.get(command_id)
        if step is None or self._data is None:
            return False
        step()
        return True

    def poses(self) -> dict[str, Callable[[], object]]:
        """The whole, numbers as colours, and pictures from near."""
        return {"": self.plot.show_all, "-scale": self._pose_scale, "-near": self._pose_near}

    def _pose_scale(self) -> None:
        self.side.choose_field("outlierness")
        self._ask_colouring()

    def _pose_near(self) -> None:
        self.side.choose_field("cluster")
        self._ask_colouring()
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
            self._hovered = -1
            self.hover.hide()
            self.plot.pictures.forget()
            self.plot.set_cloud(data.cloud)
            self._show_pictures()
        self.side.set_fields([(field, titles()[field]) for field in data.fields])
        self._show_selection()
        self._ask_colouring()
        self._ask_lit()
        self._ask_film(data)

    def _ask_colouring(self) -> None:
        data, field = self._data, self.side.field
        if data is not None:
            self.ask(
                "colours", lambda p: read_colouring(p, field, data.context), self._show_colouring
            )

    def _show_colouring(self, colouring: Colouring) -> None:
        if self._data is None or len(colouring.groups) != len(self._data.image_ids):
            return
        self._colouring = colouring
        self._show_colours()

    def _show_colours(self) -> None:
        colouring = self._colouring
        if colouring is None or len(colouring.groups) != len(self.plot.cloud.points):
            return
        grey = theme.css("faint")
        if colouring.scale is not None:
            colours = [*map_palette.scale_css(LEVELS), grey]
            self.side.show_scale(colouring.scale, colours[:-1])
        else:
            colours = [entry_css(entry, place) for place, entry in enumerate(colouring.entries)]
            self.side.show_groups(colouring.entries, colours)
        self.plot.set_groups(colouring.groups, colours or [grey])
        self._show_hidden()

    def _show_hidden(self) -> None:
        """Leave out groups that are switched off, or numbers outside the range."""
        if self._colouring is None or self._data is None:
            return
        hidden = self.side.legend.hidden_groups()
        is_hidden = self._colouring.hidden(hidden, self.side.scale_range)
        if len(is_hidden) != len(self.plot.cloud.points):
            return
        self.plot.set_hidden(is_hidden)
        self._show_count()

    def _show_count(self) -> None:
        shown = int(self.plot.looks.is_open.sum())
        total = len(self.plot.cloud.points)
        words = text.counted(total, tr("image"), tr("images"))
        if shown < total:
            words = tr("{n} of {images}").format(n=text.count(shown), images=words)
        chosen = len(self.plot.marked)
        if chosen:
            words += tr(" · {n} chosen").format(n=text.count(chosen))
        self.side.count_label.setText(words)

    def _ask_lit(self) -> None:
        data, where = self._data, self.studio.filter
        if data is not None:
            self.ask("lit", lambda p: read_lit(p, where, data.image_ids), self._show_lit)

    def _show_lit(self, is_lit: NDArray[np.bool_]) -> None:
        if self._data is not None and len(is_lit) == len(self.plot.cloud.points):
            self._is_lit = is_lit
            self.plot.set_lit(is_lit)
            self._show_count()

    def _show_selection(self) -> None:
        if self._data is not None:
            rows = np.flatnonzero(np.isin(self._data.image_ids, self.studio.selection))
            if not np.array_equal(rows, self.plot.marked):
                self.plot.mark(rows)
            self._show_count()

    def _show_pictures(self) -> None:
        self.plot.set_picture_source(self._picture if self.tools.shows_pictures else None)

    def _picture(self, row: int) -> QPixmap | None:
        if self._data is None or not self.studio.is_open:
            return None
        return self.studio.thumbnails.pixmap(int(self._data.image_ids[row]))

    def _on_thumbnails(self) -> None:
        self.plot.update()
        if self._hovered >= 0:
            self._show_hover()

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

    # -- hearing -------------------------------------------------------------------------------

    def _on_hovered(self, row: int) -> None:
        self._hovered = row
        if self._data is None or row < 0:
            self.hover.hide()
        else:
            self._show_hover()

    def _show_hover(self) -> None:
        assert self._data is not None
        place = self.plot.mapFromGlobal(self.cursor().pos()) + QPoint(16, 16)
        self.hover.show_image(self._picture(self._hovered), self._group_words(), place)
        image_id = int(self._data.image_ids[self._hovered])

        def read(project: Project) -> list[ImageRecord]:
            return project.images.get([image_id])

        self.ask("hover", read, self._show_hover_words)

    def _group_words(self) -> str:
        """Group of the point under the pointer."""
        colouring = self._colouring
        if colouring is None or self._hovered < 0 or not colouring.entries:
            return ""
        entry = colouring.entries[int(colouring.groups[self._hovered])]
        return f"{titles()[colouring.field]}: {entry.name}"

    def _show_hover_words(self, records: list[ImageRecord]) -> None:
        if records and self._hovered >= 0:
            self.hover.show_record(records[0], self._group_words())

    def _rows_of(self, group: int) -> NDArray[np.intp]:
        if self._colouring is None:
            return np.empty(0, np.intp)
        return np.flatnonzero(self._colouring.groups == group)

    def _on_pointed(self, group: int) -> None:
        """While an entry of the legend is pointed at, the other groups are dimmed."""
        if self._colouring is None or self._colouring.scale is not None:
            return
        if len(self._colouring.groups) != len(self.plot.cloud.points):
            return
        is_lit = self._is_lit if self._is_lit is not None else np.ones(
            len(self._colouring.groups), bool)  # fmt: skip
        self.plot.set_lit(is_lit if group < 0 else is_lit & (self._colouring.groups == group))

    def _on_group_chosen(self, group: int) -> None:
        self._choose(self._rows_of(group))

    def _on_wanted_everywhere(self, group: int) -> None:
        entry = self._colouring.entries[group] if self._colouring else None
        if entry is not None and entry.filter is not None:
            self.studio.set_filter(entry.filter)
        else:
            self.studio.message.emit(tr("The other pages cannot be narrowed to this."))

    def _choose(self, rows: NDArray[np.intp]) -> None:
        if self._data is not None:
            self.studio.select(self._data.image_ids[rows])

    def _invert(self) -> None:
        is_chosen = np.isin(self.shown_ids(), self.studio.selection)
        self._choose(np.flatnonzero(self.plot.looks.is_open & ~is_chosen))

    def _on_chosen(self, rows: NDArray[np.intp], mode: str) -> None:
        if self._data is None:
            return
        ids, before = self._data.image_ids[rows], self.studio.selection
        if mode == ADD:
            ids = np.concatenate([before, ids[~np.isin(ids, before)]])
        elif mode == SUBTRACT:
            ids = before[~np.isin(before, ids)]
        self.studio.select(ids)

    def _on_opened(self, row: int) -> None:
        if self._data is not None:
            self.studio.set_query(int(self._data.image_ids[row]))

    def _draw(self, algorithm: Algorithm) -> None:
        if self.studio.feature_set_id is not None:
            self._wanted_algorithm = algorithm
            self.studio.run(MapJob(self.studio.feature_set_id, algorithm))


def entry_css(entry: GroupEntry, place: int) -> str:
    """The colour of a group: its own, or the palette's, or grey for the rest."""
    if entry.is_rest:
        return theme.css("faint")
    return shown_colour(entry.css).name() if entry.css else theme.category_css(place)
