"""What single units look for: first-layer filters, units of any layer, attention."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import theme
from ssl_studio.gui.pages.attention_view import AttentionView
from ssl_studio.gui.pages.filter_reads import (
    NO_SHEETS,
    UNTRAINED_ID,
    FilterSheets,
    LayerUnits,
    Moment,
    RunFacts,
    UnitDetails,
    layer_words,
    read_attention,
    read_filters,
    read_layer,
    read_run,
    read_runs,
    read_unit,
)
from ssl_studio.gui.pages.filter_sheet import FilterSheetView
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.run_picker import RunPicker
from ssl_studio.gui.pages.unit_list import Order
from ssl_studio.gui.pages.units_view import UnitsView
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.empty_state import EmptyState
from ssl_studio.jobs.attention import AttentionJob
from ssl_studio.jobs.filters import FiltersJob
from ssl_studio.jobs.maximise import MaximiseJob
from ssl_studio.jobs.unit_groups import GroupScores, NetworkFacts, describe_network, score_groups
from ssl_studio.jobs.units import UnitsJob
from ssl_studio.project.records import RunRecord
from ssl_studio.project.units import UnitSurveyRecord

SHEET, UNITS, ATTENTION = 0, 1, 2
NO_FACTS = NetworkFacts({}, 0, 0, 1.0, 0)
NEVER = Moment(None, "")


class FiltersPage(Page):
    """Three views of a run at a moment."""

    key, icon = "filters", "filters"
    listens = frozenset(
        {"exhibits", "units", "unit_pictures", "attention_maps", "runs", "checkpoints"}
    )
    job_types = ("FiltersJob", "UnitsJob", "MaximiseJob", "AttentionJob")

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.facts: RunFacts | None = None
        self.network = NO_FACTS
        self._described: int | None = None
        self._problem: StudioError | None = None
        self.picker = RunPicker(studio)
        self.moment_box = parts.Choice(tr("Epoch"))
        self.tabs = QButtonGroup(self)
        self.sheet = FilterSheetView()
        self.no_sheet = EmptyState()
        self.units = UnitsView()
        self.attention = AttentionView()
        self.stack = QStackedWidget()
        self._sheet_stack = QStackedWidget()
        self._build()
        self._connect()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Filters")

    def _build(self) -> None:
        for number, words in (
            (SHEET, tr("First layer")), (UNITS, tr("Units")), (ATTENTION, tr("Attention"))
        ):  # fmt: skip
            tab = QToolButton(text=words, checkable=True, accessibleName=words)
            tab.setProperty("role", "tab")
            self.tabs.addButton(tab, number)
        self.tabs.button(SHEET).setChecked(True)
        for part in (self.sheet, self.no_sheet):
            self._sheet_stack.addWidget(part)
        for view in (self._sheet_stack, self.units, self.attention):
            self.stack.addWidget(view)
        buttons = [self.tabs.button(number) for number in (SHEET, UNITS, ATTENTION)]
        bar = parts.frame(
            "bar",
            parts.row(*buttons, None, self.picker, self.moment_box, gap_px=theme.HALF),
            theme.GAP,
        )
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.stack, 1)

    def _connect(self) -> None:
        studio, units = self.studio, self.units
        self.tabs.idClicked.connect(self.show_tab)
        self.moment_box.activated.connect(lambda _index: self._show_moment())
        studio.run_changed.connect(self.mark_stale)
        studio.clustering_changed.connect(self._on_clustering_changed)
        studio.selection_changed.connect(self._on_selection_changed)
        units.layer_chosen.connect(lambda _layer: self._ask_layer())
        units.look_wanted.connect(self._look)
        units.paint_all_wanted.connect(lambda: self._paint(()))
        units.unit_chosen.connect(self._ask_unit)
        units.grouping_chosen.connect(self._ask_scores)
        units.panel.image_chosen.connect(lambda image_id: studio.select([image_id]))
        units.panel.image_opened.connect(studio.set_query)
        units.panel.paint_wanted.connect(self._paint_unit)
        self.attention.follow_wanted.connect(self._follow)
        self.attention.image_wanted.connect(self._ask_attention)

    # -- what is chosen ------------------------------------------------------------------------

    @property
    def tab(self) -> int:
        """Which of the three views is shown."""
        return self.stack.currentIndex()

    @property
    def moment(self) -> Moment:
        """The state of the run that is looked at."""
        if self.facts is None:
            return NEVER
        return self.facts.moments[max(0, self.moment_box.currentIndex())]

    @property
    def survey(self) -> UnitSurveyRecord | None:
        """The survey of the chosen layer at the chosen moment."""
        layer, checkpoint_id = self.units.layer_box.currentData(), self.moment.checkpoint_id
        if self.facts is None:
            return None
        own = (
            s for s in self.facts.surveys if (s.layer, s.checkpoint_id) == (layer, checkpoint_id)
        )
        return next(own, None)

    def show_tab(self, tab: int) -> None:
        """Look at the run in another way."""
        self.tabs.button(tab).setChecked(True)
        self.stack.setCurrentIndex(tab)
        self._show_moment()

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return (self.sheet.trained, self.units.grid, self.attention.heads)[self.tab]

    def do(self, command_id: str) -> bool:
        """Zoom."""
        grid = (self.sheet.trained, self.units.grid, self.attention.heads)[self.tab]
        return command_id in ("larger_tiles", "smaller_tiles") and grid.do(command_id)

    def poses(self) -> dict[str, Callable[[], object]]:
        """The three views; units by what they go with, painted, on whole images."""
        return {
            "": lambda: self.show_tab(SHEET),
            "-units": lambda: self.show_tab(UNITS),
            "-heat": lambda: self._pose_units("group", painted=False, way=1),
            "-painted": lambda: self._pose_units("number", painted=True, way=0),
            "-attention": self._pose_attention,
        }

    def _pose_attention(self) -> None:
        self.show_tab(ATTENTION)
        self._ask_attention(None)  # an image that was followed, where there is one

    def _pose_units(self, order: Order, *, painted: bool, way: int) -> None:
        self.show_tab(UNITS)
        self.units.pose(order, painted, way)

    # -- the run -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the runs; the rest follows."""
        self.ask("runs", read_runs, self._show_runs)

    def clear(self) -> None:
        """Nothing is open."""
        self.facts, self.network, self._described = None, NO_FACTS, None
        self.sheet.show_sheets(NO_SHEETS, "")
        self.units.show_missing("", "")
        for grid in (self.units.grid, self.units.panel.best):
            grid.tiles.set_thumbnails(None)

    def _show_runs(self, runs: list[RunRecord]) -> None:
        if not runs:
            self.show_empty(
                tr("No network to look into"),
                tr("Train a run first. Then you see here what its units look for."),
                (tr("Go to Train"), lambda: self.studio.page_requested.emit("train")),
            )
            return
        self.picker.set_runs(runs)
        run_id = self.studio.run_id
        assert run_id is not None
        self.ask("run", lambda p: read_run(p, run_id), self._show_run)
        if self._described != run_id:
            self.network, self._described, self._problem = NO_FACTS, run_id, None
            self.studio.workshop.ask(
                (self.key, "network"),
                tr("Looking at the network"),
                lambda p, _report, _cancel: describe_network(p, run_id),
                self._show_network,
                self._on_no_network,
            )

    def _show_run(self, facts: RunFacts) -> None:
        same_run = self.facts is not None and self.facts.run.id == facts.run.id
        before = self.moment_box.currentData() if same_run else None
        self.facts = facts
        self.moment_box.clear()
        for moment in facts.moments:
            key = UNTRAINED_ID if moment.checkpoint_id is None else moment.checkpoint_id
            self.moment_box.addItem(moment.words, key)
        self.moment_box.setCurrentIndex(max(0, self.moment_box.findData(before)))
        self._fill_layers()
        self.show_content()
        self._show_moment()

    def _show_network(self, network: NetworkFacts) -> None:
        self.network = network
        self._fill_layers()
        self._show_moment()

    def _on_no_network(self, error: StudioError) -> None:
        """Layers that were looked at before are still shown."""
        self.network, self._problem = NO_FACTS, error
        self._show_moment()

    def _fill_layers(self) -> None:
        if self.facts is None:
            return
        before = self.units.layer_box.currentData()
        counts = dict(self.network.units)
        for survey in self.facts.surveys:
            counts.setdefault(survey.layer, 0)
        layers = [(layer, layer_words(layer, count)) for layer, count in counts.items()]
        newest = self.facts.surveys[-1].layer if self.facts.surveys else None
        self.units.set_layers(layers, before if before in counts else newest)

    def _show_moment(self) -> None:
        if self.facts is None:
            return
        if self.tab == SHEET:
            run_id, moment = self.facts.run.id, self.moment
            self.ask("filters", lambda p: read_filters(p, run_id, moment), self._show_filters)
        elif self.tab == UNITS:
            self._ask_layer()
        else:
            self._ask_attention(self._chosen_image())

    # -- first layer ---------------------------------------------------------------------------

    def _show_filters(self, sheets: FilterSheets) -> None:
        is_there = bool(sheets.trained.pictures)
        self._sheet_stack.setCurrentWidget(self.sheet if is_there else self.no_sheet)
        self.sheet.show_sheets(sheets, self.moment.words)
        if not is_there or not sheets.untrained.pictures:
            self.no_sheet.tell(
                "filters",
                tr("The filters were not read yet"),
                tr("It takes seconds: the first layer of every epoch that is stored."),
                ((tr("Read the filters"), self._read_filters),),
            )
        if is_there and not sheets.untrained.pictures and not self.studio.read_only:
            self._read_filters()

    def _read_filters(self) -> None:
        if self.facts is not None and self.studio.job_of("FiltersJob") is None:
            self.studio.run(FiltersJob(self.facts.run.id), "look")

    # -- units ---------------------------------------------------------------------------------

    def _ask_layer(self) -> None:
        survey, layer = self.survey, self.units.layer_box.currentData()
        if survey is not None:
            self.ask("layer", lambda p: read_layer(p, survey), self._show_layer)
            return
        if layer is None:
            self.units.show_missing(*self._without_layers())
            return
        self.units.show_unseen(layer)

    def _without_layers(self) -> tuple[str, str]:
        if self._problem is None:
            return tr("Looking at the network …"), tr("In a moment its layers can be chosen.")
        return self._problem.what, f"{self._problem.why} {self._problem.remedy}".strip()

    def _show_layer(self, layer: LayerUnits) -> None:
        if self.survey != layer.survey:
            return
        self.units.show_layer(layer, self.studio.thumbnails)
        if self.units.scores is None:
            self._ask_scores()

    def _ask_scores(self) -> None:
        survey = self.survey
        if survey is None:
            return
        grouping, clustering_id = self.units.grouping, self.studio.clustering_id
        self.studio.workshop.ask(
            (self.key, "scores"),
            tr("Scoring the units of {layer}").format(layer=layer_words(survey.layer)),
            lambda p, _report, _cancel: score_groups(p, survey.id, grouping, clustering_id),
            partial(self._show_scores, survey.id),
            self.show_problem,
        )

    def _show_scores(self, survey_id: int, scores: GroupScores) -> None:
        if self.survey is not None and self.survey.id == survey_id:
            self.units.show_scores(scores)
            if self.units.unit is not None:
                self._ask_unit(self.units.unit)

    def _ask_unit(self, unit: int) -> None:
        survey = self.survey
        grouping, clustering_id = self.units.grouping, self.studio.clustering_id
        if survey is not None:
            self.ask(
                "unit",
                lambda p: read_unit(p, survey, unit, grouping, clustering_id),
                self._show_unit,
            )

    def _show_unit(self, details: UnitDetails | None) -> None:
        self.units.show_unit(details, self.studio.thumbnails, self.network.margin)

    def _on_clustering_changed(self) -> None:
        if self.units.grouping == "clusters" and self.isVisible() and self.tab == UNITS:
            self._ask_scores()

    def _look(self) -> None:
        layer = self.units.layer_box.currentData()
        if self.facts is not None and layer is not None:
            now = self.moment
            job = UnitsJob(self.facts.run.id, layer, now.checkpoint_id, now.is_trained)
            self.studio.run(job, "look")

    def _paint_unit(self, trained: bool) -> None:
        if self.units.unit is not None:
            self._paint((self.units.unit,), trained=trained)

    def _paint(self, units: tuple[int, ...], *, trained: bool = True) -> None:
        survey, details = self.survey, self.units.panel.details
        if survey is None:
            return
        seed = 0
        if len(units) == 1 and trained and details is not None and details.painted is not None:
            seed = details.painted.seed + 1  # another one, not the same again
        at_start = not trained or survey.checkpoint_id is None
        job = MaximiseJob(
            survey.run_id, survey.layer, units,
            None if at_start else survey.checkpoint_id, not at_start, seed=seed,
        )  # fmt: skip
        self.studio.run(job, "look")

    # -- attention -----------------------------------------------------------------------------

    def _chosen_image(self) -> int | None:
        chosen = self.studio.selection
        return int(chosen[0]) if len(chosen) else self.studio.query

    def _ask_attention(self, image_id: int | None) -> None:
        if self.facts is None:
            return
        run_id, checkpoint_id = self.facts.run.id, self.moment.checkpoint_id
        if self.network is not NO_FACTS and not self.network.blocks:
            self.attention.show_refusal()
            return
        self.ask(
            "attention",
            lambda p: read_attention(p, run_id, checkpoint_id, image_id),
            lambda found: self.attention.show_attention(found, self.network.margin),
        )

    def _on_selection_changed(self) -> None:
        if self.isVisible() and self.tab == ATTENTION:
            self._ask_attention(self._chosen_image())

    def _follow(self) -> None:
        image_id = self._chosen_image() or self.attention.found.image_id
        if self.facts is not None and image_id is not None:
            now = self.moment
            job = AttentionJob(self.facts.run.id, (image_id,), now.checkpoint_id, now.is_trained)
            self.studio.run(job, "look")
