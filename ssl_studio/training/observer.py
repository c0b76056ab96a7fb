"""What a training tells about itself: figures, progress, alarms, looks at the features."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ssl_studio import distributed
from ssl_studio.events import Cancel, Metric, Note, Progress, Report
from ssl_studio.images.batch import Draw, mix_seed
from ssl_studio.images.loader import Loader
from ssl_studio.methods.base import Method, ShowsItsWork, StepOutput
from ssl_studio.numerics import scores
from ssl_studio.training.extraction import ViewSpec, evaluating
from ssl_studio.training.guards import CollapseAlarm, FiniteGuard
from ssl_studio.training.meter import Meter, Pace, memory_bytes
from ssl_studio.training.monitor import Monitor
from ssl_studio.training.settings import TrainSettings
from ssl_studio.training.state import Keeper, TrainingData

EXHIBIT_IMAGES = 16
EMBEDDING_EVERY = 20
"""Steps between looks at the embedding's singular values, which cost more than a small step."""
_EXHIBITS = 4  # the stream of random numbers that exhibits are drawn from


class Observer:
    """Collects the figures of each step and tells them now and then.

    Reading a figure waits for the device, so that is done every few steps only. With several
    processes the first one tells; means are taken over all.
    """

    def __init__(
        self,
        method: Method,
        settings: TrainSettings,
        data: TrainingData,
        view: ViewSpec,
        device: torch.device,
        *,
        total_steps: int,
        epochs: int,
        report: Report,
        cancel: Cancel,
        keeper: Keeper,
    ) -> None:
        self.method, self.settings, self.data = method, settings, data
        self.device, self.report, self.cancel, self.keeper = device, report, cancel, keeper
        self.total_steps, self.epochs = total_steps, epochs
        self.steps_per_epoch = max(1, total_steps // epochs)
        self.monitor = Monitor(data.cache, view, device, data.labels, settings.seed)
        self.alarm = CollapseAlarm(method.remedies, grace_steps=total_steps // 20)
        every = max(1, -(-self.steps_per_epoch // 20))
        # A whole share of the embedding's looks, so that none of them falls between two tellings.
        self._told_every = max(d for d in (1, 2, 5, 10, 20) if d <= every)
        self.meter, self.finite, self.pace = Meter(), FiniteGuard(), Pace()
        self._embedding: Tensor | None = None
        self._gradient_norm = 0.0
        self.shown_at = -1

    # --- every step ----------------------------------------------------------------------------

    def take(self, output: StepOutput) -> None:
        """Note the loss and terms of one micro-batch, without waiting for the device."""
        self.finite.observe(output.loss)
        self.meter.add({"loss": output.loss, **output.terms})
        self._embedding = output.embedding

    def due(self, step: int) -> bool:
        """Whether figures are told after this step: some twenty times an epoch."""
        return self._always(step) or step % self._told_every == 0

    def _always(self, step: int) -> bool:
        return step <= 3 or step == self.total_steps

    def take_gradients(self) -> None:
        """Note the global norm of the gradients as they are now."""
        grads = [p.grad for p in self.method.parameters() if p.grad is not None]
        self._gradient_norm = float(torch.nn.utils.get_total_norm(grads, foreach=True))

    def tell(self, step: int, epoch: float, rate: float) -> None:
        """Report the figures since the last time, the alarm and the progress.

        Raises NotFinite when a loss since then was not finite.
        """
        self.finite.check(step)
        figures = self.meter.read() | {
            "learning_rate": rate,
            "images_per_second": self.pace.images_per_second,
            "memory_gb": memory_bytes(self.device) / 2**30,
            "gradient_norm": self._gradient_norm,
        }
        note = None
        if self._embedding is not None and (self._always(step) or step % EMBEDDING_EVERY == 0):
            figures |= self._health(self._embedding)
            note = self.alarm.observe(step, figures)
        self.metric(step, epoch, figures)
        if note is not None:
            self.report(note)
        self._progress(step, epoch)

    def _health(self, embedding: Tensor) -> dict[str, float]:
        rows = embedding.float().cpu().numpy()
        return {
            "embedding_std": scores.embedding_std(rows),
            "effective_rank": scores.effective_rank(rows),
        }

    def _progress(self, step: int, epoch: float) -> None:
        rate = self.pace.images_per_second
        # Of all the time so far, looks at the features included: they will come again.
        left = (self.total_steps - step) * self.pace.seconds / max(1, step)
        note = f"epoch {min(int(epoch) + 1, self.epochs)} of {self.epochs}, {rate:,.0f} images/s"
        self._say(Progress(step, self.total_steps, f"{note}, {duration(left)} left"))

    # --- now and then --------------------------------------------------------------------------

    def log(self, text: str) -> None:
        """Put a sentence into the run's log."""
        self._say(Note("info", text))

    def metric(self, step: int, epoch: float, figures: Mapping[str, float]) -> None:
        """Report named figures, if there are any."""
        if figures:
            self._say(Metric(step, epoch, dict(figures)))

    def look(self, step: int, epoch: float) -> None:
        """Score the features as they are now."""
        if distributed.is_first():
            figures = self.monitor.look(self.method, self.cancel)
            self.metric(step, epoch, figures)
            note = self.alarm.look(figures)
            if note is not None:
                self.report(note)

    def show(self, step: int, epoch: float) -> None:
        """Have the method show its work on the run's fixed images, if it can."""
        if not distributed.is_first() or not isinstance(self.method, ShowsItsWork):
            return
        self.shown_at = step
        count = min(EXHIBIT_IMAGES, len(self.data.cache))
        seed = mix_seed(self.settings.seed, _EXHIBITS)
        generator = torch.Generator().manual_seed(seed)
        chosen = torch.randperm(len(self.data.cache), generator=generator)[:count]
        batch = next(iter(Loader(self.data.cache, self.device).batches([chosen])))
        with evaluating(self.method):
            shown = self.method.exhibits(batch, Draw(seed, count, device=self.device))
        self.keeper.exhibits(step, epoch, shown, chosen.tolist())

    def end_epoch(self, step: int, epoch: int) -> None:
        """Look and show when it is time to; the time this takes spoils no rate."""
        last = epoch == self.epochs
        every = self.settings.evaluate_every
        if every and (epoch % every == 0 or last):
            self.look(step, epoch)
        every = self.settings.exhibit_every
        if every and (epoch % every == 0 or last):
            self.show(step, epoch)
        self.pace.skip()

    def stop(self, step: int, epoch: float) -> None:
        """Show what was learnt since the last time: a stopped run may never come further."""
        if self.settings.exhibit_every and step > self.shown_at:
            self.show(step, epoch)

    def _say(self, event: Metric | Note | Progress) -> None:
        if distributed.is_first():
            self.report(event)


def duration(seconds: float) -> str:
    """A stretch of time in the two units that matter."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
