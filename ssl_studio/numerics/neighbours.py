"""Exact nearest neighbours by faiss. Shapes: N rows, Q queries, D columns, k neighbours."""

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ssl_studio.errors import AnalysisError
from ssl_studio.numerics.faiss_library import load_faiss

Metric = Literal["cosine", "l2"]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Between two calls of `check`: faiss itself works in blocks of 4096 queries; with many rows fewer
# are given to it, so that a wish to stop is heard within a second or so.
_MOST_QUERIES = 4096
_MOST_PAIRS = 100_000_000
# faiss works out |a|^2 + |b|^2 - 2 ab, whose rounding differs even between identical rows. Where
# two neighbours are closer than this share of the squared lengths, the row's neighbours, and some
# more than asked for, are ranked again by exact differences: duplicates then tie, and the lower
# index wins.
_ROUNDING = 1e-5
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
    for part in _chunks(len(asked), len(rows)):
        check()
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
    for part in _chunks(len(rows), len(rows)):
        check()
        selves = np.arange(part.start, part.stop)
        distances[part], indices[part] = _ranked(index, rows, rows[part], k, metric, selves)
    return distances, indices


def unit_rows(x: NDArray[np.floating]) -> Floats:
    """The rows at length 1, float32; rows of zeros stay zeros."""
    rows = np.asarray(x, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(rows / np.maximum(lengths, 1e-12))


def _chunks(queries: int, rows: int) -> Iterator[slice]:
    size = min(_MOST_QUERIES, max(64, _MOST_PAIRS // rows))
    for start in range(0, queries, size):
        yield slice(start, min(start + size, queries))


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
    squared: Floats
    indices: Ints
    squared, indices = index.search(queries, asked)  # type: ignore[attr-defined]
    _settle_ties(squared, indices, rows, queries)
    if selves is not None:
        own = indices == selves[:, None]
        own[~own.any(axis=1), -1] = True  # among so many duplicates that it was not found itself
        left = np.argsort(own, axis=1, kind="stable")
        squared = np.take_along_axis(squared, left, axis=1)
        indices = np.take_along_axis(indices, left, axis=1)
    squared = np.maximum(squared[:, :k], 0)
    # for unit vectors |a - b|^2 = 2 - 2 cos
    distances = squared / 2 if metric == "cosine" else np.sqrt(squared)
    return distances.astype(np.float32), indices[:, :k]


def _settle_ties(squared: Floats, indices: Ints, rows: Floats, queries: Floats) -> None:
    """Rank neighbours that faiss could not tell apart by exact distance, then index; in place."""
    lengths = np.square(queries).sum(axis=1, keepdims=True)
    gaps = np.diff(squared, axis=1, prepend=0)
    unclear = np.flatnonzero((gaps <= _ROUNDING * (squared + lengths)).any(axis=1))
    for column in range(squared.shape[1]):  # one neighbour at a time keeps memory at Q * D
        difference = rows[indices[unclear, column]] - queries[unclear]
        squared[unclear, column] = np.square(difference).sum(axis=1)
    order = np.lexsort((indices[unclear], squared[unclear]), axis=1)
    squared[unclear] = np.take_along_axis(squared[unclear], order, axis=1)
    indices[unclear] = np.take_along_axis(indices[unclear], order, axis=1)
