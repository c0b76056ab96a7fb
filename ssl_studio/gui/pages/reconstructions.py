"""What a method shows of its own working, over the epochs."""

import os
import re
from collections import defaultdict
from dataclasses import dataclass, replace

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.run_picker import RunPicker, read_trained_runs
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.panel_table import PanelRow, PanelTable
from ssl_studio.jobs.exhibit import ExhibitJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import ExhibitRecord, RunRecord

FILTERS = "filters"
"""The one kind of exhibit that has a page of its own."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The pictures of one kind at one step."""

    columns: tuple[str, ...]
    rows: tuple[PanelRow, ...]
    note: str = ""


def read_kinds(project: Project, run_id: int) -> dict[str, list[tuple[int, float]]]:
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
        pictures = tuple(
            QImage.fromData(own[name].picture) if name in own else None for name in columns
        )
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


class ReconstructionsPage(Page):
    """Panels of a run with a slider over the epochs."""

    key, icon = "reconstructions", "reconstructions"
    listens = frozenset({"exhibits", "runs"})
    job_types = ("ExhibitJob",)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.picker = RunPicker(studio)
        self.kind_box = parts.Choice(tr("Kind of picture"))
        self.slider = parts.slider(tr("Epoch"))
        self.epoch_label = parts.label("", "muted")
        self.make_button = parts.button(
            tr("Make pictures now"), "refresh", on_click=self._make_pictures
        )
        self.table = PanelTable(tr("Pictures"))
        self.note = parts.label("", "muted", wrap=True)
        self.note.setContentsMargins(theme.WIDE, theme.GAP, theme.WIDE, 0)
        self._steps: dict[str, list[tuple[int, float]]] = {}
        self._build()
        self.kind_box.activated.connect(lambda _index: self._show_steps())
        self.slider.valueChanged.connect(lambda _value: self._ask_moment())
        self.table.row_opened.connect(studio.set_query)
        studio.run_changed.connect(self.mark_stale)

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Exhibits")

    def _build(self) -> None:
        self.slider.setFixedWidth(240)
        self.slider.setRange(0, 0)
        self.epoch_label.setMinimumWidth(80)
        bar = parts.frame(
            "bar",
            parts.row(
                self.picker,
                self.kind_box,
                theme.GAP,
                self.slider,
                self.epoch_label,
                None,
                self.make_button,
            ),
            theme.GAP,
        )
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.note)
        layout.addWidget(parts.scrolled(self.table))

    def refresh(self) -> None:
        """Ask for the runs; the pictures follow."""
        self.ask("runs", read_trained_runs, self._show_runs)

    def clear(self) -> None:
        """Nothing is open."""
        self._steps = {}
        self.table.set_rows((), ())

    def _show_runs(self, runs: list[RunRecord]) -> None:
        if not runs:
            self.show_empty(
                tr("Nothing to show yet"),
                tr(
                    "While a run trains, methods show how they do: pictures filled in again, "
                    "puzzles solved, views compared."
                ),
                (tr("Go to Train"), lambda: self.studio.page_requested.emit("train")),
            )
            return
        self.picker.set_runs(runs)
        run_id = self.studio.run_id
        assert run_id is not None
        self.ask("kinds", lambda p: read_kinds(p, run_id), self._show_kinds)

    def _show_kinds(self, steps: dict[str, list[tuple[int, float]]]) -> None:
        before, self._steps = self.kind_box.currentData(), steps
        self.kind_box.clear()
        for kind in steps:
            self.kind_box.addItem(text.words(kind), kind)
        self.kind_box.setCurrentIndex(max(0, self.kind_box.findData(before)))
        if steps:
            self._show_steps()
            self.show_content()
        else:
            self.show_empty(
                tr("This run has no pictures of its own working"),
                tr("Its method may have none, or it was told not to make them."),
                (tr("Make pictures now"), self._make_pictures),
            )

    def _show_steps(self) -> None:
        own = self._steps.get(str(self.kind_box.currentData()), [])
        was_last = self.slider.value() == self.slider.maximum()
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(own) - 1))
        if was_last:
            self.slider.setValue(len(own) - 1)
        self.slider.blockSignals(False)
        self.slider.setEnabled(len(own) > 1)
        self._ask_moment()

    def _ask_moment(self) -> None:
        kind, run_id = str(self.kind_box.currentData()), self.studio.run_id
        own = self._steps.get(kind, [])
        if not own or run_id is None:
            return
        step, epoch = own[min(self.slider.value(), len(own) - 1)]
        self.epoch_label.setText(tr("epoch {n}").format(n=f"{epoch:g}"))
        self.ask("moment", lambda p: read_moment(p, run_id, kind, step), self._show_moment)

    def _show_moment(self, moment: Moment) -> None:
        self.table.set_rows(moment.columns, moment.rows)
        self.note.setText(moment.note)
        self.note.setVisible(bool(moment.note))

    def _make_pictures(self) -> None:
        if self.studio.run_id is not None:
            self.studio.run(ExhibitJob(self.studio.run_id))
