"""What every page has in common: being stale or fresh, empty, busy or in trouble."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from PySide6.QtCore import QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.studio import NO_IDS, Ids, Studio
from ssl_studio.gui.widgets.empty_state import EmptyState
from ssl_studio.gui.widgets.progress_strip import ProgressStrip
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project

T = TypeVar("T")


class Page(QWidget):
    """One page of the rail.

    A page builds `content`, names the kinds of rows it shows in `listens`, and refreshes itself
    from the project when one of them changes; while hidden it only notes that it is stale.

    Attributes:
        key: How other parts name the page.
        icon: Its picture in the rail.
        listens: Kinds of rows (names of tables) that make it stale.
        job_types: Names of job classes whose progress and failures it shows.
        shows_filter: Whether it has a bar that shows what is filtered.
    """

    key: ClassVar[str]
    icon: ClassVar[str]
    listens: ClassVar[frozenset[str]] = frozenset()
    job_types: ClassVar[tuple[str, ...]] = ()
    shows_filter: ClassVar[bool] = False

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.is_stale = True
        self.setAccessibleName(self.title())
        self.strip = ProgressStrip()
        # With a parent from the start: what a stack shows without one is a window of its own.
        self.empty = EmptyState(self)
        self.content = QWidget(self)
        self._strip_job: RunningJob | None = None
        self._places = QStackedLayout()
        self._places.addWidget(self.content)
        self._places.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addLayout(self._places)
        self._listen()

    # -- what a page says about itself ---------------------------------------------------------

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Ask the project for all that is shown."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget what is shown: the project is closed."""

    def do(self, command_id: str) -> bool:
        """Carry out a command of the window on what this page shows; False: not a matter of it."""
        return False

    def why_not(self, command_id: str) -> str:
        """Why a command has nothing to act on here; empty where it has, or is not this page's."""
        return ""

    def take_files(self, paths: Sequence[Path]) -> bool:
        """Do something with pictures dropped from outside; False: not a matter of this page."""
        return False

    def main_widget(self) -> QWidget:
        """What has the keyboard when the page is come to."""
        return self

    def shown_ids(self) -> Ids:
        """The images that the page shows, in order; empty where it shows none."""
        return NO_IDS

    def poses(self) -> dict[str, Callable[[], object]]:
        """What to take pictures of: a suffix of the file's name, and how to get there."""
        return {"": lambda: None}

    # -- states --------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether the empty (or error) state is shown instead of the content."""
        return self._places.currentWidget() is self.empty

    def show_content(self) -> None:
        """Show the content."""
        self._places.setCurrentWidget(self.content)

    def show_empty(
        self,
        heading: str,
        sentence: str,
        *actions: tuple[str, Callable[[], object]],
        icon: str | None = None,
    ) -> None:
        """Say why there is nothing, and what to do next."""
        self.empty.tell(icon or self.icon, heading, sentence, actions)
        self._places.setCurrentWidget(self.empty)

    def show_problem(self, error: StudioError) -> None:
        """Say in words why the page cannot be shown."""
        self.empty.tell_problem(error, self.refresh)
        self._places.setCurrentWidget(self.empty)

    # -- asking --------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Hear what happened before the page was made."""
        if self.studio.is_open:
            self._on_project_opened()
            for running in self.studio.jobs.active:
                self._on_job_added(running)

    def ask(
        self, purpose: str, question: Callable[[Project], T], answer: Callable[[T], None]
    ) -> None:
        """Ask the project; a newer question for the same purpose drops this one's answer."""
        if self.studio.is_open:
            self.studio.reader.ask((self.key, purpose), question, answer, self.show_problem)

    # -- hearing -------------------------------------------------------------------------------

    def _listen(self) -> None:
        studio = self.studio
        studio.project_opened.connect(self._on_project_opened)
        studio.project_closed.connect(self._on_project_closed)
        studio.changed.connect(self._on_changed)
        studio.job_added.connect(self._on_job_added)
        studio.job_ended.connect(self._on_job_ended)
        self.strip.cancelled.connect(self._on_cancelled)
        self.strip.dismissed.connect(self._on_dismissed)

    def _on_project_opened(self) -> None:
        self.mark_stale()

    def _on_project_closed(self) -> None:
        self._strip_job = None
        self.strip.hide()
        self.clear()
        self.is_stale = True

    def _on_changed(self, changes: Changes) -> None:
        if changes.kinds & self.listens:
            self.mark_stale()

    def mark_stale(self) -> None:
        """Refresh now if seen, else when next shown."""
        self.is_stale = True
        if self.isVisible() and self.studio.is_open:
            self._refresh_now()

    def _refresh_now(self) -> None:
        self.is_stale = False
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed meanwhile."""
        super().showEvent(event)
        if self.is_stale and self.studio.is_open:
            self._refresh_now()

    # -- the job in the strip ------------------------------------------------------------------

    def shows_job(self, running: RunningJob) -> bool:
        """Whether the strip is the place to show this job."""
        return type(running.job).__name__ in self.job_types

    def _on_job_added(self, running: RunningJob) -> None:
        if self.shows_job(running):
            self._strip_job = running
            running.changed.connect(self._show_strip)
            self._show_strip()

    def _on_job_ended(self, running: RunningJob) -> None:
        if running is not self._strip_job:
            return
        if running.state is JobState.FAILED and running.error is not None:
            self.strip.show_failed(running.error)
        else:
            self._strip_job = None
            self.strip.hide()

    def _show_strip(self) -> None:
        running = self._strip_job
        if running is not None and not running.is_ended:
            self.strip.show_running(
                running.title,
                running.progress,
                running.remaining_s,
                state=running.state,
            )

    def _on_cancelled(self) -> None:
        if self._strip_job is not None:
            self._strip_job.stop()

    def _on_dismissed(self) -> None:
        self._strip_job = None
        self.strip.hide()

    def sizeHint(self) -> QSize:
        """Room for content at the smallest sensible window."""
        return QSize(960, 640)
