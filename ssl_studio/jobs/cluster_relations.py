"""Clusters among each other: which lie near, and how one comes apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.project.file import Project

_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Centres:
    """The middle of each cluster in the space of features: ids and centres (k, D)."""

    cluster_ids: tuple[int, ...]
    values: np.ndarray


@dataclass(frozen=True, slots=True)
class SplitParts:
    """A cluster in two: the images that would leave it, and how many would stay."""

    cluster_id: int
    leaving: tuple[int, ...]
    staying: int


@dataclass(frozen=True, slots=True)
class SplitJob:
    """Find the two halves of a cluster; nothing is changed.

    Attributes:
        examples: Images of the cluster: what is more like them than like the rest leaves with
            them. Empty: the smaller half of a 2-means leaves.
    """

    cluster_id: int
    examples: tuple[int, ...] = ()
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Looking for two halves"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> SplitParts:
        """Read the cluster's features and cut. Raises AnalysisError where there are no halves."""
        report(Progress(0, None, "Reading features"))
        with Project.open(project_path, read_only=True) as project:
            cluster = project.clusterings.cluster(self.cluster_id)
            feature_set = project.clusterings.get(cluster.clustering_id).feature_set_id
            members = {m.image_id for m in project.clusterings.members(self.cluster_id)}
            ids = project.features.image_ids(feature_set)
            rows = np.flatnonzero(np.isin(ids, np.fromiter(members, np.int64, len(members))))
            values = np.concatenate(
                [
                    part[rows[(rows >= start) & (rows < start + len(part))] - start]
                    for start, part in _chunks(project, feature_set, cancel)
                ]
            )
        return self._cut(ids[rows], values)

    def _cut(self, ids: np.ndarray, values: np.ndarray) -> SplitParts:
        from ssl_studio.analysis.cluster_relations import beside_examples, in_two

        if len(ids) < 2:
            raise AnalysisError("A single image cannot be split.")
        chosen = np.flatnonzero(np.isin(ids, np.asarray(self.examples, np.int64)))
        if 0 < len(chosen) < len(ids):
            halves = beside_examples(values, chosen)
        else:
            halves = in_two(values, self.seed)
        leaving = ids[halves == 1]
        if not 0 < len(leaving) < len(ids):
            raise AnalysisError(
                "This cluster has no two halves.",
                "Its images all have the same features.",
                "Choose the images that shall leave, and split these off.",
            )
        return SplitParts(self.cluster_id, tuple(leaving.tolist()), len(ids) - len(leaving))


def read_centres(project: Project, clustering_id: int) -> Centres:
    """Middles of all clusters as they are now; reads all features once, some thousand at a time."""
    from ssl_studio.analysis.cluster_relations import centres

    feature_set = project.clusterings.get(clustering_id).feature_set_id
    image_ids, cluster_ids = project.clusterings.assignment(clustering_id)
    found = [c.id for c in project.clusterings.clusters(clustering_id)]
    numbers = _numbers(project.features.image_ids(feature_set), image_ids, cluster_ids, found)
    values = centres(_chunks(project, feature_set, None), numbers, len(found))
    return Centres(tuple(found), values)


def nearest_clusters(centres: Centres, cluster_id: int, count: int = 6) -> list[tuple[int, float]]:
    """The clusters whose middles are nearest to that of one, with the distances."""
    from ssl_studio.analysis.cluster_relations import nearest_centres

    if cluster_id not in centres.cluster_ids:
        return []
    near = nearest_centres(centres.values, centres.cluster_ids.index(cluster_id), count)
    return [(centres.cluster_ids[number], gap) for number, gap in near]


def _numbers(
    rows: np.ndarray, image_ids: np.ndarray, cluster_ids: np.ndarray, found: Sequence[int]
) -> np.ndarray:
    """For each row's image the position of its cluster in `found`, or -1."""
    place = np.searchsorted(image_ids, rows).clip(0, max(0, len(image_ids) - 1))
    own = np.where(image_ids[place] == rows, cluster_ids[place], -1)
    order = np.argsort(found)
    at = np.searchsorted(np.asarray(found)[order], own).clip(0, len(found) - 1)
    return np.where(np.asarray(found)[order][at] == own, order[at], -1).astype(np.int64)


def _chunks(
    project: Project, feature_set: int, cancel: Cancel | None
) -> Iterator[tuple[int, np.ndarray]]:
    record = project.features.get(feature_set)
    for start in range(0, record.count, _ROWS):
        if cancel is not None:
            cancel.check()
        yield start, project.arrays.rows(record.values_array, start, start + _ROWS)
