"""Train the waiting runs, one after the other."""

from dataclasses import dataclass
from pathlib import Path

from ssl_studio.errors import StudioError
from ssl_studio.events import Cancel, Note, Report
from ssl_studio.jobs.train import TrainJob, TrainResult
from ssl_studio.project.file import Project


@dataclass(frozen=True, slots=True)
class QueueResult:
    """What became of each run, in the order in which they were trained."""

    finished: tuple[TrainResult, ...]
    failed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QueueJob:
    """Train every queued run, and with `resume` first those that a crash or a user cut short.

    A run that fails does not keep the others waiting. Runs queued meanwhile are trained too.
    """

    resume: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return "Training the waiting runs"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> QueueResult:
        """Train until none is left; a stop leaves the rest in the queue."""
        finished: list[TrainResult] = []
        failed: list[int] = []
        while run_id := self._next(project_path, {r.run_id for r in finished} | {*failed}):
            cancel.check()
            try:
                result = TrainJob(run_id).run(project_path, report, cancel)
            except StudioError as error:
                report(Note("alarm", str(error)))
                failed.append(run_id)
                continue
            finished.append(result)
        return QueueResult(tuple(finished), tuple(failed))

    def _next(self, project_path: Path, done: set[int]) -> int | None:
        with Project.open(project_path, read_only=True) as project:
            runs = [run for run in project.runs.all() if run.id not in done]
            cut_short = {run.id for run in project.runs.unfinished()}
        waiting = [r.id for r in runs if r.status == "queued"]
        if self.resume:
            cut = [r.id for r in runs if r.id in cut_short or r.status == "stopped"]
            waiting = cut + waiting
        return waiting[0] if waiting else None
