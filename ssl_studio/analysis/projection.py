"""Maps: every image as a point in the plane. PCA is there at once, UMAP follows.

Letters: N images, D features. UMAP (arXiv 1802.03426) repeats with its seed on one machine but
not across machines, so the coordinates are what is stored.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from ssl_studio.analysis.components import principal_components
from ssl_studio.analysis.neighbours import Neighbours, neighbours_of_all
from ssl_studio.analysis.umap_process import UmapSettings, fit_umap
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.numerics.neighbours import unit_rows

Floats = npt.NDArray[np.float32]

_INPUT_DIMENSIONS = 50
_FEWEST_FOR_UMAP = 5


@dataclass(frozen=True, slots=True)
class Projection:
    """Points in the plane.

    Attributes:
        coordinates: float32 (N, 2), in the order of the features.
        settings: What was asked for and what came out besides (axis variances).
    """

    algorithm: Literal["pca", "umap", "tsne"]
    coordinates: Floats
    seed: int
    settings: dict[str, float | int | str | bool] = field(default_factory=dict)


def pca_map(features: npt.NDArray[np.float32]) -> Projection:
    """The plane of largest variance of the unit-length features. The same wherever it runs.

    Settings of the result carry `variance_1` and `variance_2`, the axes' shares.
    """
    if len(features) < 1:
        raise AnalysisError("There are no features to draw a map of.")
    scores, shares = principal_components(unit_rows(features), 2)
    coordinates = np.zeros((len(features), 2), np.float32)
    coordinates[:, : scores.shape[1]] = scores
    settings = {f"variance_{i + 1}": float(share) for i, share in enumerate(shares)}
    return Projection("pca", coordinates, 0, dict(settings))


def umap_map(
    features: npt.NDArray[np.float32],
    *,
    seed: int,
    neighbours: int = 15,
    min_dist: float = 0.1,
    start: npt.NDArray[np.float32] | None = None,
    known: Neighbours | None = None,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> Projection:
    """UMAP of the unit-length features, on exact neighbours from faiss; seeded, in a process.

    Args:
        neighbours: Points each point is held together with, itself included.
        min_dist: How close points may lie.
        start: (N, 2) of an earlier map that this one begins at and is turned to, so that a series
            of maps can be followed; the spectral layout otherwise.
        known: Neighbours of all images, to save the search; at least `neighbours` - 1.
    """
    count = len(features)
    if count < _FEWEST_FOR_UMAP:
        raise AnalysisError(
            f"UMAP needs at least {_FEWEST_FOR_UMAP} images; there are {count}.",
            remedy="Use the PCA map.",
        )
    k = max(2, min(neighbours, count - 1))
    if known is None or known.k < k - 1:
        known = neighbours_of_all(features, k - 1, report=report, cancel=cancel)
    report(Progress(0, None, "Preparing the map"))
    reduced, _ = principal_components(unit_rows(features), _INPUT_DIMENSIONS)
    known = known.with_self()
    # An earlier layout is to be refined, not thrown about.
    rate = 1.0 if start is None else 0.25
    placed = fit_umap(
        reduced,
        known.positions[:, :k].astype(np.int32),
        np.ascontiguousarray(known.distances[:, :k], np.float32),
        _start_layout(reduced, k) if start is None else np.asarray(start, np.float32),
        UmapSettings(k, min_dist, rate, seed),
        report,
        cancel or Cancel(),
    )
    # A point that all others left behind has no place of its own; put it in the middle.
    coordinates = np.where(np.isfinite(placed), placed, np.nanmean(placed, axis=0))
    if start is not None:
        coordinates = turned_to(coordinates, start)
    settings: dict[str, float | int | str | bool] = {
        "neighbours": k,
        "min_dist": min_dist,
        "metric": "cosine",
        "start": "spectral" if start is None else "earlier map",
    }
    return Projection("umap", coordinates, seed, settings)


def turned_to(coordinates: Floats, target: npt.NDArray[np.float32]) -> Floats:
    """The map turned, mirrored and moved, but not distorted, as near to `target` as it gets.

    UMAP's plane has no directions of its own, so nothing is lost (orthogonal Procrustes).
    """
    from scipy.linalg import orthogonal_procrustes

    own, other = coordinates.mean(axis=0), target.mean(axis=0)
    turn, _ = orthogonal_procrustes(coordinates - own, target - other)
    return np.asarray((coordinates - own) @ turn + other, np.float32)


def _start_layout(reduced: Floats, k: int) -> Floats | None:
    """None, which is the spectral layout, or PCA where so few points leave no spectrum."""
    if len(reduced) > 4 * k:
        return None
    plane = np.zeros((len(reduced), 2), np.float32)
    plane[:, : min(2, reduced.shape[1])] = reduced[:, :2]
    spread = max(float(np.abs(plane).max()), 1e-12)
    jitter = np.random.default_rng(0).normal(scale=1e-4, size=plane.shape)
    return np.asarray(10.0 * plane / spread + jitter, np.float32)


def trustworthiness(
    features: npt.NDArray[np.float32],
    coordinates: npt.NDArray[np.float32],
    *,
    k: int = 15,
    sample: int = 2000,
    seed: int = 0,
) -> float:
    """How far the map's neighbours are neighbours in feature space too: 1 is perfectly.

    T(k) of Venna and Kaski (2001), on at most `sample` images.
    """
    from sklearn.manifold import trustworthiness as score

    rows = np.random.default_rng(seed).permutation(len(features))[:sample]
    k = min(k, (len(rows) - 1) // 2)
    if k < 1:
        raise AnalysisError("There are too few images to judge a map by.")
    return float(score(unit_rows(features[rows]), coordinates[rows], n_neighbors=k))
