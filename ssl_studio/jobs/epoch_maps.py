"""How a map formed: maps of a run's stored epochs that can be followed from one to the next."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Event, Note, Progress, Report
from ssl_studio.jobs.embed import EmbedJob, known_features
from ssl_studio.jobs.encoders import usual_layer
from ssl_studio.jobs.provenance import Stopwatch, environment
from ssl_studio.project.file import Project
from ssl_studio.project.records import CheckpointRecord, FeatureSetRecord, ProjectionRecord

if TYPE_CHECKING:
    from ssl_studio.analysis.aligned import Series

SERIES = "series"
"""Key in a map's settings that those of one series share."""


@dataclass(frozen=True, slots=True)
class EpochMap:
    """One map of a series."""

    epoch: float
    projection: ProjectionRecord


@dataclass(frozen=True, slots=True)
class EpochMapsResult:
    """Ids of the stored maps by epoch, oldest first."""

    series: str
    projections: Mapping[float, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class EpochMapsJob:
    """Features of a run's stored epochs, and a map of each that is aligned with the next one.

    The features stay in the project, where other pages can use them too. All images are in every
    map. What "aligned" means is said in `analysis/aligned.py`.

    Attributes:
        layer: None takes the one that the method recommends.
        most: At most so many epochs, spread evenly with the first and the last; 0 takes all.
    """

    run_id: int
    algorithm: "Series" = "umap"
    layer: str | None = None
    most: int = 0
    neighbours: int = 15
    min_dist: float = 0.1
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return f"Drawing how the map of run {self.run_id} formed"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> EpochMapsResult:
        """Compute and store; features of finished epochs stay even when it is stopped.

        Raises AnalysisError where fewer than two epochs are stored.
        """
        watch = Stopwatch()
        with Project.open(project_path) as project:
            chosen = self._checkpoints(project, report)
        sets = []
        for number, checkpoint in enumerate(chosen):
            cancel.check()
            tell = _first_half(report, number, len(chosen))
            sets.append(self._features(project_path, checkpoint, tell, cancel))
        with Project.open(project_path) as project:
            stored = self._draw(project, sets, watch, _second_half(report), cancel)
        return EpochMapsResult(*stored, watch.seconds)

    def _checkpoints(self, project: Project, report: Report) -> list[CheckpointRecord]:
        known = stored_epochs(project, self.run_id)
        if len(known) < 2:
            name = project.runs.get(self.run_id).name
            raise AnalysisError(
                f"The run “{name}” has no earlier epochs to show.",
                f"{len(known)} of its epochs is stored, two are needed.",
                "Train for some epochs more; a few of them are kept.",
            )
        chosen = spread(known, self.most) if self.most else known
        if len(chosen) < len(known):
            said = ", ".join(f"{c.epoch:g}" for c in chosen)
            report(Note("info", f"{len(chosen)} of {len(known)} stored epochs: {said}."))
        return chosen

    def _features(
        self, path: Path, checkpoint: CheckpointRecord, report: Report, cancel: Cancel
    ) -> FeatureSetRecord:
        """Features at a checkpoint: those that are there if they are of all today's images."""
        with Project.open(path) as project:
            layer = self.layer or usual_layer(project, self.run_id)
            found = known_features(project, self.run_id, checkpoint.id, layer)
        if found is not None:
            return found
        made = EmbedJob(self.run_id, checkpoint.id, layer).run(path, report, cancel)
        with Project.open(path) as project:
            return project.features.get(made.feature_set_id)

    def _draw(
        self,
        project: Project,
        sets: Sequence[FeatureSetRecord],
        watch: Stopwatch,
        report: Report,
        cancel: Cancel,
    ) -> tuple[str, dict[float, int]]:
        from ssl_studio.analysis.aligned import aligned_maps

        ids = project.features.image_ids(sets[-1].id)
        values = [_in_order(project, record, ids) for record in sets]
        made = aligned_maps(
            values,
            self.algorithm,
            seed=self.seed,
            last=self._known_map(project, sets[-1], ids),
            neighbours=self.neighbours,
            min_dist=self.min_dist,
            report=report,
            cancel=cancel,
        )
        series, stored = uuid.uuid4().hex, {}
        with project.write():
            for record, projection in zip(sets, made, strict=True):
                facts = {SERIES: series, "maps": len(sets), "epoch": record.epoch or 0.0}
                stored[record.epoch or 0.0] = project.features.add_projection(
                    record.id,
                    projection.algorithm,
                    projection.coordinates,
                    image_ids=ids,
                    settings={**projection.settings, **facts, **environment()},
                    seed=projection.seed,
                    seconds=watch.seconds / len(sets),
                )
        for found in stored.values():
            report(Artefact("projections", found, self.algorithm))
        return series, stored

    def _known_map(
        self, project: Project, record: FeatureSetRecord, ids: np.ndarray
    ) -> np.ndarray | None:
        """The newest map of the last epoch that is there already, in the order of `ids`."""
        for known in reversed(project.features.projections(record.id)):
            if known.algorithm == self.algorithm:
                own, points = project.features.coordinates(known)
                if np.array_equal(np.sort(own), np.sort(ids)):
                    return np.asarray(points[_places(own, ids)])
        return None


def stored_epochs(project: Project, run_id: int) -> list[CheckpointRecord]:
    """One checkpoint for each epoch that the run still has, oldest first."""
    by_epoch = {checkpoint.epoch: checkpoint for checkpoint in project.runs.checkpoints(run_id)}
    return [by_epoch[epoch] for epoch in sorted(by_epoch)]


def spread(checkpoints: Sequence[CheckpointRecord], most: int) -> list[CheckpointRecord]:
    """At most so many, spread evenly, with the first and the last."""
    if len(checkpoints) <= most:
        return list(checkpoints)
    places = np.unique(np.linspace(0, len(checkpoints) - 1, max(2, most)).round().astype(int))
    return [checkpoints[place] for place in places]


def newest_series(
    project: Project, run_id: int, layer: str, algorithm: str
) -> tuple[EpochMap, ...]:
    """The maps of the newest whole series of a run's layer, oldest epoch first; else nothing."""
    series: dict[str, list[EpochMap]] = {}
    for record in project.features.all(run_id):
        if record.layer != layer or record.source != "run":
            continue
        for projection in project.features.projections(record.id):
            key = projection.settings.get(SERIES)
            if isinstance(key, str) and projection.algorithm == algorithm:
                series.setdefault(key, []).append(EpochMap(record.epoch or 0.0, projection))
    whole = [maps for maps in series.values() if len(maps) == maps[0].projection.settings["maps"]]
    if not whole:
        return ()
    newest = max(whole, key=lambda maps: max(found.projection.id for found in maps))
    return tuple(sorted(newest, key=lambda found: found.epoch))


def earlier_epochs(project: Project) -> set[int]:
    """Feature sets that are in a series but do not end it: nobody means them by "the newest"."""
    series: dict[object, list[FeatureSetRecord]] = {}
    for record in project.features.all():
        for projection in project.features.projections(record.id):
            if SERIES in projection.settings:
                series.setdefault(projection.settings[SERIES], []).append(record)
    found: set[int] = set()
    for records in series.values():
        last = max(records, key=lambda record: record.epoch or 0.0)
        found |= {record.id for record in records if record.id != last.id}
    return found


def _in_order(project: Project, record: FeatureSetRecord, ids: np.ndarray) -> np.ndarray:
    """Features in the order of `ids`, of which the set has all."""
    own, values = project.features.image_ids(record.id), project.features.values(record.id)
    return values if np.array_equal(own, ids) else values[_places(own, ids)]


def _places(own: np.ndarray, ids: np.ndarray) -> np.ndarray:
    order = np.argsort(own)
    return order[np.searchsorted(own, ids, sorter=order)]


def _first_half(report: Report, number: int, count: int) -> Report:
    """Tells the progress of one embedding as its share of the first half of the work."""

    def tell(event: Event) -> None:
        if isinstance(event, Progress):
            share = event.done / event.total if event.total else 0.0
            note = f"Epoch {number + 1} of {count}: {event.note}"
            event = Progress(int(1000 * (number + share)), 2000 * count, note, True)
        report(event)

    return tell


def _second_half(report: Report) -> Report:
    def tell(event: Event) -> None:
        if isinstance(event, Progress) and event.total:
            event = Progress(event.total + event.done, 2 * event.total, event.note, True)
        report(event)

    return tell
