"""Lay the images of a feature set out in the plane: PCA at once, UMAP or t-SNE when ready."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ssl_studio.events import Artefact, Cancel, Note, Report
from ssl_studio.jobs.neighbours import stored_neighbours
from ssl_studio.jobs.provenance import Stopwatch, environment
from ssl_studio.project.file import Project

if TYPE_CHECKING:
    from ssl_studio.analysis.neighbours import Neighbours
    from ssl_studio.analysis.projection import Projection

Algorithm = Literal["pca", "umap", "tsne"]
NAMES: Mapping[Algorithm, str] = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}
TSNE_LIMIT = 200_000
"""More images than this get no t-SNE; the analysis holds the same number."""
_SECONDS_PER_IMAGE: Mapping[Algorithm, float] = {"pca": 2e-5, "umap": 2.5e-3, "tsne": 2.5e-3}
_START_SECONDS: Mapping[Algorithm, float] = {"pca": 0.0, "umap": 8.0, "tsne": 2.0}


def expected_seconds(algorithm: Algorithm, images: int) -> float:
    """Roughly what a map costs on two cores of an everyday machine, the neighbours known."""
    return _START_SECONDS[algorithm] + _SECONDS_PER_IMAGE[algorithm] * images


@dataclass(frozen=True, slots=True)
class MapResult:
    """Ids of the stored maps by algorithm."""

    projections: Mapping[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class MapJob:
    """A PCA map, and with `algorithm` "umap" or "tsne" that one after it.

    They take the neighbours that the project holds already. UMAP is not the same on every
    machine: the coordinates are what counts.
    """

    feature_set_id: int
    algorithm: Algorithm = "umap"
    neighbours: int = 15
    min_dist: float = 0.1
    seed: int = 0
    perplexity: float = 30.0

    @property
    def title(self) -> str:
        """What it does."""
        return f"Drawing the {NAMES[self.algorithm]} map"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> MapResult:
        """Compute and store; the PCA map is there even when the other one is stopped."""
        whole = Stopwatch()
        with Project.open(project_path) as project:
            values = project.features.values(self.feature_set_id)
            stored: dict[str, int] = {"pca": self._pca(project, values, report)}
            if self.algorithm != "pca":
                cancel.check()
                watch = Stopwatch()
                name = NAMES[self.algorithm]
                report(Note("info", f"The PCA map is there; {name} takes a while longer."))
                draw = self._umap if self.algorithm == "umap" else self._tsne
                made = draw(project, values, report, cancel)
                stored[self.algorithm] = self._store(project, made, watch, report)
        return MapResult(stored, whole.seconds)

    def _umap(
        self, project: Project, values: np.ndarray, report: Report, cancel: Cancel
    ) -> "Projection":
        from ssl_studio.analysis.projection import umap_map

        return umap_map(
            values,
            seed=self.seed,
            neighbours=self.neighbours,
            min_dist=self.min_dist,
            known=known_neighbours(project, self.feature_set_id, self.neighbours - 1),
            report=report,
            cancel=cancel,
        )

    def _tsne(
        self, project: Project, values: np.ndarray, report: Report, cancel: Cancel
    ) -> "Projection":
        from ssl_studio.analysis.tsne import tsne_map, tsne_neighbours

        k = tsne_neighbours(len(values), self.perplexity)
        return tsne_map(
            values,
            seed=self.seed,
            perplexity=self.perplexity,
            known=known_neighbours(project, self.feature_set_id, k),
            report=report,
            cancel=cancel,
        )

    def _pca(self, project: Project, values: np.ndarray, report: Report) -> int:
        """The id of the PCA map; it is the same each time, so one is enough."""
        from ssl_studio.analysis.projection import pca_map

        for known in project.features.projections(self.feature_set_id):
            if known.algorithm == "pca":
                return known.id
        watch = Stopwatch()
        return self._store(project, pca_map(values), watch, report)

    def _store(self, project: Project, made: "Projection", watch: Stopwatch, report: Report) -> int:
        found = project.features.add_projection(
            self.feature_set_id,
            made.algorithm,
            made.coordinates,
            settings={**made.settings, **environment()},
            seed=made.seed,
            seconds=watch.seconds,
        )
        report(Artefact("projections", found, made.algorithm))
        return found


def known_neighbours(project: Project, feature_set_id: int, k: int) -> "Neighbours | None":
    """The stored k nearest other images of every image, or None where there are not so many."""
    from ssl_studio.analysis.neighbours import Neighbours

    found = stored_neighbours(project, feature_set_id, k + 1)
    return found and Neighbours(found.positions[:, 1:], found.distances[:, 1:])
