"""Figures about a clustering: those that need no labels, and those against labels.

Letters: N images, p dimensions, k clusters, C classes. `numbers` are int64 (N,) in 0..k-1 and
labels int64 (N,) with -1 for none. Formulas: NMI with the arithmetic mean; ACC by the best
one-to-one matching, unmatched clusters counted as wrong.
"""

import math

import numpy as np
import numpy.typing as npt

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel
from ssl_studio.numerics.matching import contingency
from ssl_studio.numerics.neighbours import nearest_others
from ssl_studio.numerics.scores import ami, cluster_health, nmi, silhouette, table_scores

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_SAMPLE = 5000


def label_free_scores(
    points: Floats, numbers: Ints, *, seed: int, cancel: Cancel | None = None
) -> dict[str, float]:
    """How compact, separate and even the groups are; silhouette on at most 5,000 images.

    Names: silhouette, davies_bouldin (small is good), neighbour_agreement (share of the five
    nearest images in the same group), size_entropy (1: equal sizes; under 0.5 hints at
    collapse), effective_clusters, largest_share.
    """
    from sklearn.metrics import davies_bouldin_score

    if cancel is not None:
        cancel.check()
    health = cluster_health(numbers, int(numbers.max()) + 1)
    most = math.log(health.used)
    scores = {
        "size_entropy": math.log(health.effective) / most if most else 0.0,
        "effective_clusters": health.effective,
        "largest_share": health.max_share,
        "neighbour_agreement": _neighbour_agreement(points, numbers, seed),
    }
    rows = np.random.default_rng(seed).permutation(len(points))[:_SAMPLE]
    if 1 < len(np.unique(numbers[rows])) < len(rows):
        scores["silhouette"] = silhouette(points[rows], numbers[rows], sample=None)
        scores["davies_bouldin"] = float(davies_bouldin_score(points[rows], numbers[rows]))
    return scores


def _neighbour_agreement(points: Floats, numbers: Ints, seed: int, k: int = 5) -> float:
    """On at most 5,000 images and their neighbours among those."""
    if len(points) < 2:
        return 1.0
    rows = np.random.default_rng(seed).permutation(len(points))[:_SAMPLE]
    _, found = nearest_others(points[rows], k)
    own = numbers[rows]
    return float((own[found] == own[:, None]).mean())


def label_scores(
    numbers: Ints, labels: Ints, *, seed: int = 0, draws: int = 200, cancel: Cancel | None = None
) -> dict[str, float]:
    """A clustering against labels, over the images that have one.

    Names: n, k, classes; ami (the primary figure), ari, accuracy, purity (grows with k), nmi
    with nmi_floor (same sizes, labels shuffled) and nmi_ceiling (pure groups of equal size);
    and for nmi, ari, accuracy and purity the ends of a 95 % bootstrap interval over images with
    the clusters fixed, `<name>_low` and `<name>_high`. Raises AnalysisError without labels.
    """
    has = labels >= 0
    if not has.any():
        raise AnalysisError("No image has a label, so clusters cannot be compared with labels.")
    a, b, rng = numbers[has], labels[has], np.random.default_rng(seed)
    table = contingency(a, b)[0]
    k, classes = table.shape
    scores = {"n": float(len(a)), "k": float(k), "classes": float(classes)}
    scores |= {"ami": float(ami(a, b)), **table_scores(table)}
    scores["nmi_floor"] = float(np.mean([_shuffled_nmi(a, b, rng, cancel) for _ in range(5)]))
    logs = math.log(k) + math.log(classes)
    scores["nmi_ceiling"] = 2 * min(math.log(k), math.log(classes)) / logs if logs else 0.0
    return scores | _bootstrap(table, draws, rng, cancel)


def _shuffled_nmi(a: Ints, b: Ints, rng: np.random.Generator, cancel: Cancel | None) -> float:
    if cancel is not None:
        cancel.check()
    return nmi(a, rng.permutation(b))


def _bootstrap(
    table: Ints, draws: int, rng: np.random.Generator, cancel: Cancel | None
) -> dict[str, float]:
    """Images drawn with replacement fill the cells of their table as a multinomial draw does."""
    filled = np.nonzero(table)
    n, shares = int(table.sum()), table[filled] / table.sum()
    drawn, found = np.zeros_like(table), []
    for _ in range(draws):
        if cancel is not None:
            cancel.check()
        drawn[filled] = rng.multinomial(n, shares)
        found.append(table_scores(drawn))
    ends: dict[str, float] = {}
    for name in found[0] if found else ():
        values = np.percentile([scores[name] for scores in found], [2.5, 97.5])
        ends[f"{name}_low"], ends[f"{name}_high"] = values.tolist()
    return ends
