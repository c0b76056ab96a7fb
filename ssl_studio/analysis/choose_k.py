"""How many groups suit a set of features: figures for several numbers, and a suggestion.

There is no right number in the features themselves. Three figures speak for or against each:
how separate the groups are (silhouette), whether the same groups come back with other seeds on
other images (stability), and what is gained by one more (inertia).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ssl_studio.analysis.cluster_scores import label_free_scores
from ssl_studio.analysis.clustering import Floats, assign, best_centres, prepare, stability
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore

SAMPLE = 5_000
USUAL = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 25, 30, 40, 50, 65, 80, 100)
NEAR = 0.3
"""A silhouette may fall behind the best by this share of it: it favours few groups by nature."""
WEAK = 0.1
"""Below this silhouette no number of groups stands out."""
STEADY = 0.8
"""From this stability on, groups count as coming back."""
_STEADY_GAP = 0.05


@dataclass(frozen=True, slots=True)
class KScore:
    """What speaks for one number of clusters.

    Attributes:
        silhouette: -1 to 1, how much nearer images are to their own group than to the next.
        stability: mean ARI between k-means runs of other seeds on 80 % of the images.
        inertia: mean squared distance of an image to the centre of its group.
        size_entropy: 1 where all groups are equally large.
    """

    k: int
    silhouette: float
    stability: float
    inertia: float
    size_entropy: float


@dataclass(frozen=True, slots=True)
class KProposal:
    """A number of clusters that suits the features, the reason in words, and the figures.

    Attributes:
        elbow: Where the curve of inertia bends most; None for fewer than four numbers.
        looked_at: Images that the figures come from, out of `images`.
    """

    k: int
    why: str
    table: tuple[KScore, ...]
    elbow: int | None
    looked_at: int
    images: int


def propose_k(
    features: npt.NDArray[np.float32],
    *,
    seed: int,
    candidates: Sequence[int] | None = None,
    classes: int = 0,
    whiten: int = 0,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> KProposal:
    """Judge several numbers of clusters on at most 5,000 images and suggest one.

    Of those with a silhouette of at least 0.7 of the best, the largest that is as stable as they
    get: more groups say more, as long as they come back. The silhouette alone would take the
    fewest groups on most real features. `classes` (labels that are known) is tried too. Raises
    AnalysisError for too few images.
    """
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(features))[:SAMPLE])
    wanted = sorted({*(candidates or USUAL), *((classes,) if classes > 1 else ())})
    ks = [k for k in wanted if 2 <= k <= len(rows) // 4]
    if not ks:
        raise AnalysisError(
            "There are too few images to propose a number of clusters.",
            f"There are {len(features)}.",
            "Say how many to look for, or scan more images.",
        )
    points = prepare(features[rows], whiten)
    table = []
    for done, k in enumerate(ks):
        report(Progress(done, len(ks), f"Trying {k} clusters"))
        table.append(_judge(points, k, seed, cancel))
    best = choose(table)
    return KProposal(
        best.k, in_words(best, table), tuple(table), elbow(table), len(rows), len(features)
    )


def _judge(points: Floats, k: int, seed: int, cancel: Cancel | None) -> KScore:
    centres = best_centres(points, k, seed, 3, 30, ignore, cancel)
    numbers, distances, _, _ = assign(points, centres)
    scores = label_free_scores(points, numbers, seed=seed, cancel=cancel)
    steady = stability(points, k, seed=seed, runs=4, restarts=3, cancel=cancel)
    inertia = float(np.square(distances, dtype=np.float64).mean())
    return KScore(k, scores.get("silhouette", -1.0), steady, inertia, scores["size_entropy"])


def choose(table: Sequence[KScore]) -> KScore:
    """The largest k among the well separated that are as stable as those get."""
    top = max(score.silhouette for score in table)
    near = [score for score in table if score.silhouette >= top - NEAR * abs(top)]
    steadiest = max(score.stability for score in near)
    steady = [score for score in near if score.stability >= steadiest - _STEADY_GAP]
    return max(steady, key=lambda score: score.k)


def elbow(table: Sequence[KScore]) -> int | None:
    """The k whose inertia lies farthest below the line from the first to the last, over log k."""
    if len(table) < 4:
        return None
    x = np.log([score.k for score in table])
    y = np.array([score.inertia for score in table])
    x, y = (x - x[0]) / (x[-1] - x[0]), (y - y[-1]) / max(float(y[0] - y[-1]), 1e-12)
    return table[int((1 - x - y).argmax())].k


def in_words(best: KScore, table: Sequence[KScore]) -> str:
    """Why this number, and what to expect of others."""
    top = max(table, key=lambda score: score.silhouette)
    said = [
        f"Among {table[0].k} to {table[-1].k} clusters, {best.k} are "
        f"{'best' if top is best else 'well'} separated (silhouette {best.silhouette:.2f}) "
        f"and {best.stability:.0%} stable over seeds and sub-samples."
    ]
    if top is not best:
        said.append(f"{top.k} would reach a silhouette of {top.silhouette:.2f}, and say less.")
    if top.silhouette < WEAK:
        said.append("No number stands out: the groups run into each other.")
    finer = [score for score in table if score.k > best.k]
    if finer and max(score.stability for score in finer) < STEADY:
        said.append(
            "More clusters do not come back with other seeds: good for looking through, "
            "but where one ends and the next begins is arbitrary."
        )
    return " ".join(said)
