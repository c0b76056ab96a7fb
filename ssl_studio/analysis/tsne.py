"""t-SNE maps by openTSNE, on exact neighbours; time and memory grow with the number of images.

Letters: N images, D features, k neighbours. The repulsion is interpolated on a grid and convolved
by FFT (FIt-SNE, Linderman et al. 2019), 750 steps, of which 250 exaggerated twelvefold; the
learning rate is N / 12 (Belkina et al. 2019) and the start PCA (Kobak and Berens 2019).
"""

import os

import numpy as np
import numpy.typing as npt

from ssl_studio.analysis.components import principal_components
from ssl_studio.analysis.neighbours import Neighbours, neighbours_of_all
from ssl_studio.analysis.projection import Floats, Projection
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.numerics.neighbours import unit_rows

MOST_IMAGES = 200_000
"""Above this the neighbour graph alone takes some GB and the layout hours."""
_FEWEST = 8
_EARLY, _LATE = 250, 500
_EXAGGERATION = 12.0
_TELL_EVERY = 5


def tsne_neighbours(count: int, perplexity: float) -> int:
    """Other images that each of `count` images is held together with: three per perplexity."""
    return max(3, min(count - 1, round(3 * perplexity)))


def tsne_map(
    features: npt.NDArray[np.float32],
    *,
    seed: int,
    perplexity: float = 30.0,
    known: Neighbours | None = None,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> Projection:
    """t-SNE of the unit-length features, (N, 2).

    Args:
        perplexity: How many neighbours an image feels, roughly; less where images are few.
        known: Neighbours of all images, to save the search; used if they are as many as needed.

    Raises AnalysisError with too few or too many images. Nothing is ever left out to fit.
    """
    count = len(features)
    _check_count(count)
    perplexity = min(perplexity, (count - 1) / 3)
    k = tsne_neighbours(count, perplexity)
    if known is None or known.k < k:
        known = neighbours_of_all(features, k, report=report, cancel=cancel)
    report(Progress(0, None, "Preparing the map"))
    start = _start(features)
    affinities = _affinities(known, k, perplexity)
    coordinates = _descend(start, affinities, seed, report, cancel)
    return Projection(
        "tsne",
        coordinates,
        seed,
        {"perplexity": float(perplexity), "neighbours": k, "metric": "cosine", "start": "pca"},
    )


def _check_count(count: int) -> None:
    if count < _FEWEST:
        raise AnalysisError(
            f"t-SNE needs at least {_FEWEST} images; there are {count}.",
            remedy="Use the PCA map.",
        )
    if count > MOST_IMAGES:
        raise AnalysisError(
            f"t-SNE is drawn for up to {MOST_IMAGES:,} images; there are {count:,}.",
            "Its neighbour graph would take many GB and its layout hours, and a sample would"
            " leave images out.",
            "Use the UMAP or the PCA map, which show all images.",
        )


def _start(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """PCA, as small as t-SNE's first steps want it."""
    scores, _ = principal_components(unit_rows(features), 2)
    plane = np.zeros((len(features), 2))
    plane[:, : scores.shape[1]] = scores
    plane += np.random.default_rng(0).normal(scale=1e-6, size=plane.shape)
    return np.asarray(plane / max(float(plane[:, 0].std()), 1e-12) * 1e-4)


def _affinities(known: Neighbours, k: int, perplexity: float) -> object:
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    # Between unit-length rows the squared Euclidean distance is twice the cosine distance.
    distances = np.sqrt(2 * np.maximum(known.distances[:, :k].astype(np.float64), 0))
    index = PrecomputedNeighbors(known.positions[:, :k].astype(np.int64), distances)
    return PerplexityBasedNN(
        knn_index=index, perplexity=perplexity, n_jobs=_threads(), k_neighbors=k
    )


def _descend(
    start: npt.NDArray[np.float64],
    affinities: object,
    seed: int,
    report: Report,
    cancel: Cancel | None,
) -> Floats:
    from openTSNE import TSNEEmbedding

    done_before = 0

    def tell(iteration: int, _error: float, _embedding: object) -> bool:
        if cancel is not None:
            cancel.check()
        report(Progress(done_before + iteration, _EARLY + _LATE, "Laying out the map"))
        return False

    embedding = TSNEEmbedding(
        start,
        affinities,
        negative_gradient_method="fft" if len(start) > 2000 else "bh",
        random_state=seed,
        n_jobs=_threads(),
        callbacks=tell,
        callbacks_every_iters=_TELL_EVERY,
    )
    rate = max(len(start) / _EXAGGERATION, 10.0)
    embedding.optimize(
        _EARLY,
        inplace=True,
        exaggeration=_EXAGGERATION,
        momentum=0.5,
        learning_rate=rate,
        propagate_exception=True,
    )
    done_before = _EARLY
    embedding.optimize(
        _LATE, inplace=True, momentum=0.8, learning_rate=rate, propagate_exception=True
    )
    return np.asarray(embedding, np.float32)


def _threads() -> int:
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]  # "4,2" is allowed: nested loops
    return int(first) if first.isdigit() else os.cpu_count() or 1
