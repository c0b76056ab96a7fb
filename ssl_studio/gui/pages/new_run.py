"""The form for a new run: which method, why, and with what settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QLineEdit,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from ssl_studio.errors import StudioError
from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.empty_state import EmptyState
from ssl_studio.gui.widgets.settings_form import SettingsForm
from ssl_studio.jobs.catalogue import BackboneEntry, Catalogue, MethodCard
from ssl_studio.jobs.propose import Proposed, ProposeResult

METHODS_WIDTH_PX = 216
FORM_WIDTH_PX = 640
FAVOURITE = "simclr"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What the user wants to be trained."""

    method: str
    training: dict[str, Any]
    settings: dict[str, Any]
    name: str


def family_title(family: str) -> str:
    """A family of methods in plain words."""
    return {
        "contrastive": tr("Telling images apart"),
        "clustering": tr("Grouping while learning"),
        "masked": tr("Filling in what is hidden"),
        "pretext": tr("Solving puzzles"),
        "distillation": tr("Learning from itself"),
    }.get(family, text.words(family))


FAMILY_ORDER = ("contrastive", "clustering", "distillation", "masked", "pretext")


def by_family(methods: tuple[MethodCard, ...]) -> list[tuple[str, list[MethodCard]]]:
    """Methods in their families, in the order of the list."""
    families = {card.family for card in methods}
    known = [family for family in FAMILY_ORDER if family in families]
    order = known + sorted(families - set(known))
    return [(family, [c for c in methods if c.family == family]) for family in order]


def needs_words(card: MethodCard) -> str:
    """What a method asks of images and network."""
    needs = card.needs
    said = [
        tr("at least {n} images").format(n=text.count(int(needs.get("min_images", 0)))),
        tr("{n} px or more").format(n=needs.get("min_side", 16)),
    ]
    families = tuple(needs.get("backbones", ()))
    if families == ("vit",):
        said.append(tr("a vision transformer"))
    elif families == ("conv",):
        said.append(tr("a convolutional network"))
    if needs.get("colour"):
        said.append(tr("images in colour"))
    if needs.get("start_from"):
        said.append(tr("the encoder of another run"))
    return tr("Needs {what}.").format(what=", ".join(said))


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
    """Method list, explanation and form.

    Signals: `start_wanted(RunPlan)`; `proposal_wanted(method, probe)`.
    """

    start_wanted = Signal(object)
    proposal_wanted = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue: Catalogue | None = None
        self._card: MethodCard | None = None
        self._proposals: dict[str, ProposeResult] = {}
        self._tried_without_luck: set[str] = set()
        self._is_busy = False
        self._images = 0
        self.methods = QTreeWidget(accessibleName=tr("Methods"))
        self.title = parts.label("", "title")
        self.explanation = parts.label("", "", wrap=True)
        self.good_for = parts.label("", "muted", wrap=True)
        self.needs = parts.label("", "small", wrap=True)
        self.paper = parts.label("", "small", wrap=True, selectable=True)
        self.training_form = SettingsForm()
        self.method_form = SettingsForm()
        self.method_heading = parts.label("", "section")
        self.advanced = QCheckBox(tr("Show all settings"))
        self.name = QLineEdit(placeholderText=tr("Name of the run (optional)"))
        self.estimate = parts.label("", "muted")
        self.problem = parts.label("", "danger")
        self.estimate_button = parts.button(tr("Estimate time"), on_click=self._on_estimate)
        self.start_button = parts.button(
            tr("Start training"), "play", role="primary", on_click=self._on_start
        )
        self.loading = EmptyState()
        self.loading.tell(
            "train", tr("Loading the methods …"), tr("This takes a few seconds the first time.")
        )
        self._build()
        self.methods.currentItemChanged.connect(lambda *_items: self._on_method_chosen())
        self.advanced.toggled.connect(self._on_advanced)
        for form in (self.training_form, self.method_form):
            form.changed.connect(self._show_validity)

    # -- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        self.methods.setHeaderHidden(True)
        self.methods.setRootIsDecorated(False)
        self.methods.setIndentation(0)
        self.methods.setFrameShape(QFrame.Shape.NoFrame)
        self.methods.setItemsExpandable(False)
        self.name.setFixedWidth(220)
        column = parts.column(
            self.title,
            self.explanation,
            self.good_for,
            self.needs,
            self.paper,
            theme.GAP,
            parts.line(),
            theme.GAP,
            parts.row(parts.label(tr("TRAINING"), "section"), None, self.advanced),
            self.training_form,
            theme.WIDE,
            self.method_heading,
            self.method_form,
            None,
        )
        form = parts.plain(column)
        form.setMaximumWidth(FORM_WIDTH_PX)
        holder = parts.plain(parts.row(form, None), (24, 20, 24, 24))
        foot = parts.frame(
            "foot",
            parts.row(
                self.name,
                self.estimate_button,
                self.estimate,
                self.problem,
                None,
                self.start_button,
            ),
            12,
        )
        body = parts.plain(parts.column(parts.scrolled(holder), foot, gap_px=0))
        side = parts.frame("list", parts.column(theme.HALF, self.methods, gap_px=0), 0)
        side.setFixedWidth(METHODS_WIDTH_PX)
        content = parts.plain(parts.row(side, body, gap_px=0))
        self._places = QStackedLayout(self)
        self._places.addWidget(self.loading)
        self._places.addWidget(content)

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these methods."""
        if self._catalogue is not None:
            return
        self._catalogue = catalogue
        chosen = None
        for family, cards in by_family(catalogue.methods):
            self._add_heading(family_title(family))
            for card in cards:
                item = QTreeWidgetItem(self.methods, [card.title])
                item.setData(0, Qt.ItemDataRole.UserRole, card)
                item.setToolTip(0, card.explanation)
                if card.id == FAVOURITE or chosen is None:
                    chosen = item
        self._places.setCurrentIndex(1)
        if chosen is not None:
            self.methods.setCurrentItem(chosen)

    def _add_heading(self, words: str) -> None:
        heading = QTreeWidgetItem(self.methods, [words])
        heading.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(self.font())
        font.setPointSizeF(self.font().pointSizeF() - 1)
        heading.setFont(0, font)

    # -- what the page tells -------------------------------------------------------------------

    @property
    def method_id(self) -> str | None:
        """The method that is chosen."""
        return self._card.id if self._card is not None else None

    def method_without_proposal(self) -> str | None:
        """The chosen method, if nobody has proposed values for it yet."""
        method = self.method_id
        if method is None or not self._images or method in self._tried_without_luck:
            return None
        return None if method in self._proposals else method

    def set_image_count(self, images: int) -> None:
        """How many images there are to train on; others make old proposals void."""
        if images != self._images:
            self._images = images
            self._proposals.clear()
            self._tried_without_luck.clear()
        self._show_validity()

    def set_busy(self, is_training: bool) -> None:
        """Whether a run is training: then a new one waits behind it."""
        if is_training != self._is_busy:
            self._is_busy = is_training
            self.start_button.setText(
                tr(" Add to the queue") if is_training else tr(" Start training")
            )

    def forget(self) -> None:
        """Another project: its images are others."""
        self._images = 0
        self._proposals.clear()
        self._tried_without_luck.clear()
        self.name.clear()

    def show_proposing(self, probe: bool) -> None:
        """Say that somebody is looking."""
        self.estimate.setText(
            tr("Trying a few steps …") if probe else tr("Looking at the images …")
        )
        self.estimate_button.setEnabled(False)

    def show_proposal(self, found: ProposeResult) -> None:
        """Enter proposed values with their reasons, and the time they take."""
        self._proposals[found.method] = found
        self.estimate_button.setEnabled(True)
        if found.method == self.method_id:
            self._enter_proposal(found)

    def show_no_proposal(self, error: StudioError | None) -> None:
        """Nothing was proposed: the published defaults stay."""
        if self.method_id is not None:
            self._tried_without_luck.add(self.method_id)
        self.estimate_button.setEnabled(True)
        self.estimate.setText(error.what if error is not None else "")

    def fixed_values(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is entered, for an estimate; nothing where it makes no sense."""
        if not (self.training_form.is_valid and self.method_form.is_valid):
            return {}, {}
        return self.training_form.values(), self.method_form.values()

    def take_over(
        self, method: str, training: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> None:
        """Enter the settings of another run."""
        for position in range(self.methods.topLevelItemCount()):
            item = self.methods.topLevelItem(position)
            card = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
            if item is not None and isinstance(card, MethodCard) and card.id == method:
                self.methods.setCurrentItem(item)
                self.training_form.set_values(training)
                self.method_form.set_values(settings)

    # -- showing -------------------------------------------------------------------------------

    def _on_method_chosen(self) -> None:
        item = self.methods.currentItem()
        card = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
        if not isinstance(card, MethodCard) or self._catalogue is None or card is self._card:
            return
        self._card = card
        self.title.setText(card.title)
        self.explanation.setText(card.explanation)
        self.good_for.setText(tr("Good for: {what}").format(what=card.good_for))
        self.needs.setText(needs_words(card))
        self.paper.setText(f"{card.paper}. arXiv:{card.arxiv}")
        catalogue = self._catalogue
        self.training_form.set_schema(
            training_schema(catalogue.training_schema, catalogue.backbones, card)
        )
        self.method_form.set_schema(card.settings_schema)
        self.method_heading.setText(tr("SETTINGS OF {method}").format(method=card.title.upper()))
        self.estimate.setText("")
        self._on_advanced(self.advanced.isChecked())
        if card.id in self._proposals:
            self._enter_proposal(self._proposals[card.id])
        elif self._images:
            self.proposal_wanted.emit(card.id, False)
        self._show_validity()

    def _enter_proposal(self, found: ProposeResult) -> None:
        self.training_form.propose(_as_pairs(found.training))
        self.method_form.propose(_as_pairs(found.settings))
        if found.seconds is None:
            self.estimate.setText("")
        else:
            rate = text.count(round(found.images_per_second or 0))
            self.estimate.setText(
                tr("About {time} at {rate} images/s").format(
                    time=text.duration(found.seconds), rate=rate
                )
            )

    def _on_advanced(self, show: bool) -> None:
        self.training_form.show_advanced(show)
        self.method_form.show_advanced(show)
        self.method_heading.setVisible(show or self.method_form.has_simple_fields)

    def _show_validity(self) -> None:
        is_valid = self.training_form.is_valid and self.method_form.is_valid
        self.problem.setText("" if is_valid else tr("Mend the values in red first."))
        self.problem.setVisible(not is_valid)
        self.start_button.setEnabled(is_valid and self._card is not None and self._images > 0)

    def _on_estimate(self) -> None:
        if self._card is not None:
            self.proposal_wanted.emit(self._card.id, True)

    def _on_start(self) -> None:
        if self._card is not None:
            self.start_wanted.emit(
                RunPlan(
                    self._card.id,
                    self.training_form.values(),
                    self.method_form.values(),
                    self.name.text().strip(),
                )
            )


def _as_pairs(proposals: tuple[Proposed, ...]) -> dict[str, tuple[Any, str]]:
    return {proposal.name: (proposal.value, proposal.why) for proposal in proposals}
