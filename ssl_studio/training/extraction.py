"""Features of many images: the one loop that all who need features share.

Letters: N images, B images of a batch, D numbers per image, s side of a view.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssl_studio import distributed
from ssl_studio.events import Cancel, Note, Report, ignore
from ssl_studio.images.augment import eval_view, normalise
from ssl_studio.images.cache import PixelCache
from ssl_studio.images.loader import Loader
from ssl_studio.training.settings import Precision, autocast

Forward = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """How an image becomes the network's input when nothing is augmented."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@contextmanager
def evaluating(*modules: nn.Module) -> Iterator[None]:
    """Eval mode without gradients; the mode of every sub-module is restored after."""
    training = {m: m.training for module in modules for m in module.modules()}
    try:
        for module in modules:
            module.eval()
        with torch.inference_mode():
            yield
    finally:
        for m, mode in training.items():
            m.training = mode


def eval_batches(
    cache: PixelCache,
    view: ViewSpec,
    device: torch.device,
    *,
    positions: Tensor | None = None,
    batch_size: int = 512,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Pairs of (positions (B,), normalised deterministic views (B, 3, s, s)) in order."""
    chosen = torch.arange(len(cache)) if positions is None else positions
    loader = Loader(cache, device)
    for batch in loader.batches(list(chosen.split(batch_size))):
        yield batch.index, normalise(eval_view(batch, view.size), view.mean, view.std)


def extract(
    forward: Forward,
    cache: PixelCache,
    view: ViewSpec,
    device: torch.device,
    *,
    positions: Tensor | None = None,
    batch_size: int = 512,
    precision: Precision = "fp32",
    cancel: Cancel | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Float32 (N, D) on the CPU: `forward` of every image's deterministic view, in order.

    The caller puts the network in eval mode (`evaluating`). Full precision unless told
    otherwise, since features are kept and compared.
    """
    total = len(cache) if positions is None else len(positions)
    features: list[Tensor] = []
    done = 0
    for index, views in eval_batches(
        cache, view, device, positions=positions, batch_size=batch_size
    ):
        if cancel is not None:
            cancel.check()
        with torch.inference_mode(), autocast(device, precision):
            features.append(forward(views).float().cpu())
        done += len(index)
        if progress is not None:
            progress(done, total)
    return torch.cat(features) if features else torch.empty(0, 0)


@dataclass(frozen=True, slots=True)
class WorkBetweenEpochs:
    """What a method may ask for about the whole dataset (methods/base.py, DatasetWork)."""

    modules: Sequence[nn.Module]
    cache: PixelCache
    view: ViewSpec
    device: torch.device
    seed: int
    precision: Precision = "fp32"
    report: Report = ignore
    cancel: Cancel = Cancel()  # noqa: RUF009  (nobody asks this one to stop)

    @property
    def images(self) -> int:
        """How many images the run trains on."""
        return len(self.cache)

    def features(self, forward: Forward) -> Tensor:
        """Float32 (N, d) on the CPU; with several processes each computes its share."""
        world, rank = distributed.world(), distributed.rank()
        share = -(-self.images // world)
        # Every process takes equally many rows, as a gather needs; the last ones repeat.
        mine = (torch.arange(share) + rank * share).clamp(max=self.images - 1)
        with evaluating(*self.modules):
            rows = extract(
                forward,
                self.cache,
                self.view,
                self.device,
                positions=mine if world > 1 else None,
                precision=self.precision,
                cancel=self.cancel,
            )
        if world == 1:
            return rows
        return distributed.gather(rows.to(self.device)).cpu()[: self.images]

    def say(self, text: str) -> None:
        """Put a sentence into the run's log."""
        self.report(Note("info", text))
