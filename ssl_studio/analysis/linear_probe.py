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
ROUGHLY, CLOSELY = 1e-4, 1e-6
"""The fit ends where a step lowers the objective by a smaller part: to compare, and to keep."""
_MOST = 20_000
_MOST_TURNED = 512


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
    """Multinomial logistic regression on standardised features, by L-BFGS.

    The objective is the mean cross-entropy plus strength / 2 times the squared weights. The
    strength is the best on a tenth of the training vectors (the larger of equals); then all of
    them are fitted, as closely as scikit-learn fits by default. At most 20,000 training vectors
    are used, drawn by the seed. About 1 s for 20,000 vectors of 256 numbers and ten classes, 3 s
    for 7,000 of a hundred classes, of one core.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(train))[:_MOST]
    normal, scale = _standardise(train[rows])
    turn = _axes(normal)
    turned = (normal if turn is None else normal @ turn[0]).astype(np.float32)
    spreads = np.ones(turned.shape[1]) if turn is None else turn[1]
    y = labels[rows]
    held = max(1, len(rows) // 10)
    best, top = strengths[0], -1.0
    start: Doubles | None = None
    if len(rows) <= 20:
        best = strengths[len(strengths) // 2]
    elif len(strengths) > 1:
        weights: Doubles | None = None
        for strength in strengths:
            fit = _Fit(turned[held:], y[held:], classes, strength, spreads, cancel)
            weights = fit.solve(weights, tolerance=ROUGHLY)
            accuracy = float((_logits(turned[:held], weights).argmax(axis=1) == y[:held]).mean())
            if accuracy > top:
                best, top, start = strength, accuracy, weights
    final = _Fit(turned, y, classes, best, spreads, cancel).solve(start, tolerance=CLOSELY)
    asked = (test - scale[0]) / scale[1]
    scores = _logits(asked if turn is None else asked @ turn[0], final)
    return Probed(scores.astype(np.float32), {"strength": best})


def _standardise(x: Floats) -> tuple[Doubles, tuple[Doubles, Doubles]]:
    mean = x.mean(axis=0, dtype=np.float64)
    std = x.std(axis=0, dtype=np.float64)
    std[std < 1e-8 * max(1.0, float(std.max(initial=0)))] = 1.0
    return (x - mean) / std, (mean, std)


def _axes(x: Doubles) -> tuple[Doubles, Doubles] | None:
    """Principal axes (D, r) of all directions in which x varies, and the variances (r,).

    The optimum lies in their span, where the penalty of the weights is the same, so nothing is
    lost; and with fewer vectors than features the problem becomes as small as the vectors are few.
    None where finding them would cost more than it saves.
    """
    if min(x.shape) > _MOST_TURNED:
        return None
    if len(x) >= x.shape[1]:
        spreads, axes = np.linalg.eigh(x.T @ x / len(x))
    else:
        spreads, left = np.linalg.eigh(x @ x.T / len(x))
        axes = x.T @ (left / np.sqrt(np.maximum(spreads, 1e-300) * len(x)))
    kept = spreads > 1e-10 * max(float(spreads.max(initial=0)), 1e-300)
    return axes[:, kept], spreads[kept]


def _logits(x: npt.NDArray[np.floating], weights: Doubles) -> Doubles:
    return np.asarray(x @ weights[:-1].astype(x.dtype) + weights[-1], np.float64)


@dataclass(frozen=True, slots=True)
class _Fit:
    """One regression on (N, r) vectors along their principal axes.

    L-BFGS works in coordinates in which the curvature is about the same along every axis; it then
    needs fewer steps and arrives at the same weights. The vectors are float32, which halves the
    time; sums over them and steps are float64.
    """

    x: Floats
    y: Ints
    classes: int
    strength: float
    spreads: Doubles
    cancel: Cancel | None

    def solve(self, start: Doubles | None, *, tolerance: float) -> Doubles:
        """Weights (r + 1, C), the last row the biases, which are not pulled to zero."""
        from scipy.optimize import minimize

        steep = np.sqrt(self._curvature(start))
        shape = steep.shape

        def objective(flat: Doubles) -> tuple[float, Doubles]:
            loss, slope = self._loss(flat.reshape(shape) / steep)
            return loss, (slope / steep).ravel()

        first = np.zeros(shape) if start is None else start * steep
        result = minimize(
            objective,
            first.ravel(),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 200, "ftol": tolerance},
        )
        return np.asarray(result.x.reshape(shape) / steep, np.float64)

    def _curvature(self, weights: Doubles | None) -> Doubles:
        """Of the objective along each weight, (r + 1, C): there, or where nothing is known yet."""
        if weights is None:
            share = (1 - 1 / self.classes) / self.classes
            along = np.append(share * self.spreads + self.strength, share)
            return np.repeat(along[:, None], self.classes, axis=1)
        odds, _loss = self._odds(weights)
        doubt = odds - odds**2
        along = (self.x**2).T @ doubt / len(self.y) + self.strength
        bias = np.maximum(doubt.mean(axis=0, dtype=np.float64), 1e-9)
        return np.concatenate([along.astype(np.float64), bias[None]])

    def _odds(self, weights: Doubles) -> tuple[Floats, float]:
        """Probabilities (N, C), and the mean cross-entropy."""
        if self.cancel is not None:
            self.cancel.check()
        logits = self.x @ weights[:-1].astype(np.float32)
        logits += weights[-1].astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        own = logits[np.arange(len(self.y)), self.y]
        odds = np.exp(logits, out=logits)
        totals = odds.sum(axis=1, keepdims=True)
        loss = float(np.mean(np.log(totals[:, 0]) - own, dtype=np.float64))
        return np.divide(odds, totals, out=odds), loss

    def _loss(self, weights: Doubles) -> tuple[float, Doubles]:
        """The objective and its slope."""
        slope, loss = self._odds(weights)
        slope[np.arange(len(self.y)), self.y] -= 1
        slope /= len(self.y)
        pull = self.strength * weights[:-1]
        gradient = np.concatenate([self.x.T @ slope + pull, slope.sum(axis=0)[None]])
        return loss + 0.5 * float((weights[:-1] * pull).sum()), gradient
