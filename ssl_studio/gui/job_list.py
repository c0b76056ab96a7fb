"""The jobs of the window: waiting, running and ended, in lanes of one at a time."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ssl_studio.gui.job_thread import Job, JobThread, in_words
from ssl_studio.gui.work import JobState, Work

__all__ = ["JobList", "JobState", "RunningJob"]

KEPT_ENDED = 30


class RunningJob(Work):
    """One job in the window: how far it is, how it ended."""

    events = Signal(list)
    can_pause = True

    def __init__(self, job: Job, path: Path, lane: str, parent: QObject | None = None) -> None:
        super().__init__(job.title, parent)
        self.job = job
        self.lane = lane
        self._thread = JobThread(job, path, self.cancel, self)
        self._thread.events.connect(self._on_events)
        self._thread.succeeded.connect(self._on_succeeded)
        self._thread.cancelled.connect(self._on_cancelled)
        self._thread.failed.connect(self._on_failed)

    def start(self) -> None:
        """Begin; called by the list when the lane is free."""
        self._note_start()
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

    def wait(self) -> None:
        """Block until the thread has ended (on closing only)."""
        self._thread.wait()

    def _on_events(self, events: list[object]) -> None:
        for event in events:
            self._take(event)
        self.events.emit(events)
        self.changed.emit()

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
