"""Maps: every image as a point in the plane. PCA is there at once, UMAP follows.

Letters: N images, D features. UMAP (arXiv 1802.03426) repeats with its seed on one machine but
not across machines, so the coordinates are what is stored.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from ssl_studio.analysis.components import principal_components
from ssl_studio.analysis.neighbours import Neighbours, neighbours_of_all
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
    """UMAP of the unit-length features, on exact neighbours from faiss; one thread, seeded.

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
    with torch_threads_kept():
        coordinates = _fit_umap(
            reduced, known.with_self(), k, min_dist, seed, start, _Ticker(report, cancel)
        )
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


@contextmanager
def torch_threads_kept() -> Iterator[None]:
    """Give torch back the threads it had.

    Numba, which UMAP runs on, sets the threads of every OpenMP library of the process, so that
    a training that comes after a map would run at another speed.
    """
    import torch

    threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class _Ticker(io.StringIO):
    """UMAP tells of its progress through tqdm alone, and tqdm writes to a file: this one."""

    def __init__(self, report: Report, cancel: Cancel | None) -> None:
        super().__init__()
        self._report = report
        self._cancel = cancel

    def write(self, text: str) -> int:
        """Pass on "done/total"; raises Cancelled, which ends the layout."""
        if self._cancel is not None:
            self._cancel.check()
        done, slash, total = text.strip().partition("/")
        if slash and done.isdigit() and total.isdigit():
            self._report(Progress(int(done), int(total), "Laying out the map"))
        return len(text)


def _fit_umap(
    reduced: Floats,
    known: Neighbours,
    k: int,
    min_dist: float,
    seed: int,
    start: npt.NDArray[np.float32] | None,
    ticker: _Ticker,
) -> Floats:
    with warnings.catch_warnings():
        # Said at import and at fit: no tensorflow, no transform() without its own index, one
        # thread because of the seed, disconnected points. All are known and meant here.
        warnings.simplefilter("ignore")
        from umap import UMAP

        reducer = UMAP(
            n_neighbors=k,
            min_dist=min_dist,
            n_components=2,
            metric="cosine",
            random_state=seed,
            # An earlier layout is to be refined, not thrown about.
            learning_rate=1.0 if start is None else 0.25,
            n_jobs=1,
            init=_start_layout(reduced, k) if start is None else np.asarray(start, np.float32),
            precomputed_knn=(
                known.positions[:, :k].astype(np.int32),
                np.ascontiguousarray(known.distances[:, :k], np.float32),
            ),
            tqdm_kwds={
                "file": ticker,
                "disable": False,
                "mininterval": 0.1,
                "bar_format": "{n_fmt}/{total_fmt}",
            },
        )
        placed = np.array(reducer.fit_transform(reduced), np.float32)
    # A point that all others left behind has no place of its own; put it in the middle.
    return np.where(np.isfinite(placed), placed, np.nanmean(placed, axis=0)).astype(np.float32)


def _start_layout(reduced: Floats, k: int) -> str | Floats:
    """The spectral layout, or PCA where so few points leave no spectrum to speak of."""
    if len(reduced) > 4 * k:
        return "spectral"
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
