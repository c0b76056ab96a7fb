"""Groups of images: k-means on unit-length features, and what to know about each group.

Letters: N images, D features, p dimensions after whitening, k clusters. Distances are Euclidean
in the space that was clustered: unit-length features, whitened to p dimensions if asked.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

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
        margins: float32 (N,), how much farther the second nearest centre is: near zero for
            borderline images. All 0 where there is one group only.
        centres: float32 (k, p).
        scores: Figures that need no labels.
        settings: How it was made.
    """

    numbers: Ints
    distances: Floats
    margins: Floats
    centres: Floats
    seed: int
    scores: dict[str, float] = field(default_factory=dict)
    settings: dict[str, float | int | str | bool] = field(default_factory=dict)

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
    restarts: int = 20,
    iterations: int = 100,
    whiten: int = 0,
    judge: bool = True,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> Clustering:
    """Unit length, whitening if asked, then the best of `restarts` runs of k-means.

    Groups that end empty are left out, so fewer than `k` may come back. `judge` adds the
    label-free scores and the stability. Raises AnalysisError when `k` does not fit the images.
    """
    _check_k(k, features)
    points = prepare(features, whiten)
    centres = _best_centres(points, k, seed, restarts, iterations, report, cancel)
    numbers, distances, margins, centres = _assign(points, centres)
    scores: dict[str, float] = {}
    if judge and len(centres) > 1:
        report(Progress(0, None, "Judging the clusters"))
        scores = label_free_scores(points, numbers, seed=seed, cancel=cancel)
        scores["stability"] = stability(points, k, seed=seed, cancel=cancel)
    settings: dict[str, float | int | str | bool] = {
        "k": k,
        "restarts": restarts,
        "iterations": iterations,
        "whiten": whiten,
        "metric": "euclidean on unit-length features",
    }
    return Clustering(numbers, distances, margins, centres, seed, scores, settings)


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
    are there. On at most 10,000 images.
    """
    rng = np.random.default_rng(seed)
    pool = points[rng.permutation(len(points))[:_STABILITY_SAMPLE]]
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


@dataclass(frozen=True, slots=True)
class KScore:
    """What speaks for one number of clusters."""

    k: int
    silhouette: float
    stability: float
    size_entropy: float


@dataclass(frozen=True, slots=True)
class KProposal:
    """A number of clusters that suits the features, the reason in one line, and the figures."""

    k: int
    why: str
    table: Sequence[KScore]


def propose_k(
    features: npt.NDArray[np.float32],
    *,
    seed: int,
    candidates: Sequence[int] | None = None,
    whiten: int = 0,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> KProposal:
    """The number of clusters with the best silhouette, stability deciding between near equals.

    Works on at most 5,000 images. Candidates run from 2 to 60 in growing steps by default.
    """
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(features))[:5000])
    usual = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 25, 30, 40, 50, 60)
    ks = [k for k in candidates or usual if 2 <= k <= len(rows) // 4]
    if not ks:
        raise AnalysisError(
            "There are too few images to propose a number of clusters.",
            f"There are {len(features)}.",
        )
    points = prepare(features[rows], whiten)
    table = []
    for done, k in enumerate(ks):
        report(Progress(done, len(ks), f"Trying {k} clusters"))
        table.append(_judge_k(points, k, seed, cancel))
    best = _choose(table)
    why = (
        f"Among {ks[0]} to {ks[-1]} clusters, {best.k} are best separated (silhouette "
        f"{best.silhouette:.2f}) and {best.stability:.0%} stable on sub-samples."
    )
    return KProposal(best.k, why, table)


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


def _check_k(k: int, features: npt.NDArray[np.float32]) -> None:
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


def _best_centres(
    points: Floats,
    k: int,
    seed: int,
    restarts: int,
    iterations: int,
    report: Report,
    cancel: Cancel | None,
) -> Floats:
    """Centres of the run with the smallest objective. One run at a time, so that it can stop."""
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


def _assign(points: Floats, centres: Floats) -> tuple[Ints, Floats, Floats, Floats]:
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
    lengths = (centres.astype(np.float64) ** 2).sum(axis=1)
    for start in range(0, len(points), _CHUNK):
        rows = slice(start, start + _CHUNK)
        own = (points[rows].astype(np.float64) ** 2).sum(axis=1)
        squared = own[:, None] + lengths - 2 * (points[rows].astype(np.float64) @ centres.T)
        numbers[rows] = squared.argmin(axis=1)
        two = np.partition(squared, min(1, len(centres) - 1), axis=1)[:, :2].clip(0)
        nearest[rows] = np.sqrt(two[:, 0])
        second[rows] = np.sqrt(two[:, -1])
    return numbers, nearest, second


def _judge_k(points: Floats, k: int, seed: int, cancel: Cancel | None) -> KScore:
    centres = _best_centres(points, k, seed, 3, 30, ignore, cancel)
    numbers, *_ = _assign(points, centres)
    scores = label_free_scores(points, numbers, seed=seed, cancel=cancel)
    steady = stability(points, k, seed=seed, runs=4, restarts=3, cancel=cancel)
    return KScore(k, scores.get("silhouette", -1.0), steady, scores["size_entropy"])


def _choose(table: Sequence[KScore]) -> KScore:
    """The best silhouette; within 0.01 of it, the steadier one."""
    top = max(score.silhouette for score in table)
    near = [score for score in table if score.silhouette >= top - 0.01]
    return max(near, key=lambda score: score.stability)
