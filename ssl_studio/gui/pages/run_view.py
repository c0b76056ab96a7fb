"""One run: its state, curves, figures and log."""

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFormLayout, QGridLayout, QProgressBar, QVBoxLayout, QWidget

from ssl_studio.events import Note, Progress
from ssl_studio.gui import text, theme
from ssl_studio.gui.job_list import JobState
from ssl_studio.gui.models.run_model import status_tone, status_words
from ssl_studio.gui.models.series import RunCurves, curve_name, group_help, group_title, plot_groups
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.curve_plot import CurvePlot
from ssl_studio.gui.widgets.log_list import LogList
from ssl_studio.gui.widgets.progress_strip import progress_words
from ssl_studio.jobs.catalogue import Catalogue
from ssl_studio.project.records import LogRow, RunRecord

COLUMNS = 2
SIDE_PX = 300
ROOM_FOR_SIDE_PX = 860
SHOWN_TRAINING = ("backbone", "image_size", "epochs", "batch_size", "precision", "seed")


class RunPanel(QWidget):
    """Shows a run and says what the user wants of it."""

    resume_wanted = Signal(int)
    pause_wanted = Signal(int)
    stop_wanted = Signal(int)
    delete_wanted = Signal(int)
    rename_wanted = Signal(int)
    copy_wanted = Signal(int)
    discover_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: RunRecord | None = None
        self._status = ""
        self._catalogue: Catalogue | None = None
        self.curves = RunCurves()
        self.plots: dict[tuple[str, ...], CurvePlot] = {}
        self.name = parts.label("", "title")
        self.chip = parts.chip()
        self.line = parts.label("", "muted")
        self.bar = QProgressBar(textVisible=False)
        self.alarm_text = parts.label("", "", wrap=True, selectable=True)
        self.alarm = parts.frame("alarm", parts.row(self.alarm_text), 12)
        self.waiting = parts.label(tr("Curves appear with the first steps."), "muted")
        self.log = LogList()
        self.facts = QFormLayout()
        self.resume_button = self._button(tr("Start"), "play", self.resume_wanted, "primary")
        self.pause_button = self._button(tr("Pause"), "pause", self.pause_wanted)
        self.stop_button = self._button(tr("Stop"), "stop", self.stop_wanted)
        self.discover_button = self._button(
            tr("Find what it discovered"), "clusters", self.discover_wanted
        )
        self.rename_button = self._tool("rename", tr("Rename (F2)"), self.rename_wanted)
        self.copy_button = self._tool("copy", tr("New run with these settings"), self.copy_wanted)
        self.delete_button = self._tool("delete", tr("Delete the run"), self.delete_wanted)
        self._build()

    # -- building ------------------------------------------------------------------------------

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
            self.resume_button,
            self.pause_button,
            self.stop_button,
            self.discover_button,
            self.rename_button,
            self.copy_button,
            self.delete_button,
        )
        top = parts.plain(parts.column(head, self.line, self.bar, self.alarm), (24, 16, 16, 12))
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.WIDE)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        plots = parts.plain(parts.column(self.waiting, self._grid, None), (24, 4, 16, 24))
        self.facts.setHorizontalSpacing(theme.WIDE)
        self.facts.setVerticalSpacing(theme.HALF)
        self.side = parts.frame(
            "side",
            parts.column(
                parts.label(tr("SETTINGS"), "section"),
                self.facts,
                theme.WIDE,
                parts.label(tr("LOG"), "section"),
                self.log,
            ),
        )
        self.side.setFixedWidth(SIDE_PX)
        main = parts.plain(parts.column(top, parts.scrolled(plots), gap_px=0))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(parts.row(main, self.side, gap_px=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window settings and log give way to the curves."""
        super().resizeEvent(event)
        self.side.setVisible(event.size().width() >= ROOM_FOR_SIDE_PX)

    # -- showing -------------------------------------------------------------------------------

    @property
    def run_id(self) -> int | None:
        """The run that is shown."""
        return self._run.id if self._run is not None else None

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Titles of methods, once they are known."""
        self._catalogue = catalogue
        self._show_facts()

    def show_run(self, run: RunRecord | None, status: str) -> None:
        """Show a run, or what has become of the one that is shown."""
        is_other = run is None or run.id != self.run_id
        self._run, self._status = run, status
        if is_other:
            self.curves = RunCurves()
            self._show_curves()
            self.log.set_rows([])
        if run is None:
            return
        self.name.setText(run.name)
        self.chip.setText(status_words(status))
        parts.set_tone(self.chip, status_tone(status))
        self.alarm_text.setText(run.problem or "")
        self.alarm.setVisible(bool(run.problem))
        self._show_position(run)
        self._show_buttons()
        self._show_facts()

    def _show_position(self, run: RunRecord) -> None:
        if self._status in ("running", "paused"):
            return
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
        is_active = self._status in ("running", "paused")
        can_go = self._status in ("queued", "stopped", "interrupted", "failed")
        resumes = self._run is not None and self._run.step > 0
        self.resume_button.setVisible(can_go)
        self.resume_button.setText(tr(" Resume") if resumes else tr(" Start"))
        self.pause_button.setVisible(is_active)
        self.stop_button.setVisible(is_active)
        self.discover_button.setVisible(self._status in ("finished", "stopped"))
        self.delete_button.setEnabled(not is_active)
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
        shown = {
            "method": title,
            **{k: run.training[k] for k in SHOWN_TRAINING if k in run.training},
        }
        for name, value in shown.items():
            self.facts.addRow(
                parts.label(text.words(name), "muted"), parts.label(str(value), wrap=True)
            )

    def show_job(self, state: JobState | None) -> None:
        """Follow the job that trains this run, if one does."""
        status = (
            {
                JobState.WAITING: "queued",
                JobState.RUNNING: "running",
                JobState.PAUSED: "paused",
                JobState.STOPPING: "running",
            }.get(state)
            if state is not None
            else None
        )
        if status is None or self._run is None:
            return
        self._status = status
        self.chip.setText(tr("stopping …") if state is JobState.STOPPING else status_words(status))
        parts.set_tone(self.chip, status_tone(status))
        self._show_buttons()
        self.resume_button.setVisible(False)
        self.stop_button.setEnabled(state is not JobState.STOPPING)

    # -- curves and log ------------------------------------------------------------------------

    def show_history(self, run_id: int, metrics: Mapping[str, Any], log: Iterable[LogRow]) -> None:
        """Show what the project has stored of the run."""
        if run_id == self.run_id:
            self.curves = RunCurves(metrics)
            self._show_curves()
            self.log.set_rows([(row.level, row.text, text.ago(row.at)) for row in log])

    def take_events(self, events: list[object], progress: Progress | None) -> None:
        """Follow the job: one update per batch of events."""
        if self.curves.take(events):
            self._show_curves()
        for event in events:
            if isinstance(event, Note):
                self.log.add_row(event.level, event.text, tr("just now"))
                if event.level == "alarm":
                    self.alarm_text.setText(event.text)
                    self.alarm.show()
        if progress is not None:
            self.line.setText(progress_words(progress))
            self.bar.show()
            self.bar.setRange(0, progress.total or 0)
            self.bar.setValue(progress.done if progress.total else 0)

    def _show_curves(self) -> None:
        groups = plot_groups(self.curves.series)
        if list(self.plots) != groups:
            self._lay_out(groups)
        self.waiting.setVisible(not groups)
        for group, plot in self.plots.items():
            plot.show_curves({curve_name(name): self.curves.series[name].curve for name in group})

    def _lay_out(self, groups: list[tuple[str, ...]]) -> None:
        for gone in set(self.plots) - set(groups):
            plot = self.plots.pop(gone)
            plot.hide()
            plot.deleteLater()
        ordered = {}
        for position, group in enumerate(groups):
            plot = self.plots.get(group) or CurvePlot(group_title(group), tr("epoch"))
            plot.setToolTip(group_help(group))
            ordered[group] = plot
            if position == 0:
                self._grid.addWidget(plot, 0, 0, 1, COLUMNS)
                continue
            line, column = divmod(position - 1, COLUMNS)
            self._grid.addWidget(plot, line + 1, column)
        self.plots = ordered
