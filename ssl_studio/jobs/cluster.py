"""Cut a feature set into clusters and give them names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ssl_studio.events import Artefact, Cancel, Note, Progress, Report
from ssl_studio.jobs.associations import SCORE, STATE, find_associations
from ssl_studio.jobs.choose_k import choose_k
from ssl_studio.jobs.cluster_names import REST_NAME, Kept, names_in_words, suggest_names
from ssl_studio.jobs.cluster_scores import scores_by_labels
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project
from ssl_studio.project.records import ClusterRecord

if TYPE_CHECKING:
    from ssl_studio.analysis.clustering import Clustering

Algorithm = Literal["k-means", "ward", "hdbscan", "power iteration"]
FINDS_K: frozenset[Algorithm] = frozenset({"hdbscan", "power iteration"})
"""Those whose number of clusters is an outcome."""
REST_COLOUR = "#8d9398"
LEAST_IMAGES = 4
"""Images for each label from which labels say how many clusters to look for."""


@dataclass(frozen=True, slots=True)
class ClusterResult:
    """The clustering that was stored, with its clusters from the largest to the smallest.

    `scores` need no labels, apart from those that begin with "label_". `names` says which names
    were kept from the clustering before.
    """

    clustering_id: int
    clusters: tuple[ClusterRecord, ...]
    scores: Mapping[str, float]
    seconds: float
    names: str = ""


@dataclass(frozen=True, slots=True)
class ClusterJob:
    """Groups on the unit-length features.

    Clusters that continue one of an earlier clustering keep its colour, note and the name that
    a user gave it; the others are named after the label that most of them bear.

    Attributes:
        k: None takes as many as there are labels, where these have four images each on average,
            or what suits the features best. Not looked at by algorithms that find the number.
        whiten: Whiten to so many dimensions first; 0 leaves the features as they are.
        smallest: Images from which HDBSCAN takes a dense region for a group; None: one in 200.
        names_from: The clustering whose names are carried over; None takes the newest.
    """

    feature_set_id: int
    k: int | None = None
    seed: int = 0
    whiten: int = 0
    algorithm: Algorithm = "k-means"
    smallest: int | None = None
    names_from: int | None = None

    @property
    def title(self) -> str:
        """What it does."""
        unknown = self.k is None or self.algorithm in FINDS_K
        return "Searching clusters" if unknown else f"Searching {self.k} clusters"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ClusterResult:
        """Cluster and store, or leave nothing. Raises AnalysisError when k does not fit."""
        watch = Stopwatch()
        with Project.open(project_path) as project:
            values = project.features.values(self.feature_set_id)
            ids = project.features.image_ids(self.feature_set_id)
            labels = project.images.labels(ids)
            made = self._cluster(project, values, labels, report, cancel)
            scores = {**made.scores, **scores_by_labels(made.numbers, labels, cancel)}
            kept = Kept.from_clustering(project, self.names_from, ids, made.numbers)
            stored = self._store(project, made, scores, kept, ids, labels, watch)
            clusters = tuple(project.clusterings.clusters(stored))
            report(Progress(0, None, "Looking for what explains the clusters"))
            try:
                found = find_associations(project, stored, self.seed, cancel)
            except BaseException:
                project.clusterings.delete(stored)
                raise
            state = project.clusterings.state(stored)
            project.clusterings.set_scores(stored, {**scores, SCORE: found.plain(), STATE: state})
        names = names_in_words(kept.settings())
        for sentence in (names, *(w.in_words() for w in found.warnings)):
            if sentence:
                report(Note("info" if sentence is names else "warning", sentence))
        report(Artefact("clusterings", stored))
        return ClusterResult(stored, clusters, scores, watch.seconds, names)

    def _cluster(
        self,
        project: Project,
        values: np.ndarray,
        labels: Sequence[str | None],
        report: Report,
        cancel: Cancel,
    ) -> "Clustering":
        from ssl_studio.analysis.clustering import cluster

        k = 1 if self.algorithm in FINDS_K else self.k
        if k is None:
            k = self._propose(project, values, labels, report, cancel)
        return cluster(
            values,
            k,
            seed=self.seed,
            algorithm=self.algorithm,
            smallest=self.smallest,
            whiten=self.whiten,
            report=report,
            cancel=cancel,
        )

    def _propose(
        self,
        project: Project,
        values: np.ndarray,
        labels: Sequence[str | None],
        report: Report,
        cancel: Cancel,
    ) -> int:
        classes = len({label for label in labels if label is not None})
        if 1 < classes <= len(labels) // LEAST_IMAGES:
            report(Note("info", f"{classes} clusters, as many as there are labels."))
            return classes
        found = choose_k(
            project, self.feature_set_id, values, 0, None, self.seed, self.whiten, report, cancel
        )
        report(Note("info", f"{found.k} clusters. {found.why}"))
        return found.k

    def _store(
        self,
        project: Project,
        made: "Clustering",
        scores: Mapping[str, float],
        kept: Kept,
        ids: np.ndarray,
        labels: Sequence[str | None],
        watch: Stopwatch,
    ) -> int:
        rest_name = {} if made.rest is None else {made.rest: REST_NAME}
        rest_colour = {} if made.rest is None else {made.rest: REST_COLOUR}
        return project.clusterings.add(
            self.feature_set_id,
            self.algorithm,
            made.k,
            self.seed,
            {**made.settings, **kept.settings(), "rest": made.rest},
            scores,
            watch.seconds,
            ids,
            made.numbers,
            made.distances,
            made.margins,
            names={**suggest_names(made.numbers, labels), **kept.names, **rest_name},
            colours=_distinct(made.k, kept.colours) | rest_colour,
            notes=kept.notes,
        )


def _distinct(k: int, kept: Mapping[int, str]) -> dict[int, str]:
    """Colours by number: those that were kept, and for the others such as are not taken."""
    from ssl_studio.project.clusterings import colour

    taken, given = set(kept.values()), dict(kept)
    free = (c for c in map(colour, range(2 * k + len(kept))) if c not in taken)
    for number in range(k):
        if number not in given:
            given[number] = next(free)
    return given
