"""Cut a feature set into clusters and give them names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.events import Artefact, Cancel, Note, Report
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project
from ssl_studio.project.records import ClusterRecord

if TYPE_CHECKING:
    from ssl_studio.analysis.clustering import Clustering

ALGORITHM = "k-means"
_MAJORITY = 0.5


@dataclass(frozen=True, slots=True)
class ClusterResult:
    """The clustering that was stored, with its clusters from the largest to the smallest.

    `scores` need no labels, apart from those that begin with "label_".
    """

    clustering_id: int
    clusters: tuple[ClusterRecord, ...]
    scores: Mapping[str, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class ClusterJob:
    """k-means on the unit-length features.

    Clusters that continue one of the project's previous clustering keep its colour, note and the
    name that a user gave it; the others are named after the label that most of them bear.

    Attributes:
        k: None takes as many as there are labels, or what suits the features best.
        whiten: Whiten to so many dimensions first; 0 leaves the features as they are.
    """

    feature_set_id: int
    k: int | None = None
    seed: int = 0
    whiten: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Searching clusters" if self.k is None else f"Searching {self.k} clusters"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ClusterResult:
        """Cluster and store. Raises AnalysisError when k does not fit the images."""
        from ssl_studio.analysis.clustering import cluster

        watch = Stopwatch()
        with Project.open(project_path) as project:
            values = project.features.values(self.feature_set_id)
            ids = project.features.image_ids(self.feature_set_id)
            labels = project.images.labels(ids)
            k = self.k or self._propose(values, labels, report, cancel)
            made = cluster(
                values, k, seed=self.seed, whiten=self.whiten, report=report, cancel=cancel
            )
            scores = {**made.scores, **_label_scores(made, labels)}
            kept = _Kept.from_previous(project, ids, made.numbers)
            stored = project.clusterings.add(
                self.feature_set_id,
                ALGORITHM,
                made.k,
                self.seed,
                made.settings,
                scores,
                watch.seconds,
                ids,
                made.numbers,
                made.distances,
                made.margins,
                names={**suggest_names(made.numbers, labels), **kept.names},
                colours=kept.colours,
                notes=kept.notes,
            )
            clusters = tuple(project.clusterings.clusters(stored))
        report(Artefact("clusterings", stored))
        return ClusterResult(stored, clusters, scores, watch.seconds)

    def _propose(
        self, values: np.ndarray, labels: Sequence[str | None], report: Report, cancel: Cancel
    ) -> int:
        from ssl_studio.analysis.clustering import propose_k

        classes = len({label for label in labels if label is not None})
        if classes > 1:
            report(Note("info", f"{classes} clusters, as many as there are labels."))
            return classes
        found = propose_k(values, seed=self.seed, whiten=self.whiten, report=report, cancel=cancel)
        report(Note("info", f"{found.k} clusters. {found.why}"))
        return found.k


def suggest_names(numbers: np.ndarray, labels: Sequence[str | None]) -> dict[int, str]:
    """A name for each cluster (by number) in which more than half of the images share a label.

    Of several clusters with the same label the largest has the bare name; others count on.
    """
    members: dict[int, list[str | None]] = {}
    for number, label in zip(numbers.tolist(), labels, strict=True):
        members.setdefault(number, []).append(label)
    names: dict[int, str] = {}
    used: Counter[str] = Counter()
    for number, own in sorted(members.items(), key=lambda item: -len(item[1])):
        label, count = Counter(own).most_common(1)[0]
        if label is None or count <= _MAJORITY * len(own):
            continue
        used[label] += 1
        names[number] = label if used[label] == 1 else f"{label} {used[label]}"
    return names


def _label_scores(made: "Clustering", labels: Sequence[str | None]) -> dict[str, float]:
    from ssl_studio.analysis.cluster_scores import label_scores
    from ssl_studio.analysis.evaluation import encode_labels

    numbers, names = encode_labels(labels)
    if len(names) < 2:
        return {}
    return {f"label_{k}": v for k, v in label_scores(made.numbers, numbers).items()}


@dataclass(frozen=True, slots=True)
class _Kept:
    """What clusters take over from those they continue, by their number."""

    names: dict[int, str] = field(default_factory=dict)
    colours: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)

    @classmethod
    def from_previous(cls, project: Project, ids: np.ndarray, numbers: np.ndarray) -> "_Kept":
        """Match with the project's newest clustering, over the images that both hold."""
        from ssl_studio.analysis.clustering import carry_over

        earlier = project.clusterings.all()
        if not earlier:
            return cls()
        old = {c.id: c for c in project.clusterings.clusters(earlier[-1].id)}
        old_ids, old_clusters = project.clusterings.assignment(earlier[-1].id)
        before = dict(zip(old_ids.tolist(), old_clusters.tolist(), strict=True))
        former = np.array([before.get(i, -1) for i in ids.tolist()], np.int64)
        suggested = suggest_names(old_clusters, project.images.labels(old_ids))
        kept = cls()
        for number, cluster_id in carry_over(former, numbers).items():
            cluster = old[cluster_id]
            kept.colours[number] = cluster.colour
            kept.notes[number] = cluster.note
            own = {f"Cluster {cluster.number + 1}", suggested.get(cluster_id)}
            if cluster.name not in own:
                kept.names[number] = cluster.name
        return kept
