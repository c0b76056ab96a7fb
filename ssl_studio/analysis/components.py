"""Principal components of features.

Letters: N images, D features, p components.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_MOST_SOLVED_EXACTLY = 2048
_CHUNK = 8192


@dataclass(frozen=True, slots=True)
class Axes:
    """The p directions of largest variance, strongest first.

    Attributes:
        centre: float32 (D,).
        axes: float32 (D, p), of length one; the largest weight of each is positive.
        shares: float32 (p,), each axis' share of the whole variance.
    """

    centre: Floats
    axes: Floats
    shares: Floats


def principal_axes(features: npt.NDArray[np.float32], dimensions: int) -> Axes:
    """At most min(D, N) axes of (N, D) rows.

    Up to 2,048 columns the covariance is solved in float64; above, the axes come from a seeded
    randomised SVD (arXiv 0909.4061).
    """
    centre = features.mean(axis=0, dtype=np.float64).astype(np.float32)
    count = min(dimensions, *features.shape)
    if features.shape[1] <= _MOST_SOLVED_EXACTLY:
        axes, variances, total = _exact_axes(features, centre, count)
    else:
        axes, variances, total = _random_axes(features - centre, count)
    peaks = np.abs(axes).argmax(axis=0)
    axes = axes * np.where(axes[peaks, np.arange(count)] < 0, -1.0, 1.0)
    shares = np.maximum(variances, 0) / max(total, 1e-300)
    return Axes(centre, axes.astype(np.float32), shares.astype(np.float32))


def principal_components(
    features: npt.NDArray[np.float32], dimensions: int
) -> tuple[Floats, Floats]:
    """Scores (N, p) on the first p principal axes, and each axis' share of the variance (p,)."""
    found = principal_axes(features, dimensions)
    return np.asarray((features - found.centre) @ found.axes, np.float32), found.shares


Solved = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]


def _exact_axes(features: npt.NDArray[np.float32], centre: Floats, count: int) -> Solved:
    covariance = np.zeros((features.shape[1],) * 2)
    for start in range(0, len(features), _CHUNK):
        rows = (features[start : start + _CHUNK] - centre).astype(np.float64)
        covariance += rows.T @ rows
    values, vectors = np.linalg.eigh(covariance)
    return vectors[:, ::-1][:, :count], values[::-1][:count], float(np.trace(covariance))


def _random_axes(centred: Floats, count: int) -> Solved:
    from sklearn.utils.extmath import randomized_svd

    _, values, axes = randomized_svd(centred, count, n_iter=4, random_state=0)
    total = float(np.square(centred).sum(dtype=np.float64))
    return axes.T.astype(np.float64), values.astype(np.float64) ** 2, total
