"""The smallest training that is one, and a way to run a job and keep its events."""

from pathlib import Path
from typing import TypeVar

from ssl_studio.events import Cancel, Event
from ssl_studio.jobs.job import Job

R = TypeVar("R")

TRAINING = {
    "backbone": "light",
    "image_size": 16,
    "batch_size": 24,
    "epochs": 2,
    "device": "cpu",
    "precision": "fp32",
    "evaluate_every": 2,
    "exhibit_every": 2,
}
SETTINGS = {"head_width": 32, "head_output": 16}


def run(job: Job[R], project: Path) -> tuple[R, list[Event]]:
    """The job's result and all that it reported."""
    events: list[Event] = []
    return job.run(project, events.append, Cancel()), events
