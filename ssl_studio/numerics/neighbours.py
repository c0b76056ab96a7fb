"""Exact nearest neighbours by faiss. Shapes: N rows, Q queries, D columns, k neighbours."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ssl_studio.errors import AnalysisError
from ssl_studio.numerics.faiss_library import load_faiss

Metric = Literal["cosine", "l2"]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_CHUNK = 1024  # queries between two calls of `check`
# faiss's expanded distances round identical rows differently. This many rows more than asked for
# are ranked again by exact differences, so that ties between duplicates fall to the lower index.
_SPARE = 8


def nearest(
    x: NDArray[np.floating],
    queries: NDArray[np.floating],
    k: int,
    metric: Metric = "cosine",
    *,
    check: Callable[[], object] = lambda: None,
) -> tuple[Floats, Ints]:
    """The k nearest of (N, D) rows to each of (Q, D) queries: distances and indices, both (Q, k).

    Nearest first; at equal distance the lower index. `cosine` gives 1 - cos, `l2` the
    length of the difference. Fewer than k columns where there are fewer rows. `check` is called
    between chunks and may raise. Costs N * Q * D multiply-adds. Raises AnalysisError.
    """
    rows, asked = _prepared(x, metric), _prepared(queries, metric)
    index = _index(rows)
    k = min(k, len(rows))
    distances = np.empty((len(asked), k), dtype=np.float32)
    indices = np.empty((len(asked), k), dtype=np.int64)
    for start in range(0, len(asked), _CHUNK):
        check()
        part = slice(start, start + _CHUNK)
        distances[part], indices[part] = _ranked(index, rows, asked[part], k, metric, None)
    return distances, indices


def nearest_others(
    x: NDArray[np.floating],
    k: int,
    metric: Metric = "cosine",
    *,
    check: Callable[[], object] = lambda: None,
) -> tuple[Floats, Ints]:
    """For each of (N, D) rows its k nearest other rows, as `nearest` gives them.

    The row itself is left out by its index, so duplicates of it stay in.
    """
    rows = _prepared(x, metric)
    index = _index(rows)
    k = min(k, len(rows) - 1)
    distances = np.empty((len(rows), k), dtype=np.float32)
    indices = np.empty((len(rows), k), dtype=np.int64)
    for start in range(0, len(rows), _CHUNK):
        check()
        part = slice(start, start + _CHUNK)
        selves = np.arange(start, min(start + _CHUNK, len(rows)))
        distances[part], indices[part] = _ranked(index, rows, rows[part], k, metric, selves)
    return distances, indices


def unit_rows(x: NDArray[np.floating]) -> Floats:
    """The rows at length 1, float32; rows of zeros stay zeros."""
    rows = np.asarray(x, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(rows / np.maximum(lengths, 1e-12))


def _prepared(x: NDArray[np.floating], metric: Metric) -> Floats:
    if not np.isfinite(x).all():
        raise AnalysisError(
            "The features contain values that are not finite numbers.",
            "The training that made them has diverged.",
            "Use an earlier checkpoint, or train again with a lower learning rate.",
        )
    return unit_rows(x) if metric == "cosine" else np.ascontiguousarray(x, dtype=np.float32)


def _index(rows: Floats) -> object:
    if len(rows) == 0:
        raise AnalysisError("There are no features to search.", remedy="Embed some images first.")
    index = load_faiss().IndexFlatL2(rows.shape[1])
    index.add(rows)
    found: object = index
    return found


def _ranked(
    index: object, rows: Floats, queries: Floats, k: int, metric: Metric, selves: Ints | None
) -> tuple[Floats, Ints]:
    asked = min(len(rows), k + _SPARE + (selves is not None))
    found: Ints = index.search(queries, asked)[1]  # type: ignore[attr-defined]
    squared = _squared_distances(rows, queries, found)
    if selves is not None:
        squared[found == selves[:, None]] = np.inf
    order = np.lexsort((found, squared), axis=1)[:, :k]
    squared = np.take_along_axis(squared, order, axis=1)
    indices = np.take_along_axis(found, order, axis=1)
    # for unit vectors |a - b|^2 = 2 - 2 cos
    distances = squared / 2 if metric == "cosine" else np.sqrt(squared)
    return distances.astype(np.float32), indices


def _squared_distances(rows: Floats, queries: Floats, found: Ints) -> Floats:
    squared = np.empty(found.shape, dtype=np.float32)
    for column in range(found.shape[1]):  # one neighbour at a time keeps memory at Q * D
        squared[:, column] = np.square(rows[found[:, column]] - queries).sum(axis=1)
    return squared
