"""Say what a training will cost, from a few real steps with the settings as they are."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssl_studio.errors import AnalysisError, StudioError
from ssl_studio.events import Cancel, Event, Metric, Note, Progress, Report
from ssl_studio.jobs.new_run import HELD_OUT, training_images
from ssl_studio.jobs.pixels import Pictures, open_pictures
from ssl_studio.jobs.recorder import Silent
from ssl_studio.project.file import Project

if TYPE_CHECKING:
    import torch

    from ssl_studio.methods.base import Clock, DatasetWork, EpochStart, Method
    from ssl_studio.training.settings import TrainSettings
    from ssl_studio.training.trainer import Trainer

_PROBE_STEPS = 8
_PROBE_S = 6.0
_WARM_STEPS = 2  # kernels are chosen and memory is taken in the first steps


@dataclass(frozen=True, slots=True)
class Tried:
    """What a few steps showed; None where they could not show it.

    Attributes:
        memory_bytes: Weights, optimiser and activations of one step, without the pixels.
        between_s: What the method does between two epochs, scaled to all images.
        parts: Into how many parts each batch had to be cut for want of memory.
    """

    images_per_second: float | None = None
    memory_bytes: int | None = None
    between_s: float = 0.0
    parts: int = 1
    problem: str = ""


@dataclass(frozen=True, slots=True)
class EstimateResult:
    """What the training costs.

    Attributes:
        images: How many images an epoch takes.
        pixels_bytes: What the pixels of all images take, beside `tried.memory_bytes`.
        free_bytes: Memory of the device that is free now.
        device: "cpu" or "cuda".
    """

    images: int
    tried: Tried
    pixels_bytes: int
    free_bytes: int
    device: str

    def seconds(self, epochs: int) -> float | None:
        """The time of so many epochs without looks at the features; None if nothing was tried."""
        rate = self.tried.images_per_second
        return epochs * (self.images / rate + self.tried.between_s) if rate else None

    def share_between(self) -> float:
        """How much of that time goes into work between epochs, from 0 to 1."""
        seconds = self.seconds(1)
        return self.tried.between_s / seconds if seconds else 0.0


@dataclass(frozen=True, slots=True)
class EstimateJob:
    """Train for a few steps, throw the result away, and say what all of it would cost."""

    method: str
    training: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it does."""
        return "Trying a few steps"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> EstimateResult:
        """Try; nothing is stored. Raises SettingsError, AnalysisError without images."""
        from ssl_studio.images.cache import cache_side
        from ssl_studio.training.build import parse_training
        from ssl_studio.training.settings import resolve_device

        plan = parse_training(self.training)
        device = resolve_device(plan.device)
        with Project.open(project_path, read_only=True) as project:
            ids = training_images(project, HELD_OUT)
            if not len(ids):
                raise AnalysisError(
                    "There are no images to train on.", remedy="Scan a folder of images first."
                )
            free = _free_bytes(device)
            tried = try_steps(project, ids, self.method, plan, self.settings, report, cancel)
            shown = project.images.get(ids[:: max(1, len(ids) // 500)])
        area = float(np.median([(i.width or 1) * (i.height or 1) for i in shown]))
        side = cache_side(plan.image_size, round(area**0.5))
        return EstimateResult(len(ids), tried, len(ids) * 3 * side * side, free, device.type)


def try_steps(
    project: Project,
    ids: np.ndarray,
    method_id: str,
    plan: "TrainSettings",
    settings: Mapping[str, Any],
    report: Report,
    cancel: Cancel,
) -> Tried:
    """Speed and memory of a short training on the first of `ids`; a problem is told, not raised.

    Takes some seconds; `cancel` ends it within a step. Raises Cancelled.
    """
    from ssl_studio.training.settings import resolve_device

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
        before = _taken(device)
        trainer = _trainer(method_id, trial, settings, pictures, clock)
        trainer.run()
        cancel.check()
        memory = _memory(trainer, before)
    except StudioError as error:
        cancel.check()
        report(Note("warning", f"The speed could not be tried. {error}"))
        return Tried(problem=str(error))
    return Tried(
        clock.images_per_second(plan.batch_size),
        memory,
        min(clock.between, default=0.0) * len(ids) / len(pictures.ids),
        trainer.micro_batches // plan.micro_batches,
    )


def _trainer(
    method_id: str,
    trial: "TrainSettings",
    settings: Mapping[str, Any],
    pictures: Pictures,
    clock: "_Clock",
) -> "Trainer":
    from ssl_studio.training.build import build_method, data_info
    from ssl_studio.training.state import TrainingData
    from ssl_studio.training.trainer import Trainer

    method = build_method(method_id, trial, settings, data_info(pictures.cache, trial))
    clock.watch(method)
    return Trainer(
        method,
        trial,
        TrainingData(pictures.cache),
        report=clock.report,
        cancel=clock.cancel,
        keeper=Silent(),
    )


# --- memory ------------------------------------------------------------------------------------


def _free_bytes(device: "torch.device") -> int:
    import psutil
    import torch

    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def _taken(device: "torch.device") -> int:
    """What is allocated on a GPU now; the peak counts from here."""
    import torch

    if device.type != "cuda":
        return 0
    torch.cuda.reset_peak_memory_stats(device)
    return int(torch.cuda.memory_allocated(device))


def _memory(trainer: "Trainer", before: int) -> int:
    """Bytes that the training takes beside the pixels: a GPU's allocator knows; on a CPU the
    tensors are counted, since what a process holds says little about what a step needs."""
    import torch

    if trainer.device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(trainer.device)) - before
    own = [*trainer.method.parameters(), *trainer.method.buffers()]
    gradients = [p for p in trainer.method.parameters() if p.requires_grad]
    states = [t for state in trainer.optimisers.state().values() for t in state.values()]
    fixed = sum(t.numel() * t.element_size() for t in (*own, *gradients, *states))
    return fixed + _activations(trainer)


def _activations(trainer: "Trainer") -> int:
    """Bytes that one micro-batch keeps for its backward pass, each storage counted once."""
    import torch

    from ssl_studio.images.batch import Draw
    from ssl_studio.training.settings import autocast

    method, plan = trainer.method, trainer.settings
    order = method.order(0, torch.Generator().manual_seed(0))
    rows = trainer.data.cache.take(order[: max(1, plan.batch_size // trainer.micro_batches)])
    with torch.no_grad():
        views = method.views(rows, Draw(0, len(rows)))
    kept = {p.untyped_storage().data_ptr(): 0 for p in method.parameters()}

    def note(tensor: "torch.Tensor") -> "torch.Tensor":
        storage = tensor.untyped_storage()
        kept.setdefault(storage.data_ptr(), storage.nbytes())
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor),
        autocast(trainer.device, trainer.precision),
    ):
        # What is kept lives as long as the output, so that no address is counted for another.
        output = method.step(views, rows.index, _first_step(method, plan))
    total = sum(kept.values())
    del output
    return total


def _first_step(method: "Method", plan: "TrainSettings") -> "Clock":
    from ssl_studio.methods.base import Clock

    stage = method.stages(plan.epochs)[0]
    steps = max(1, method.samples_per_epoch() // plan.batch_size)
    return Clock(0, 0, stage, 0, stage.epochs * steps, steps, 0)


# --- time --------------------------------------------------------------------------------------


class _LinkedCancel(Cancel):
    """Asks to stop when it is told to, or when the user asks."""

    def __init__(self, outer: Cancel) -> None:
        super().__init__()
        self._outer = outer

    @property
    def requested(self) -> bool:
        """Whether either asked."""
        return super().requested or self._outer.requested

    def check(self) -> None:
        """Raises Cancelled when either asked."""
        if self._outer.requested:
            self.request()
        super().check()


class _Clock:
    """Times the steps of a try, and ends it when it has seen enough."""

    def __init__(self, outer: Cancel) -> None:
        self.cancel = _LinkedCancel(outer)
        self.between: list[float] = []
        self._at: list[tuple[int, float]] = []
        self._started = time.monotonic()

    def watch(self, method: "Method") -> None:
        """Time what a method does between epochs; the fastest time is without warming up."""
        before_epoch = method.before_epoch

        def timed(clock: "Clock", work: "DatasetWork") -> "EpochStart":
            began = time.monotonic()
            start = before_epoch(clock, work)
            self.between.append(time.monotonic() - began)
            return start

        method.before_epoch = timed  # type: ignore[method-assign]

    def report(self, event: Event) -> None:
        """Note the time of each step."""
        now = time.monotonic()
        if isinstance(event, Metric) and event.step:
            self._at.append((event.step, now))
        if len(self._at) > _WARM_STEPS and now - self._started > _PROBE_S:
            self.cancel.request()

    def images_per_second(self, batch: int) -> float | None:
        """Over the steps after the first few; None with too few of them."""
        timed = self._at[min(_WARM_STEPS, max(0, len(self._at) - 2)) :]
        if len(timed) < 2 or timed[-1][1] <= timed[0][1]:
            return None
        return (timed[-1][0] - timed[0][0]) * batch / (timed[-1][1] - timed[0][1])
