"""The main job on pictures that need no download: from nothing to named clusters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.images.demo import GROUPS, write_digits, write_drawings
from ssl_studio.jobs.discover import DiscoverJob, DiscoverResult
from ssl_studio.jobs.exhibit import ExhibitJob
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project

PICTURES = "demo pictures"
METHOD = "simclr"
DIGITS = 1797

TRAINING: dict[str, Any] = {
    "backbone": "light",
    "image_size": 32,
    "batch_size": 128,
    "epochs": 16,
    "evaluate_every": 4,
    "exhibit_every": 8,
}
"""Small enough for two processor cores in a minute or two."""

SETTINGS: dict[str, Any] = {
    "flip": False,
    "crop_min": 0.3,
    "temperature": 0.2,
    "strength": 1.0,
    "grey": 0.3,
}
"""A mirrored digit is none and half of one may be another, so views are cropped less than photos
would be; the drawings' colours mean nothing, so they are shifted more."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo made."""

    images: int
    run_id: int
    discovery: DiscoverResult
    seconds: float


@dataclass(frozen=True, slots=True)
class DemoJob:
    """Draw pictures, unpack scikit-learn's digits, scan, train, and look at what was discovered.

    The project is made where it is missing. Interrupted, the demo goes on where it was.

    Attributes:
        per_group: Drawings in each of the eight groups.
        training, settings: What differs from the demo's own values.
    """

    per_group: int = 125
    digits: bool = True
    training: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it does."""
        return "Building the demo project"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> DemoResult:
        """Do all of it. Pictures lie in a folder beside the project."""
        watch = Stopwatch()
        folder = project_path.parent / PICTURES
        self._write(folder, report, cancel)
        if not project_path.exists():
            Project.create(project_path).close()
        images = ScanJob(folder).run(project_path, report, cancel).images
        run_id = self._unfinished(project_path) or self._new_run(project_path, report, cancel)
        TrainJob(run_id).run(project_path, report, cancel)
        look = DiscoverJob(run_id, references=True)
        found = look.run(project_path, report, cancel)
        ExhibitJob(run_id, ("filters", "units")).run(project_path, report, cancel)
        return DemoResult(images, run_id, found, watch.seconds)

    def _write(self, folder: Path, report: Report, cancel: Cancel) -> None:
        total = self.per_group * len(GROUPS) + (DIGITS if self.digits else 0)
        written: Iterator[Path] = write_drawings(folder, self.per_group, seed=0)
        if self.digits:
            written = chain(written, write_digits(folder))
        for done, _ in enumerate(written, 1):
            cancel.check()
            report(Progress(done, total, "Drawing pictures"))

    def _unfinished(self, project_path: Path) -> int | None:
        with Project.open(project_path, read_only=True) as project:
            runs = [run.id for run in project.runs.all() if run.status != "finished"]
        return runs[-1] if runs else None

    def _new_run(self, project_path: Path, report: Report, cancel: Cancel) -> int:
        training, settings = {**TRAINING, **self.training}, {**SETTINGS, **self.settings}
        job = NewRunJob(METHOD, training, settings, "Demo")
        return job.run(project_path, report, cancel).run_id
