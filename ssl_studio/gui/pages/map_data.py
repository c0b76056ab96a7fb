"""What the map page asks the project for; all of it runs in the background."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssl_studio.gui.pages.map_colours import MapContext, read_fields
from ssl_studio.gui.studio import Ids
from ssl_studio.gui.widgets.density import Floats
from ssl_studio.gui.widgets.point_cloud import PointCloud
from ssl_studio.jobs.epoch_maps import newest_series, stored_epochs
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord, ImageFilter, ProjectionRecord


@dataclass(frozen=True, slots=True)
class MapData:
    """A map, ready to be drawn, and what its points can be coloured by."""

    record: ProjectionRecord
    context: MapContext
    cloud: PointCloud
    fields: tuple[str, ...]

    @property
    def image_ids(self) -> Ids:
        """The images of the points, (N,)."""
        return self.context.image_ids


@dataclass(frozen=True, slots=True)
class Maps:
    """All maps of a feature set, and the clusterings to colour them by."""

    feature_set: FeatureSetRecord
    records: dict[str, ProjectionRecord]
    clusterings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """How the map formed.

    Attributes:
        epochs, frames: E stored epochs, and (N, 2) for each in the order of the map's points.
        at: The epoch that the map itself shows.
        stored: How many epochs the run still has, to make a film of.
    """

    epochs: tuple[float, ...] = ()
    frames: tuple[Floats, ...] = ()
    at: int = 0
    stored: int = 0

    def points(self, position: float) -> Floats:
        """Where the points are between two epochs: slow at both ends."""
        first = min(int(position), len(self.frames) - 1)
        part = position - first
        if part <= 0:
            return self.frames[first]
        eased = np.float32(part * part * (3 - 2 * part))
        return self.frames[first] * (1 - eased) + self.frames[first + 1] * eased


def read_maps(project: Project, feature_set_id: int) -> Maps:
    """The newest map of each algorithm."""
    return Maps(
        project.features.get(feature_set_id),
        latest_of_each(project.features.projections(feature_set_id)),
        tuple(c.id for c in project.clusterings.all(feature_set_id)),
    )


def latest_of_each(records: Sequence[ProjectionRecord]) -> dict[str, ProjectionRecord]:
    """The newest map of each algorithm."""
    return {record.algorithm: record for record in records}


def read_map(
    project: Project, record: ProjectionRecord, clustering_id: int | None, known: MapData | None
) -> MapData:
    """A stored map; the points of a map that is `known` already are not sorted anew."""
    ids, points = project.features.coordinates(record)
    is_known = known is not None and known.record.id == record.id
    cloud = known.cloud if is_known and known is not None else PointCloud(points)
    context = MapContext(np.asarray(ids, np.int64), record.feature_set_id, clustering_id)
    return MapData(record, context, cloud, tuple(read_fields(project, context)))


def read_lit(project: Project, where: ImageFilter, ids: Ids) -> NDArray[np.bool_]:
    """Which images pass a filter, (N,)."""
    if where.is_empty:
        return np.ones(len(ids), bool)
    return np.isin(ids, project.images.ids("ok", where))


def read_film(project: Project, data: MapData) -> Film:
    """The epochs of the run whose map is shown; without frames where they are not drawn yet."""
    features = project.features.get(data.record.feature_set_id)
    if features.run_id is None or features.source != "run":
        return Film()
    stored = len(stored_epochs(project, features.run_id))
    maps = newest_series(project, features.run_id, features.layer, data.record.algorithm)
    if len(maps) < 2:
        return Film(stored=stored)
    frames = []
    for found in maps:
        own, points = project.features.coordinates(found.projection)
        frames.append(_in_order(np.asarray(points, np.float32), own, data))
    sets = [found.projection.feature_set_id for found in maps]
    at = sets.index(features.id) if features.id in sets else len(sets) - 1
    return Film(tuple(found.epoch for found in maps), tuple(frames), at, stored)


def _in_order(points: Floats, own: Ids, data: MapData) -> Floats:
    """Points in the order of the map; an image that an epoch lacks stays where the map has it."""
    order = np.argsort(own)
    places = order[np.searchsorted(own, data.image_ids, sorter=order).clip(0, len(own) - 1)]
    is_there = (own[places] == data.image_ids)[:, None]
    return np.where(is_there, points[places], data.cloud.points)
