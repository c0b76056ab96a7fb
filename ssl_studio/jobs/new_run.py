"""Write down a training that is to be done: method, settings and the images it will see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ssl_studio.errors import SettingsError
from ssl_studio.events import Artefact, Cancel, Report
from ssl_studio.project.file import Project

HELD_OUT = ("test", "val")
"""The splits a run does not learn from, unless one says otherwise."""


@dataclass(frozen=True, slots=True)
class NewRunResult:
    """The run that waits now, how many images it will see, and what it is called."""

    run_id: int
    images: int
    name: str


@dataclass(frozen=True, slots=True)
class NewRunJob:
    """Put a run into the queue; `TrainJob` or `QueueJob` trains it.

    Attributes:
        method: Its id.
        training: Values of `TrainSettings`; what is left out keeps its default.
        settings: Values of the method's own settings, likewise.
        name: Made from method and backbone when empty.
        start_from: Checkpoint whose encoder the run starts from.
        held_out: Splits that are not trained on, so that they can test it.
    """

    method: str
    training: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    start_from: int | None = None
    held_out: tuple[str, ...] = HELD_OUT

    @property
    def title(self) -> str:
        """What it does."""
        return "Preparing a run"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> NewRunResult:
        """Check all values and store the run. Raises SettingsError."""
        from ssl_studio.methods.base import get_method
        from ssl_studio.training.build import backbone_spec, parse_settings, parse_training

        cls = get_method(self.method)
        settings = parse_settings(self.method, self.settings)
        training = parse_training(self.training)
        backbone_spec(self.method, training, settings)
        if cls.needs.start_from and self.start_from is None:
            raise SettingsError(
                f"{cls.title} starts from the encoder of another run.",
                remedy="Train a run first and name it as the start.",
            )
        with Project.open(project_path) as project:
            images = training_images(project, self.held_out)
            if not len(images):
                raise SettingsError(
                    "There are no images to train on.", remedy="Scan a folder of images first."
                )
            name = self.name or f"{cls.title}, {training.backbone}"
            run_id = project.runs.create(
                name,
                self.method,
                training.backbone,
                settings=settings.model_dump(mode="json"),
                training=training.model_dump(mode="json"),
                image_ids=images,
                start_from=self.start_from,
                epochs=training.epochs,
            )
        report(Artefact("runs", run_id))
        return NewRunResult(run_id, len(images), name)


def training_images(project: Project, held_out: tuple[str, ...]) -> np.ndarray:
    """Ids of all sound images whose split is not held out, in the order of their paths."""
    ids = project.images.ids(status="ok")
    kept = [split not in held_out for split in project.images.splits(ids)]
    return np.asarray(ids[np.array(kept, bool)], np.int64)
