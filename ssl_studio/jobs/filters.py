"""Show the filters of the first layer, at every epoch that is stored and before training."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.encoders import RunEncoder, load_encoder
from ssl_studio.jobs.pictures import Moment
from ssl_studio.project.file import Project
from ssl_studio.project.records import CheckpointRecord, ExhibitRecord

FILTERS = "filters"
TRAINED, UNTRAINED = "filter", "untrained"
"""Panels of the exhibits: at a step of the run, and before the first."""


@dataclass(frozen=True, slots=True)
class FiltersResult:
    """How many filters the layer has, and at how many epochs they were stored."""

    run_id: int
    filters: int
    epochs: int


@dataclass(frozen=True, slots=True)
class FiltersJob:
    """Store the first layer's filters of all checkpoints of a run, and of its random start."""

    run_id: int

    @property
    def title(self) -> str:
        """What it does."""
        return f"Reading the filters of run {self.run_id}"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> FiltersResult:
        """Read and store. Raises AnalysisError for networks that do not read colour."""
        with Project.open(project_path) as project:
            found = store_filters(project, self.run_id, report, cancel)
        report(Artefact("exhibits", self.run_id))
        return found


def store_filters(project: Project, run_id: int, report: Report, cancel: Cancel) -> FiltersResult:
    """Store the filters of all epochs in place of those known. Raises AnalysisError as the job."""
    points = by_step(project.runs.checkpoints(run_id))
    if not points:
        raise AnalysisError("The run has no checkpoint yet.", remedy="Train it for a while first.")
    start = load_encoder(project, run_id, trained=False)
    records = _pictures(start, Moment(run_id, 0, 0.0), UNTRAINED)
    filters = len(records)
    for done, point in enumerate(points):
        cancel.check()
        report(Progress(done, len(points), "Reading filters"))
        encoder = load_encoder(project, run_id, point.id)
        records += _pictures(encoder, Moment(run_id, point.step, point.epoch, point.id), TRAINED)
    with project.write():
        project.exhibits.delete(run_id, FILTERS)
        project.exhibits.add(records)
    return FiltersResult(run_id, filters, len(points))


def by_step(checkpoints: list[CheckpointRecord]) -> list[CheckpointRecord]:
    """One checkpoint for each step, the last stored, in order of steps."""
    return [found for _step, found in sorted({c.step: c for c in checkpoints}.items())]


def _pictures(encoder: RunEncoder, moment: Moment, panel: str) -> list[ExhibitRecord]:
    from ssl_studio.analysis.filters import first_filters

    found = first_filters(encoder.network)
    levels = (found.pictures * 255).round().astype(np.uint8)
    return [
        moment.picture(
            FILTERS,
            panel,
            i,
            pixels,
            caption=f"Largest weight {strength:.3g}. {found.note}".strip(),
        )
        for i, (pixels, strength) in enumerate(zip(levels, found.strengths, strict=True))
    ]


def strength_of(caption: str) -> float | None:
    """The largest weight that a filter's caption tells, or None."""
    found = re.search(r"Largest weight ([0-9.e+-]*[0-9])", caption)
    return float(found.group(1)) if found else None
