"""How much a handful of labels is worth: accuracy with 1, 5, 10 ... labelled images per class.

Letters: N images, D features, C classes. Labels are int64 with -1 for none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ssl_studio.events import Cancel
from ssl_studio.numerics.neighbours import unit_rows

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

COUNTS = (1, 2, 5, 10, 20, 50, 100)
DRAWS = 5


@dataclass(frozen=True, slots=True)
class FewLabels:
    """Accuracy with `count` labelled images of each class: mean and spread over the draws."""

    count: int
    accuracy: float
    deviation: float


def few_label_curve(
    features: Floats,
    labels: Ints,
    train: Ints,
    test: Ints,
    *,
    seed: int,
    counts: Sequence[int] = COUNTS,
    draws: int = DRAWS,
    cancel: Cancel | None = None,
) -> list[FewLabels]:
    """Nearest class mean among unit-length features, its means taken from a few labelled images.

    The classifier has nothing to tune, so that one label per class is enough for it (prototypes
    of arXiv 1703.05175, without training). Each draw takes `count` rows of `train` per class;
    counts that the smallest class cannot fill are left out. Judged on `test`.
    """
    rng = np.random.default_rng(seed)
    unit = unit_rows(features)
    own = [train[labels[train] == label] for label in np.unique(labels[train])]
    asked, truth = unit[test], labels[test]
    names = np.array([labels[rows[0]] for rows in own])
    curve = []
    for count in counts:
        if count > min(len(rows) for rows in own):
            break
        if cancel is not None:
            cancel.check()
        found = []
        for _ in range(draws):
            chosen = [rng.choice(rows, count, replace=False) for rows in own]
            means = unit_rows(np.stack([unit[rows].mean(axis=0) for rows in chosen]))
            found.append(float((names[(asked @ means.T).argmax(axis=1)] == truth).mean()))
        curve.append(FewLabels(count, float(np.mean(found)), float(np.std(found))))
    return curve
