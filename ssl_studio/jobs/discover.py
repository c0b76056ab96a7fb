"""From a trained run to what there is to see: features, neighbours, clusters, maps, figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Note, Report
from ssl_studio.jobs.cluster import ClusterJob
from ssl_studio.jobs.embed import EmbedJob, known_features
from ssl_studio.jobs.encoders import usual_layer
from ssl_studio.jobs.filters import FiltersJob
from ssl_studio.jobs.map import MapJob
from ssl_studio.jobs.neighbours import NeighboursJob
from ssl_studio.jobs.probe import ProbeJob
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project
from ssl_studio.project.records import ClusterRecord, FeatureSource

REFERENCES: dict[FeatureSource, str] = {
    "run": "trained",
    "random": "random initialisation",
    "pixels": "raw pixels",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """How well one set of features agrees with the labels, in parts of one."""

    knn: float | None
    nmi: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class DiscoverResult:
    """What was stored, and how it compares.

    Attributes:
        figures: By name of the features, "trained" first; clusters as many as labels, whatever
            `k` was. Empty without labels.
    """

    feature_set_id: int
    clustering_id: int
    clusters: tuple[ClusterRecord, ...]
    figures: Mapping[str, Figures]
    seconds: float


@dataclass(frozen=True, slots=True)
class DiscoverJob:
    """Features, neighbours, clusters, a PCA map, filters, and probes where there are labels.

    Attributes:
        k: Number of clusters; None as in `ClusterJob`.
        umap: Whether to make the UMAP too.
        references: Whether to evaluate the untrained network and the raw pixels as well.
    """

    run_id: int
    k: int | None = None
    umap: bool = False
    references: bool = False
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return f"Looking at what run {self.run_id} discovered"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> DiscoverResult:
        """Run one job after the other; what is done stays when a later one is stopped."""
        watch = Stopwatch()
        features = self._features(project_path, report, cancel)
        NeighboursJob(features).run(project_path, report, cancel)
        clusters = ClusterJob(features, self.k, self.seed).run(project_path, report, cancel)
        draw = MapJob(features, "umap" if self.umap else "pca", seed=self.seed)
        draw.run(project_path, report, cancel)
        self._read_filters(project_path, report, cancel)
        figures: dict[str, Figures] = {}
        if self._has_labels(project_path):
            figures = self._compare(features, project_path, report, cancel)
        return DiscoverResult(
            features,
            clusters.clustering_id,
            clusters.clusters,
            figures,
            watch.seconds,
        )

    def _features(self, project_path: Path, report: Report, cancel: Cancel) -> int:
        """Those that are there if they are of the newest encoder and of all today's images."""
        with Project.open(project_path, read_only=True) as project:
            newest, found = project.runs.latest_checkpoint(self.run_id), None
            if newest is not None:
                layer = usual_layer(project, self.run_id)
                found = known_features(project, self.run_id, newest.id, layer)
        if found is not None:
            report(Artefact("feature_sets", found.id))
            return found.id
        return EmbedJob(self.run_id).run(project_path, report, cancel).feature_set_id

    def _read_filters(self, project_path: Path, report: Report, cancel: Cancel) -> None:
        """Filters that make no picture hold nothing else up."""
        try:
            FiltersJob(self.run_id).run(project_path, report, cancel)
        except AnalysisError as error:
            report(Note("info", error.what))

    def _has_labels(self, project_path: Path) -> bool:
        with Project.open(project_path, read_only=True) as project:
            return len(project.images.classes()) > 1

    def _compare(
        self, features: int, project_path: Path, report: Report, cancel: Cancel
    ) -> dict[str, Figures]:
        """Figures of the trained features and, if asked, of the references."""
        sets = {REFERENCES["run"]: features}
        if self.references:
            for source in ("random", "pixels"):
                made = EmbedJob(self.run_id, source=source).run(project_path, report, cancel)
                sets[REFERENCES[source]] = made.feature_set_id
        found = {}
        for name, feature_set in sets.items():
            probe = ProbeJob(feature_set, ("knn", "clustering"), self.seed)
            try:
                result = probe.run(project_path, report, cancel)
            except AnalysisError as error:  # labels that nothing can be measured by
                report(Note("info", str(error)))
                return {}
            scores = result.scores["clustering"]
            found[name] = Figures(result.knn, scores["nmi"], scores["accuracy"])
        return found
