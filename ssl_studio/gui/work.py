"""Anything that takes time, as the activity list shows it: how it stands, how far it is."""

import time
from datetime import datetime
from enum import Enum, auto

from PySide6.QtCore import QObject, Signal

from ssl_studio.errors import StudioError
from ssl_studio.events import Cancel, Note, Progress


class JobState(Enum):
    """Where a piece of work stands."""

    WAITING = auto()
    """Something else goes first."""
    RUNNING = auto()
    """Its thread works."""
    PAUSED = auto()
    """Asked to wait."""
    STOPPING = auto()
    """Asked to stop, and not there yet."""
    SUCCEEDED = auto()
    """It did what it should."""
    CANCELLED = auto()
    """Stopped by the user."""
    FAILED = auto()
    """It says why in `error`."""


ENDED = frozenset({JobState.SUCCEEDED, JobState.CANCELLED, JobState.FAILED})


class Work(QObject):
    """One piece of work. `changed` at every step, `ended` once.

    Attributes:
        can_pause, can_stop: What the user may ask of it.
        cause: The exception behind `error`.
    """

    changed = Signal()
    ended = Signal()
    can_pause = False
    can_stop = True

    def __init__(self, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.state = JobState.WAITING
        self.progress: Progress | None = None
        self.notes: list[Note] = []
        self.error: StudioError | None = None
        self.cause: object = None
        self.result: object = None
        self.cancel = Cancel()
        self.began_at: datetime | None = None
        self._began = 0.0
        self._done_before = 0
        self._started = 0.0
        self._took_s: float | None = None

    @property
    def is_ended(self) -> bool:
        """Whether nothing more comes."""
        return self.state in ENDED

    @property
    def remaining_s(self) -> float | None:
        """Seconds to go at the pace so far, None while nobody can say."""
        progress = self.progress
        if progress is None or not progress.total or not progress.done or not self._began:
            return None
        done = progress.done - self._done_before
        spent = time.monotonic() - self._began
        return spent * (progress.total - progress.done) / done if done > 0 else None

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began, or that it took."""
        if self._took_s is not None:
            return self._took_s
        return time.monotonic() - self._started if self._started else 0.0

    def stop(self) -> None:
        """Ask it to stop."""
        raise NotImplementedError

    def pause(self) -> None:
        """Ask it to wait; its memory stays taken."""
        if self.can_pause and self.state is JobState.RUNNING:
            self.cancel.pause()
            self._go_to(JobState.PAUSED)

    def proceed(self) -> None:
        """Let it go on after a pause."""
        if self.state is JobState.PAUSED:
            self.cancel.proceed()
            self._go_to(JobState.RUNNING)

    # -- for those who carry it out ------------------------------------------------------------

    def _note_start(self) -> None:
        self.began_at = datetime.now().astimezone()
        self._began = self._started = time.monotonic()

    def _go_to(self, state: JobState) -> None:
        self.state = state
        self.changed.emit()

    def _end(self, state: JobState) -> None:
        self._took_s = self.elapsed_s
        self._go_to(state)
        self.ended.emit()

    def _take(self, event: object) -> None:
        if isinstance(event, Progress):
            self._note_pace(event)
            self.progress = event
        elif isinstance(event, Note):
            self.notes.append(event)

    def _note_pace(self, progress: Progress) -> None:
        """The pace counts from where a stage begins: a resumed run has steps behind it."""
        before = self.progress
        if before is None or before.total != progress.total or progress.done < before.done:
            self._began = time.monotonic()
            self._done_before = progress.done
