"""A run's method at work now: on chosen images, at any checkpoint, with another draw each time."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.events import Cancel, Report
from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.mask_studio import MaskStudio, image_of
from ssl_studio.gui.studio import NO_IDS, Ids, Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.empty_state import EmptyState
from ssl_studio.gui.widgets.image_grid import ImageGrid
from ssl_studio.gui.widgets.panel_table import PanelRow, PanelTable
from ssl_studio.jobs.live_exhibits import (
    Abilities,
    LiveExhibit,
    LiveExhibits,
    LiveReconstruction,
)
from ssl_studio.project.file import Project

DEFAULT_IMAGES = 24
STRIP_WIDTH_PX = 148
STRIP_TILE_PX = 108


def read_some_images(project: Project) -> Ids:
    """A few images, spread evenly; runs in the background."""
    ids = project.images.ids()
    places = np.linspace(0, max(0, len(ids) - 1), min(DEFAULT_IMAGES, len(ids))).astype(int)
    return np.asarray(ids[places], np.int64)


class LivePanel(QWidget):
    """Images at the left, the method's answer at the right, the checkpoints above.

    Signals: `image_opened(id)`.
    """

    image_opened = Signal(int)

    def __init__(self, studio: Studio, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._key = studio, key
        self._live = LiveExhibits()
        self.abilities: Abilities | None = None
        self._run_id: int | None = None
        self._ids: Ids = NO_IDS
        self._seed = 0
        self.slider = parts.slider(tr("Checkpoint"))
        self.epoch_label = parts.label("", "muted")
        self.again = parts.button(tr("Another random draw"), "refresh", on_click=self.draw_anew)
        self.chosen = parts.button(tr("Take the chosen images"), on_click=self.take_selection)
        self.left_out = parts.label("", "warning")
        self.kind_box = parts.Choice(tr("Kind of picture"))
        self.strip = ImageGrid(tr("Images to try"))
        self.masks = MaskStudio()
        self.table = PanelTable(tr("What the method makes of them"), tile_px=160)
        self.note = parts.label("", "muted", wrap=True)
        self.state = EmptyState()
        self._exhibits: list[LiveExhibit] = []
        self._build()
        self._connect()

    def _build(self) -> None:
        self.slider.setMinimumWidth(200)
        self.slider.setRange(0, 0)
        self.epoch_label.setMinimumWidth(80)
        self.strip.setFixedWidth(STRIP_WIDTH_PX)
        self.strip.set_tile_width(STRIP_TILE_PX)
        bar = parts.row(
            self.kind_box, self.slider, self.epoch_label, self.again, None, self.left_out,
            self.chosen,
        )  # fmt: skip
        self.note.setContentsMargins(theme.WIDE, theme.GAP, theme.WIDE, 0)
        exhibits = parts.plain(parts.column(self.note, parts.scrolled(self.table), gap_px=0))
        self._places = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(parts.frame("bar", bar, theme.GAP))
        layout.addLayout(self._places)
        for place in (
            self.state,
            parts.plain(parts.row(self.strip, self.masks, gap_px=0)),
            exhibits,
        ):
            self._places.addWidget(place)

    def _connect(self) -> None:
        self.slider.valueChanged.connect(lambda _value: self._on_checkpoint())
        self.kind_box.activated.connect(lambda _index: self._show_exhibit())
        self.masks.mask_changed.connect(self._ask)
        self.strip.selectionModel().currentChanged.connect(lambda _now, _before: self._ask())
        self.table.row_opened.connect(self.image_opened)
        self._studio.selection_changed.connect(self._show_chosen)
        self._show_chosen()

    # -- which run, which images ---------------------------------------------------------------

    def show_run(self, run_id: int) -> None:
        """Put a run to work; what is at hand already is not asked for again."""
        if run_id == self._run_id and self.abilities is not None:
            return
        self._run_id, self.abilities = run_id, None
        self._tell_busy()
        self.strip.images.set_thumbnails(self._studio.thumbnails)
        if len(self._ids):
            self._ask_abilities()
        else:
            self._studio.reader.ask(
                (self._key, "live images"), read_some_images, self._take, self.show_problem
            )

    def forget_run(self) -> None:
        """Its checkpoints have changed: ask anew when it is shown next."""
        self.abilities = None

    def clear(self) -> None:
        """Nothing is open."""
        self._live = LiveExhibits()
        self.abilities = self._run_id = None
        self._ids = NO_IDS
        self._exhibits = []
        self.strip.images.set_thumbnails(None)
        self.strip.images.set_ids(NO_IDS)
        self.table.set_rows((), ())
        self.masks.clear()
        self._places.setCurrentIndex(0)

    def take_selection(self) -> None:
        """Try the images that are chosen on the other pages."""
        if len(self._studio.selection):
            self._take(self._studio.selection)

    def draw_anew(self) -> None:
        """The same with other random numbers."""
        self._seed += 1
        if self.abilities is not None and self.abilities.reconstructs:
            self.masks.draw_anew()
        else:
            self._ask()

    def _take(self, ids: Ids) -> None:
        self._ids = ids
        self._ask_abilities()

    def _show_chosen(self) -> None:
        count = len(self._studio.selection)
        self.chosen.setEnabled(count > 0)
        self.chosen.setText(
            tr("Take the chosen images ({n})").format(n=text.count(count))
            if count
            else tr("Take the chosen images")
        )
        self.chosen.setToolTip(tr("Choose images on any page, then try them here"))

    def _ask_abilities(self) -> None:
        run_id, ids, live = self._run_id, self._ids, self._live
        if run_id is None:
            return
        self._ask_workshop(
            "abilities",
            tr("Loading the network"),
            lambda p: live.abilities(p, run_id, ids),
            self._show_abilities,
        )

    def _ask_workshop(
        self,
        purpose: str,
        title: str,
        question: Callable[[Project], object],
        answer: Callable[[object], None],
    ) -> None:
        live = self._live

        def work(project: Project, report: Report, cancel: Cancel) -> object:
            live.under(report, cancel)
            return question(project)

        self._studio.workshop.ask((self._key, purpose), title, work, answer, self.show_problem)

    # -- showing -------------------------------------------------------------------------------

    def _offer_tools(self, are_there: bool) -> None:
        """What is chosen from is shown once it is known."""
        for tool in (self.slider, self.epoch_label, self.again):
            tool.setVisible(are_there)
        self.kind_box.hide()

    def _tell_busy(self) -> None:
        self._offer_tools(False)
        self.state.tell("refresh", tr("Loading the network …"), tr("It stays at hand after that."))
        self._places.setCurrentIndex(0)

    def show_problem(self, error: StudioError) -> None:
        """Say in words why there is nothing."""
        self.state.tell_problem(error, self._ask_abilities)
        self._places.setCurrentIndex(0)

    def _show_abilities(self, found: object) -> None:
        assert isinstance(found, Abilities)
        if found.run_id != self._run_id:
            return
        self.abilities = found
        self._show_checkpoints(found)
        left = found.left_out
        self.left_out.setText(tr("{n} are left out").format(n=text.count(left)) if left else "")
        self.strip.images.set_ids(found.ids)
        if len(found.ids) and not self.strip.currentIndex().isValid():
            self.strip.setCurrentIndex(self.strip.images.index(0, 0))
        self._offer_tools(found.reconstructs or found.shows)
        self.again.setVisible(found.shows and not found.reconstructs)
        if found.reconstructs:
            self.masks.set_abilities(found)
            self._places.setCurrentIndex(1)
        elif not found.shows:
            self.state.tell(
                "reconstructions",
                tr("{method} has no pictures of its own working").format(method=found.title),
                tr("Methods that hide, shuffle or colour something have: MAE or Jigsaw, say."),
            )
            self._places.setCurrentIndex(0)
            return
        self._ask()

    def _show_checkpoints(self, found: Abilities) -> None:
        last = len(found.checkpoints) - 1
        was_last = self.slider.value() == self.slider.maximum()
        self.slider.blockSignals(True)
        self.slider.setRange(0, last)
        if was_last:
            self.slider.setValue(last)
        self.slider.blockSignals(False)
        self.slider.setEnabled(last > 0)
        self._show_epoch()

    def _show_epoch(self) -> None:
        if self.abilities is not None:
            epoch = self.abilities.checkpoints[self.slider.value()].epoch
            words = tr("epoch {n}").format(n=f"{epoch:g}") if epoch else tr("untrained")
            self.epoch_label.setText(words)

    def _on_checkpoint(self) -> None:
        self._show_epoch()
        self._ask()

    def _ask(self) -> None:
        """The newest wish only: what was asked before and not begun yet is dropped."""
        found, live = self.abilities, self._live
        if found is None:
            return
        checkpoint_id, ids = found.checkpoints[self.slider.value()].id, found.ids
        if found.reconstructs:
            image_id, mask = self.strip.current_id(), self.masks.hidden
            if image_id is not None and image_id in ids:
                self._ask_workshop(
                    "answer",
                    tr("Filling in what is hidden"),
                    lambda p: live.reconstruct(p, checkpoint_id, ids, image_id, mask),
                    self._show_reconstruction,
                )
        elif found.shows:
            seed = self._seed
            self._ask_workshop(
                "answer",
                tr("Watching the method at work"),
                lambda p: live.show(p, checkpoint_id, ids, seed),
                self._show_exhibits,
            )

    def _show_reconstruction(self, made: object) -> None:
        assert isinstance(made, LiveReconstruction)
        self.masks.show_answer(made)

    def _show_exhibits(self, made: object) -> None:
        assert isinstance(made, list)
        self._exhibits = made
        before = self.kind_box.currentText()
        self.kind_box.clear()
        self.kind_box.addItems([text.words(exhibit.kind) for exhibit in self._exhibits])
        self.kind_box.setCurrentIndex(max(0, self.kind_box.findText(before)))
        self.kind_box.setVisible(len(self._exhibits) > 1)
        is_puzzle = any(exhibit.kind == "puzzle" for exhibit in self._exhibits)
        words = tr("Shuffle anew") if is_puzzle else tr("Another random draw")
        self.again.setText(f" {words}")
        self._show_exhibit()

    def _show_exhibit(self) -> None:
        if not self._exhibits:
            return
        exhibit = self._exhibits[max(0, self.kind_box.currentIndex())]
        rows = [
            PanelRow(
                tuple(image_of(np.ascontiguousarray(p)) for p in pictures), caption, int(image_id)
            )
            for pictures, caption, image_id in zip(
                exhibit.pictures, exhibit.captions, exhibit.ids, strict=True
            )
        ]
        self.table.set_rows([text.words(name) for name in exhibit.panels], rows)
        self.note.setText(exhibit.note)
        self.note.setVisible(bool(exhibit.note))
        self._places.setCurrentIndex(2)

    def focus_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.masks.canvas if self._places.currentIndex() == 1 else self.table
