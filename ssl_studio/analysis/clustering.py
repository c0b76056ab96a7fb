"""Groups of images on unit-length features, and what to know about each group.

Letters: N images, D features, p dimensions after whitening, k clusters. Distances are Euclidean
in the space that was clustered: unit-length features, whitened to p dimensions if asked.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ssl_studio.analysis.cluster_algorithms import (
    FINDS_K,
    Algorithm,
    Grouping,
    hdbscan,
    power_iteration,
    ward,
)
from ssl_studio.analysis.cluster_scores import label_free_scores
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.numerics.kmeans import kmeans
from ssl_studio.numerics.matching import match_clusters
from ssl_studio.numerics.neighbours import unit_rows
from ssl_studio.numerics.scores import ari
from ssl_studio.numerics.whitening import pca_whiten

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_STABILITY_SAMPLE = 10_000
_CHUNK = 16_384


@dataclass(frozen=True, slots=True)
class Clustering:
    """Every image in one of k groups; groups are numbered by size, the largest is 0.

    Attributes:
        numbers: int64 (N,), the group of each image.
        distances: float32 (N,), to the centre of its own group.
        margins: float32 (N,), how much farther the nearest other centre is: near zero for
            borderline images, below zero where another centre is nearer, which k-means rules
            out. All 0 where there is one group only.
        centres: float32 (k, p).
        scores: Figures that need no labels.
        settings: How it was made.
        rest: The last group, where it holds the images that belong to none.
    """

    numbers: Ints
    distances: Floats
    margins: Floats
    centres: Floats
    seed: int
    scores: dict[str, float] = field(default_factory=dict)
    settings: dict[str, float | int | str | bool] = field(default_factory=dict)
    rest: int | None = None

    @property
    def k(self) -> int:
        """Groups; each holds at least one image."""
        return len(self.centres)

    @property
    def sizes(self) -> Ints:
        """int64 (k,), images in each group."""
        return np.bincount(self.numbers, minlength=self.k).astype(np.int64)

    def representatives(self, number: int, count: int = 9) -> Ints:
        """Rows of the images nearest to the group's centre, nearest first."""
        return self._rows_by(self.distances, number)[:count]

    def borderline(self, number: int, count: int = 9) -> Ints:
        """Rows of the group's images that nearly belong elsewhere, most doubtful first."""
        return self._rows_by(self.margins, number)[:count]

    def _rows_by(self, values: Floats, number: int) -> Ints:
        rows = np.flatnonzero(self.numbers == number)
        return rows[np.argsort(values[rows], kind="stable")]


def prepare(features: npt.NDArray[np.float32], whiten: int = 0) -> Floats:
    """The space that is clustered: unit length, whitened to `whiten` dimensions if not 0."""
    points = unit_rows(features)
    if whiten and len(points) > 2:
        points = np.asarray(pca_whiten(points, min(whiten, *points.shape)), np.float32)
    return np.ascontiguousarray(points)


def cluster(
    features: npt.NDArray[np.float32],
    k: int,
    *,
    seed: int,
    algorithm: Algorithm = "k-means",
    smallest: int | None = None,
    restarts: int = 20,
    iterations: int = 100,
    whiten: int = 0,
    judge: bool = True,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> Clustering:
    """Unit length, whitening if asked, then k-means (the best of `restarts`) or another algorithm.

    Groups that end empty are left out, so fewer than `k` may come back; algorithms that find the
    number themselves do not look at `k`. `smallest` is HDBSCAN's. `judge` adds the label-free
    scores and, for k-means, the stability. Raises AnalysisError when `k` does not fit the images.
    """
    check_k(k, features)
    points = prepare(features, whiten)
    settings: dict[str, float | int | str | bool] = {
        "whiten": whiten,
        "metric": "euclidean on unit-length features",
    }
    if algorithm not in FINDS_K:
        settings["k"] = k
    if algorithm == "k-means":
        settings |= {"restarts": restarts, "iterations": iterations}
        centres = best_centres(points, k, seed, restarts, iterations, report, cancel)
        made = Clustering(*assign(points, centres), seed, settings=settings)
    else:
        report(Progress(0, None, "Clustering"))
        found = _grouped(points, algorithm, k, smallest, seed, cancel)
        settings["images_looked_at"] = found.sampled
        made = replace(_described(points, found.numbers, seed), settings=settings)
    if not judge or made.k < 2:
        return made
    report(Progress(0, None, "Judging the clusters"))
    scores = label_free_scores(points, made.numbers, seed=seed, cancel=cancel)
    if algorithm == "k-means":
        scores["stability"] = stability(points, k, seed=seed, cancel=cancel)
    return replace(made, scores=scores)


def redescribe(
    features: npt.NDArray[np.float32],
    numbers: Ints,
    *,
    seed: int,
    whiten: int = 0,
    cancel: Cancel | None = None,
) -> Clustering:
    """Distances, margins and label-free scores of groups that somebody has arranged, (N,).

    Groups are numbered anew by size; images with -1 belong to none. Centres are the means of the
    groups as they are now.
    """
    points = prepare(features, whiten)
    made = _described(points, numbers, seed)
    if made.k < 2:
        return made
    return replace(made, scores=label_free_scores(points, made.numbers, seed=seed, cancel=cancel))


def _grouped(
    points: Floats,
    algorithm: Algorithm,
    k: int,
    smallest: int | None,
    seed: int,
    cancel: Cancel | None,
) -> Grouping:
    if algorithm == "ward":
        return ward(points, k, seed, cancel)
    if algorithm == "hdbscan":
        return hdbscan(points, smallest, seed, cancel)
    return power_iteration(points, cancel)


def _described(points: Floats, found: Ints, seed: int) -> Clustering:
    """Groups by size, those without a group last; centres are the means of the groups."""
    sizes = np.bincount(found[found >= 0])
    order = np.argsort(-sizes, kind="stable")[: int((sizes > 0).sum())]
    k = len(order)
    renumber = np.full(len(sizes) + 1, k, np.int64)  # the last place is that of -1
    renumber[order] = np.arange(k)
    numbers = renumber[found]
    centres = np.zeros((k, points.shape[1]), np.float32)
    for number in range(k):
        centres[number] = points[numbers == number].mean(axis=0)
    if k == 0:
        none = np.zeros(len(points), np.float32)
        return Clustering(numbers, none, none, points.mean(axis=0, keepdims=True), seed, rest=0)
    own, other = _own_and_other(points, centres, numbers)
    margins = other - own if k > 1 else np.zeros_like(own)
    outside = numbers == k
    if not outside.any():
        return Clustering(numbers, own, margins, centres, seed)
    centres = np.concatenate([centres, points[outside].mean(axis=0, keepdims=True)])
    return Clustering(numbers, own, margins, centres, seed, rest=k)


def stability(
    points: Floats,
    k: int,
    *,
    seed: int,
    runs: int = 10,
    restarts: int = 5,
    cancel: Cancel | None = None,
) -> float:
    """Mean ARI between k-means runs on 80 % sub-samples, over the images that both saw.

    Each run is the best of `restarts`. 1 means that the groups do not depend on which images
    are there. On at most 10,000 images, or two for each group.
    """
    rng = np.random.default_rng(seed)
    pool = points[rng.permutation(len(points))[: max(_STABILITY_SAMPLE, 2 * k)]]
    size = max(k, int(0.8 * len(pool)))
    labellings = []
    for run in range(runs):
        if cancel is not None:
            cancel.check()
        rows = rng.permutation(len(pool))[:size]
        labels = np.full(len(pool), -1)
        labels[rows] = kmeans(pool[rows], k, iterations=20, seed=seed + run, redo=restarts).labels
        labellings.append(labels)
    agreements = []
    for a, b in itertools.combinations(labellings, 2):
        both = (a >= 0) & (b >= 0)
        agreements.append(ari(a[both], b[both]))
    return float(np.mean(agreements))


def carry_over(
    old: npt.NDArray[np.int64], new: npt.NDArray[np.int64], *, least_overlap: float = 1 / 3
) -> dict[int, int]:
    """Which old group each new group continues, over the same images in the same order.

    Groups without an heir are left out, so that a name never moves to a group of other images.
    Images with a negative number in either are not looked at.
    """
    both = (old >= 0) & (new >= 0)
    if not both.any():
        return {}
    return match_clusters(old[both], new[both], least_overlap=least_overlap)


def check_k(k: int, features: npt.NDArray[np.float32]) -> None:
    """Raise AnalysisError where k or the features are of no use."""
    if k < 1 or k > len(features):
        raise AnalysisError(
            f"{len(features)} images cannot be put into {k} clusters.",
            remedy=f"Choose a number from 1 to {len(features)}.",
        )
    if not np.isfinite(features).all():
        raise AnalysisError(
            "The features hold values that are not numbers.",
            "The encoder's training has probably failed.",
            "Take the features of an earlier checkpoint.",
        )


def best_centres(
    points: Floats,
    k: int,
    seed: int,
    restarts: int,
    iterations: int,
    report: Report,
    cancel: Cancel | None,
) -> Floats:
    """Centres of the k-means with the smallest objective. One at a time, so that it can stop."""
    best, lowest = None, np.inf
    for run in range(restarts):
        if cancel is not None:
            cancel.check()
        report(Progress(run, restarts, "Clustering"))
        result = kmeans(points, k, iterations=iterations, seed=seed + run)
        total = float(result.distances.sum(dtype=np.float64))
        if total < lowest:
            best, lowest = result.centroids, total
    assert best is not None
    return np.asarray(best, np.float32)


def assign(points: Floats, centres: Floats) -> tuple[Ints, Floats, Floats, Floats]:
    """Numbers by size, distances, margins, and the centres that hold an image, in that order."""
    numbers, nearest, second = _two_nearest(points, centres)
    sizes = np.bincount(numbers, minlength=len(centres))
    order = np.argsort(-sizes, kind="stable")[: int((sizes > 0).sum())]
    renumber = np.full(len(centres), -1, np.int64)
    renumber[order] = np.arange(len(order))
    if len(order) < len(centres):
        # The second nearest centre must be one that exists for the reader.
        _, nearest, second = _two_nearest(points, centres[order])
    margins = second - nearest if len(order) > 1 else np.zeros_like(nearest)
    return renumber[numbers], nearest, margins, centres[order]


def _two_nearest(points: Floats, centres: Floats) -> tuple[Ints, Floats, Floats]:
    numbers = np.empty(len(points), np.int64)
    nearest = np.empty(len(points), np.float32)
    second = np.zeros(len(points), np.float32)
    for rows, squared in _squared(points, centres):
        numbers[rows] = squared.argmin(axis=1)
        two = np.partition(squared, min(1, len(centres) - 1), axis=1)[:, :2]
        nearest[rows] = np.sqrt(two[:, 0])
        second[rows] = np.sqrt(two[:, -1])
    return numbers, nearest, second


def _own_and_other(points: Floats, centres: Floats, numbers: Ints) -> tuple[Floats, Floats]:
    """Distance to the own centre and to the nearest other; outsiders own the nearest."""
    own = np.empty(len(points), np.float32)
    other = np.zeros(len(points), np.float32)
    for rows, squared in _squared(points, centres):
        mine = numbers[rows].copy()
        lost = mine >= len(centres)
        mine[lost] = squared[lost].argmin(axis=1)
        place = (np.arange(len(squared)), mine)
        own[rows] = np.sqrt(squared[place])
        squared[place] = np.inf
        other[rows] = np.sqrt(squared.min(axis=1))
    return own, other


def _squared(points: Floats, centres: Floats) -> Iterator[tuple[slice, npt.NDArray[np.float64]]]:
    """Squared distances of all points to all centres, some thousand points at a time."""
    lengths = (centres.astype(np.float64) ** 2).sum(axis=1)
    for start in range(0, len(points), _CHUNK):
        rows = slice(start, start + _CHUNK)
        part = points[rows].astype(np.float64)
        own = (part**2).sum(axis=1)
        yield rows, (own[:, None] + lengths - 2 * (part @ centres.T)).clip(0)
