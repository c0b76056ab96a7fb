"""One job in a line: what it does, how far it is, and a way to stop it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.events import Progress
from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.work import JobState


def progress_words(progress: Progress | None, remaining_s: float | None = None) -> str:
    """Note, count and time to go, as far as they are known."""
    if progress is None:
        return tr("starting …")
    said = [progress.note] if progress.note else []
    if progress.total and progress.are_shares:
        said.append(text.percent(progress.done / progress.total, 0))
    elif progress.total:
        said.append(
            tr("{done} of {total}").format(
                done=text.count(progress.done), total=text.count(progress.total)
            )
        )
    elif progress.done:
        said.append(text.count(progress.done))
    if remaining_s is not None and remaining_s >= 1:
        said.append(tr("{time} left").format(time=text.duration(remaining_s)))
    return " · ".join(said)


class ProgressStrip(QFrame):
    """Shown while a job runs, and after it failed until it is dismissed."""

    cancelled = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self.title = parts.label("", "")
        self.detail = parts.label("", "muted")
        self.bar = QProgressBar(textVisible=False)
        self.cancel_button = parts.button(tr("Cancel"), on_click=self.cancelled.emit)
        self.dismiss_button = parts.tool_button("close", tr("Dismiss"), self.dismissed.emit)
        line = parts.row(self.title, theme.GAP)
        line.addWidget(self.detail, 1)
        words = parts.column(line, self.bar, gap_px=6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.GAP, theme.WIDE, theme.GAP)
        layout.addLayout(parts.row(words, theme.GAP, self.cancel_button, self.dismiss_button))
        self.hide()

    def show_running(
        self, title: str, progress: Progress | None, remaining_s: float | None, *, state: JobState
    ) -> None:
        """Show how far it is; while it waits for other work or a word of the user, that."""
        self._look("bar")
        self.title.setText(title)
        instead = {
            JobState.STOPPING: tr("stopping …"),
            JobState.WAITING: tr("waits for its turn"),
            JobState.PAUSED: tr("paused"),
        }.get(state)
        self.detail.setText(instead or progress_words(progress, remaining_s))
        total = progress.total if progress is not None and progress.total else 0
        self.bar.setRange(0, min(total, 2**31 - 1))
        self.bar.setValue(progress.done if progress is not None and total else 0)
        self.bar.setVisible(state is not JobState.WAITING)
        self.cancel_button.setEnabled(state is not JobState.STOPPING)
        self.cancel_button.show()
        self.dismiss_button.hide()
        self.show()

    def show_failed(self, error: StudioError) -> None:
        """Show what went wrong until it is dismissed."""
        self._look("alarm")
        self.title.setText(error.what)
        self.detail.setText(" ".join(part for part in (error.why, error.remedy) if part))
        self.detail.setWordWrap(True)
        self.bar.hide()
        self.cancel_button.hide()
        self.dismiss_button.show()
        self.show()

    def _look(self, role: str) -> None:
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)
        self.detail.setWordWrap(False)
