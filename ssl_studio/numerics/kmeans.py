"""k-means by faiss. Shapes: N rows, D columns, K clusters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssl_studio.errors import AnalysisError
from ssl_studio.numerics.faiss_library import load_faiss

Floats = NDArray[np.float32]

# faiss silently trains on a sample of 256 rows per centroid unless told otherwise; DeepCluster
# sets 1e7 (facebookresearch/deepcluster:clustering.py). The lower bound only prints a warning.
_MAX_POINTS_PER_CENTROID = 10_000_000
_MIN_POINTS_PER_CENTROID = 1
_CHUNK = 16_384  # rows at a time where differences are formed


@dataclass(frozen=True, slots=True)
class KMeans:
    """A clustering of N rows.

    `labels` (N,) int64 is the nearest centroid of each row, the lower number where two are equally
    near; `distances` (N,) the squared Euclidean distance to it; `objective` the sum of squared
    distances at each iteration and, last, of `labels`; `splits` how many empty clusters each
    iteration had to refill. Clusters may still be empty, for example among identical rows.
    """

    centroids: Floats
    labels: NDArray[np.int64]
    distances: Floats
    objective: tuple[float, ...]
    splits: tuple[int, ...]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows in each of the K clusters."""
        return np.bincount(self.labels, minlength=len(self.centroids))


def kmeans(
    x: NDArray[np.floating],
    k: int,
    *,
    iterations: int = 20,
    seed: int,
    spherical: bool = False,
    redo: int = 1,
) -> KMeans:
    """Lloyd's k-means on (N, D) rows from k random rows, best of `redo` starts.

    Draw a new seed for each round of DeepCluster, or the same rows start every round. `spherical`
    keeps centroids at unit length and expects rows of unit length. An empty cluster takes half of
    a large one (faiss's split). Stops before `iterations` where nothing moves any more. Cannot be
    interrupted; costs N * D * K multiply-adds an iteration. Raises AnalysisError.
    """
    rows = np.ascontiguousarray(x, dtype=np.float32)
    _check(rows, k)
    seeds = np.random.SeedSequence(seed).generate_state(redo)
    starts = (_one_start(rows, k, iterations, int(start), spherical) for start in seeds)
    return min(starts, key=lambda result: result.objective[-1])


def _one_start(rows: Floats, k: int, iterations: int, seed: int, spherical: bool) -> KMeans:
    clustering = load_faiss().Kmeans(
        rows.shape[1],
        k,
        niter=iterations,
        seed=seed % 2**31,
        spherical=spherical,
        min_points_per_centroid=_MIN_POINTS_PER_CENTROID,
        max_points_per_centroid=_MAX_POINTS_PER_CENTROID,
    )
    clustering.train(rows)
    centroids: Floats = clustering.centroids.reshape(k, -1).copy()
    labels: NDArray[np.int64] = clustering.index.search(rows, 1)[1][:, 0]
    distances = _squared_distances(rows, centroids, labels)
    objective = [float(value) for value in clustering.obj]
    if spherical:  # faiss then sums dot products of unit vectors: |x - c|^2 = 2 - 2 x.c
        objective = [2 * (len(rows) - value) for value in objective]
    splits = tuple(int(step["nsplit"]) for step in clustering.iteration_stats)
    total = float(distances.sum(dtype=np.float64))
    return KMeans(centroids, labels, distances, (*objective, total), splits)


def _squared_distances(rows: Floats, centroids: Floats, labels: NDArray[np.int64]) -> Floats:
    """By differences: faiss's expanded form leaves rounding noise where rows are identical."""
    distances = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        distances[part] = np.square(rows[part] - centroids[labels[part]]).sum(axis=1)
    return distances


def _check(rows: Floats, k: int) -> None:
    if len(rows) < k:
        raise AnalysisError(
            f"{len(rows)} images cannot make {k} clusters.",
            "There must be at least one image for each cluster.",
            f"Choose {max(1, len(rows) // 10)} clusters or fewer, or add images.",
        )
    if k < 1:
        raise AnalysisError("There must be at least one cluster.")
    if not np.isfinite(rows).all():
        raise AnalysisError(
            "The features contain values that are not finite numbers.",
            "The training that made them has diverged.",
            "Use an earlier checkpoint, or train again with a lower learning rate.",
        )
