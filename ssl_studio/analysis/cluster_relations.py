"""Clusters among each other, from the features of their images as they are assigned now.

Letters: N images, D features, k clusters. Distances are Euclidean between unit-length features,
or the means of such.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ssl_studio.analysis.clustering import cluster
from ssl_studio.numerics.neighbours import unit_rows

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def centres(chunks: Iterator[tuple[int, Floats]], numbers: Ints, k: int) -> Floats:
    """Means (k, D) of the unit-length features of each cluster, NaN for empty ones.

    `chunks` give the first row and the features of some rows, `numbers` (N,) are -1 for rows
    that belong to no cluster.
    """
    sums: npt.NDArray[np.float64] | None = None
    for start, values in chunks:
        own = numbers[start : start + len(values)]
        if sums is None:
            sums = np.zeros((k, values.shape[1]))
        order = np.argsort(own, kind="stable")
        order = order[np.searchsorted(own[order], 0) :]
        if len(order):
            found, first = np.unique(own[order], return_index=True)
            sums[found] += np.add.reduceat(unit_rows(values[order]), first, axis=0)
    sizes = np.bincount(numbers[numbers >= 0], minlength=k)[:, None]
    if sums is None:
        return np.zeros((k, 0), np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums / sizes, np.float32)


def nearest_centres(middle: Floats, number: int, count: int) -> list[tuple[int, float]]:
    """The clusters whose centres (k, D) are nearest to that of one, with their distances."""
    gaps = np.linalg.norm(middle - middle[number], axis=1)
    gaps[number] = np.inf
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    order = np.argsort(gaps, kind="stable")[:count]
    return [(int(i), float(gaps[i])) for i in order if np.isfinite(gaps[i])]


def in_two(features: Floats, seed: int = 0) -> Ints:
    """2-means: 0 or 1 for each of (N, D) rows; 1 is the smaller half, and may be empty."""
    return cluster(features, 2, seed=seed, restarts=10, judge=False).numbers


def beside_examples(features: Floats, examples: Ints) -> Ints:
    """0 or 1 for each of (N, D) rows: 1 if nearer to the mean of `examples` than of the others."""
    points = unit_rows(features)
    chosen = np.zeros(len(points), bool)
    chosen[examples] = True
    one, other = points[chosen].mean(axis=0), points[~chosen].mean(axis=0)
    nearer = ((points - one) ** 2).sum(axis=1) < ((points - other) ** 2).sum(axis=1)
    return np.asarray(nearer | chosen, np.int64)
