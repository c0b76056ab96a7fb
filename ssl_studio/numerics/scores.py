"""Figures of merit: two groupings against each other, features with labels and without.

Shapes: N items or rows, Q queries, D columns. Groupings are arrays of N numbers or texts, whose
names do not matter: K clusters, C classes, n_ij items in cluster i and class j, sums a_i and b_j.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssl_studio.numerics.matching import contingency, hungarian
from ssl_studio.numerics.neighbours import nearest, nearest_others, unit_rows

Mean = Literal["arithmetic", "geometric", "max"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Overlap:
    """The cells of the contingency table that are not empty, as counts."""

    cells: Floats  # n_ij
    of_a: Floats  # a_i at the same cells
    of_b: Floats  # b_j at the same cells
    a: Floats  # all a_i
    b: Floats  # all b_j
    n: float


@dataclass(frozen=True, slots=True)
class ClusterHealth:
    """`used` clusters that hold an item; `effective` exp of the entropy of their sizes, 1 to K;
    `imbalance` K * sum n_k^2 / N^2, 1 if uniform (faiss's definition); `max_share` of the largest.
    """

    used: int
    effective: float
    imbalance: float
    max_share: float


def nmi(a: ArrayLike, b: ArrayLike, mean: Mean = "arithmetic") -> float:
    """Mutual information over the mean of both entropies, 0 to 1; 1 if neither splits anything.

    DeepCluster uses the geometric mean, scikit-learn and most others the arithmetic. Independent
    groupings with many groups score far above 0: see `ami`.
    """
    return _nmi(_overlap(a, b), mean)


def ami(a: ArrayLike, b: ArrayLike) -> float:
    """Mutual information corrected for chance (arithmetic mean): 0 for independent groupings.

    Vinh, Epps, Bailey 2010. Costs (distinct sizes of a) * (distinct sizes of b) * (group size).
    """
    overlap = _overlap(a, b)
    if len(overlap.a) == len(overlap.b) == 1 or len(overlap.a) == len(overlap.b) == overlap.n:
        return 1.0
    expected = _expected_mutual_information(overlap)
    above = _mutual_information(overlap) - expected
    room = _mean_entropy(overlap, "arithmetic") - expected
    tiny = np.finfo(np.float64).eps
    return float(above / (min(room, -tiny) if room < 0 else max(room, tiny)))


def ari(a: ArrayLike, b: ArrayLike) -> float:
    """Rand index corrected for chance (Hubert, Arabie 1985): 1 if equal, about 0 if independent."""
    return _ari(_overlap(a, b))


def hungarian_accuracy(clusters: ArrayLike, classes: ArrayLike) -> float:
    """Share of items whose cluster is mapped to their class by the best one-to-one map.

    Where there are more clusters than classes the surplus counts as wrong.
    """
    return _accuracy(contingency(clusters, classes)[0])


def purity(clusters: ArrayLike, classes: ArrayLike) -> float:
    """Share of items that belong to their cluster's most frequent class. Grows with K: print K."""
    return _purity(contingency(clusters, classes)[0])


def table_scores(table: NDArray[np.integer]) -> dict[str, float]:
    """nmi, ari, accuracy and purity of a (K, C) table of clusters and classes, as of its items."""
    rows, columns = np.nonzero(table)
    a, b = table.sum(axis=1).astype(np.float64), table.sum(axis=0).astype(np.float64)
    cells = table[rows, columns].astype(np.float64)
    overlap = _Overlap(cells, a[rows], b[columns], a[a > 0], b[b > 0], float(a.sum()))
    return {
        "nmi": _nmi(overlap, "arithmetic"),
        "ari": _ari(overlap),
        "accuracy": _accuracy(table),
        "purity": _purity(table),
    }


def wilson_interval(right: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share, `right` out of `of` (Wilson 1927); all of 0 to 1 for of = 0."""
    if of == 0:
        return 0.0, 1.0
    centre = (right + z * z / 2) / (of + z * z)
    half = z / (of + z * z) * np.sqrt(right * (of - right) / of + z * z / 4)
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def cluster_health(labels: NDArray[np.integer], k: int) -> ClusterHealth:
    """Figures on the sizes of k clusters numbered from 0."""
    sizes = np.bincount(labels, minlength=k)
    shares = sizes[sizes > 0] / len(labels)
    return ClusterHealth(
        used=len(shares),
        effective=float(np.exp(-(shares * np.log(shares)).sum())),
        imbalance=float(k * np.square(shares).sum()),
        max_share=float(shares.max()),
    )


def churn(old: ArrayLike, new: ArrayLike) -> float:
    """Share of items that changed cluster, after the best one-to-one matching of old and new."""
    return 1 - hungarian_accuracy(old, new)


def knn_accuracy(
    bank: NDArray[np.floating],
    bank_labels: ArrayLike,
    queries: NDArray[np.floating] | None = None,
    query_labels: ArrayLike | None = None,
    k: int = 20,
    tau: float = 0.07,
    *,
    check: Callable[[], object] = lambda: None,
) -> float:
    """Share of queries whose weighted vote of the k most similar bank rows names their label.

    Each neighbour votes exp(cosine / tau) (NPID, arXiv 1805.01978; DINO's eval_knn); at equal votes
    the label that sorts first wins. Without queries every bank row is asked about with itself left
    out. k is cut to the size of the bank.
    """
    names, numbers = np.unique(np.asarray(bank_labels), return_inverse=True)
    if queries is None:
        distances, indices = nearest_others(bank, k, check=check)
        truth = np.asarray(bank_labels)
    else:
        distances, indices = nearest(bank, queries, k, check=check)
        truth = np.asarray(query_labels)
    votes = knn_votes(distances, numbers[indices], len(names), tau)
    return float((names[votes.argmax(axis=1)] == truth).mean())


def knn_votes(
    distances: NDArray[np.floating], labels: NDArray[np.integer], classes: int, tau: float
) -> Floats:
    """The (Q, C) summed votes of neighbours at cosine distances (Q, k) with class numbers (Q, k).

    Weights are relative to the nearest neighbour's, which leaves every vote as it is and keeps
    small temperatures from overflowing.
    """
    near = distances.astype(np.float64)
    weights = np.exp(-(near - near.min(axis=1, keepdims=True)) / tau)
    votes = np.zeros((len(near), classes))
    np.add.at(votes, (np.arange(len(near))[:, None], labels), weights)
    return votes


def effective_rank(x: NDArray[np.floating]) -> float:
    """In how many directions (N, D) rows spread: 1 to min(N, D). RankMe, arXiv 2210.02885 eq. 1.

    Rows are taken as they are, not centred. Costs N * D^2: use a few thousand rows.
    """
    rows = np.asarray(x, dtype=np.float64)
    rows = rows if rows.shape[0] >= rows.shape[1] else rows.T
    # A tenth of the time of the singular values themselves, which are needed to no more than 1e-7.
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(rows.T @ rows), 0))
    shares = values / max(float(values.sum()), 1e-300) + 1e-7
    return float(np.exp(-(shares * np.log(shares)).sum()))


def embedding_std(x: NDArray[np.floating]) -> float:
    """sqrt(D) times the mean std of the columns of unit rows: about 1 if spread, 0 if collapsed."""
    rows = unit_rows(x)
    return float(np.sqrt(rows.shape[1]) * rows.std(axis=0, dtype=np.float64).mean())


def silhouette(
    x: NDArray[np.floating], labels: ArrayLike, *, sample: int | None = 5_000, seed: int = 0
) -> float:
    """Mean silhouette of (N, D) rows with cosine distance, -1 to 1 (Rousseeuw 1987).

    Items alone in their cluster count 0, as does the whole if there is one cluster. At most
    `sample` rows, drawn with `seed`; all if None. Mean distances to a cluster come from its sum of
    unit rows, so the cost is N * D * K and not N * N * D.
    """
    rows, groups = np.asarray(x), np.asarray(labels)
    if sample is not None and len(rows) > sample:
        chosen = np.random.default_rng(seed).choice(len(rows), sample, replace=False)
        rows, groups = rows[chosen], groups[chosen]
    names, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < 2:
        return 0.0
    units = rows.astype(np.float64)
    units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-12)
    return float(_silhouettes(units, numbers, sizes).mean())


def _overlap(a: ArrayLike, b: ArrayLike) -> _Overlap:
    _, a_numbers, a_sizes = np.unique(np.asarray(a), return_inverse=True, return_counts=True)
    _, b_numbers, b_sizes = np.unique(np.asarray(b), return_inverse=True, return_counts=True)
    pairs, cells = np.unique(a_numbers * len(b_sizes) + b_numbers, return_counts=True)
    rows, columns = np.divmod(pairs, len(b_sizes))
    a_floats, b_floats = a_sizes.astype(np.float64), b_sizes.astype(np.float64)
    n = float(a_sizes.sum())
    return _Overlap(
        cells.astype(np.float64), a_floats[rows], b_floats[columns], a_floats, b_floats, n
    )


def _nmi(overlap: _Overlap, mean: Mean) -> float:
    if min(len(overlap.a), len(overlap.b)) == 1:
        return float(len(overlap.a) == len(overlap.b))
    return _mutual_information(overlap) / _mean_entropy(overlap, mean)


def _ari(overlap: _Overlap) -> float:
    together, in_a, in_b = (_pairs(x) for x in (overlap.cells, overlap.a, overlap.b))
    expected = in_a * in_b / max(_pairs(np.array([overlap.n])), 1)
    most = (in_a + in_b) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _accuracy(table: NDArray[np.integer]) -> float:
    return float(table[hungarian(table)].sum() / table.sum())


def _purity(table: NDArray[np.integer]) -> float:
    return float(table.max(axis=1).sum() / table.sum())


def _entropy(sizes: Floats) -> float:
    shares = sizes / sizes.sum()
    return float(-(shares * np.log(shares)).sum())


def _mutual_information(overlap: _Overlap) -> float:
    shares = overlap.cells / overlap.n
    logs = np.log(overlap.cells) + np.log(overlap.n) - np.log(overlap.of_a) - np.log(overlap.of_b)
    return max(0.0, float((shares * logs).sum()))


def _mean_entropy(overlap: _Overlap, mean: Mean) -> float:
    h_a, h_b = _entropy(overlap.a), _entropy(overlap.b)
    if mean == "arithmetic":
        return (h_a + h_b) / 2
    return float(np.sqrt(h_a * h_b)) if mean == "geometric" else max(h_a, h_b)


def _pairs(sizes: Floats) -> float:
    return float((sizes * (sizes - 1) / 2).sum())


def _expected_mutual_information(overlap: _Overlap) -> float:
    """Mean over all groupings of the same sizes; equal pairs of sizes are worked out once."""
    a_sizes, a_times = np.unique(overlap.a, return_counts=True)
    b_sizes, b_times = np.unique(overlap.b, return_counts=True)
    return float(
        sum(
            a_count * b_count * _expected_cell(a, b, overlap.n)
            for a, a_count in zip(a_sizes, a_times, strict=True)
            for b, b_count in zip(b_sizes, b_times, strict=True)
        )
    )


def _expected_cell(a: float, b: float, n: float) -> float:
    """Expected share of the mutual information of one cell: n_ij is hypergeometric."""
    from scipy.special import gammaln

    cell = np.arange(max(1.0, a + b - n), min(a, b) + 1)
    fixed = (
        gammaln(a + 1) + gammaln(b + 1) + gammaln(n - a + 1) + gammaln(n - b + 1) - gammaln(n + 1)
    )
    varying = gammaln(cell + 1) + gammaln(a - cell + 1) + gammaln(b - cell + 1)
    log_chance = fixed - varying - gammaln(n - a - b + cell + 1)
    information = cell / n * (np.log(cell) + np.log(n) - np.log(a) - np.log(b))
    return float((information * np.exp(log_chance)).sum())


def _silhouettes(units: Floats, numbers: NDArray[np.intp], sizes: Ints) -> Floats:
    sums = np.zeros((len(sizes), units.shape[1]))
    np.add.at(sums, numbers, units)
    far = sizes - units @ sums.T  # summed distance of each item to each cluster
    own = far[np.arange(len(units)), numbers]
    alone = sizes[numbers] == 1
    inside = own / np.maximum(sizes[numbers] - 1, 1)  # the distance to itself is 0
    means = far / sizes
    means[np.arange(len(units)), numbers] = np.inf
    outside = means.min(axis=1)
    widest = np.maximum(np.maximum(inside, outside), 1e-300)
    return np.where(alone, 0.0, (outside - inside) / widest)
