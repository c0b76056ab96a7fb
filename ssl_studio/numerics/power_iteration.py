"""Power iteration clustering (PIC) of a neighbour graph, in place of k-means in DeepCluster.

arXiv 1807.05520 and facebookresearch/deepcluster:clustering.py. Shapes: N rows, D columns, m
neighbours. The number of clusters is an outcome.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssl_studio.numerics.neighbours import nearest_others

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PowerIteration:
    """A clustering of N rows; clusters are numbered from 0 by their first row.

    `labels` (N,); `values` (N,) the stationary vector, positive with sum 1; `pointers` (N,) the row
    that each row points to, itself if it is a root; `sigma` the kernel width that was used.
    """

    labels: Ints
    values: Floats
    pointers: Ints
    sigma: float


def pic(
    x: NDArray[np.floating],
    *,
    neighbours: int = 5,
    sigma: float | None = None,
    alpha: float = 0.001,
    iterations: int = 200,
    check: Callable[[], object] = lambda: None,
) -> PowerIteration:
    """Cluster (N, D) rows by following the rise of a diffusion over their neighbour graph.

    Edges weigh exp(-d / sigma^2), d being the squared distance. `sigma` None takes the root of the
    median d: DeepCluster's 0.2 leaves nearly every row its own cluster unless rows lie very close.
    Rows alone in their cluster join that of their nearest neighbour that is not.
    """
    lengths, indices = nearest_others(x, neighbours, "l2", check=check)
    squared = np.square(lengths.astype(np.float64))
    if sigma is None:
        # Without a neighbour there is no distance, and among duplicates it is 0.
        sigma = (float(np.sqrt(np.median(squared))) if squared.size else 0.0) or 1.0
    graph = _graph(squared, indices, sigma)
    values = _diffused(graph, alpha, iterations)
    pointers = _pointers(graph, values)
    roots = _roots(pointers)
    return PowerIteration(_joined(roots, indices), values, pointers, sigma)


@dataclass(frozen=True, slots=True)
class _Graph:
    """Edges in both directions: from `row` to `column` with `weight`, sorted by row."""

    row: Ints
    column: Ints
    weight: Floats
    n: int


def _graph(squared: Floats, indices: Ints, sigma: float) -> _Graph:
    from scipy.sparse import coo_array

    n = len(indices)
    weights = np.exp(-squared / sigma**2).ravel()
    rows = np.repeat(np.arange(n), indices.shape[1])
    one_way = coo_array((weights, (rows, indices.ravel())), shape=(n, n)).tocsr()
    both = (one_way + one_way.T).tocoo()
    return _Graph(both.row.astype(np.int64), both.col.astype(np.int64), both.data, n)


def _diffused(graph: _Graph, alpha: float, iterations: int) -> Floats:
    """v <- alpha W v + (1 - alpha) / N, kept at sum 1; in fp64, whose digits the pointers need."""
    values = np.full(graph.n, 1 / graph.n)
    for _ in range(iterations):
        flow = np.bincount(graph.row, graph.weight * values[graph.column], minlength=graph.n)
        values = alpha * flow + (1 - alpha) / graph.n
        values /= values.sum()
    return values


def _pointers(graph: _Graph, values: Floats) -> Ints:
    """For each row the neighbour with the steepest rise W_ij (v_j - v_i), or itself."""
    rise = graph.weight * (values[graph.column] - values[graph.row])
    order = np.lexsort((graph.column, -rise, graph.row))
    rows, first = np.unique(graph.row[order], return_index=True)
    best = order[first]
    pointers = np.arange(graph.n)
    rising = rise[best] > 0
    pointers[rows[rising]] = graph.column[best][rising]
    return pointers


def _roots(pointers: Ints) -> Ints:
    """The end of every pointer chain; values rise along a chain, so there are no loops."""
    roots = pointers
    while True:
        further = roots[roots]
        if np.array_equal(further, roots):
            return roots
        roots = further


def _joined(roots: Ints, indices: Ints) -> Ints:
    """Labels from roots, after single rows joined their nearest neighbour's cluster."""
    sizes = np.bincount(roots, minlength=len(roots))
    single = sizes[roots] == 1
    joined = roots.copy()
    for row in np.flatnonzero(single):
        partners = indices[row][~single[indices[row]]]
        if len(partners):
            joined[row] = roots[partners[0]]
    _, first, labels = np.unique(joined, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[labels]
