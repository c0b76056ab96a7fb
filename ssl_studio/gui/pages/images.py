"""All images of the project: a grid, what is bad, what is double, and details of what is chosen."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ssl_studio.gui import file_manager
from ssl_studio.gui.image_tools import equip
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.pages import images_data as data
from ssl_studio.gui.pages.images_bar import ALL, DOUBLES, PROBLEMS, ImagesBar
from ssl_studio.gui.pages.images_data import Doubles, Listing
from ssl_studio.gui.pages.images_folders import FolderBar
from ssl_studio.gui.pages.images_side import ImagesSide
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import Ids, Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.duplicates_view import DuplicatesView
from ssl_studio.gui.widgets.filter_bar import Offered
from ssl_studio.gui.widgets.image_grid import TILE_PX, ImageGrid
from ssl_studio.gui.widgets.problem_table import ProblemModel, ProblemTable
from ssl_studio.jobs.near_duplicates import NearDuplicatesJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter, ImageSort, RootRecord

LIVE_MS = 400
"""While a scan runs, new rows appear at most this often."""


class ImagesPage(Page):
    """The grid of all images."""

    key, icon = "images", "images"
    listens = frozenset(
        {"images", "roots", "image_tags", "tags", "near_duplicates", "clusterings", "clusters",
         "cluster_members"}
    )  # fmt: skip
    job_types = ("ScanJob", "RelocateJob", "NearDuplicatesJob")
    shows_filter = True

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.folders = FolderBar(studio)
        self.bar = ImagesBar(self.folders.add_folder, self.folders.scan_again)
        self.grid = ImageGrid(tr("Images"))
        self.problems = ProblemModel()
        self.problem_table = ProblemTable(self.problems)
        self.doubles = DuplicatesView()
        self.side = ImagesSide(self, self.shown_ids)
        self.views = QStackedWidget()
        self._has_features = False
        self._live_timer = QTimer(self, singleShot=True, interval=LIVE_MS)
        self._build()
        self._connect()
        equip(studio, self)

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Images")

    def _build(self) -> None:
        self.bar.zoom.setValue(self.studio.preferences.number("tile_px", TILE_PX))
        self.grid.set_tile_width(self.bar.zoom.value())
        for view in (self.grid, self.problem_table, self.doubles):
            self.views.addWidget(view)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.folders)
        layout.addLayout(parts.row(self.views, self.side.details, gap_px=0), 1)

    def _connect(self) -> None:
        studio, bar = self.studio, self.bar
        bar.tab_chosen.connect(self._show_tab)
        bar.searched.connect(lambda words: studio.set_filter(replace(studio.filter, text=words)))
        bar.filters.edited.connect(studio.set_filter)
        bar.order_changed.connect(self.refresh)
        bar.zoom.valueChanged.connect(self.grid.set_tile_width)
        self.grid.tile_width_changed.connect(self._on_zoomed)
        for grid in (self.grid, self.doubles.grid):
            self._connect_grid(grid)
        self.doubles.chosen.connect(studio.select)
        self.doubles.search_wanted.connect(self._search_doubles)
        self.problem_table.folder_wanted.connect(self._show_in_folder)
        studio.selection_changed.connect(self._show_selection)
        studio.filter_changed.connect(self._on_filter_changed)
        studio.clustering_changed.connect(self.mark_stale)
        self._live_timer.timeout.connect(super().mark_stale)

    def _connect_grid(self, grid: ImageGrid) -> None:
        studio = self.studio
        grid.neighbours_wanted.connect(studio.set_query)
        grid.selection_made.connect(studio.select)
        grid.image_opened.connect(lambda image_id: studio.look_at(image_id, grid.images.ids))

    # -- asking --------------------------------------------------------------------------------

    def mark_stale(self) -> None:
        """Refresh soon: during a scan news come thirty times a second."""
        if self.studio.job_of("ScanJob", "RelocateJob") is None:
            super().mark_stale()
        elif not self._live_timer.isActive():
            self._live_timer.start()

    def sort(self) -> ImageSort:
        """The order that the user chose; while a scan runs, new images come last."""
        if self.studio.job_of("ScanJob") is not None:
            return ImageSort("added")
        return self.bar.sort(self.studio.clustering_id)

    def refresh(self) -> None:
        """Ask for the images that pass the filter, and for what can be filtered by."""
        wanted, sort = self.studio.filter, self.sort()
        for grid in (self.grid, self.doubles.grid):
            grid.images.set_thumbnails(self.studio.thumbnails)
        self.bar.show_filter(wanted)
        self.ask("listing", lambda p: data.read_listing(p, wanted, sort), self._show_listing)
        self._ask_offered()
        self.ask("doubles", data.read_doubles, self._show_doubles)

    def _ask_offered(self) -> None:
        chosen = self.studio.clustering_id

        def offered(project: Project) -> tuple[Offered, int | None, bool]:
            clustering_id = chosen or data.latest_clustering(project)
            has_features = any(f.source == "run" for f in project.features.all())
            return data.read_offered(project, clustering_id), clustering_id, has_features

        self.ask("offered", offered, self._show_offered)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.grid

    def clear(self) -> None:
        """Nothing is open."""
        self._live_timer.stop()
        self.bar.forget()
        for grid in (self.grid, self.doubles.grid):
            grid.images.set_thumbnails(None)
            grid.images.set_ids(np.empty(0, np.int64))
        self.problems.set_records([])
        self.doubles.show_groups((), (), (), {})
        self.side.clear()

    # -- showing -------------------------------------------------------------------------------

    def _show_listing(self, listing: Listing) -> None:
        self.problems.set_records(listing.problems)
        self.bar.show_tab_count(PROBLEMS, tr("Problems"), listing.problem_count)
        self.bar.show_count(len(listing.ids), listing.total)
        self.folders.show_gone(listing.gone)
        if listing.total or listing.problem_count:
            self.grid.images.set_ids(listing.ids)
            self.grid.set_nothing("" if len(listing.ids) else tr("No image passes these filters."))
            self._show_selection()
            self.show_content()
        else:
            self._show_why_empty(listing.folders)

    def _show_why_empty(self, folders: list[RootRecord]) -> None:
        bar = self.folders
        if self.studio.job_of("ScanJob") is not None:
            self.show_empty(
                tr("Looking through the folder …"), tr("Images appear here as they are read.")
            )
        elif bar.gone:
            self.show_empty(
                tr("The folder is not there"),
                tr("{folder} was moved or renamed, or its disk is not connected.").format(
                    folder=bar.gone[0].path
                ),
                (tr("Locate it …"), bar.ask_place),
                (tr("Scan again"), bar.scan_again),
            )
        elif folders:
            self.show_empty(
                tr("No images found"),
                tr("There is no picture file in {folder}.").format(folder=folders[0].path),
                (tr("Choose another folder …"), bar.add_folder),
                (tr("Scan again"), bar.scan_again),
            )
        else:
            self.show_empty(
                tr("Choose a folder of images"),
                tr(
                    "Its sub-folders are searched too. Nothing in it is changed: the project keeps "
                    "only small previews and what is found out."
                ),
                (tr("Choose folder …"), bar.add_folder),
            )

    def _show_offered(self, answer: tuple[Offered, int | None, bool]) -> None:
        offered, clustering_id, self._has_features = answer
        self.bar.filters.offer(offered)
        self.bar.offer_orders(has_clusters=clustering_id is not None)
        if self.studio.clustering_id is None and clustering_id is not None:
            self.studio.set_clustering(clustering_id)
        self._show_ready()

    def _show_doubles(self, found: Doubles) -> None:
        self.doubles.show_groups(found.exact, found.by_look, found.by_features, found.names)
        self.bar.show_tab_count(DOUBLES, tr("Duplicates"), found.count)
        self._show_ready()

    def _show_ready(self) -> None:
        is_busy = self.studio.job_of("NearDuplicatesJob") is not None
        self.doubles.set_ready(has_features=self._has_features, is_busy=is_busy)

    def _show_tab(self, number: int) -> None:
        self.bar.show_tab(number)
        self.views.setCurrentIndex(number)
        self.side.details.setVisible(number != PROBLEMS)

    def _show_selection(self) -> None:
        if self.isVisible():
            self.grid.follow_selection(self.studio.selection)
            self.doubles.grid.follow_selection(self.studio.selection)
        self.side.show_selection()

    # -- commands ------------------------------------------------------------------------------

    def shown_ids(self) -> Ids:
        """The images of the grid."""
        return self.grid.images.ids

    def do(self, command_id: str) -> bool:
        """Select and zoom, find, tag."""
        own: dict[str, Callable[[], object]] = {
            "find": self._find,
            "clear_filter": self.bar.filters.clear,
        }
        if command_id in own:
            own[command_id]()
            return True
        grid = self.doubles.grid if self.views.currentIndex() == DOUBLES else self.grid
        return grid.do(command_id)

    def _show_in_folder(self, image_id: int) -> None:
        self.ask("file", lambda p: p.images.full_path(image_id), file_manager.reveal)

    def _find(self) -> None:
        self._show_tab(ALL)
        self.bar.find_names()

    def poses(self) -> dict[str, Callable[[], object]]:
        """All images, a filter, the duplicates, and the problems where there are any."""
        found: dict[str, Callable[[], object]] = {
            "": self._pose_all,
            "-filtered": self._pose_filtered,
            "-duplicates": self._pose_duplicates,
            "-large": self._pose_large,
        }
        if self.problems.rowCount():
            found["-problems"] = lambda: self._show_tab(PROBLEMS)
        return found

    def _pose_all(self) -> None:
        self._show_tab(ALL)
        self.grid.set_tile_width(TILE_PX)

    def _pose_filtered(self) -> None:
        self.studio.set_filter(ImageFilter(text="1", min_side_px=8, duplicates="hide"))

    def _pose_duplicates(self) -> None:
        self.studio.set_filter(ImageFilter())
        self._show_tab(DOUBLES)

    def _pose_large(self) -> None:
        self._show_tab(ALL)
        self.grid.set_tile_width(2 * TILE_PX)

    # -- hearing -------------------------------------------------------------------------------

    def _on_filter_changed(self) -> None:
        self.bar.show_filter(self.studio.filter)
        self.mark_stale()

    def _on_zoomed(self, width_px: int) -> None:
        self.bar.zoom.setValue(width_px)
        self.studio.preferences.set_number("tile_px", width_px)

    def _on_job_added(self, running: RunningJob) -> None:
        super()._on_job_added(running)
        self._show_ready()

    def _on_job_ended(self, running: RunningJob) -> None:
        super()._on_job_ended(running)
        self._show_ready()
        is_scan = type(running.job).__name__ in ("ScanJob", "RelocateJob")
        if is_scan and running.state is JobState.SUCCEEDED:
            self.studio.thumbnails.forget()

    def _search_doubles(self, by_features: bool) -> None:
        if not by_features:
            self.studio.run(NearDuplicatesJob())
            return

        def latest(project: Project) -> int | None:
            found = [f.id for f in project.features.all() if f.source == "run"]
            return self.studio.feature_set_id or (found[-1] if found else None)

        def search(feature_set_id: int | None) -> None:
            if feature_set_id is not None:
                self.studio.run(NearDuplicatesJob(feature_set_id=feature_set_id))

        self.ask("features", latest, search)
