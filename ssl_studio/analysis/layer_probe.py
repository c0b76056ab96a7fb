"""The product probe: a linear classifier on every layer of an encoder, all in one pass.

Letters: N training images, B images of a batch, D numbers of a layer, C classes, G weight decays
that are tried side by side. Labels are int64 0..C-1. Whatever is fitted is fitted on training
images alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import pad

from ssl_studio.analysis.features import pooled_flat, probe_side
from ssl_studio.analysis.linear_probe import Probed
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.images.augment import eval_view, normalise
from ssl_studio.images.batch import Draw, mix_seed
from ssl_studio.images.cache import PixelCache
from ssl_studio.networks.backbone import Backbone
from ssl_studio.training.extraction import ViewSpec, evaluating

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

FeatureSource = Callable[[Ints], Mapping[str, Tensor]]
"""Rows of the training set -> float32 (B, D) of each layer, possibly augmented anew each time."""

DECAYS = (0.0, 5e-5, 5e-4, 5e-3)
_MOMENTUM = 0.9


@dataclass(frozen=True, slots=True)
class LayerProbe:
    """The schedule; the rate falls to a tenth at 60 % and again at 80 % of the epochs."""

    epochs: int = 60
    rate: float = 0.1
    batch: int = 256
    decays: tuple[float, ...] = DECAYS

    def rate_at(self, epoch: int) -> float:
        """The learning rate of an epoch."""
        falls = sum(epoch >= max(1, round(share * self.epochs)) for share in (0.6, 0.8))
        return float(self.rate * 0.1**falls)


def layer_probe(
    train: Mapping[str, Floats],
    labels: Ints,
    test: Mapping[str, Floats],
    *,
    classes: int,
    seed: int,
    plan: LayerProbe | None = None,
    source: FeatureSource | None = None,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> dict[str, Probed]:
    """One linear classifier on the pooled map of each layer; layers do not touch each other.

    Normalisation without weights, its statistics fixed from one pass; SGD with Nesterov momentum
    0.9. The weight decay of each layer is the best on a tenth of the training images (the larger
    of equals), then all of them are used; the last epoch counts.

    Args:
        train, test: float32 (N, D) of each layer, of `features.probe_features`.
        source: Augmented training features; those of `train` without it.
    """
    if len(labels) < 2:
        raise AnalysisError("A linear probe needs at least two labelled images to learn from.")
    plan = plan or LayerProbe()
    work = _Training(train, labels, source or stored(train), classes, plan, report, cancel)
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(labels))
    chosen = dict.fromkeys(train, (plan.decays[0],))
    if len(plan.decays) > 1 and len(rows) > 20:
        held, rest = np.split(rows, [len(rows) // 10])
        tried = work.run(dict.fromkeys(train, plan.decays), rest, rng)
        truth = torch.from_numpy(labels[held])
        chosen = {
            layer: (tried[layer].best(values[held], truth),) for layer, values in train.items()
        }
    heads = work.run(chosen, rows, rng)
    return {
        layer: Probed(head.scores(test[layer])[:, 0].numpy(), {"weight_decay": chosen[layer][0]})
        for layer, head in heads.items()
    }


def stored(features: Mapping[str, Floats]) -> FeatureSource:
    """A source that hands out stored features, the same each time."""
    tensors = {layer: torch.from_numpy(values) for layer, values in features.items()}
    return lambda rows: {layer: t[torch.from_numpy(rows)] for layer, t in tensors.items()}


@dataclass
class Augmented:
    """A source that shifts and mirrors the training images anew each time they are asked for.

    Each view is padded by an eighth with zeros, cut out at a random place and mirrored by
    chance, then encoded by the frozen encoder. `positions` are the training images' rows of the
    cache; layers and `budget` as for `features.probe_features`.
    """

    encoder: Backbone
    cache: PixelCache
    view: ViewSpec
    device: torch.device
    positions: Ints
    layers: Sequence[str]
    seed: int
    budget: int = 2048
    calls: int = 0

    def __call__(self, rows: Ints) -> Mapping[str, Tensor]:
        """Float32 (B, D) of each layer, on the CPU."""
        batch = self.cache.take(torch.from_numpy(self.positions[rows]))
        draw = Draw(mix_seed(self.seed, self.calls), len(batch))
        self.calls += 1
        views = normalise(eval_view(batch, self.view.size), self.view.mean, self.view.std)
        moved = shifted(views, draw).to(self.device)
        with evaluating(self.encoder.to(self.device)):
            maps = self.encoder.maps(moved, self.layers)
            return {
                layer: pooled_flat(m, probe_side(self.budget, *m.shape[1:])).cpu()
                for layer, m in maps.items()
            }


def shifted(views: Tensor, draw: Draw) -> Tensor:
    """(B, 3, s, s) views, each moved by up to an eighth of its side and mirrored by chance."""
    size = views.shape[-1]
    border = size // 8
    padded = pad(views, (border,) * 4)
    line = torch.arange(size)
    down = draw.integers(2 * border + 1)[:, None] + line
    across = draw.integers(2 * border + 1)[:, None] + line
    across = torch.where(draw.chance(0.5)[:, None], across.flip(1), across)
    one = torch.arange(len(views))[:, None, None]
    place = (t.to(views.device) for t in (one, down[:, :, None], across[:, None, :]))
    image, row, column = place
    return padded[image, :, row, column].permute(0, 3, 1, 2)


class _Heads:
    """G linear classifiers on one layer, one for each weight decay, as one matrix."""

    def __init__(self, values: Floats, classes: int, decays: Sequence[float]) -> None:
        mean = values.mean(axis=0, dtype=np.float64)
        std = np.sqrt(values.var(axis=0, dtype=np.float64) + 1e-5)
        self.mean, self.std = torch.from_numpy(mean).float(), torch.from_numpy(std).float()
        self.decays = tuple(decays)
        self.shape = (len(self.decays), classes)
        rows = len(self.decays) * classes
        # From zero, where the problem is convex and nothing has to be drawn.
        self.weights = torch.zeros(rows, len(mean))
        self.bias = torch.zeros(rows)
        self._pull = torch.tensor(self.decays).repeat_interleave(classes)
        self._speed = [torch.zeros_like(self.weights), torch.zeros_like(self.bias)]

    def step(self, x: Tensor, truth: Tensor, rate: float) -> None:
        """One step of SGD on the mean cross-entropy of each classifier; x (B, D)."""
        x = (x - self.mean) / self.std
        slope = torch.addmm(self.bias, x, self.weights.T).view(len(x), *self.shape).softmax(dim=2)
        slope[torch.arange(len(x)), :, truth] -= 1
        slope = slope.flatten(1) / len(x)
        for value, gradient, speed in zip(
            (self.weights, self.bias),
            (
                torch.addcmul(slope.T @ x, self._pull[:, None], self.weights),
                torch.addcmul(slope.sum(dim=0), self._pull, self.bias),
            ),
            self._speed,
            strict=True,
        ):
            speed.mul_(_MOMENTUM).add_(gradient)
            value.sub_(gradient.add_(speed, alpha=_MOMENTUM), alpha=rate)

    def scores(self, values: Floats) -> Tensor:
        """Float32 (T, G, C) of (T, D) features."""
        x = (torch.from_numpy(values) - self.mean) / self.std
        return torch.addmm(self.bias, x, self.weights.T).view(len(x), *self.shape)

    def best(self, values: Floats, truth: Tensor) -> float:
        """The weight decay with the best accuracy on held out images."""
        accuracy = (self.scores(values).argmax(dim=2) == truth[:, None]).float().mean(dim=0)
        return max(zip(accuracy.tolist(), self.decays, strict=True))[1]


@dataclass(frozen=True, slots=True)
class _Training:
    """What the runs over the decays and the final run share."""

    features: Mapping[str, Floats]
    labels: Ints
    source: FeatureSource
    classes: int
    plan: LayerProbe
    report: Report
    cancel: Cancel | None

    def run(
        self, decays: Mapping[str, Sequence[float]], rows: Ints, rng: np.random.Generator
    ) -> dict[str, _Heads]:
        """Trained classifiers of every layer, learnt from the images at `rows`."""
        heads = {
            layer: _Heads(values[rows], self.classes, decays[layer])
            for layer, values in self.features.items()
        }
        for epoch in range(self.plan.epochs):
            self.report(Progress(epoch, self.plan.epochs, "Training linear probes"))
            for picked in self._batches(rows, rng):
                truth = torch.from_numpy(self.labels[picked])
                for layer, x in self.source(picked).items():
                    heads[layer].step(x, truth, self.plan.rate_at(epoch))
        return heads

    def _batches(self, rows: Ints, rng: np.random.Generator) -> Iterator[Ints]:
        size = min(self.plan.batch, max(1, len(rows) // 10))
        order = rng.permutation(rows)
        for start in range(0, len(order), size):
            if self.cancel is not None:
                self.cancel.check()
            yield order[start : start + size]
