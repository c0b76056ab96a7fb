"""All images of the project: a grid, what is bad, what is double, and details of what is chosen."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QLineEdit,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import dialogs, file_manager, text, theme
from ssl_studio.gui.image_tools import equip
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.pages import images_data as data
from ssl_studio.gui.pages.images_data import Doubles, Listing
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import Ids, Studio
from ssl_studio.gui.tag_book import tag_book
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.duplicates_view import DuplicatesView
from ssl_studio.gui.widgets.filter_bar import FilterBar, Offered
from ssl_studio.gui.widgets.image_details import ImageDetails, ImageFacts
from ssl_studio.gui.widgets.image_grid import TILE_PX, ZOOM_PX, ImageGrid
from ssl_studio.gui.widgets.problem_table import ProblemModel, problem_table
from ssl_studio.gui.widgets.tag_manager import manage_tags
from ssl_studio.gui.widgets.tag_menu import TagChips, TagMenu
from ssl_studio.jobs.near_duplicates import NearDuplicatesJob
from ssl_studio.jobs.relocate import RelocateJob
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter, ImageSort, RootRecord, SortKey, TagRecord

LIVE_MS = 400
"""While a scan runs, new rows appear at most this often."""
TYPING_MS = 180
"""After the last letter typed the images are searched."""
ALL, PROBLEMS, DOUBLES = range(3)
_OF_CLUSTERS = ("cluster", "distance", "margin")


def sort_choices() -> tuple[tuple[SortKey, str], ...]:
    """What images can be sorted by."""
    return (
        ("path", tr("Name")),
        ("label", tr("Label")),
        ("date", tr("Date")),
        ("size", tr("Size of file")),
        ("pixels", tr("Pixels")),
        ("added", tr("As they were added")),
        ("group", tr("Duplicates together")),
        ("cluster", tr("Cluster")),
        ("distance", tr("Distance to centre")),
        ("margin", tr("Borderline first")),
    )


class ImagesPage(Page):
    """The grid of all images."""

    key, icon = "images", "images"
    listens = frozenset(
        {"images", "roots", "image_tags", "tags", "near_duplicates", "clusterings", "clusters",
         "cluster_members"}
    )  # fmt: skip
    job_types = ("ScanJob", "RelocateJob", "NearDuplicatesJob")

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.book = tag_book(studio)
        self.search = QLineEdit(placeholderText=tr("Find in names …"), clearButtonEnabled=True)
        self.search.setAccessibleName(tr("Find in names"))
        self.order_box = parts.Choice(tr("Sort by"))
        self.down_button = QToolButton(checkable=True)
        self.zoom = parts.slider(tr("Size of tiles"))
        self.count_label = parts.label("", "muted")
        self.filter_bar = FilterBar()
        self.grid = ImageGrid(tr("Images"))
        self.problems = ProblemModel()
        self.problem_table = problem_table(self.problems)
        self.doubles = DuplicatesView()
        self.menu = TagMenu(self.book, lambda: self.studio.selection, self)
        self.chips = TagChips(self.menu)
        self.details = ImageDetails(self.chips)
        self.views = QStackedWidget()
        self.tabs = self._new_tabs()
        self.gone_note = parts.label("", wrap=True)
        self.gone_bar = self._new_gone_bar()
        self._gone: list[RootRecord] = []
        self._has_features = False
        self._live_timer = QTimer(self, singleShot=True, interval=LIVE_MS)
        self._typing_timer = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._build()
        self._connect()
        equip(studio, self)

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Images")

    # -- building ------------------------------------------------------------------------------

    def _new_tabs(self) -> QButtonGroup:
        group = QButtonGroup(self)
        for number, words in enumerate((tr("All"), tr("Problems"), tr("Duplicates"))):
            tab = QToolButton(text=words, checkable=True, checked=number == 0)
            tab.setProperty("role", "tab")
            group.addButton(tab, number)
        return group

    def _new_gone_bar(self) -> QWidget:
        locate = parts.button(tr("Locate …"), "search", on_click=self._locate)
        bar = parts.frame("advice", parts.row(self.gone_note, None, locate), theme.GAP)
        bar.hide()
        return bar

    def _build(self) -> None:
        for key, words in sort_choices():
            if key not in _OF_CLUSTERS:  # those come with a clustering
                self.order_box.addItem(words, key)
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(240)
        self.zoom.setRange(*ZOOM_PX)
        self.zoom.setFixedWidth(104)
        self.zoom.setValue(self.studio.preferences.number("tile_px", TILE_PX))
        self.grid.set_tile_width(self.zoom.value())
        for view in (self.grid, self.problem_table, self.doubles):
            self.views.addWidget(view)
        self._show_direction(False)
        add = parts.tool_button("folder-plus", tr("Add a folder of images"), self._add_folder)
        again = parts.tool_button("refresh", tr("Scan the folders again"), self._scan_again)
        tabs = [self.tabs.button(number) for number in (ALL, PROBLEMS, DOUBLES)]
        bar = parts.row(
            *tabs, theme.GAP, self.search, self.order_box, self.down_button, None,
            self.count_label, theme.GAP, self.zoom, again, add,
        )  # fmt: skip
        top = parts.frame("bar", parts.column(bar, self.filter_bar, gap_px=theme.HALF), theme.GAP)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(top)
        layout.addWidget(self.gone_bar)
        layout.addLayout(parts.row(self.views, self.details, gap_px=0), 1)

    def _connect(self) -> None:
        studio = self.studio
        self.tabs.idClicked.connect(self._show_tab)
        self.search.textChanged.connect(lambda _text: self._typing_timer.start())
        self.search.returnPressed.connect(self._on_typed)
        self._typing_timer.timeout.connect(self._on_typed)
        self.filter_bar.edited.connect(studio.set_filter)
        self.order_box.activated.connect(lambda _index: self.refresh())
        self.down_button.toggled.connect(self._on_direction)
        self.zoom.valueChanged.connect(self.grid.set_tile_width)
        self.grid.tile_width_changed.connect(self._on_zoomed)
        self.grid.image_opened.connect(lambda i: studio.look_at(i, self.grid.images.ids))
        self.details.look_wanted.connect(lambda i: studio.look_at(i, self.grid.images.ids))
        self.details.alike_wanted.connect(
            lambda ids: studio.set_filter(replace(ImageFilter(), image_ids=tuple(ids)))
        )
        self.details.folder_wanted.connect(lambda path: file_manager.reveal(Path(path)))
        for source in (self.grid, self.doubles.grid):
            source.neighbours_wanted.connect(studio.set_query)
            source.selection_made.connect(studio.select)
        self.doubles.grid.image_opened.connect(
            lambda i: studio.look_at(i, self.doubles.grid.images.ids)
        )
        self.details.neighbours_wanted.connect(studio.set_query)
        self.doubles.chosen.connect(studio.select)
        self.doubles.search_wanted.connect(self._search_doubles)
        self.chips.removed.connect(self._on_tag_removed)
        self.menu.manage_wanted.connect(lambda: manage_tags(studio, self.book, self))
        self.book.changed.connect(self._show_tags)
        studio.selection_changed.connect(self._show_selection)
        studio.filter_changed.connect(self._on_filter_changed)
        studio.clustering_changed.connect(self.mark_stale)
        self._live_timer.timeout.connect(super().mark_stale)

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
        by: SortKey = self.order_box.currentData()
        clustering_id = self.studio.clustering_id
        if by in _OF_CLUSTERS and clustering_id is None:
            by = "path"
        return ImageSort(by, self.down_button.isChecked(), clustering_id)

    def refresh(self) -> None:
        """Ask for the images that pass the filter, and for what can be filtered by."""
        wanted, sort = self.studio.filter, self.sort()
        for grid in (self.grid, self.doubles.grid):
            grid.images.set_thumbnails(self.studio.thumbnails)
        self._show_filter()
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
        self._typing_timer.stop()
        for grid in (self.grid, self.doubles.grid):
            grid.images.set_thumbnails(None)
            grid.images.set_ids(np.empty(0, np.int64))
        self.problems.set_records([])
        self.doubles.show_groups((), (), (), {})
        self.details.show_facts(None, None)

    # -- showing -------------------------------------------------------------------------------

    def _show_listing(self, listing: Listing) -> None:
        self.problems.set_records(listing.problems)
        self._show_tab_count(PROBLEMS, tr("Problems"), listing.problem_count)
        self._show_count(listing)
        self._show_gone(listing.gone)
        if listing.total or listing.problem_count:
            self.grid.images.set_ids(listing.ids)
            self.grid.set_nothing("" if len(listing.ids) else tr("No image passes these filters."))
            self._show_selection()
            self.show_content()
        else:
            self._show_why_empty(listing.folders)

    def _show_why_empty(self, folders: list[RootRecord]) -> None:
        choose = (tr("Choose folder …"), self._add_folder)
        if self.studio.job_of("ScanJob") is not None:
            self.show_empty(
                tr("Looking through the folder …"), tr("Images appear here as they are read.")
            )
        elif self._gone:
            self.show_empty(
                tr("The folder is not there"),
                tr("{folder} was moved or renamed, or its disk is not connected.").format(
                    folder=self._gone[0].path
                ),
                (tr("Locate it …"), self._locate),
                (tr("Scan again"), self._scan_again),
            )
        elif folders:
            self.show_empty(
                tr("No images found"),
                tr("There is no picture file in {folder}.").format(folder=folders[0].path),
                (tr("Choose another folder …"), self._add_folder),
                (tr("Scan again"), self._scan_again),
            )
        else:
            self.show_empty(
                tr("Choose a folder of images"),
                tr(
                    "Its sub-folders are searched too. Nothing in it is changed: the project keeps "
                    "only small previews and what is found out."
                ),
                choose,
            )

    def _show_offered(self, answer: tuple[Offered, int | None, bool]) -> None:
        offered, clustering_id, self._has_features = answer
        self.filter_bar.offer(offered)
        for key, words in sort_choices():
            if key in _OF_CLUSTERS:
                self._offer_order(key, words, clustering_id is not None)
        if self.studio.clustering_id is None and clustering_id is not None:
            self.studio.set_clustering(clustering_id)
        self._show_ready()

    def _offer_order(self, key: SortKey, words: str, is_there: bool) -> None:
        row = self.order_box.findData(key)
        if is_there and row < 0:
            self.order_box.addItem(words, key)
        elif not is_there and row >= 0:
            self.order_box.removeItem(row)

    def _show_doubles(self, found: Doubles) -> None:
        self.doubles.show_groups(found.exact, found.by_look, found.by_features, found.names)
        self._show_tab_count(DOUBLES, tr("Duplicates"), found.count)
        self._show_ready()

    def _show_ready(self) -> None:
        is_busy = self.studio.job_of("NearDuplicatesJob") is not None
        self.doubles.set_ready(has_features=self._has_features, is_busy=is_busy)

    def _show_tab_count(self, number: int, words: str, count: int) -> None:
        shown = f"{words} ({text.count(count)})" if count else words
        self.tabs.button(number).setText(shown)
        if number == PROBLEMS:
            self.tabs.button(number).setEnabled(bool(count))

    def _show_gone(self, gone: list[RootRecord]) -> None:
        self._gone = gone
        self.gone_bar.setVisible(bool(gone))
        if gone:
            self.gone_note.setText(
                tr(
                    "The folder {folder} is not there: it was moved or renamed, or its disk is not "
                    "connected. Previews still work; training and large views need the files."
                ).format(folder=gone[0].path)
            )

    def _show_tab(self, number: int) -> None:
        self.tabs.button(number).setChecked(True)
        self.views.setCurrentIndex(number)
        self.details.setVisible(number != PROBLEMS)
        for part in (
            self.search, self.order_box, self.down_button, self.zoom, self.filter_bar,
            self.count_label,
        ):  # fmt: skip
            part.setVisible(number == ALL)

    def _show_count(self, listing: Listing) -> None:
        shown, total = len(listing.ids), listing.total
        if shown == total:
            words = text.counted(total, tr("image"), tr("images"))
        else:
            words = tr("{shown} of {total} images").format(
                shown=text.count(shown), total=text.count(total)
            )
        self.count_label.setText(words)

    def _show_filter(self) -> None:
        self.filter_bar.show_filter(self.studio.filter)
        if self.search.text().strip() != self.studio.filter.text:
            self.search.blockSignals(True)
            self.search.setText(self.studio.filter.text)
            self.search.blockSignals(False)

    def _show_direction(self, is_down: bool) -> None:
        tip = tr("Descending order") if is_down else tr("Ascending order")
        theme.set_icon(self.down_button, "down" if is_down else "up")
        self.down_button.setToolTip(tip)
        self.down_button.setAccessibleName(tip)

    def _show_selection(self) -> None:
        selection = self.studio.selection
        if self.isVisible():
            self.grid.follow_selection(selection)
            self.doubles.grid.follow_selection(selection)
        if not len(selection) or not self.studio.is_open:
            self.details.show_facts(None, None)
            return
        image_id, number = int(selection[-1]), len(selection)
        clustering_id = self.studio.clustering_id

        def answer(facts: ImageFacts | None) -> None:
            pixmap = self.studio.thumbnails.pixmap(image_id) if facts else None
            self.details.show_facts(facts, pixmap, number)
            self._show_tags()

        self.ask("facts", lambda p: data.read_facts(p, image_id, clustering_id), answer)
        self.ask(
            "exif",
            lambda p: data.read_exif_lines(p, image_id),
            lambda lines: self.details.show_shot(image_id, lines),
        )

    def _show_tags(self) -> None:
        image_id = self.details.image_id
        self.chips.show_tags([] if image_id is None else self.book.of(image_id))

    def _show_arrived(self) -> None:
        image_id = self.details.image_id
        if image_id is not None and self.studio.is_open:
            self.details.show_picture(image_id, self.studio.thumbnails.kept(image_id))

    # -- commands ------------------------------------------------------------------------------

    def shown_ids(self) -> Ids:
        """The images of the grid."""
        return self.grid.images.ids

    def do(self, command_id: str) -> bool:
        """Select and zoom, find, tag."""
        own: dict[str, Callable[[], object]] = {
            "find": self._find,
            "clear_filter": self.filter_bar.clear,
        }
        if command_id in own:
            own[command_id]()
            return True
        grid = self.doubles.grid if self.views.currentIndex() == DOUBLES else self.grid
        return grid.do(command_id)

    def poses(self) -> dict[str, Callable[[], object]]:
        """All images, a filter, the duplicates, the problems."""
        return {
            "": lambda: self._show_tab(ALL),
            "-filtered": self._pose_filtered,
            "-duplicates": self._pose_duplicates,
            "-problems": lambda: self._show_tab(PROBLEMS),
            "-end": self._pose_end,
        }

    def _pose_filtered(self) -> None:
        self.studio.set_filter(ImageFilter(text="0", min_side_px=8, duplicates="hide"))

    def _pose_duplicates(self) -> None:
        self.studio.set_filter(ImageFilter())
        self._show_tab(DOUBLES)

    def _pose_end(self) -> None:
        self._show_tab(ALL)

    def _find(self) -> None:
        self._show_tab(ALL)
        self.search.setFocus()
        self.search.selectAll()

    # -- hearing -------------------------------------------------------------------------------

    def _on_project_opened(self) -> None:
        super()._on_project_opened()
        self.studio.thumbnails.arrived.connect(self._show_arrived)

    def _on_typed(self) -> None:
        self._typing_timer.stop()
        self.studio.set_filter(replace(self.studio.filter, text=self.search.text().strip()))

    def _on_filter_changed(self) -> None:
        self._show_filter()
        self.mark_stale()

    def _on_direction(self, is_down: bool) -> None:
        self._show_direction(is_down)
        self.refresh()

    def _on_zoomed(self, width_px: int) -> None:
        self.zoom.setValue(width_px)
        self.studio.preferences.set_number("tile_px", width_px)

    def _on_tag_removed(self, tag: TagRecord) -> None:
        if self.details.image_id is not None:
            self.book.put(tag, [self.details.image_id], on=False)

    def _on_job_added(self, running: RunningJob) -> None:
        super()._on_job_added(running)
        self._show_ready()

    def _on_job_ended(self, running: RunningJob) -> None:
        super()._on_job_ended(running)
        self._show_ready()
        is_scan = type(running.job).__name__ in ("ScanJob", "RelocateJob")
        if is_scan and running.state is JobState.SUCCEEDED:
            self.studio.thumbnails.forget()

    # -- work ----------------------------------------------------------------------------------

    def _add_folder(self) -> None:
        folder = dialogs.pick_image_folder(self, self.studio.preferences)
        if folder is not None:
            self.studio.run(ScanJob(folder), "scan")

    def _scan_again(self) -> None:
        self.studio.run(ScanJob(), "scan")

    def _locate(self) -> None:
        if not self._gone:
            return
        root = self._gone[0]
        words = tr("Where does {folder} lie now?").format(folder=Path(root.path).name)
        chosen = QFileDialog.getExistingDirectory(self, words, str(Path(root.path).parent))
        if chosen:
            self.locate(root.id, Path(chosen))

    def locate(self, root_id: int, folder: Path) -> None:
        """Take a folder for one that was moved."""
        self.studio.run(RelocateJob(folder, root_id), "scan")

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
