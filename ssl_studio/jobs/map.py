"""Lay the images of a feature set out in the plane: PCA at once, UMAP when it is ready."""

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
    from ssl_studio.analysis.projection import Projection

Algorithm = Literal["pca", "umap"]


@dataclass(frozen=True, slots=True)
class MapResult:
    """Ids of the stored maps by algorithm."""

    projections: Mapping[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class MapJob:
    """A PCA map, and with `algorithm` "umap" a UMAP after it.

    UMAP takes the neighbours that the project holds already, and is not the same on every
    machine: the coordinates are what counts.
    """

    feature_set_id: int
    algorithm: Algorithm = "umap"
    neighbours: int = 15
    min_dist: float = 0.1
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Drawing the map"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> MapResult:
        """Compute and store; the PCA map is there even when UMAP is stopped."""
        from ssl_studio.analysis.projection import umap_map

        whole = Stopwatch()
        with Project.open(project_path) as project:
            values = project.features.values(self.feature_set_id)
            stored = {"pca": self._pca(project, values, report)}
            if self.algorithm == "umap":
                cancel.check()
                watch = Stopwatch()
                report(Note("info", "The PCA map is there; UMAP takes a while longer."))
                made = umap_map(
                    values,
                    seed=self.seed,
                    neighbours=self.neighbours,
                    min_dist=self.min_dist,
                    known=stored_neighbours(project, self.feature_set_id, self.neighbours),
                    report=report,
                    cancel=cancel,
                )
                stored["umap"] = self._store(project, made, watch, report)
        return MapResult(stored, whole.seconds)

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
