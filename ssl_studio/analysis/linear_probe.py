"""Logistic regression on frozen features: how far classes can be told apart by a plane each.

Letters: N training vectors, D features, C classes. Labels are int64 0..C-1. Whatever is fitted
(scales, strengths) is fitted on training vectors alone; test vectors are only predicted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ssl_studio.events import Cancel

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STRENGTHS = tuple(float(s) for s in np.logspace(2, -4, 7))
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
    final = _fit_logistic(x, y, classes, best, weights, cancel, tolerance=1e-9)
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
    *,
    tolerance: float = 1e-6,
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
        objective,
        first.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 200, "ftol": tolerance},
    )
    return np.asarray(result.x, np.float64).reshape(shape)
