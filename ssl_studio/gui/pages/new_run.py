"""The form for a new run: which method, why, with what settings, and at what cost."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QStackedLayout,
    QWidget,
)

from ssl_studio.gui import theme
from ssl_studio.gui.pages.cost import CostPanel
from ssl_studio.gui.pages.method_chooser import MethodAbout, MethodList, lacks
from ssl_studio.gui.pages.view_panel import ViewPanel
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.empty_state import EmptyState
from ssl_studio.gui.widgets.setting_field import FIELD_WIDTH_PX
from ssl_studio.gui.widgets.settings_form import RESET_PX, SettingsForm
from ssl_studio.jobs.catalogue import BackboneEntry, Catalogue, MethodCard
from ssl_studio.jobs.estimate import EstimateResult
from ssl_studio.jobs.propose import Proposed, ProposeResult

METHODS_WIDTH_PX = 216
FORM_WIDTH_PX = 680
WIDE_FORM_PX, COLUMN_GAP_PX = 560, 48
"""From twice this on, the settings of the method stand beside those of the training."""
SIDE_SHARE, SIDE_LEAST_PX, SIDE_MOST_PX = 0.3, 320, 760
CHEAP = frozenset(
    {"epochs", "seed", "checkpoint_minutes", "evaluate_every", "exhibit_every", "warmup_epochs"}
)
"""Settings that change neither the views nor the speed and memory of a step."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What the user wants to be trained; `start_from` is a checkpoint of another run."""

    method: str
    training: dict[str, Any]
    settings: dict[str, Any]
    name: str
    start_from: int | None = None

    @property
    def costly(self) -> str:
        """What two plans share whose steps cost the same and whose views are alike."""
        kept = {k: v for k, v in {**self.training, **self.settings}.items() if k not in CHEAP}
        return json.dumps([self.method, kept], sort_keys=True)


def training_schema(
    schema: Mapping[str, Any], backbones: tuple[BackboneEntry, ...], card: MethodCard
) -> dict[str, Any]:
    """The trainer's schema, with the backbones that the method can train as choices."""
    fitting = [b for b in backbones if b.family in card.needs.get("backbones", ("conv", "vit"))]
    backbone = {
        **schema["properties"]["backbone"],
        "enum": [b.name for b in fitting],
        "titles": {b.name: b.title for b in fitting},
        "tips": {b.name: b.explanation for b in fitting},
    }
    return {**schema, "properties": {**schema["properties"], "backbone": backbone}}


class NewRunPanel(QWidget):
    """Method list, what is to be known of the method, form, preview and cost.

    Signals: `method_chosen()`; `edited()` when any value became another; `start_wanted(RunPlan)`;
    `back_wanted()`.
    """

    method_chosen = Signal()
    edited = Signal()
    start_wanted = Signal(object)
    back_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue: Catalogue | None = None
        self._card: MethodCard | None = None
        self._wanted: tuple[str, Mapping[str, Any], Mapping[str, Any]] | None = None
        self.is_busy = self.is_wide = False
        self._images = 0
        self.methods = MethodList()
        self.about = MethodAbout()
        self.cost = CostPanel()
        self.views = ViewPanel()
        self.training_form = SettingsForm()
        self.method_form = SettingsForm()
        self.method_heading = parts.label("", "section")
        self.advanced = QCheckBox(tr("Show all settings"))
        self.reset_button = parts.button(tr("All as proposed"), role="link", on_click=self.reset)
        self.start_from = parts.Choice(tr("Start from"))
        self.start_row = parts.plain(self._start_row())
        self.back_button = parts.button(tr("Runs"), "back", on_click=self.back_wanted.emit)
        self.name = QLineEdit(placeholderText=tr("Name of the run (optional)"))
        self.name.setAccessibleName(tr("Name of the run"))
        self.estimate = parts.label("", "muted")
        self.problem = parts.label("", "danger")
        self.start_button = parts.button(
            tr("Start training"), "play", role="primary", on_click=self._on_start
        )
        self.loading = EmptyState()
        self.loading.tell(
            "train", tr("Loading the methods …"), tr("This takes a few seconds the first time.")
        )
        self._build()
        self._connect()

    # -- building ------------------------------------------------------------------------------

    def _start_row(self) -> QHBoxLayout:
        title = parts.label(tr("Start from"))
        title.setBuddy(self.start_from)
        help_text = parts.label(
            tr("Weights to begin with: fresh ones, or the encoder of another run."),
            "small",
            wrap=True,
        )
        words = parts.plain(parts.column(title, help_text, gap_px=2))
        row = parts.row(gap_px=theme.WIDE)
        row.addWidget(words, 1)
        row.addWidget(self.start_from)
        row.addSpacing(theme.WIDE + RESET_PX)  # in line with the fields of the form
        return row

    def _build(self) -> None:
        self.name.setFixedWidth(220)
        self.start_from.setFixedWidth(FIELD_WIDTH_PX)
        training = parts.column(
            self.about,
            theme.HALF,
            self.cost,
            theme.GAP,
            parts.line(),
            theme.GAP,
            parts.row(
                parts.label(tr("TRAINING"), "section"), None, self.reset_button, self.advanced
            ),
            self.training_form,
            self.start_row,
        )
        method = parts.column(self.method_heading, self.method_form)
        self._forms = parts.column(gap_px=theme.WIDE)
        for layout in (training, method):
            part = parts.plain(layout)
            part.setMaximumWidth(FORM_WIDTH_PX)
            part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
            self._forms.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
        self._forms.addStretch(1)
        holder = parts.plain(self._forms, (24, 20, 20, 24))
        side = parts.plain(parts.column(self.views), (16, 20, 16, 16))
        self._side = parts.frame("side", parts.column(parts.scrolled(side), gap_px=0), 0)
        upper = parts.row(gap_px=0)
        upper.addWidget(parts.scrolled(holder), 1)
        upper.addWidget(self._side)
        foot = parts.row(self.name, self.estimate, self.problem, None, self.start_button)
        body = parts.plain(parts.column(upper, parts.frame("foot", foot, 12), gap_px=0))
        top = parts.row(12, self.back_button, 12, gap_px=0)
        chooser = parts.column(12, top, theme.HALF, self.methods, gap_px=0)
        methods = parts.frame("list", chooser, 0)
        methods.setFixedWidth(METHODS_WIDTH_PX)
        content = parts.plain(parts.row(methods, body, gap_px=0))
        self._places = QStackedLayout(self)
        self._places.addWidget(self.loading)
        self._places.addWidget(content)

    def _connect(self) -> None:
        self.methods.chosen.connect(self._on_method_chosen)
        self.advanced.toggled.connect(self._on_advanced)
        self.start_from.currentIndexChanged.connect(lambda _index: self._show_validity())
        for form in (self.training_form, self.method_form):
            form.changed.connect(self._on_edited)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The preview gets its share of the width; a wide form has two columns."""
        super().resizeEvent(event)
        width = event.size().width()
        side = max(SIDE_LEAST_PX, min(SIDE_MOST_PX, round(SIDE_SHARE * width)))
        self._side.setFixedWidth(side)
        self.is_wide = is_wide = width - METHODS_WIDTH_PX - side >= 2 * WIDE_FORM_PX
        self._forms.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )
        self._forms.setSpacing(COLUMN_GAP_PX if is_wide else theme.WIDE)
        for place in (0, 1):
            self._forms.setStretch(place, FORM_WIDTH_PX if is_wide else 0)

    # -- what the page tells -------------------------------------------------------------------

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these methods."""
        if self._catalogue is not None:
            return
        self._catalogue = catalogue
        self._places.setCurrentIndex(1)
        self.methods.set_methods(catalogue.methods)
        if self._wanted is not None:
            self.take_over(*self._wanted)

    @property
    def method_id(self) -> str | None:
        """The method that is chosen."""
        return self._card.id if self._card is not None else None

    @property
    def images(self) -> int:
        """How many images there are."""
        return self._images

    def set_image_count(self, images: int) -> None:
        """How many images there are to train on."""
        self._images = images
        if self._card is not None:
            self.about.show_method(self._card, images)
        self._show_validity()

    def set_starts(self, starts: Sequence[tuple[int, str]]) -> None:
        """Offer the encoders of these checkpoints (id, name) to begin with."""
        chosen = self.start_from.currentData()
        self.start_from.clear()
        self.start_from.addItem(tr("Fresh weights"), None)
        for checkpoint_id, name in starts:
            self.start_from.addItem(name, checkpoint_id)
        self.start_from.setCurrentIndex(max(0, self.start_from.findData(chosen)))
        self._show_start_row()

    def set_has_runs(self, has_runs: bool) -> None:
        """Whether there are runs to go back to."""
        self.back_button.setVisible(has_runs)

    def set_busy(self, is_training: bool) -> None:
        """Whether a run is training: then a new one waits behind it."""
        if is_training != self.is_busy:
            self.is_busy = is_training
            self.start_button.setText(
                tr(" Add to the queue") if is_training else tr(" Start training")
            )

    def forget(self) -> None:
        """Another project: its images are others."""
        self._images = 0
        self._wanted = None
        self.name.clear()
        self.views.clear()
        self.show_no_estimate()

    def plan(self) -> RunPlan | None:
        """What is entered; None where it makes no sense."""
        if self._card is None or not (self.training_form.is_valid and self.method_form.is_valid):
            return None
        return RunPlan(
            self._card.id,
            self.training_form.values(),
            self.method_form.values(),
            self.name.text().strip(),
            self.start_from.currentData(),
        )

    def propose(self, found: ProposeResult) -> None:
        """Enter proposed values with their reasons, if they are for the chosen method."""
        if found.method == self.method_id:
            self.training_form.propose(_as_pairs(found.training))
            self.method_form.propose(_as_pairs(found.settings))

    def take_over(
        self, method: str, training: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> None:
        """Enter the settings of another run, now or when the methods are known."""
        self._wanted = (method, training, settings)
        if self._catalogue is not None and self.methods.choose(method):
            self._wanted = None
            self.training_form.set_values(training)
            self.method_form.set_values(settings)

    def show_estimate(self, found: EstimateResult) -> None:
        """Say what the training costs."""
        epochs = self.training_form.fields["epochs"].value() if self._card is not None else 1
        self.cost.show_estimate(found, epochs)
        self.estimate.setText(self.cost.short)

    def show_no_estimate(self, why: str = "") -> None:
        """Nobody has tried these settings."""
        self.cost.show_nothing(why)
        self.estimate.setText("")

    # -- showing -------------------------------------------------------------------------------

    def _on_method_chosen(self, card: MethodCard) -> None:
        if self._catalogue is None or card is self._card:
            return
        self._card = card
        self.about.show_method(card, self._images)
        catalogue = self._catalogue
        self.training_form.set_schema(
            training_schema(catalogue.training_schema, catalogue.backbones, card)
        )
        self.method_form.set_schema(card.settings_schema)
        self.method_heading.setText(tr("SETTINGS OF {method}").format(method=card.title.upper()))
        self._on_advanced(self.advanced.isChecked())
        self._show_validity()
        self.method_chosen.emit()

    def _on_advanced(self, show: bool) -> None:
        self.training_form.show_advanced(show)
        self.method_form.show_advanced(show)
        self.method_heading.setVisible(show or self.method_form.has_simple_fields)
        self._show_start_row()

    def _show_start_row(self) -> None:
        is_needed = self._card is not None and bool(self._card.needs.get("start_from"))
        can_choose = self.start_from.count() > 1 and self.advanced.isChecked()
        self.start_row.setVisible(is_needed or can_choose)

    def reset(self) -> None:
        """Everything as it is proposed."""
        self.training_form.reset_all()
        self.method_form.reset_all()

    def _on_edited(self) -> None:
        self._show_validity()
        self.edited.emit()

    def _problem(self) -> str:
        card = self._card
        if not (self.training_form.is_valid and self.method_form.is_valid):
            return tr("Mend the values in red first.")
        if card is None:
            return ""
        if card.needs.get("start_from") and self.start_from.currentData() is None:
            return tr("Choose the run whose encoder it starts from.")
        return lacks(card, self._images)

    def _show_validity(self) -> None:
        problem = self._problem()
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.estimate.setVisible(not problem)
        self.start_button.setEnabled(not problem and self._card is not None and self._images > 0)
        changed = bool(self.training_form.changed_names or self.method_form.changed_names)
        self.reset_button.setVisible(changed)

    def _on_start(self) -> None:
        plan = self.plan()
        if plan is not None:
            self.start_wanted.emit(plan)


def _as_pairs(proposals: tuple[Proposed, ...]) -> dict[str, tuple[Any, str]]:
    return {proposal.name: (proposal.value, proposal.why) for proposal in proposals}
