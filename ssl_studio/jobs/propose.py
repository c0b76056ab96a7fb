"""Propose settings that suit the folder and the device, and say how long the training will take."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssl_studio.errors import AnalysisError, StudioError
from ssl_studio.events import Cancel, Event, Metric, Note, Progress, Report
from ssl_studio.jobs.pixels import open_pictures
from ssl_studio.jobs.recorder import Silent
from ssl_studio.project.file import Project

if TYPE_CHECKING:
    from ssl_studio.methods.settings import Proposal
    from ssl_studio.training.propose import FolderInfo
    from ssl_studio.training.settings import TrainSettings

_PROBE_STEPS = 8
_PROBE_S = 6.0
_WARM_STEPS = 2  # kernels are chosen and memory is taken in the first steps
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
            ids = project.images.ids()
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
                rate = self._probe(project, ids, plan, own, report, cancel)
        seconds = len(ids) * plan.epochs / rate if rate else None
        return ProposeResult(self.method, len(ids), training, settings, clusters, rate, seconds)

    def _probe(
        self,
        project: Project,
        ids: np.ndarray,
        plan: "TrainSettings",
        settings: Mapping[str, Any],
        report: Report,
        cancel: Cancel,
    ) -> float | None:
        """Images per second of a short training; None where not even that is possible."""
        from ssl_studio.training.build import build_method, data_info
        from ssl_studio.training.settings import resolve_device
        from ssl_studio.training.state import TrainingData
        from ssl_studio.training.trainer import Trainer

        report(Progress(0, None, "Trying a few steps"))
        sample = ids[: _PROBE_STEPS * plan.batch_size]
        steps = max(1, len(sample) // plan.batch_size)
        trial = plan.model_copy(
            update={
                "epochs": -(-_PROBE_STEPS // steps),
                "evaluate_every": 0,
                "exhibit_every": 0,
                "checkpoint_minutes": 1e6,
            }
        )
        device = resolve_device(plan.device)
        clock = _Clock(cancel)
        try:
            pictures = open_pictures(
                project, sample, plan.image_size, device, clock.report, clock.cancel
            )
            info = data_info(pictures.cache, trial)
            method = build_method(self.method, trial, settings, info)
            Trainer(
                method,
                trial,
                TrainingData(pictures.cache),
                report=clock.report,
                cancel=clock.cancel,
                keeper=Silent(),
            ).run()
        except StudioError as error:
            report(Note("warning", f"The speed could not be tried. {error}"))
            return None
        cancel.check()
        return clock.images_per_second(plan.batch_size)


class _Clock:
    """Times the steps of a try, and ends it when it has seen enough or the user asks."""

    def __init__(self, outer: Cancel) -> None:
        self.cancel = Cancel()
        self._outer = outer
        self._at: list[tuple[int, float]] = []
        self._started = time.monotonic()

    def report(self, event: Event) -> None:
        """Note the time of each step."""
        now = time.monotonic()
        if isinstance(event, Metric) and event.step:
            self._at.append((event.step, now))
        enough = len(self._at) > _WARM_STEPS and now - self._started > _PROBE_S
        if enough or self._outer.requested:
            self.cancel.request()

    def images_per_second(self, batch: int) -> float | None:
        """Over the steps after the first few; None with too few of them."""
        timed = self._at[min(_WARM_STEPS, max(0, len(self._at) - 2)) :]
        if len(timed) < 2 or timed[-1][1] <= timed[0][1]:
            return None
        return (timed[-1][0] - timed[0][0]) * batch / (timed[-1][1] - timed[0][1])


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
    import io

    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as image:
        pixels = np.asarray(image.convert("RGB").resize((16, 16)), np.float32)
    return bool((pixels.max(axis=2) - pixels.min(axis=2)).mean() < _GREY_SPREAD)
