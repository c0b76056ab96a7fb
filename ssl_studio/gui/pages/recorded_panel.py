"""The pictures that a run kept of its own working while it trained, over the epochs."""

import os
import re
from collections import defaultdict
from dataclasses import dataclass, replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.decoding import decoded
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.panel_table import PanelRow, PanelTable
from ssl_studio.project.file import Project
from ssl_studio.project.records import ExhibitRecord

FILTERS = "filters"
"""The one kind of exhibit that has a page of its own."""
PLAY_MS = 600
TILES_PX = (64, 96, 128, 192, 256, 384)

Steps = dict[str, list[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Moment:
    """The pictures of one kind at one step."""

    columns: tuple[str, ...]
    rows: tuple[PanelRow, ...]
    note: str = ""


def read_kinds(project: Project, run_id: int) -> Steps:
    """By kind of exhibit: the steps and epochs at which it was made; runs in the background."""
    kinds = [kind for kind in project.exhibits.kinds(run_id) if kind != FILTERS]
    return {kind: project.exhibits.steps(run_id, kind) for kind in kinds}


def read_moment(project: Project, run_id: int, kind: str, step: int) -> Moment:
    """Decoded pictures, side by side as they belong; runs in the background."""
    return arrange(project.exhibits.all(run_id, kind, step))


def arrange(records: list[ExhibitRecord]) -> Moment:
    """Panels as columns in the order they were stored, positions as rows."""
    columns = tuple(dict.fromkeys(record.panel for record in records))
    found: dict[int, dict[str, ExhibitRecord]] = defaultdict(dict)
    for record in records:
        found[record.position][record.panel] = record
    rows = []
    for position in sorted(found):
        own = found[position]
        pictures = tuple(decoded(own[name].picture) if name in own else None for name in columns)
        first = next(iter(own.values()))
        rows.append(PanelRow(pictures, first.caption, first.image_id))
    note = shared_ending([row.caption for row in rows])
    own_words = [row.caption.removesuffix(note).strip() for row in rows]
    shown = tuple(replace(row, caption=words) for row, words in zip(rows, own_words, strict=True))
    return Moment(tuple(text.words(name) for name in columns), shown, note)


def shared_ending(captions: list[str]) -> str:
    """The sentences that all captions end with: they need saying only once."""
    if not captions or not captions[0]:
        return ""
    # Character by character is what is meant here.
    backwards = os.path.commonprefix([caption[::-1] for caption in captions])  # noqa: RUF071
    ending = backwards[::-1]
    if ending == captions[0]:
        return ending
    starts = [match.end() for match in re.finditer(r"(?:^|\s)(?=[A-Z])", ending)]
    return ending[starts[0] :] if starts else ""


def kind_words(kind: str) -> str:
    """A kind of exhibit; what was made after training is told from what training kept."""
    later = {"reconstructions": tr("Reconstruction, made afterwards")}
    return later.get(kind) or text.words(kind)


class RecordedPanel(QWidget):
    """A kind of picture, a slider over the epochs, and the pictures.

    Signals: `moment_wanted(kind, step)`; `image_opened(id)`.
    """

    moment_wanted = Signal(str, int)
    image_opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind_box = parts.Choice(tr("Kind of picture"))
        self.slider = parts.slider(tr("Epoch"))
        self.epoch_label = parts.label("", "muted")
        self.play = parts.tool_button("play", tr("Play the epochs"), self._on_play)
        self.table = PanelTable(tr("Pictures"))
        self.note = parts.label("", "muted", wrap=True)
        self._steps: Steps = {}
        self._tile = TILES_PX.index(128)
        self._timer = QTimer(self, interval=PLAY_MS)
        self._build()
        self.kind_box.activated.connect(lambda _index: self._show_steps())
        self.slider.valueChanged.connect(lambda _value: self._on_moved())
        self.table.row_opened.connect(self.image_opened)
        self._timer.timeout.connect(self._step_on)

    def _build(self) -> None:
        self.slider.setMinimumWidth(240)
        self.slider.setRange(0, 0)
        self.epoch_label.setMinimumWidth(80)
        bar = parts.row(self.kind_box, theme.GAP, self.play, self.slider, self.epoch_label, None)
        self.note.setContentsMargins(theme.WIDE, theme.GAP, theme.WIDE, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(parts.frame("bar", bar, theme.GAP))
        layout.addWidget(self.note)
        layout.addWidget(parts.scrolled(self.table))

    def set_steps(self, steps: Steps) -> None:
        """Offer these kinds at these steps."""
        before, self._steps = self.kind_box.currentData(), steps
        self.kind_box.clear()
        for kind in steps:
            self.kind_box.addItem(kind_words(kind), kind)
        self.kind_box.setCurrentIndex(max(0, self.kind_box.findData(before)))
        self._show_steps()

    def show_moment(self, moment: Moment) -> None:
        """Show the pictures that were asked for."""
        self.table.set_rows(moment.columns, moment.rows)
        self.note.setText(moment.note)
        self.note.setVisible(bool(moment.note))

    def clear(self) -> None:
        """Nothing is open."""
        self._timer.stop()
        self._steps = {}
        self.table.set_rows((), ())

    def zoom(self, by: int) -> None:
        """Larger (+1) or smaller (-1) pictures."""
        self._tile = min(max(self._tile + by, 0), len(TILES_PX) - 1)
        self.table.set_tile(TILES_PX[self._tile])

    def _own(self) -> list[tuple[int, float]]:
        return self._steps.get(str(self.kind_box.currentData()), [])

    def _show_steps(self) -> None:
        own = self._own()
        was_last = self.slider.value() == self.slider.maximum()
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(own) - 1))
        if was_last:
            self.slider.setValue(len(own) - 1)
        self.slider.blockSignals(False)
        self.slider.setEnabled(len(own) > 1)
        self.play.setEnabled(len(own) > 1)
        self._on_moved()

    def _on_moved(self) -> None:
        own = self._own()
        if own:
            step, epoch = own[min(self.slider.value(), len(own) - 1)]
            self.epoch_label.setText(tr("epoch {n}").format(n=f"{epoch:g}"))
            self.moment_wanted.emit(str(self.kind_box.currentData()), step)

    def _on_play(self) -> None:
        if self._timer.isActive():
            self._stop()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        theme.set_icon(self.play, "pause")
        self._timer.start()

    def _step_on(self) -> None:
        self.slider.setValue(self.slider.value() + 1)
        if self.slider.value() == self.slider.maximum():
            self._stop()

    def _stop(self) -> None:
        self._timer.stop()
        theme.set_icon(self.play, "play")

    def hideEvent(self, _event: object) -> None:
        """Nobody looks: stop playing."""
        self._stop()
