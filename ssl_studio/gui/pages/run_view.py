"""One run: its state, health, curves, settings, notes and log."""

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.events import Note, Progress
from ssl_studio.gui import text, theme
from ssl_studio.gui.models.health import health_figures, verdict
from ssl_studio.gui.models.run_model import status_tone, status_words
from ssl_studio.gui.models.series import RunCurves
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.curve_board import CurveBoard
from ssl_studio.gui.widgets.curve_plot import CurvePlot
from ssl_studio.gui.widgets.elided_label import ElidedLabel
from ssl_studio.gui.widgets.figure_row import FigureRow
from ssl_studio.gui.widgets.log_list import LogList
from ssl_studio.gui.widgets.notes_edit import NotesEdit
from ssl_studio.gui.widgets.progress_strip import progress_words
from ssl_studio.jobs.catalogue import Catalogue
from ssl_studio.project.records import LogRow, RunRecord

SIDE_PX = 300
ROOM_FOR_SIDE_PX = 860
NOTES_PX = 84
SHOWN_TRAINING = ("backbone", "image_size", "epochs", "batch_size", "precision", "seed")
ACTIVE = ("running", "paused", "stopping")


def value_words(value: object) -> str:
    """A setting's value as the user reads it."""
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    return f"{value:g}" if isinstance(value, float) else str(value)


def special_settings(run: RunRecord, catalogue: Catalogue | None) -> dict[str, Any]:
    """What of a run is worth telling: the main settings, and those that are not the default."""
    shown = {k: run.training[k] for k in SHOWN_TRAINING if k in run.training}
    if catalogue is None:
        return shown
    card = next((card for card in catalogue.methods if card.id == run.method), None)
    defaults = dict(catalogue.training_defaults)
    if card is not None:
        defaults |= card.defaults
    for name, value in {**run.training, **run.settings}.items():
        if name not in shown and name in defaults and defaults[name] != value:
            shown[name] = value
    return shown


class RunPanel(QWidget):
    """Shows a run and says what the user wants of it."""

    resume_wanted = Signal(int)
    pause_wanted = Signal(int)
    stop_wanted = Signal(int)
    delete_wanted = Signal(int)
    rename_wanted = Signal(int)
    copy_wanted = Signal(int)
    discover_wanted = Signal(int)
    notes_written = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: RunRecord | None = None
        self._status = ""
        self._catalogue: Catalogue | None = None
        self._remaining_s: float | None = None
        self.curves = RunCurves()
        self.board = CurveBoard()
        self.name = ElidedLabel("title")
        self.chip = parts.chip()
        self.line = ElidedLabel("muted")
        self.bar = QProgressBar(textVisible=False)
        self.alarm_text = parts.label("", "", wrap=True, selectable=True)
        self.alarm = parts.frame("alarm", self._alarm_row(), 12)
        self.figures = FigureRow()
        self.verdict = parts.label("", "muted", wrap=True)
        self.log = LogList()
        self.notes = NotesEdit(
            tr("Notes on the run"), tr("What you tried, what you saw, what to try next …")
        )
        self.facts = QFormLayout()
        self.resume_button = self._button(tr("Start"), "play", self.resume_wanted, "primary")
        self.pause_button = self._button(tr("Pause"), "pause", self.pause_wanted)
        self.stop_button = self._button(tr("Stop"), "stop", self.stop_wanted)
        self.discover_button = self._button(
            tr("Find what it discovered"), "clusters", self.discover_wanted
        )
        self.rename_button = self._tool("rename", tr("Rename (F2)"), self.rename_wanted)
        self.copy_button = self._tool("copy", tr("New run with these settings"), self.copy_wanted)
        self.delete_button = self._tool("delete", tr("Delete the run (Del)"), self.delete_wanted)
        self.side_button = parts.tool_button("details", tr("Settings, notes and log"))
        for label in (self.name, self.line):
            # As wide as its words where there is room, so that what follows stays near.
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._build()

    # -- building ------------------------------------------------------------------------------

    def _alarm_row(self) -> QHBoxLayout:
        row = parts.row()
        row.addWidget(self.alarm_text, 1)
        row.addWidget(parts.tool_button("close", tr("I have seen it"), lambda: self.alarm.hide()))
        return row

    def _button(self, words: str, icon: str, signal: Any, role: str = "") -> Any:
        return parts.button(words, icon, role=role, on_click=lambda: self._emit(signal))

    def _tool(self, icon: str, tip: str, signal: Any) -> Any:
        return parts.tool_button(icon, tip, lambda: self._emit(signal))

    def _emit(self, signal: Any) -> None:
        if self._run is not None:
            signal.emit(self._run.id)

    def _build(self) -> None:
        head = parts.row(
            self.name,
            self.chip,
            None,
            self.rename_button,
            self.copy_button,
            self.delete_button,
            self.side_button,
        )
        doings = parts.row(
            self.line,
            None,
            self.resume_button,
            self.pause_button,
            self.stop_button,
            self.discover_button,
        )
        health = parts.column(self.figures, self.verdict, gap_px=theme.HALF)
        top = parts.column(head, doings, self.bar, self.alarm, theme.HALF, health)
        plots = parts.plain(parts.column(self.board, None), (24, 4, 16, 24))
        main = parts.plain(
            parts.column(parts.plain(top, (24, 16, 16, 12)), parts.scrolled(plots), gap_px=0)
        )
        self._build_side()
        self.side_button.setCheckable(True)
        self.side_button.setChecked(True)
        self.side_button.toggled.connect(lambda _on: self._show_side())
        self.notes.written.connect(self.notes_written)
        row = parts.row(gap_px=0)
        row.addWidget(main, 1)
        row.addWidget(self.side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)

    def _build_side(self) -> None:
        self.facts.setHorizontalSpacing(theme.WIDE)
        self.facts.setVerticalSpacing(theme.HALF)
        self.notes.setFixedHeight(NOTES_PX)
        column = parts.column(
            parts.label(tr("SETTINGS"), "section"),
            self.facts,
            theme.GAP,
            parts.label(tr("NOTES"), "section"),
            self.notes,
            theme.GAP,
            parts.label(tr("LOG"), "section"),
        )
        column.addWidget(self.log, 1)
        self.side = parts.frame("side", column)
        self.side.setFixedWidth(SIDE_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window settings and log give way to the curves, until they are asked for."""
        super().resizeEvent(event)
        had_room = event.oldSize().width() >= ROOM_FOR_SIDE_PX
        has_room = event.size().width() >= ROOM_FOR_SIDE_PX
        if had_room != has_room:
            self.side_button.setChecked(has_room)

    def _show_side(self) -> None:
        self.side.setVisible(self.side_button.isChecked())

    # -- showing -------------------------------------------------------------------------------

    @property
    def run_id(self) -> int | None:
        """The run that is shown."""
        return self._run.id if self._run is not None else None

    @property
    def plots(self) -> dict[tuple[str, ...], CurvePlot]:
        """The plots by the names of their figures, brought up to date."""
        self.board.catch_up()
        return self.board.plots

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Titles of methods, once they are known."""
        self._catalogue = catalogue
        self._show_facts()

    def show_run(self, run: RunRecord | None, status: str) -> None:
        """Show a run, or what has become of the one that is shown."""
        is_other = run is None or run.id != self.run_id
        self._run, self._status = run, status
        self.notes.show_notes(run.id if run else None, run.notes if run else "")
        if is_other:
            self.curves = RunCurves()
            self._remaining_s = None
            self.log.set_rows([])
            self.alarm.hide()
            self.alarm_text.setText("")
            self._show_health()
        if run is None:
            return
        self.name.setText(run.name)
        if run.problem and self.alarm_text.text() != run.problem:
            self._show_alarm(run.problem)
        self._show_status()
        self._show_position(run)
        self._show_facts()

    def _show_status(self) -> None:
        self.chip.setText(status_words(self._status))
        parts.set_tone(self.chip, status_tone(self._status))
        parts.set_tone(self.bar, "paused" if self._status == "paused" else "")
        self._show_buttons()

    def show_status(self, status: str) -> None:
        """Follow what the jobs do with the run."""
        if self._run is None or status == self._status:
            return
        if status in ("paused", "stopping"):
            self.curves.pause()
        self._status = status
        self._show_status()

    def _show_position(self, run: RunRecord) -> None:
        if self._status in ACTIVE:
            return
        self._remaining_s = None
        said = [
            tr("epoch {done} of {all}").format(done=f"{run.epoch:.0f}", all=run.epochs),
            text.duration(run.seconds) if run.seconds else "",
            text.ago(run.finished_at or run.created_at),
        ]
        self.line.setText("  ·  ".join(part for part in said if part))
        self.bar.setVisible(self._status != "finished")
        self.bar.setRange(0, max(1, run.epochs))
        self.bar.setValue(round(run.epoch))

    def _show_buttons(self) -> None:
        is_active = self._status in ACTIVE
        can_go = self._status in ("ready", "stopped", "interrupted", "failed")
        resumes = self._run is not None and self._run.step > 0
        self.resume_button.setVisible(can_go)
        self.resume_button.setText(tr(" Resume") if resumes else tr(" Start"))
        self.pause_button.setVisible(is_active)
        self.pause_button.setEnabled(self._status != "stopping")
        self.stop_button.setVisible(is_active or self._status == "waiting")
        self.stop_button.setText(
            tr(" Take out of the queue") if self._status == "waiting" else tr(" Stop")
        )
        self.stop_button.setEnabled(self._status != "stopping")
        self.discover_button.setVisible(self._status in ("finished", "stopped"))
        self.delete_button.setEnabled(not is_active and self._status != "waiting")
        is_paused = self._status == "paused"
        self.pause_button.setText(tr(" Go on") if is_paused else tr(" Pause"))
        theme.set_icon(self.pause_button, "play" if is_paused else "pause")

    def _show_facts(self) -> None:
        parts.clear(self.facts)
        run = self._run
        if run is None:
            return
        title = run.method
        if self._catalogue is not None:
            title = next((c.title for c in self._catalogue.methods if c.id == run.method), title)
        shown = {"method": title, **special_settings(run, self._catalogue)}
        images = run.environment.get("images")
        if isinstance(images, int):
            shown["images"] = text.count(images)
        for name, value in shown.items():
            said = value_words(value)
            self.facts.addRow(parts.label(text.words(name), "muted"), parts.label(said, wrap=True))

    def _show_alarm(self, words: str) -> None:
        self.alarm_text.setText(words)
        self.alarm.show()

    # -- curves and log ------------------------------------------------------------------------

    def show_history(self, run_id: int, metrics: Mapping[str, Any], log: Iterable[LogRow]) -> None:
        """Show what the project has stored of the run."""
        if run_id != self.run_id:
            return
        stored = RunCurves(metrics)
        stored.go_on_with(self.curves)
        self.curves = stored
        rows = list(log)
        self.log.set_rows([(row.level, row.text, text.ago(row.at)) for row in rows])
        alarms = [row.text for row in rows if row.level == "alarm"]
        if alarms and self.alarm_text.text() != alarms[-1]:
            self._show_alarm(alarms[-1])
        self._show_health()

    def take_events(
        self, events: list[object], progress: Progress | None, remaining_s: float | None = None
    ) -> None:
        """Follow the job: one update per batch of events."""
        self._remaining_s = remaining_s
        if self.curves.take(events):
            self.board.refresh_soon()
            self._show_health()
        for event in events:
            if isinstance(event, Note):
                self.log.add_row(event.level, event.text, tr("just now"))
                if event.level == "alarm":
                    self._show_alarm(event.text)
        if progress is not None:
            self.line.setText(progress_words(progress))
            self.bar.show()
            self.bar.setRange(0, progress.total or 0)
            self.bar.setValue(progress.done if progress.total else 0)

    def _show_health(self) -> None:
        figures = health_figures(self.curves, self._remaining_s)
        self.figures.show_figures([(f.title, f.value, f.tone, f.help) for f in figures])
        self.figures.setVisible(bool(figures))
        tone, words = verdict(self.curves)
        self.verdict.setText(words)
        role = {"danger": "danger", "warning": "warning"}.get(tone, "muted")
        if self.verdict.property("role") != role:
            self.verdict.setProperty("role", role)
            self.verdict.style().unpolish(self.verdict)
            self.verdict.style().polish(self.verdict)
        self.verdict.setVisible(bool(figures))
