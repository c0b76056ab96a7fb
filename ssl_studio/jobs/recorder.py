"""What stands between a training and the project: it stores what the training tells, then passes
it on, so that live curves and reopened projects show the same."""

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import Cancelled, StudioError
from ssl_studio.events import Artefact, Event, Metric, Note, Report
from ssl_studio.jobs.pictures import Moment
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project
from ssl_studio.project.records import CheckpointKind, RunRecord

if TYPE_CHECKING:
    from ssl_studio.methods.base import Exhibit
    from ssl_studio.training.state import Outcome

_FLUSH_S = 1.0


class Recorder:
    """Keeps the record of one run; the trainer's Keeper.

    Threads: `report` may be called from any; the rest belongs to the thread of the project.
    Figures and sentences are written at most once a second, and before each checkpoint.
    """

    def __init__(self, project: Project, run: RunRecord, forward: Report) -> None:
        self._project, self._run, self._forward = project, run, forward
        self._images = np.empty(0, np.int64)
        self._thread = threading.get_ident()
        self._watch = Stopwatch()
        self._waiting: deque[tuple[float, Metric | Note]] = deque()
        self._flushed_at = time.monotonic()

    # --- while it trains -----------------------------------------------------------------------

    def begun(self) -> None:
        """The run is at work from now on, in this process."""
        runs, latest = self._project.runs, self._project.runs.latest_checkpoint(self._run.id)
        if latest is not None:
            runs.forget_after(self._run.id, latest.step)
        runs.update(self._run.id, status="running", problem=None)
        self._changed()

    def waiting(self) -> None:
        """The run was asked to wait: that is stored, and its time stands still."""
        self._flush()
        self._watch.pause()
        self._project.runs.update(self._run.id, status="paused", seconds=self._seconds)
        self._changed()

    def proceeding(self) -> None:
        """The run goes on."""
        self._watch.proceed()
        self._project.runs.update(self._run.id, status="running")
        self._changed()

    def sees(
        self, images: np.ndarray, environment: Mapping[str, object], steps_per_epoch: int
    ) -> None:
        """The run trains on these images (N,), in this order."""
        self._images = images
        self._project.runs.update(
            self._run.id, environment=dict(environment), steps_per_epoch=steps_per_epoch
        )

    def report(self, event: Event) -> None:
        """Store figures and sentences, and pass every event on."""
        if isinstance(event, Metric | Note):
            self._waiting.append((self._seconds, event))
        due = time.monotonic() - self._flushed_at > _FLUSH_S
        if due and threading.get_ident() == self._thread:
            self._flush()
        self._forward(event)

    def checkpoint(self, kind: CheckpointKind, step: int, epoch: int, data: bytes) -> None:
        """Keep the state of the run; it is safe on disk when this returns."""
        self._flush()
        found = self._project.runs.save_checkpoint(self._run.id, step, epoch, kind, data)
        self._project.runs.update(self._run.id, step=step, epoch=epoch, seconds=self._seconds)
        self._forward(Artefact("checkpoints", found, f"{kind}, step {step}"))

    def exhibits(
        self, step: int, epoch: float, exhibits: Sequence["Exhibit"], positions: Sequence[int]
    ) -> None:
        """Keep exhibits on the images at `positions` of the run's list."""
        moment = Moment(self._run.id, step, epoch)
        ids = self._images[list(positions)].tolist()
        records = [record for exhibit in exhibits for record in moment.pictures(exhibit, ids)]
        self._project.exhibits.add(records)
        self._forward(Artefact("exhibits", self._run.id, f"{len(records)} pictures"))

    # --- how it ended --------------------------------------------------------------------------

    def ended(self, outcome: "Outcome") -> None:
        """The training came to its end or was stopped; either way its state is kept."""
        self._flush()
        self._project.runs.update(
            self._run.id,
            status=outcome.status,
            step=outcome.step,
            epoch=outcome.epoch,
            seconds=outcome.seconds,
        )
        self._changed()

    def failed(self, error: BaseException) -> None:
        """The training broke off; what the error says stays with the run."""
        stopped = isinstance(error, Cancelled | KeyboardInterrupt)
        problem = None if stopped else in_words(error)
        # The error that is on its way matters more than one of the disk that may have caused it.
        with suppress(StudioError):
            self._flush()
            status = "stopped" if stopped else "failed"
            self._project.runs.update(self._run.id, status=status, problem=problem)
            self._changed()

    # --- small things --------------------------------------------------------------------------

    @property
    def _seconds(self) -> float:
        return self._run.seconds + self._watch.seconds

    def _changed(self) -> None:
        self._forward(Artefact("runs", self._run.id))

    def _flush(self) -> None:
        runs, run_id = self._project.runs, self._run.id
        with self._project.write(durable=False):
            while self._waiting:
                seconds, event = self._waiting.popleft()
                if isinstance(event, Note):
                    runs.add_log(run_id, event.level, event.text)
                else:
                    runs.add_metrics(run_id, event.step, event.epoch, seconds, event.values)
                    runs.update(run_id, durable=False, step=event.step, epoch=event.epoch)
        self._flushed_at = time.monotonic()


class Silent:
    """The recorder of a process that is not the first: the first one records for all."""

    def begun(self) -> None:
        """Nothing to note."""

    def waiting(self) -> None:
        """Noted by the first process."""

    def proceeding(self) -> None:
        """Noted by the first process."""

    def sees(
        self, images: np.ndarray, environment: Mapping[str, object], steps_per_epoch: int
    ) -> None:
        """Nothing to note."""

    def report(self, event: Event) -> None:
        """Nobody listens."""

    def checkpoint(self, kind: CheckpointKind, step: int, epoch: int, data: bytes) -> None:
        """Kept by the first process."""

    def exhibits(
        self, step: int, epoch: float, exhibits: Sequence["Exhibit"], positions: Sequence[int]
    ) -> None:
        """Kept by the first process."""

    def ended(self, outcome: "Outcome") -> None:
        """Noted by the first process."""

    def failed(self, error: BaseException) -> None:
        """Noted by the first process."""


def in_words(error: BaseException) -> str:
    """What the run's page says about an error."""
    if isinstance(error, StudioError):
        return str(error)
    return f"Something went wrong inside SSL Studio ({type(error).__name__}: {error})."
