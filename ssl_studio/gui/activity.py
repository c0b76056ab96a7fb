"""The jobs in the status bar, and the list of all of them behind it."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QProgressBar, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.progress_strip import progress_words

LIST_WIDTH_PX = 440
STATUS_HEIGHT_PX = 26


def state_words(running: RunningJob) -> str:
    """Where a job stands, in words."""
    if running.state is JobState.FAILED and running.error is not None:
        return str(running.error)
    if running.state is JobState.RUNNING:
        return progress_words(running.progress, running.remaining_s)
    return {
        JobState.WAITING: tr("waits for its turn"),
        JobState.PAUSED: tr("paused"),
        JobState.STOPPING: tr("stopping …"),
        JobState.SUCCEEDED: tr("done"),
        JobState.CANCELLED: tr("stopped"),
    }.get(running.state, "")


class ActivityList(QFrame):
    """A popup with every job of this session, the newest first."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "panel")
        self.setFixedWidth(LIST_WIDTH_PX)
        self._studio = studio
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme.GAP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
        parts.fill(layout, parts.label(tr("ACTIVITY"), "section"), self._rows)
        studio.jobs_changed.connect(self._show_jobs)

    def pop_up(self, corner: QPoint) -> None:
        """Show the list with its lower right corner there."""
        self.show()
        self._show_jobs()
        self.adjustSize()
        self.move(corner - QPoint(self.width(), self.height()))

    def _show_jobs(self) -> None:
        if not self.isVisible():
            return
        parts.clear(self._rows)
        jobs = self._studio.jobs.jobs if self._studio.is_open else []
        for running in reversed(jobs[-8:]):
            self._rows.addWidget(self._row(running))
        if not jobs:
            self._rows.addWidget(parts.label(tr("Nothing has been done yet."), "muted"))

    @staticmethod
    def _row(running: RunningJob) -> QWidget:
        role = "danger" if running.state is JobState.FAILED else "small"
        words = parts.column(
            parts.label(running.title), parts.label(state_words(running), role, wrap=True), gap_px=2
        )
        stop = parts.tool_button("close", tr("Stop"), running.stop)
        stop.setVisible(not running.is_ended)
        return parts.plain(parts.row(words, None, stop))


class JobStatus(QToolButton):
    """What is going on, in the status bar; a click shows the list."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedWidth(120)
        self.bar.hide()
        self.list = ActivityList(studio, self)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(STATUS_HEIGHT_PX)
        theme.set_icon(self, "activity")
        self.setAccessibleName(tr("Activity"))
        self.setToolTip(tr("Show all jobs"))
        self.clicked.connect(lambda: self.list.pop_up(self.mapToGlobal(self.rect().topRight())))
        studio.jobs_changed.connect(self.show_jobs)
        studio.project_closed.connect(self.show_jobs)
        self.show_jobs()

    def show_jobs(self) -> None:
        """Sum up what is active."""
        active = self._studio.jobs.active if self._studio.is_open else []
        self.bar.setVisible(bool(active))
        if not active:
            self.setText(tr("Idle"))
            return
        first, progress = active[0], active[0].progress
        more = tr(" (+{number} more)").format(number=len(active) - 1) if len(active) > 1 else ""
        left = first.remaining_s
        eta = f" · {text.duration(left)}" if left is not None and left >= 1 else ""
        self.setText(f"{first.title}{eta}{more}")
        total = progress.total if progress is not None and progress.total else 0
        self.bar.setRange(0, min(total, 2**31 - 1))
        self.bar.setValue(progress.done if progress is not None and total else 0)
