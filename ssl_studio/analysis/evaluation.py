"""How well features tell classes apart: weighted kNN, linear probes and clustering scores.

Letters: N images, D features, C classes, Q queries. Labels are int64 with -1 for none. Every
figure carries its protocol, its n and a 95 % interval, and stands beside the reference rows
(random initialisation, raw pixels) that the caller puts into the same table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from ssl_studio.analysis.cluster_scores import label_scores
from ssl_studio.analysis.clustering import cluster
from ssl_studio.analysis.layer_probe import LayerProbe, layer_probe
from ssl_studio.analysis.linear_probe import logistic_probe
from ssl_studio.analysis.neighbours import nearest_to, neighbours_of_all
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.numerics.scores import knn_votes, wilson_interval

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Protocol = Literal["knn", "linear", "clustering"]
Keep = Callable[[Protocol, Ints, Ints], None]
"""Hears of the rows that were judged and the class that each was taken for."""

TEMPERATURE = 0.07
NEIGHBOURS = (1, 5, 20, 200)
_IMBALANCED = 3.0
_FEW = 1000


@dataclass(frozen=True, slots=True)
class Split:
    """Which labelled images a probe learns from and which it is judged by; rows, sorted."""

    train: Ints
    test: Ints
    how: Literal["given", "drawn"]


@dataclass(frozen=True, slots=True)
class Score:
    """One figure about one set of features.

    Attributes:
        features: Name of the set, "random initialisation" or "raw pixels" for the references.
        protocol, metric: What was done and what was measured, "knn" and "accuracy@20".
        value: The figure, and
        low, high: the ends of its 95 % interval; NaN where there is none.
        n: Images that it was measured on.
        settings: What was chosen or given.
    """

    features: str
    protocol: Protocol
    metric: str
    value: float
    low: float
    high: float
    n: int
    settings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """All scores of an evaluation and what they must be read against.

    Attributes:
        chance: 1 / C; `majority`: share of the largest class in the test images.
        imbalance: Largest class over smallest; above 3 balanced figures are added.
    """

    scores: Sequence[Score]
    classes: int
    chance: float
    majority: float
    imbalance: float
    split: Split

    def value(self, features: str, protocol: Protocol, metric: str) -> float:
        """One figure by name. Raises KeyError."""
        for score in self.scores:
            if (score.features, score.protocol, score.metric) == (features, protocol, metric):
                return score.value
        raise KeyError((features, protocol, metric))


def encode_labels(labels: Sequence[str | None]) -> tuple[Ints, list[str]]:
    """int64 (N,) numbers of the sorted class names, -1 for none, and the names."""
    names = sorted({label for label in labels if label is not None})
    number = {name: i for i, name in enumerate(names)}
    coded = [-1 if label is None else number[label] for label in labels]
    return np.array(coded, np.int64), names


def make_split(labels: Ints, given: Sequence[str | None] | None, *, seed: int) -> Split:
    """The given "train" / "test" split where both are there, else a seeded 80/20 within classes.

    Images without a label are in neither. Raises AnalysisError when fewer than two classes or
    too few images have labels.
    """
    has = labels >= 0
    if len(np.unique(labels[has])) < 2:
        raise AnalysisError(
            "Features can only be evaluated where images of at least two classes have labels.",
            remedy="Give labels by sub-folders or by a CSV file, then scan again.",
        )
    if given is not None:
        names = np.array([name or "" for name in given])
        train, test = (
            np.flatnonzero(has & (names == "train")),
            np.flatnonzero(has & (names == "test")),
        )
        if len(train) and len(test):
            return Split(train, test, "given")
    rng = np.random.default_rng(seed)
    tests = []
    for label in np.unique(labels[has]):
        rows = rng.permutation(np.flatnonzero(labels == label))
        tests.append(rows[: len(rows) // 5 or int(len(rows) > 1)])
    test = np.sort(np.concatenate(tests))
    train = np.setdiff1d(np.flatnonzero(has), test)
    if not len(test):
        raise AnalysisError(
            "Every class has a single image, so nothing is left to test on.",
            remedy="Give labels that several images share, then scan again.",
        )
    return Split(train, test, "drawn")


def knn_predictions(
    bank: Floats,
    bank_labels: Ints,
    queries: Floats | None,
    ks: Sequence[int],
    *,
    tau: float = TEMPERATURE,
    cancel: Cancel | None = None,
) -> Ints:
    """int64 (Q, len(ks)): the class with the largest sum of exp(cosine / tau) over k neighbours.

    Weighted kNN of arXiv 1805.01978, section 3.4. With `queries` None every image of the bank is
    judged by the others. Of equal classes the lower number wins.
    """
    most = max(ks)
    if queries is None:
        found = neighbours_of_all(bank, most, cancel=cancel)
    else:
        found = nearest_to(bank, queries, most, cancel=cancel)
    classes = int(bank_labels.max()) + 1
    voters = bank_labels[found.positions]
    votes = (knn_votes(found.distances[:, :k], voters[:, :k], classes, tau) for k in ks)
    return np.stack([vote.argmax(axis=1) for vote in votes], axis=1).astype(np.int64)


def knn_scores(
    name: str,
    features: Floats,
    labels: Ints,
    split: Split,
    *,
    ks: Sequence[int] = NEIGHBOURS,
    leave_one_out: bool = False,
    tau: float = TEMPERATURE,
    keep: Keep | None = None,
    cancel: Cancel | None = None,
) -> list[Score]:
    """Weighted kNN for each k up to half the bank; of the test images, or of all but themselves."""
    bank = np.union1d(split.train, split.test) if leave_one_out else split.train
    queries = bank if leave_one_out else split.test
    fitting = [k for k in ks if k <= max(1, len(bank) // 2)]
    asked = None if leave_one_out else features[queries]
    predicted = knn_predictions(
        features[bank], labels[bank], asked, fitting, tau=tau, cancel=cancel
    )
    if keep is not None:
        quoted = max(k for k in fitting if k <= headline_k(len(split.train)))
        keep("knn", queries, predicted[:, fitting.index(quoted)])
    scores = []
    for column, k in enumerate(fitting):
        extra = {"k": float(k), "tau": tau, "leave_one_out": float(leave_one_out)}
        scores += _accuracies(name, "knn", f"@{k}", predicted[:, column], labels[queries], extra)
    return scores


def headline_k(train: int) -> int:
    """The k that is quoted: 20, or 5 where fewer than 1,000 images vote."""
    return 5 if train < _FEW else 20


def linear_scores(
    name: str,
    features: Floats,
    labels: Ints,
    split: Split,
    *,
    seed: int,
    keep: Keep | None = None,
    cancel: Cancel | None = None,
) -> list[Score]:
    """Logistic regression learnt on the training images and judged by the test images."""
    classes = int(labels.max()) + 1
    probed = logistic_probe(
        features[split.train],
        labels[split.train],
        features[split.test],
        classes=classes,
        seed=seed,
        cancel=cancel,
    )
    if keep is not None:
        keep("linear", split.test, probed.predictions)
    truth = labels[split.test]
    scores = _accuracies(name, "linear", "", probed.predictions, truth, probed.chosen)
    return scores + _top_five(name, probed.scores, truth, probed.chosen)


def layer_scores(
    features: Mapping[str, Floats],
    labels: Ints,
    split: Split,
    *,
    seed: int,
    plan: LayerProbe | None = None,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> list[Score]:
    """The product probe of every layer (features of `probe_features`), named by layer."""
    probed = layer_probe(
        {layer: values[split.train] for layer, values in features.items()},
        labels[split.train],
        {layer: values[split.test] for layer, values in features.items()},
        classes=int(labels.max()) + 1,
        seed=seed,
        plan=plan or LayerProbe(),
        report=report,
        cancel=cancel,
    )
    truth = labels[split.test]
    scores = []
    for layer, result in probed.items():
        scores += _accuracies(layer, "linear", "", result.predictions, truth, result.chosen)
        scores += _top_five(layer, result.scores, truth, result.chosen)
    return scores


def clustering_scores(
    name: str,
    features: Floats,
    labels: Ints,
    *,
    seed: int,
    k: int | None = None,
    whiten: int = 0,
    restarts: int = 20,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> list[Score]:
    """k-means of the labelled images against labels; as many clusters as classes unless given."""
    rows = np.flatnonzero(labels >= 0)
    classes = len(np.unique(labels[rows]))
    made = cluster(
        features[rows],
        min(k or classes, len(rows)),
        seed=seed,
        restarts=restarts,
        whiten=whiten,
        judge=False,
        report=report,
        cancel=cancel,
    )
    found = label_scores(made.numbers, labels[rows], seed=seed, cancel=cancel)
    settings = {"k": found["k"], "classes": float(classes), "whiten": float(whiten)}
    missing = float("nan")
    return [
        Score(
            name,
            "clustering",
            metric,
            found[metric],
            found.get(f"{metric}_low", missing),
            found.get(f"{metric}_high", missing),
            len(rows),
            settings,
        )
        for metric in ("ami", "nmi", "nmi_floor", "nmi_ceiling", "ari", "accuracy", "purity")
    ]


def evaluate(
    sets: Mapping[str, Floats],
    labels: Ints,
    split: Split,
    *,
    seed: int,
    protocols: Sequence[Protocol] = ("knn", "linear", "clustering"),
    keep: Keep | None = None,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> Table:
    """All protocols on all named sets of features over the same images, in one table.

    With a drawn split kNN is judged by leaving one out, which wastes no label. `keep` hears what
    each image was taken for by kNN, at the k that is quoted, and by the linear probe.
    """
    scores: list[Score] = []
    total = len(sets) * len(protocols)
    for number, (name, features) in enumerate(sets.items()):
        _check(name, features, labels)
        for step, protocol in enumerate(protocols):
            report(Progress(number * len(protocols) + step, total, f"{name}: {protocol}"))
            if protocol == "knn":
                alone = split.how == "drawn"
                scores += knn_scores(
                    name, features, labels, split, leave_one_out=alone, keep=keep, cancel=cancel
                )
            elif protocol == "linear":
                scores += linear_scores(
                    name, features, labels, split, seed=seed, keep=keep, cancel=cancel
                )
            else:
                scores += clustering_scores(name, features, labels, seed=seed, cancel=cancel)
    counts = np.bincount(labels[labels >= 0])
    counts = counts[counts > 0]
    shares = np.bincount(labels[split.test]) / len(split.test)
    return Table(
        scores,
        len(counts),
        1 / len(counts),
        float(shares.max()),
        float(counts.max() / counts.min()),
        split,
    )


def _check(name: str, features: Floats, labels: Ints) -> None:
    if len(features) != len(labels):
        raise AnalysisError(
            f"“{name}” holds features of {len(features)} images, but {len(labels)} have rows here.",
            remedy="Compute the features of all images again.",
        )
    if not np.isfinite(features).all():
        raise AnalysisError(
            f"“{name}” holds values that are not numbers.",
            "The encoder's training has probably failed.",
            "Take the features of an earlier checkpoint.",
        )


def _accuracies(
    name: str,
    protocol: Protocol,
    suffix: str,
    predicted: Ints,
    truth: Ints,
    settings: dict[str, float],
) -> list[Score]:
    """Accuracy, and where classes are uneven the mean recall and F1 over classes."""
    right = int((predicted == truth).sum())
    n = len(truth)
    low, high = wilson_interval(right, n)
    scores = [Score(name, protocol, f"accuracy{suffix}", right / n, low, high, n, settings)]
    counts = np.bincount(truth)
    present = np.flatnonzero(counts)
    if counts.max() <= _IMBALANCED * counts[present].min():
        return scores
    hits = np.array([((predicted == c) & (truth == c)).sum() for c in present])
    claims = np.array([(predicted == c).sum() for c in present])
    recall = float((hits / counts[present]).mean())
    f1 = float((2 * hits / (claims + counts[present])).mean())
    missing = float("nan")
    for metric, value in (("balanced_accuracy", recall), ("macro_f1", f1)):
        scores.append(Score(name, protocol, metric + suffix, value, missing, missing, n, settings))
    return scores


def _top_five(name: str, scores: Floats, truth: Ints, settings: dict[str, float]) -> list[Score]:
    """The share of images whose class is among the five likeliest; from 20 classes on."""
    if scores.shape[1] < 20:
        return []
    best = np.argsort(-scores, axis=1, kind="stable")[:, :5]
    right = int((best == truth[:, None]).any(axis=1).sum())
    low, high = wilson_interval(right, len(truth))
    value = right / len(truth)
    return [Score(name, "linear", "top5_accuracy", value, low, high, len(truth), settings)]
