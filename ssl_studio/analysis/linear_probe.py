"""Linear classifiers on frozen features: how far classes can be told apart by a plane each.

Letters: N training vectors, D features, C classes. Labels are int64 0..C-1. Whatever is fitted
(scales, strengths) is fitted on training vectors alone; test vectors are only predicted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.networks.backbone import seeded_weights

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STRENGTHS = tuple(float(s) for s in np.logspace(2, -4, 7))
DECAYS = (0.0, 5e-5, 5e-4, 5e-3)
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Probed:
    """Class scores of the test vectors and what was chosen on validation.

    Attributes:
        scores: float32 (T, C), larger is likelier.
        chosen: The strength or weight decay, by name.
    """

    scores: Floats
    chosen: dict[str, float]

    @property
    def predictions(self) -> Ints:
        """int64 (T,), the likeliest class; the lower number where two are equal."""
        return np.asarray(self.scores.argmax(axis=1), np.int64)


def logistic_probe(
    train: Floats,
    labels: Ints,
    test: Floats,
    *,
    classes: int,
    seed: int,
    strengths: Sequence[float] = STRENGTHS,
    cancel: Cancel | None = None,
) -> Probed:
    """Multinomial logistic regression on standardised features, by L-BFGS in float64.

    The objective is the mean cross-entropy plus strength / 2 times the squared weights. The
    strength is the best on a tenth of the training vectors (the larger of equals); then all of
    them are fitted. At most 20,000 training vectors are used, drawn by the seed.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(train))[:_MOST]
    x, scale = _standardise(train[rows])
    y = labels[rows]
    held = max(1, len(rows) // 10)
    best, top = strengths[0], -1.0
    weights: Doubles | None = None
    for strength in strengths if len(rows) > 20 else strengths[len(strengths) // 2 :][:1]:
        weights = _fit_logistic(x[held:], y[held:], classes, strength, weights, cancel)
        accuracy = float((_logits(x[:held], weights).argmax(axis=1) == y[:held]).mean())
        if accuracy > top:
            best, top = strength, accuracy
    final = _fit_logistic(x, y, classes, best, None, cancel)
    scores = _logits((test - scale[0]) / scale[1], final)
    return Probed(scores.astype(np.float32), {"strength": best})


def _standardise(x: Floats) -> tuple[Doubles, tuple[Doubles, Doubles]]:
    mean = x.mean(axis=0, dtype=np.float64)
    std = x.std(axis=0, dtype=np.float64)
    std[std < 1e-8 * max(1.0, float(std.max(initial=0)))] = 1.0
    return (x - mean) / std, (mean, std)


def _logits(x: npt.NDArray[np.floating], weights: Doubles) -> Doubles:
    return np.asarray(x @ weights[:-1] + weights[-1], np.float64)


def _fit_logistic(
    x: Doubles,
    y: Ints,
    classes: int,
    strength: float,
    start: Doubles | None,
    cancel: Cancel | None,
) -> Doubles:
    """Weights (D + 1, C), the last row the biases, which are not pulled to zero."""
    from scipy.optimize import minimize

    shape = (x.shape[1] + 1, classes)
    rows = np.arange(len(y))

    def objective(flat: Doubles) -> tuple[float, Doubles]:
        if cancel is not None:
            cancel.check()
        weights = flat.reshape(shape)
        logits = _logits(x, weights)
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        totals = odds.sum(axis=1, keepdims=True)
        loss = float(np.mean(np.log(totals[:, 0]) - logits[rows, y]))
        slope = odds / totals
        slope[rows, y] -= 1.0
        slope /= len(y)
        gradient = np.concatenate([x.T @ slope + strength * weights[:-1], slope.sum(0)[None]])
        return loss + 0.5 * strength * float((weights[:-1] ** 2).sum()), gradient.ravel()

    first = np.zeros(shape) if start is None else start
    result = minimize(
        objective, first.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 200}
    )
    return np.asarray(result.x, np.float64).reshape(shape)


FeatureSource = Callable[[Ints], Mapping[str, Tensor]]
"""Rows of the training set -> float32 (B, D) of each layer, possibly augmented anew each time."""


@dataclass(frozen=True, slots=True)
class LayerProbe:
    """The schedule of the product probe; rates fall to a tenth at 60 % and 80 % of the epochs."""

    epochs: int = 60
    rate: float = 0.1
    batch: int = 256
    decays: tuple[float, ...] = DECAYS


def stored(features: Mapping[str, Floats]) -> FeatureSource:
    """A source that hands out stored features, the same each time."""
    tensors = {layer: torch.from_numpy(values) for layer, values in features.items()}
    return lambda rows: {layer: t[torch.from_numpy(rows)] for layer, t in tensors.items()}


def layer_probe(
    train: Mapping[str, Floats],
    labels: Ints,
    test: Mapping[str, Floats],
    *,
    classes: int,
    seed: int,
    plan: LayerProbe = LayerProbe(),
    source: FeatureSource | None = None,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> dict[str, Probed]:
    """One linear classifier on each layer's pooled map, all trained in one pass over the data.

    Normalisation without weights, its statistics fixed from one pass; SGD with Nesterov
    momentum 0.9. The weight decay of each layer is chosen on a tenth of the training set, then
    all of it is used; the last epoch counts. `source` gives augmented training features;
    without it the stored ones are used.
    """
    if len(labels) < 2:
        raise AnalysisError("A linear probe needs at least two labelled images to learn from.")
    draw = source or stored(train)
    fixed = {layer: _Fixed.of(values) for layer, values in train.items()}
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(labels))
    held = max(1, len(rows) // 10)
    chosen = dict.fromkeys(train, plan.decays[0])
    if len(plan.decays) > 1 and len(rows) > 20:
        grid = [(layer, decay) for layer in train for decay in plan.decays]
        heads = _train_heads(
            grid, fixed, draw, labels, rows[held:], classes, plan, rng, report, cancel
        )
        chosen = _choose_decays(grid, heads, fixed, train, labels, rows[:held])
    final = list(chosen.items())
    heads = _train_heads(final, fixed, draw, labels, rows, classes, plan, rng, report, cancel)
    results = {}
    for (layer, decay), head in zip(final, heads, strict=True):
        results[layer] = Probed(_score(head, fixed[layer], test[layer]), {"weight_decay": decay})
    return results


@dataclass(frozen=True, slots=True)
class _Fixed:
    """Batch normalisation without weights and with fixed statistics."""

    mean: Tensor
    std: Tensor

    @classmethod
    def of(cls, values: Floats) -> "_Fixed":
        mean = values.mean(axis=0, dtype=np.float64)
        std = np.sqrt(values.var(axis=0, dtype=np.float64) + 1e-5)
        return cls(torch.from_numpy(mean).float(), torch.from_numpy(std).float())

    def __call__(self, x: Tensor) -> Tensor:
        return (x - self.mean.to(x.device)) / self.std.to(x.device)


def _train_heads(
    grid: Sequence[tuple[str, float]],
    fixed: Mapping[str, _Fixed],
    draw: FeatureSource,
    labels: Ints,
    rows: Ints,
    classes: int,
    plan: LayerProbe,
    rng: np.random.Generator,
    report: Report,
    cancel: Cancel | None,
) -> list[nn.Linear]:
    heads = [_new_head(fixed[layer], classes, rng) for layer, _ in grid]
    groups = [
        {"params": head.parameters(), "weight_decay": decay}
        for head, (_, decay) in zip(heads, grid, strict=True)
    ]
    optimiser = torch.optim.SGD(groups, lr=plan.rate, momentum=0.9, nesterov=True)
    milestones = [max(1, round(plan.epochs * 0.6)), max(2, round(plan.epochs * 0.8))]
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, milestones, gamma=0.1)
    batch = min(plan.batch, max(1, len(rows) // 10))
    for epoch in range(plan.epochs):
        report(Progress(epoch, plan.epochs, "Training linear probes"))
        order = rng.permutation(rows)
        for start in range(0, len(order), batch):
            if cancel is not None:
                cancel.check()
            picked = order[start : start + batch]
            inputs = draw(picked)
            normal = {layer: fixed[layer](x) for layer, x in inputs.items()}
            target = torch.from_numpy(labels[picked])
            losses = [
                nn.functional.cross_entropy(head(normal[layer]), target.to(normal[layer].device))
                for head, (layer, _) in zip(heads, grid, strict=True)
            ]
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(losses)
            optimiser.step()
        schedule.step()
    return heads


def _new_head(fixed: _Fixed, classes: int, rng: np.random.Generator) -> nn.Linear:
    with seeded_weights(0):  # overwritten below; the global random state stays as it is
        head = nn.Linear(len(fixed.mean), classes)
    weights = rng.normal(scale=0.01, size=(classes, len(fixed.mean)))
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weights))
        head.bias.zero_()
    return head


def _choose_decays(
    grid: Sequence[tuple[str, float]],
    heads: Sequence[nn.Linear],
    fixed: Mapping[str, _Fixed],
    train: Mapping[str, Floats],
    labels: Ints,
    held: Ints,
) -> dict[str, float]:
    best: dict[str, tuple[float, float]] = {}
    for (layer, decay), head in zip(grid, heads, strict=True):
        scores = _score(head, fixed[layer], train[layer][held])
        accuracy = float((scores.argmax(axis=1) == labels[held]).mean())
        best[layer] = max(best.get(layer, (-1.0, 0.0)), (accuracy, decay))
    return {layer: decay for layer, (_, decay) in best.items()}


def _score(head: nn.Linear, fixed: _Fixed, values: Floats) -> Floats:
    with torch.no_grad():
        parts = [
            head(fixed(torch.from_numpy(values[i : i + 4096]))) for i in range(0, len(values), 4096)
        ]
    return (
        np.concatenate([p.numpy() for p in parts])
        if parts
        else np.zeros((0, head.out_features), np.float32)
    )
