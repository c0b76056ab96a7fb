"""Pairs of 64-bit hashes that differ in few bits, all of them, without comparing all pairs."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_BITS = 64
_BLOCK = 4096  # hashes compared with each other at a time: 16 M words of 8 bytes


def near_pairs(
    hashes: NDArray[np.uint64], radius: int, check: Callable[[], object] = lambda: None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Positions i, j and distances of all pairs of *different* hashes at most `radius` bits apart.

    `hashes` (N,) must have no value twice. Exact: of `radius` + 1 bands of bits at least one is
    the same in both hashes of such a pair, so only hashes that share a band are compared. The
    cost goes with N squared over the number of values of a band: 512 for a radius of 6. `check`
    is called between blocks and may raise.
    """
    if not 0 <= radius < _BITS:
        raise ValueError(f"a radius of {radius} bits is not between 0 and {_BITS - 1}")
    parts = [
        _pairs_of(members, hashes, radius, check)
        for low, high in _bands(radius + 1)
        for members in _sharing(hashes, low, high, check)
    ]
    found = np.concatenate([p for p in parts if p.shape[1]] or [np.empty((3, 0), np.int64)], axis=1)
    # A pair that shares several bands is found in each.
    _, first = np.unique(found[0] * len(hashes) + found[1], return_index=True)
    left, right, distance = found[:, first]
    return left, right, distance


def _bands(count: int) -> list[tuple[int, int]]:
    edges = [round(_BITS * number / count) for number in range(count + 1)]
    return list(pairwise(edges))


def _sharing(
    hashes: NDArray[np.uint64], low: int, high: int, check: Callable[[], object]
) -> Iterator[NDArray[np.int64]]:
    """Positions of the hashes that have the same bits from `low` to `high`, group by group."""
    band = (hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
    order = np.argsort(band, kind="stable")
    edges = np.flatnonzero(np.diff(band[order])) + 1
    for members in np.split(order, edges):
        check()
        if len(members) > 1:
            yield members


def _pairs_of(
    members: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    radius: int,
    check: Callable[[], object],
) -> NDArray[np.int64]:
    """(3, pairs): smaller position, larger position, distance."""
    own = hashes[members]
    found = []
    for start in range(0, len(members), _BLOCK):
        for other in range(start, len(members), _BLOCK):
            check()
            block = own[start : start + _BLOCK, None] ^ own[None, other : other + _BLOCK]
            distance = np.bitwise_count(block)
            rows, columns = np.nonzero(distance <= radius)
            left, right = members[rows + start], members[columns + other]
            kept = (left < right) if other == start else (left != right)
            near = distance[rows, columns][kept].astype(np.int64)
            pair = np.sort(np.stack([left[kept], right[kept]]), axis=0)
            found.append(np.concatenate([pair, near[None]]))
    return np.concatenate(found, axis=1)


def groups_of(count: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """A group number (count,) for each of `count` things, of which some pairs are joined.

    Things that are joined by a chain of pairs share a number; -1 is what stands alone.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(left), np.int8)
    graph = coo_array((ones, (left, right)), shape=(count, count))
    _, numbers = connected_components(graph, directed=False)
    sizes = np.bincount(numbers, minlength=1)
    return np.where(sizes[numbers] > 1, numbers, -1).astype(np.int64)
