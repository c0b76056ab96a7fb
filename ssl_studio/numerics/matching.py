"""Which cluster of one grouping corresponds to which of another.

Shapes: N items, K and C groups.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]


def contingency(
    a: ArrayLike, b: ArrayLike
) -> tuple[Ints, NDArray[np.generic], NDArray[np.generic]]:
    """The (K, C) table of how many items are in group i of `a` and j of `b`, and the names of both.

    Names are sorted; they may be numbers or text. The table is dense: K * C * 8 bytes.
    """
    a_names, a_numbers = np.unique(np.asarray(a), return_inverse=True)
    b_names, b_numbers = np.unique(np.asarray(b), return_inverse=True)
    flat = np.bincount(a_numbers * len(b_names) + b_numbers, minlength=len(a_names) * len(b_names))
    return flat.reshape(len(a_names), len(b_names)).astype(np.int64), a_names, b_names


def hungarian(table: NDArray[np.integer] | NDArray[np.floating]) -> tuple[Ints, Ints]:
    """The one-to-one pairs (rows, columns) of a (K, C) table with the largest sum.

    min(K, C) pairs, rows rising; the surplus of the longer side stays without partner.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(table, maximize=True)
    return rows.astype(np.int64), columns.astype(np.int64)


def match_clusters(
    old: ArrayLike, new: ArrayLike, *, least_overlap: float = 1 / 3
) -> dict[int, int]:
    """For each new cluster the old one that it continues, so that names and colours survive.

    `old` and `new` are the cluster numbers of the same N items. Pairs are one to one and maximise
    the summed overlap (shared items / items of either); those below `least_overlap` are left out.
    One third is where two clusters of equal size share half of their items.
    """
    table, old_numbers, new_numbers = contingency(old, new)
    either = table.sum(axis=1)[:, None] + table.sum(axis=0)[None] - table
    overlap = table / np.maximum(either, 1)
    return {
        int(new_numbers[column]): int(old_numbers[row])
        for row, column in zip(*hungarian(overlap), strict=True)
        if overlap[row, column] >= least_overlap
    }
