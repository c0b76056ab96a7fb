"""Propose settings that suit the folder and the device, and say how long the training will take."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.jobs.estimate import try_steps
from ssl_studio.jobs.new_run import HELD_OUT, training_images
from ssl_studio.project.file import Project

if TYPE_CHECKING:
    from ssl_studio.methods.settings import Proposal
    from ssl_studio.training.propose import FolderInfo

_LOOKED_AT = 200
_GREY_SPREAD = 2.0


@dataclass(frozen=True, slots=True)
class Proposed:
    """A value for one setting, and the reason in one line."""

    name: str
    value: Any
    why: str


@dataclass(frozen=True, slots=True)
class ProposeResult:
    """What suits the folder.

    Attributes:
        images: How many a run trains on: all but those that are held out to test it.
        training, settings: For the trainer and for the method, by name; what is left out keeps
            its default.
        clusters: How many groups to look for afterwards.
        images_per_second, seconds: From a short try with these values; None without one. Looks
            at the features and work between epochs come on top.
    """

    method: str
    images: int
    training: tuple[Proposed, ...]
    settings: tuple[Proposed, ...]
    clusters: Proposed
    images_per_second: float | None
    seconds: float | None

    def training_values(self) -> dict[str, Any]:
        """Values for `NewRunJob.training`."""
        return {p.name: p.value for p in self.training}

    def settings_values(self) -> dict[str, Any]:
        """Values for `NewRunJob.settings`."""
        return {p.name: p.value for p in self.settings}


@dataclass(frozen=True, slots=True)
class ProposeJob:
    """Look at the images and the device, propose, and try the proposal for a few steps.

    Attributes:
        training, settings: Values that are fixed already; the try uses them.
        probe: Whether to try.
    """

    method: str
    training: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    probe: bool = True

    @property
    def title(self) -> str:
        """What it does."""
        return "Finding settings that suit the images"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ProposeResult:
        """Propose; nothing is stored. Raises AnalysisError when there are no images."""
        from ssl_studio.training.build import parse_training
        from ssl_studio.training.propose import propose
        from ssl_studio.training.settings import TrainSettings, resolve_device

        report(Progress(0, None, "Looking at the images"))
        with Project.open(project_path, read_only=True) as project:
            ids = training_images(project, HELD_OUT)
            if not len(ids):
                raise AnalysisError(
                    "There are no images to propose settings for.",
                    remedy="Scan a folder of images first.",
                )
            fixed = dict(self.training)
            device = resolve_device(parse_training(fixed).device)
            found = propose(self.method, folder_info(project, ids, fixed.get("image_size")), device)
            _fit_epochs(found, fixed.get("epochs"))
            names = TrainSettings.model_fields.keys()
            clusters = Proposed("clusters", found["clusters"].value, found["clusters"].why)
            every = [Proposed(n, p.value, p.why) for n, p in found.items() if n != "clusters"]
            training = tuple(p for p in every if p.name in names)
            settings = tuple(p for p in every if p.name not in names)
            plan = parse_training({p.name: p.value for p in training} | fixed)
            own = {p.name: p.value for p in settings} | dict(self.settings)
            rate = None
            if self.probe:
                tried = try_steps(project, ids, self.method, plan, own, report, cancel)
                rate = tried.images_per_second
        seconds = len(ids) * plan.epochs / rate if rate else None
        return ProposeResult(self.method, len(ids), training, settings, clusters, rate, seconds)


def _fit_epochs(found: dict[str, "Proposal"], epochs: int | None) -> None:
    """Stretch what is proposed in epochs (warm-up ...) to the number of epochs that is fixed."""
    if epochs is None or "epochs" not in found:
        return
    share = epochs / int(found["epochs"].value)
    for name, proposal in found.items():
        if name.endswith("_epochs"):
            found[name] = replace(proposal, value=proposal.value * share)


def folder_info(project: Project, ids: np.ndarray, side: int | None = None) -> "FolderInfo":
    """Number, typical size, labels and colour of the images; colour told from some thumbnails.

    `side` is the size that somebody chose to train at, and is taken for theirs.
    """
    from ssl_studio.training.propose import FolderInfo

    images = project.images.get(ids)
    sides = [min(image.width or 1, image.height or 1) for image in images]
    classes = len({image.label for image in images if image.label is not None})
    step = max(1, len(ids) // _LOOKED_AT)
    thumbnails = project.images.thumbnails(ids[::step]).values()
    grey = float(np.mean([_is_grey(jpeg) for jpeg in thumbnails])) if thumbnails else 0.0
    typical = side or round(float(np.median(sides)))
    return FolderInfo(len(ids), typical, classes or None, grey > 0.95)


def _is_grey(jpeg: bytes) -> bool:
    from ssl_studio.images.perceptual import look

    seen = look(jpeg)
    return seen is not None and bool((seen.max(axis=2) - seen.min(axis=2)).mean() < _GREY_SPREAD)
