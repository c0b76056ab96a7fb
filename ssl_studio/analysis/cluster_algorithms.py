"""Ways of cutting points into groups, beside k-means.

Letters: N points, p dimensions, k groups. All give int64 (N,) group numbers from 0, in no order,
and -1 for points that belong to no group. Where an algorithm cannot take all points, it takes a
random sample and the others follow the nearest group or point of it: `Grouping.sampled` says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel
from ssl_studio.numerics.neighbours import nearest
from ssl_studio.numerics.power_iteration import pic

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Algorithm = Literal["k-means", "ward", "hdbscan", "power iteration"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
FINDS_K: frozenset[Algorithm] = frozenset({"hdbscan", "power iteration"})
"""Those whose number of groups is an outcome."""

_WARD_SAMPLE = 5_000  # its distances take 8 N^2 / 2 bytes: 100 MB
_DENSITY_SAMPLE = 10_000
_DENSITY_DIMENSIONS = 20  # in more, distances say nothing about density


@dataclass(frozen=True, slots=True)
class Grouping:
    """Group numbers (N,), and on how many points they were worked out."""

    numbers: Ints
    sampled: int


def ward(points: Floats, k: int, seed: int, cancel: Cancel | None = None) -> Grouping:
    """Merge the two groups whose union costs least (Ward 1963) until k are left.

    On at most 5,000 points; the others join the group whose mean is nearest. Raises AnalysisError
    for more groups than that.
    """
    from sklearn.cluster import AgglomerativeClustering

    rows = _sample(len(points), _WARD_SAMPLE, seed)
    if k > len(rows):
        raise AnalysisError(
            f"Merging makes at most {len(rows):,} groups.",
            "It looks at no more images, as the distances of all would not fit the memory.",
            "Choose fewer groups, or k-means.",
        )
    if len(rows) == 1:
        return Grouping(np.zeros(1, np.int64), 1)
    if cancel is not None:
        cancel.check()
    own = AgglomerativeClustering(n_clusters=k, linkage="ward").fit_predict(points[rows])
    own = np.asarray(own, np.int64)
    if len(rows) == len(points):
        return Grouping(own, len(rows))
    means = np.stack([points[rows[own == number]].mean(axis=0) for number in range(k)])
    _, found = nearest(means, points, 1, "l2", check=_checker(cancel))
    numbers = found[:, 0].astype(np.int64)
    numbers[rows] = own
    return Grouping(numbers, len(rows))


def hdbscan(
    points: Floats, smallest: int | None, seed: int, cancel: Cancel | None = None
) -> Grouping:
    """Dense regions as groups, the space between them as no group (arXiv 1911.02282).

    On at most 10,000 points in their 20 strongest directions; the others do as their nearest
    point of these does. `smallest` is the number of points from which a region counts; None
    takes one in 200, at least 5. Raises AnalysisError where nothing is dense.
    """
    from sklearn.cluster import HDBSCAN

    rows = _sample(len(points), _DENSITY_SAMPLE, seed)
    turned = _strongest_directions(points, _DENSITY_DIMENSIONS)
    size = max(5, len(points) // 200) if smallest is None else max(2, smallest)
    on_sample = max(2, round(size * len(rows) / len(points)))
    if cancel is not None:
        cancel.check()
    neighbours, own = min(on_sample, 10), np.full(len(rows), -1)
    if len(rows) >= neighbours:
        model = HDBSCAN(min_cluster_size=on_sample, min_samples=neighbours, copy=True)
        own = np.asarray(model.fit_predict(turned[rows]), np.int64)
    if own.max() < 0:
        raise AnalysisError(
            "No group stands out as denser than the rest.",
            f"Nowhere do {size} images lie closer together than images do elsewhere.",
            "Choose a smaller smallest group, or k-means, which always gives groups.",
        )
    numbers = own[nearest(turned[rows], turned, 1, "l2", check=_checker(cancel))[1][:, 0]]
    numbers[rows] = own
    return Grouping(numbers.astype(np.int64), len(rows))


def power_iteration(points: Floats, cancel: Cancel | None = None) -> Grouping:
    """Groups that flow together on the graph of nearest neighbours; see numerics."""
    return Grouping(pic(points, check=_checker(cancel)).labels.astype(np.int64), len(points))


def _checker(cancel: Cancel | None) -> Callable[[], object]:
    return (lambda: None) if cancel is None else cancel.check


def _sample(n: int, most: int, seed: int) -> Ints:
    return np.sort(np.random.default_rng(seed).permutation(n)[:most]).astype(np.int64)


def _strongest_directions(points: Floats, most: int) -> Floats:
    centred = points - points.mean(axis=0, dtype=np.float64).astype(np.float32)
    covariance = (centred.T @ centred).astype(np.float64) / len(points)
    _, vectors = np.linalg.eigh(covariance)
    return np.ascontiguousarray(centred @ vectors[:, ::-1][:, :most].astype(np.float32))
