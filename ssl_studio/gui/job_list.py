"""The jobs of the window: waiting, running and ended, in lanes of one at a time."""

import time
from datetime import datetime
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ssl_studio.errors import StudioError
from ssl_studio.events import Cancel, Note, Progress
from ssl_studio.gui.job_thread import Job, JobThread, in_words

KEPT_ENDED = 30


class JobState(Enum):
    """Where a job stands."""

    WAITING = auto()
    """Another job of its lane goes first."""
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


class RunningJob(QObject):
    """One job in the window: how far it is, how it ended."""

    changed = Signal()
    events = Signal(list)
    ended = Signal()

    def __init__(self, job: Job, path: Path, lane: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.job = job
        self.lane = lane
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
        self._thread = JobThread(job, path, self.cancel, self)
        self._thread.events.connect(self._on_events)
        self._thread.succeeded.connect(self._on_succeeded)
        self._thread.cancelled.connect(self._on_cancelled)
        self._thread.failed.connect(self._on_failed)

    @property
    def title(self) -> str:
        """What the job is, in a line."""
        return self.job.title

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

    def start(self) -> None:
        """Begin; called by the list when the lane is free."""
        self.began_at = datetime.now().astimezone()
        self._began = self._started = time.monotonic()
        self._go_to(JobState.RUNNING)
        self._thread.start()

    def stop(self) -> None:
        """Ask the job to stop, or take it out of the queue."""
        if self.is_ended:
            return
        self.cancel.request()
        if self.state is JobState.WAITING:
            self._end(JobState.CANCELLED)
        else:
            self._go_to(JobState.STOPPING)

    def pause(self) -> None:
        """Ask the job to wait; its memory stays taken."""
        if self.state is JobState.RUNNING:
            self.cancel.pause()
            self._go_to(JobState.PAUSED)

    def proceed(self) -> None:
        """Let a paused job go on."""
        if self.state is JobState.PAUSED:
            self.cancel.proceed()
            self._go_to(JobState.RUNNING)

    def wait(self) -> None:
        """Block until the thread has ended (on closing only)."""
        self._thread.wait()

    def _go_to(self, state: JobState) -> None:
        self.state = state
        self.changed.emit()

    def _end(self, state: JobState) -> None:
        self._took_s = self.elapsed_s
        self._go_to(state)
        self.ended.emit()

    def _on_events(self, events: list[object]) -> None:
        for event in events:
            if isinstance(event, Progress):
                self._note_beginning(event)
                self.progress = event
            elif isinstance(event, Note):
                self.notes.append(event)
        self.events.emit(events)
        self.changed.emit()

    def _note_beginning(self, progress: Progress) -> None:
        """The pace counts from where a stage begins: a resumed run has steps behind it."""
        before = self.progress
        if before is None or before.total != progress.total or progress.done < before.done:
            self._began = time.monotonic()
            self._done_before = progress.done

    def _on_succeeded(self, result: object) -> None:
        self.result = result
        self._end(JobState.SUCCEEDED)

    def _on_cancelled(self) -> None:
        self._end(JobState.CANCELLED)

    def _on_failed(self, error: object) -> None:
        self.cause = error
        self.error = in_words(error)
        self._end(JobState.FAILED)


class JobList(QObject):
    """All jobs of the open project. A lane runs one job after another; lanes run side by side."""

    added = Signal(object)
    events = Signal(object, list)
    ended = Signal(object)
    changed = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.jobs: list[RunningJob] = []

    @property
    def active(self) -> list[RunningJob]:
        """Those that have not ended, in order."""
        return [running for running in self.jobs if not running.is_ended]

    def submit(self, job: Job, lane: str = "work") -> RunningJob:
        """Queue a job; it starts at once if its lane is free."""
        running = RunningJob(job, self._path, lane, self)
        running.events.connect(lambda batch: self.events.emit(running, batch))
        running.changed.connect(self.changed)
        running.ended.connect(lambda: self._on_ended(running))
        self.jobs.append(running)
        self._forget_old()
        self.added.emit(running)
        self._start_next(lane)
        self.changed.emit()
        return running

    def stop_all(self) -> None:
        """Ask every job to stop, and wait until each has left the project consistent."""
        started = [job for job in self.active if job.state is not JobState.WAITING]
        for running in reversed(self.active):
            running.stop()
        for running in started:
            running.wait()

    def _start_next(self, lane: str) -> None:
        queue = [running for running in self.active if running.lane == lane]
        if queue and queue[0].state is JobState.WAITING:
            queue[0].start()

    def _on_ended(self, running: RunningJob) -> None:
        self.ended.emit(running)
        self._start_next(running.lane)

    def _forget_old(self) -> None:
        ended = [running for running in self.jobs if running.is_ended]
        for running in ended[: max(0, len(ended) - KEPT_ENDED)]:
            self.jobs.remove(running)
            running.deleteLater()
