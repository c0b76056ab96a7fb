"""The images most like a chosen one, as several encoders see it, side by side."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QMenu, QSplitter, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import theme
from ssl_studio.gui.image_tools import equip_grid
from ssl_studio.gui.pages import outside
from ssl_studio.gui.pages.lenses import Lens, Lookouts, fill_menu, not_shown, read_lookouts
from ssl_studio.gui.pages.neighbour_changes import ChangesPanel
from ssl_studio.gui.pages.neighbour_column import NeighbourColumn, relate
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.pickers import FeatureSetPicker, settle_feature_set
from ssl_studio.gui.pages.query_panel import QueryFacts, QueryPanel, read_query_facts
from ssl_studio.gui.studio import NO_IDS, Ids, Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.neighbour_grid import NeighbourGrid
from ssl_studio.jobs.neighbour_search import (
    Found,
    ImageQuery,
    NeighbourSearch,
    OutsideQuery,
    Query,
)

COUNTS = (10, 20, 50)
MOST_COLUMNS = 5
TRAIL = 100
"""Queries that can be gone back to."""


class NeighboursPage(Page):
    """A query at the left, columns of neighbours at the right; the first is the studio's."""

    key, icon = "neighbours", "neighbours"
    listens = frozenset({"feature_sets", "neighbour_sets", "runs", "checkpoints"})
    job_types = ("NeighboursJob", "NeighbourChangesJob", "EmbedJob")

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.picker = FeatureSetPicker(studio)
        self.first = NeighbourColumn(self.picker)
        self.columns = [self.first]
        self.panel = QueryPanel()
        self.count_box = parts.Choice(tr("How many neighbours"))
        self.add_button = parts.button(tr("Compare with"), "plus")
        self.changes_button = parts.toggle(tr("Changed most"), "map")
        self.hint = parts.label(tr("A dot: in the first column and in another one"), "small")
        self.changes = ChangesPanel(studio)
        self._query: Query | None = None
        self._trail: list[Query] = []
        self._facts = QueryFacts()
        self._search = NeighbourSearch()
        self._lenses: list[Lens] = []
        self._slots = 0
        self.setAcceptDrops(True)
        self._build()
        self._listen_here()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Neighbours")

    @property
    def grid(self) -> NeighbourGrid:
        """The first list of neighbours."""
        return self.first.grid

    def _build(self) -> None:
        for count in COUNTS:
            self.count_box.addItem(tr("{n} nearest").format(n=count), count)
        self.count_box.setCurrentIndex(1)
        self.add_button.setMenu(QMenu(self.add_button))
        bar = parts.frame(
            "bar",
            parts.row(self.count_box, self.add_button, self.changes_button, None, self.hint),
            theme.GAP,
        )
        self.lists = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.lists.addWidget(self.first)
        self.halves = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        self.halves.addWidget(self.lists)
        self.halves.addWidget(self.changes)
        self.halves.setSizes([600, 220])
        self.changes.hide()
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(parts.row(self.panel, self.halves, gap_px=0))

    def _listen_here(self) -> None:
        studio = self.studio
        self._listen_to_grid(self.first)
        self.panel.back.clicked.connect(lambda: self._go_back())
        self.panel.file_wanted.connect(self._pick_file)
        self.panel.paste_wanted.connect(self.paste)
        self.count_box.activated.connect(lambda _index: self._search_all())
        self.add_button.menu().aboutToShow.connect(self._fill_menu)
        self.changes_button.toggled.connect(self._show_changes)
        self.changes.image_wanted.connect(lambda image_id: studio.set_query(image_id))
        studio.query_changed.connect(self._on_query_changed)
        studio.feature_set_changed.connect(self.mark_stale)
        studio.selection_changed.connect(self._on_selection_changed)
        studio.jobs_changed.connect(self._show_free)

    def _listen_to_grid(self, column: NeighbourColumn) -> None:
        column.grid.selection_made.connect(self.studio.select)
        column.grid.image_opened.connect(lambda image_id: self.studio.set_query(image_id))
        column.grid.neighbours_wanted.connect(lambda image_id: self.studio.set_query(image_id))
        column.removed.connect(self.remove_column)
        column.compute_wanted.connect(self._compute)

    # -- what a page is asked ------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask which feature sets there are; the neighbours follow."""
        for column in self.columns:
            column.grid.images.set_thumbnails(self.studio.thumbnails)
        self.ask("lookouts", read_lookouts, self._show_lookouts)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.grid

    def shown_ids(self) -> Ids:
        """The neighbours in the column that has the keyboard, else in the first."""
        return self._column_in_use().ids

    def clear(self) -> None:
        """Nothing is open."""
        for column in self.columns[1:]:
            self.remove_column(column)
        self._query, self._trail, self._lenses = None, [], []
        self._search = NeighbourSearch()
        self.first.lens = self.first.found = None
        self.grid.images.set_thumbnails(None)
        self.grid.images.set_ids(NO_IDS)
        self.panel.clear()
        self.changes.clear()

    def do(self, command_id: str) -> bool:
        """Select and zoom in the column that has the keyboard; paste a picture."""
        if command_id == "paste":
            self.paste()
            return True
        if self.changes.grid.hasFocus():
            return self.changes.grid.do(command_id)
        return self._column_in_use().grid.do(command_id)

    def poses(self) -> dict[str, Callable[[], object]]:
        """One column, and all references beside it with what changed."""
        return {"": lambda: None, "-columns": self._pose}

    def _pose(self) -> None:
        """One of each kind beside the first: another run, no training, raw pixels."""
        for column in self.columns[1:]:
            self.remove_column(column)
        there, missing = not_shown(self._lenses, [x for x in [self.first.lens] if x is not None])
        kinds = {lens.source: lens for lens in reversed([*there, *missing])}
        for lens in [kinds[source] for source in ("run", "random", "pixels") if source in kinds]:
            self.add_column(lens)
        self.changes_button.setChecked(True)

    def _column_in_use(self) -> NeighbourColumn:
        return next((c for c in self.columns if c.grid.hasFocus()), self.first)

    # -- columns -------------------------------------------------------------------------------

    def add_column(self, lens: Lens) -> NeighbourColumn:
        """Look through something else as well."""
        column = NeighbourColumn()
        column.grid.images.set_thumbnails(self.studio.thumbnails)
        self._listen_to_grid(column)
        equip_grid(self.studio, column.grid)
        self.columns.append(column)
        self.lists.addWidget(column)
        self._share_width()
        column.set_lens(lens)
        self._search_column(column)
        self._columns_changed()
        return column

    def remove_column(self, column: NeighbourColumn) -> None:
        """Look through one thing less."""
        self.columns.remove(column)
        column.hide()
        column.setParent(None)
        column.deleteLater()
        if self.studio.is_open:
            self._share_width()
            self._show_relations()
            self._columns_changed()

    def _share_width(self) -> None:
        """Columns of one width."""
        self.lists.setSizes([1000] * len(self.columns))

    def _columns_changed(self) -> None:
        self.add_button.setEnabled(len(self.columns) < MOST_COLUMNS)
        others = [column.lens for column in self.columns[1:] if column.lens is not None]
        self.changes.set_lenses(self.first.lens, others, self._k())

    def _fill_menu(self) -> None:
        shown = [column.lens for column in self.columns if column.lens is not None]
        fill_menu(self.add_button.menu(), self._lenses, shown, self.add_column)

    def _compute(self, lens: Lens) -> None:
        if (job := lens.job()) is not None:
            self.studio.run(job)

    def _show_free(self) -> None:
        is_free = self.studio.job_of("EmbedJob") is None
        for column in self.columns:
            column.may_compute(is_free)

    # -- the query -----------------------------------------------------------------------------

    def ask_for(self, query: Query) -> None:
        """Show the neighbours of an image or of a picture from outside."""
        if query != self._query:
            self._query = query
            self._trail = [*self._trail[-TRAIL:], query]
        self.mark_stale()

    def paste(self) -> None:
        """Ask for the neighbours of what is on the clipboard."""
        found = outside.query_in(QGuiApplication.clipboard().mimeData())
        if found is None:
            self.studio.message.emit(tr("There is no picture on the clipboard."))
        else:
            self.ask_for(found)

    def _pick_file(self) -> None:
        if (found := outside.pick_picture(self, self.studio.preferences)) is not None:
            self.ask_for(found)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Pictures may be dropped here; folders and projects are left to the window."""
        mime = event.mimeData()
        if self.studio.is_open and (outside.file_in(mime) is not None or mime.hasImage()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask for the neighbours of the dropped picture."""
        if (found := outside.query_in(event.mimeData())) is not None:
            event.acceptProposedAction()
            self.ask_for(found)

    def _on_query_changed(self) -> None:
        if self.studio.query is not None:
            self.ask_for(ImageQuery(self.studio.query))

    def _go_back(self) -> None:
        if len(self._trail) < 2:
            return
        self._trail.pop()
        before = self._trail.pop()
        self._query = None
        if isinstance(before, ImageQuery):
            self.studio.set_query(before.image_id, show_page=False)
        self.ask_for(before)

    # -- showing -------------------------------------------------------------------------------

    def _show_lookouts(self, found: Lookouts) -> None:
        if not found.choices:
            words = tr(
                "Train a run first. When it is finished, every image gets its nearest neighbours "
                "as the network sees them."
            )
            to_train = (tr("Go to Train"), lambda: self.studio.page_requested.emit("train"))
            self.show_empty(tr("No features yet"), words, to_train)
            return
        self._lenses = found.lenses
        settle_feature_set(self.studio, found.choices)
        self.picker.set_choices(found.choices)
        self._renew_lenses()
        if self._query is None and len(self.studio.selection):
            chosen = int(self.studio.selection[-1])
            self.studio.set_query(chosen, show_page=False)
            self.ask_for(ImageQuery(chosen))
            return
        if self._query is None:
            self._show_no_query()
            return
        self._ask_facts(self._query)
        self._search_all()

    def _renew_lenses(self) -> None:
        """Features that were missing may be there now."""
        chosen = self.studio.feature_set_id
        first = next((lens for lens in self._lenses if lens.feature_set_id == chosen), None)
        if first is not None:
            self.first.set_lens(first)
        for column in self.columns[1:]:
            own = column.lens
            now = next((x for x in self._lenses if own is not None and x.is_same(own)), None)
            if now is not None:
                column.set_lens(now)

    def _show_no_query(self) -> None:
        words = tr(
            "Double-click an image on any page, or press N on it, to see what the network finds "
            "most like it. A picture from anywhere can be dropped here or pasted."
        )
        to_images = (tr("Go to Images"), lambda: self.studio.page_requested.emit("images"))
        to_files = (tr("Choose a file …"), self._pick_file)
        self.show_empty(tr("Choose an image"), words, to_images, to_files)

    def _ask_facts(self, query: Query) -> None:
        self.panel.set_can_go_back(len(self._trail) > 1)
        if isinstance(query, ImageQuery):
            image_id = query.image_id
            self.ask("query", lambda p: read_query_facts(p, image_id), self._show_facts)
        else:
            self.panel.show_outside(query)
            self._facts = QueryFacts()
            self._ask_preview(query)

    def _ask_preview(self, query: OutsideQuery) -> None:
        search = self._search
        self.studio.workshop.ask(
            (self.key, "preview"),
            tr("Reading a picture"),
            lambda _p, _report, _cancel: search.preview(query),
            partial(self.panel.show_preview, query),
            self.panel.show_problem,
        )

    def _show_facts(self, facts: QueryFacts) -> None:
        self._facts = facts
        self.panel.show_facts(facts, self.studio.thumbnails)
        for column in self.columns:
            if column.found is not None:
                column.show_found(column.found, facts.label)
        self._show_relations()

    def _k(self) -> int:
        return int(self.count_box.currentData())

    def _search_all(self) -> None:
        if self._query is None:
            return
        self.show_content()
        for column in self.columns:
            self._search_column(column)
        self._columns_changed()

    def _search_column(self, column: NeighbourColumn) -> None:
        lens, query, k, search = column.lens, self._query, self._k(), self._search
        if query is None or lens is None or lens.feature_set_id is None:
            self._show_relations()
            return
        feature_set_id = lens.feature_set_id
        column.show_searching()

        def show(found: Found) -> None:
            if column in self.columns:
                column.show_found(found, self._facts.label)
                self._show_relations()

        def fail(error: StudioError) -> None:
            if column in self.columns:
                column.show_problem(error)
                self._show_relations()

        self.studio.workshop.ask(
            (self.key, id(column)),
            tr("Looking for neighbours: {lens}").format(lens=lens.words),
            lambda p, report, cancel: search.under(report, cancel).find(
                p, feature_set_id, query, k
            ),
            show,
            fail,
        )

    def _show_relations(self) -> None:
        self.hint.setVisible(len(self.columns) > 1)
        relate(self.columns)
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        for column in self.columns:
            if not column.grid.hasFocus():
                column.grid.follow_selection(self.studio.selection)

    def _show_changes(self, on: bool) -> None:
        self.changes.setVisible(on)
        if on and self.studio.is_open:
            self._columns_changed()
