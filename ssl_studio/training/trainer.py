"""The training loop, readable in one sitting.

It knows the method contract and no method by name; it reports events and hands checkpoints to a
keeper, and knows no database. All random numbers are functions of (seed, step), so a resumed run
goes on exactly; on a CPU bit for bit.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import Tensor

from ssl_studio import distributed
from ssl_studio.errors import Cancelled, OutOfMemory, SettingsError, TrainingError
from ssl_studio.events import Cancel, Note, Report
from ssl_studio.images.batch import Draw, ImageBatch, mix_seed
from ssl_studio.images.loader import Loader
from ssl_studio.methods.base import Clock, Method, StepOutput, Views
from ssl_studio.networks.norm import synchronised
from ssl_studio.training.checkpoint import Checkpoint, Position, pack, state_on_cpu, unpack
from ssl_studio.training.extraction import ViewSpec, WorkBetweenEpochs
from ssl_studio.training.guards import is_out_of_memory
from ssl_studio.training.observer import Observer
from ssl_studio.training.optimisers import group_table, set_rates
from ssl_studio.training.settings import (
    TrainSettings,
    autocast,
    resolve_device,
    resolve_precision,
)
from ssl_studio.training.state import (
    CheckpointKind,
    Keeper,
    Optimisers,
    Outcome,
    TrainingData,
    load_scaler,
    scaler_state,
)

_ORDER, _VIEWS, _NOISE, _WORK = range(4)  # separate streams of random numbers
_SMALLEST_PART = 4


class Trainer:
    """Trains one method on one set of images, from the start or from a checkpoint."""

    def __init__(
        self,
        method: Method,
        settings: TrainSettings,
        data: TrainingData,
        *,
        report: Report,
        cancel: Cancel,
        keeper: Keeper,
        resume: bytes | None = None,
        environment: Mapping[str, Any] | None = None,
    ) -> None:
        """Put the method on its device and, with `resume`, where that checkpoint stands.

        Raises SettingsError when the batch does not fit the images, TrainingError when the
        checkpoint belongs to other images.
        """
        self.settings, self.data, self.environment = settings, data, dict(environment or {})
        self.report, self.cancel, self.keeper = report, cancel, keeper
        self.device = resolve_device(settings.device)
        self.precision = resolve_precision(settings.precision, self.device)
        self.method = self._placed(method)
        self.stages = method.stages(settings.epochs)
        self.epochs = sum(stage.epochs for stage in self.stages)
        self.local_batch = self._share_of_batch()
        self.micro_batches = settings.micro_batches
        self.loader = Loader(data.cache, self.device)
        self.view = ViewSpec(method.picture_size, method.data.mean, method.data.std)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision == "fp16")
        self.observer = Observer(
            method,
            settings,
            data,
            self.view,
            self.device,
            total_steps=self.epochs * self._steps_per_epoch(),
            epochs=self.epochs,
            report=report,
            cancel=cancel,
            keeper=keeper,
        )
        self.at = Position()
        self._resumable = True  # False while a method is half-way through its preparations
        self._rate = 0.0
        self._saved_at = time.monotonic()
        self.optimisers = self._resume(unpack(resume)) if resume else self._enter_stage()

    # --- set-up --------------------------------------------------------------------------------

    def _placed(self, method: Method) -> Method:
        if distributed.world() > 1:
            synchronised(method)
        method.to(self.device)
        if method.backbone.family == "conv":
            method.to(memory_format=torch.channels_last)
        if self.settings.compile:
            method.backbone.compile()
        return method.train()

    def _share_of_batch(self) -> int:
        batch, world = self.settings.batch_size, distributed.world()
        if batch % world:
            raise SettingsError(
                f"A batch of {batch} images cannot be shared by {world} processes.",
                remedy=f"Choose a multiple of {world}.",
            )
        if self.method.samples_per_epoch() < batch:
            raise SettingsError(
                f"The batch of {batch} is larger than the {len(self.data.cache)} images.",
                "Not one full step could be made.",
                "Choose a smaller batch.",
            )
        return batch // world

    def _resume(self, checkpoint: Checkpoint) -> Optimisers:
        if checkpoint.fingerprint != self.data.fingerprint:
            raise TrainingError(
                "The images are not those that this run was trained on.",
                "Files were changed, removed or cannot be read now, so the run cannot go on "
                "exactly.",
                "Bring the files back, or start a new run from this run's encoder.",
            )
        self.at = checkpoint.position
        self.observer.pace.seconds = self.at.seconds
        self.observer.alarm.load(checkpoint.guards)
        self.observer.shown_at = self.at.step
        stage = self.stages[min(self.at.stage, len(self.stages) - 1)]
        self.method.enter_stage(stage)
        self.method.prepare_to_load(checkpoint.method)
        self.method.load_state_dict(dict(checkpoint.method))
        optimisers = Optimisers(self.method, stage)
        optimisers.load(checkpoint.optimisers)
        load_scaler(self.scaler, checkpoint.scaler)
        return optimisers

    def _enter_stage(self) -> Optimisers:
        stage = self.stages[self.at.stage]
        self.method.enter_stage(stage)
        return Optimisers(self.method, stage)

    # --- the run -------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Train to the end, or until asked to stop; either way the state is kept.

        Raises NotFinite, OutOfMemory and other StudioErrors; checkpoints kept so far are good.
        """
        try:
            if self.at == Position():
                self._begin()
            while self.at.stage < len(self.stages):
                self._run_stage()
            return self._outcome("finished")
        except Cancelled:
            if self._resumable:
                self._save("timed")
                self.observer.stop(self.at.step, self._exact_epoch())
            return self._outcome("stopped")

    def _begin(self) -> None:
        self.observer.log(group_table(self.optimisers.groups, self.optimisers.specs))
        self.observer.log(f"Training on {self.device} in {self.precision}.")
        self._save("start")
        if self.settings.evaluate_every:
            self.observer.look(0, 0)
        if self.settings.exhibit_every:
            self.observer.show(0, 0)

    def _run_stage(self) -> None:
        stage = self.stages[self.at.stage]
        if self.at.stage_step == 0 and self.at.epoch_step == 0:
            self._resumable = False
            if self.at.stage > 0:  # the first was entered when this trainer was made
                self.optimisers = self._enter_stage()
            self.method.begin_stage(stage, self._work())
            self.optimisers.rebuild(None)
        last = sum(s.epochs for s in self.stages[: self.at.stage + 1])
        while self.at.epoch < last:
            self._run_epoch()
        self.at = replace(self.at, stage=self.at.stage + 1, stage_step=0)

    def _run_epoch(self) -> None:
        if self.at.epoch_step == 0:
            self._resumable = False
            start = self.method.before_epoch(self._clock(), self._work())
            if start.rebuild:
                self.optimisers.rebuild(start.rebuild)
            self.observer.metric(self.at.step, self.at.epoch, start.figures)
        self._resumable = True
        self.observer.pace.skip()
        for batch in self.loader.batches(self._chunks()):
            self._wait_or_stop()
            self._one_step(batch)
            self._after_step()
        self.at = replace(self.at, epoch=self.at.epoch + 1, epoch_step=0)
        self.observer.finite.check(self.at.step)
        self.observer.end_epoch(self.at.step, self.at.epoch)
        self._save("final" if self.at.epoch == self.epochs else "epoch")

    def _wait_or_stop(self) -> None:
        if self.cancel.paused:
            self._save("timed")
            self.cancel.check()
            self.observer.pace.forget()
        self.cancel.check()

    def _chunks(self) -> list[Tensor]:
        """Positions of this process's images for each step that is left of the epoch."""
        seed = mix_seed(self.settings.seed, _ORDER, self.at.epoch)
        order = self.method.order(self.at.epoch, torch.Generator().manual_seed(seed))
        batch, rank = self.settings.batch_size, distributed.rank()
        steps = order[: self._steps_per_epoch() * batch].split(batch)
        mine = slice(rank * self.local_batch, (rank + 1) * self.local_batch)
        return [chunk[mine] for chunk in steps[self.at.epoch_step :]]

    # --- one step ------------------------------------------------------------------------------

    def _one_step(self, batch: ImageBatch) -> None:
        clock = self._clock()
        for name, optimiser in self.optimisers.by_name.items():
            rate = set_rates(optimiser, self.optimisers.specs[name], clock)
            self._rate = rate if name == "main" else self._rate
        self.method.before_step(clock)
        while True:
            try:
                self._gradients(batch, clock)
                break
            except (RuntimeError, MemoryError) as error:
                self._halve_or_raise(error, len(batch))
        self._apply(clock)

    def _gradients(self, batch: ImageBatch, clock: Clock) -> None:
        self._seed_noise(mix_seed(clock.seed, _NOISE, distributed.rank()))
        size = -(-len(batch) // self.micro_batches)
        for start in range(0, len(batch), size):
            part = batch.rows(start, min(start + size, len(batch)))
            output = self._forward(part, start, clock)
            self._backward(output, len(part) / len(batch))
            self.observer.take(output)

    def _seed_noise(self, seed: int) -> None:
        """Dropout draws from torch's own generators, which cannot be passed in."""
        # Not torch.manual_seed, which spends 0.5 ms on devices that are not there.
        torch.default_generator.manual_seed(seed)
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def _forward(self, part: ImageBatch, start: int, clock: Clock) -> StepOutput:
        draw = Draw(
            mix_seed(clock.seed, _VIEWS),
            len(part),
            offset=distributed.rank() * self.local_batch + start,
            total=self.settings.batch_size,
            device=self.device,
            dtype=torch.bfloat16 if self.precision == "bf16" else torch.float32,
        )
        with torch.no_grad():
            views = self.method.views(part, draw)
            if self.method.backbone.family == "conv":
                views = _channels_last(views)
        with autocast(self.device, self.precision):
            return self.method.step(views, part.index, clock)

    def _backward(self, output: StepOutput, weight: float) -> None:
        if not output.others:
            self.scaler.scale(output.loss * weight).backward()
            return
        losses = {"main": output.loss, **output.others}
        for left, (name, loss) in zip(range(len(losses) - 1, -1, -1), losses.items(), strict=True):
            self.scaler.scale(loss * weight).backward(
                inputs=self.optimisers.parameters(name), retain_graph=left > 0
            )

    def _apply(self, clock: Clock) -> None:
        optimisers = list(self.optimisers.by_name.values())
        distributed.average_gradients(self.method.parameters())
        for optimiser in optimisers:
            self.scaler.unscale_(optimiser)
        if self.observer.due(self.at.step + 1):
            self.observer.take_gradients()
        self.method.clip_gradients()
        self.method.after_backward(clock)
        scale = self.scaler.get_scale()
        for optimiser in optimisers:
            self.scaler.step(optimiser)
        self.scaler.update()
        self.optimisers.zero()
        self.method.after_step(clock, stepped=self.scaler.get_scale() >= scale)

    def _halve_or_raise(self, error: BaseException, images: int) -> None:
        if not is_out_of_memory(error):
            raise error
        self.optimisers.zero()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if images // (2 * self.micro_batches) < _SMALLEST_PART:
            raise OutOfMemory(
                "The device has too little memory even for a very small batch.",
                f"The step needs more than is free on {self.device}.",
                "Choose smaller images or a smaller backbone, or close other programs.",
            ) from error
        self.micro_batches *= 2
        self.report(
            Note(
                "warning",
                f"Out of memory: each batch is now computed in {self.micro_batches} parts of "
                f"{images // self.micro_batches} images. The steps stay as large as before; "
                "losses that compare images with each other compare within a part.",
            )
        )

    # --- between steps -------------------------------------------------------------------------

    def _after_step(self) -> None:
        at = self.at
        self.at = replace(
            at, step=at.step + 1, stage_step=at.stage_step + 1, epoch_step=at.epoch_step + 1
        )
        self.observer.pace.lap(self.settings.batch_size)
        if self.observer.due(self.at.step):
            self.observer.tell(self.at.step, self._exact_epoch(), self._rate)
        if (time.monotonic() - self._saved_at) / 60 > self.settings.checkpoint_minutes:
            self._save("timed")

    def _save(self, kind: CheckpointKind) -> None:
        self.observer.finite.check(self.at.step)
        if distributed.is_first():
            checkpoint = Checkpoint(
                position=replace(self.at, seconds=self.observer.pace.seconds),
                method=state_on_cpu(self.method),
                optimisers=self.optimisers.state(),
                encoder_prefix=self._encoder_prefix(),
                fingerprint=self.data.fingerprint,
                scaler=scaler_state(self.scaler),
                guards=self.observer.alarm.state(),
                environment=self.environment,
            )
            self.keeper.checkpoint(kind, self.at.step, self.at.epoch, pack(checkpoint))
        self._saved_at = time.monotonic()

    def _encoder_prefix(self) -> str:
        encoder = self.method.encoder
        return next(f"{n}." for n, m in self.method.named_modules() if m is encoder)

    def _steps_per_epoch(self) -> int:
        return self.method.samples_per_epoch() // self.settings.batch_size

    def _exact_epoch(self) -> float:
        return self.at.epoch + self.at.epoch_step / self._steps_per_epoch()

    def _clock(self) -> Clock:
        stage, per_epoch = self.stages[self.at.stage], self._steps_per_epoch()
        return Clock(
            step=self.at.step,
            epoch=self.at.epoch,
            stage=stage,
            stage_step=self.at.stage_step,
            stage_steps=stage.epochs * per_epoch,
            steps_per_epoch=per_epoch,
            seed=mix_seed(self.settings.seed, self.at.step),
        )

    def _work(self) -> WorkBetweenEpochs:
        return WorkBetweenEpochs(
            modules=[self.method],
            cache=self.data.cache,
            view=self.view,
            device=self.device,
            seed=mix_seed(self.settings.seed, _WORK, self.at.epoch),
            precision=self.precision,
            report=self.report,
            cancel=self.cancel,
        )

    def _outcome(self, status: Literal["finished", "stopped"]) -> Outcome:
        return Outcome(status, self.at.step, self.at.epoch, self.observer.pace.seconds)


def _channels_last(views: Views) -> Views:
    if isinstance(views, Tensor):
        return views.contiguous(memory_format=torch.channels_last) if views.ndim == 4 else views
    if isinstance(views, dict):
        return {k: _channels_last(v) for k, v in views.items()}
    if isinstance(views, list | tuple):
        return type(views)(_channels_last(v) for v in views)
    return views
