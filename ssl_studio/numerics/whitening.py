"""PCA whitening of features before clustering. Shapes: N rows, D columns, p kept directions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssl_studio.errors import AnalysisError

Floats = NDArray[np.float32]

# Directions weaker than this share of the strongest are rounding noise (dead ReLUs, tiny N), which
# whitening would blow up to the strength of the signal.
_NOISE = 1e-6
_CHUNK = 8192  # rows at a time, so that float64 copies stay small


@dataclass(frozen=True, slots=True)
class Whitening:
    """A map from D columns to p of equal variance: `mean` (D,), `matrix` (D, p)."""

    mean: NDArray[np.float64]
    matrix: NDArray[np.float64]

    def apply(self, x: NDArray[np.floating]) -> Floats:
        """The (N, p) whitened rows, each at unit length."""
        rows = np.empty((len(x), self.matrix.shape[1]), dtype=np.float32)
        for start in range(0, len(x), _CHUNK):
            part = slice(start, start + _CHUNK)
            turned = (x[part] - self.mean) @ self.matrix
            lengths = np.linalg.norm(turned, axis=1, keepdims=True)
            rows[part] = turned / np.maximum(lengths, 1e-12)
        return rows


def fit_whitening(x: NDArray[np.floating], p: int) -> Whitening:
    """The whitening of (N, D) rows to their p strongest directions.

    Fewer where rows or columns do not give that many, or where the rest is noise. Costs N * D^2
    multiply-adds and D^3. Raises AnalysisError if all rows are equal.
    """
    from scipy.linalg import eigh

    mean = x.mean(axis=0, dtype=np.float64)
    most = min(p, x.shape[1], len(x) - 1)
    columns = x.shape[1]
    if most < 1:
        raise AnalysisError("One image alone cannot be whitened.", remedy="Add images.")
    values, vectors = eigh(_covariance(x, mean), subset_by_index=(columns - most, columns - 1))
    kept = values[::-1] > _NOISE * max(values[-1], np.finfo(np.float64).tiny)
    if not kept.any():
        raise AnalysisError(
            "All images have the same features, so there is nothing to tell them apart by.",
            "The network has collapsed to one answer.",
            "Use an earlier checkpoint, or train again with other settings.",
        )
    values, vectors = values[::-1][kept], vectors[:, ::-1][:, kept]
    return Whitening(mean, vectors / np.sqrt(values))


def pca_whiten(x: NDArray[np.floating], p: int) -> Floats:
    """(N, D) rows whitened to at most p directions, each row at unit length (DeepCluster, M1).

    x' = L2( L^(-1/2) U^T (x - mean) ), as `fit_whitening` and `Whitening.apply` in one go.
    """
    return fit_whitening(x, p).apply(x)


def _covariance(x: NDArray[np.floating], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), _CHUNK):
        centred = x[start : start + _CHUNK] - mean
        total += centred.T @ centred
    return total / len(x)
