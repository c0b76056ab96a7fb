"""What features could be taken from: runs, their checkpoints, and the layers of their networks."""

from collections.abc import Sequence
from dataclasses import dataclass

from ssl_studio.project.file import Project


@dataclass(frozen=True, slots=True)
class CheckpointChoice:
    """A stored state of a run."""

    id: int
    epoch: float


@dataclass(frozen=True, slots=True)
class RunChoice:
    """A run with the states of it that are stored, the latest first."""

    id: int
    name: str
    checkpoints: tuple[CheckpointChoice, ...]


def runs_with_checkpoints(project: Project) -> list[RunChoice]:
    """The runs that features can be taken from, the newest first."""
    found = []
    for run in sorted(project.runs.all(), key=lambda run: -run.id):
        stored = sorted(project.runs.checkpoints(run.id), key=lambda c: (-c.step, -c.id))
        by_step = {c.step: CheckpointChoice(c.id, c.epoch) for c in reversed(stored)}
        if by_step:
            newest_first = tuple(by_step[step] for step in sorted(by_step, reverse=True))
            found.append(RunChoice(run.id, run.name, newest_first))
    return found


def layers_of_run(project: Project, run_id: int) -> Sequence[str]:
    """The layers of a run's network from the image upwards; builds it, which takes a second."""
    from ssl_studio.jobs.encoders import load_encoder

    return tuple(load_encoder(project, run_id, trained=False).network.layers)
