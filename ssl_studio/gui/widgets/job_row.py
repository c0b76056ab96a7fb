"""One job in the activity list: how far it is, what can be done about it, what came of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QVBoxLayout, QWidget

from ssl_studio.gui import job_words, text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.work import JobState, Work

DOT_PX = 8


class JobRow(QFrame):
    """Follows one job. `result_wanted` and `details_wanted` carry it."""

    result_wanted = Signal(object)
    details_wanted = Signal(object)

    def __init__(self, running: Work, result_words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.running = running
        self.setProperty("role", "panel")
        self.setAccessibleName(running.title)
        self._result_words = result_words
        self._tint = ""
        self.dot = QLabel()
        self.dot.setFixedSize(DOT_PX, DOT_PX)
        self.title = parts.label(running.title, wrap=True)
        self.state = parts.label("", "small", wrap=True)
        self.problem = parts.label("", "small", wrap=True, selectable=True)
        self.bar = QProgressBar(textVisible=False, accessibleName=running.title)
        self._build()
        running.changed.connect(self.show_job)
        self.show_job()

    def _build(self) -> None:
        running = self.running
        self.pause = parts.tool_button("pause", tr("Pause"), self._on_pause)
        self.stop = parts.tool_button("stop", tr("Stop"), running.stop)
        self.result = parts.button(
            self._result_words, role="link", on_click=lambda: self.result_wanted.emit(running)
        )
        self.copy = parts.button(
            tr("Copy details"), role="link", on_click=lambda: self.details_wanted.emit(running)
        )
        head = parts.row(self.dot, self.title, self.pause, self.stop)
        head.setStretch(1, 1)
        head.setAlignment(self.dot, Qt.AlignmentFlag.AlignVCenter)
        links = parts.row(self.result, self.copy, None)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.HALF)
        parts.fill(layout, head, self.bar, self.state, self.problem, links)

    def show_job(self) -> None:
        """Show how it stands now."""
        running = self.running
        self._tint_dot()
        self.state.setText(job_words.state_words(running))
        began = f"{running.began_at:%H:%M}" if running.began_at is not None else ""
        self.state.setToolTip(tr("Started at {time}").format(time=began) if began else "")
        problem = job_words.problem_words(running)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self._show_bar()
        self._show_buttons()

    def _tint_dot(self) -> None:
        tint = theme.css(job_words.tone(self.running))
        if tint != self._tint:  # a style sheet costs more than all else here
            self._tint = tint
            self.dot.setStyleSheet(f"background: {tint}; border-radius: {DOT_PX // 2}px;")

    def _show_bar(self) -> None:
        running, progress = self.running, self.running.progress
        self.bar.setVisible(not running.is_ended and running.state is not JobState.WAITING)
        total = progress.total if progress is not None and progress.total else 0
        self.bar.setRange(0, min(total, 2**31 - 1))
        self.bar.setValue(progress.done if progress is not None and total else 0)
        parts.set_tone(self.bar, "paused" if running.state is JobState.PAUSED else "")
        said = text.percent(progress.done / total) if progress is not None and total else ""
        self.bar.setAccessibleDescription(said)

    def _show_buttons(self) -> None:
        running = self.running
        is_paused = running.state is JobState.PAUSED
        is_running = running.state is JobState.RUNNING
        self.pause.setVisible(is_paused or (is_running and running.can_pause))
        words = tr("Go on") if is_paused else tr("Pause")
        if self.pause.toolTip() != words:
            self.pause.setToolTip(words)
            self.pause.setAccessibleName(words)
            theme.set_icon(self.pause, "play" if is_paused else "pause")
        self.stop.setVisible(running.can_stop and not running.is_ended)
        self.stop.setEnabled(running.state is not JobState.STOPPING)
        done = running.state is JobState.SUCCEEDED
        self.result.setVisible(done and bool(self._result_words))
        self.copy.setVisible(running.state is JobState.FAILED)

    def _on_pause(self) -> None:
        if self.running.state is JobState.PAUSED:
            self.running.proceed()
        else:
            self.running.pause()
