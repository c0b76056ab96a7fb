"""Features and what is derived from them without clusters.

The tables feature_sets, neighbour_sets, projections, probes and probe_scores.
"""

from collections.abc import Mapping

import numpy as np

from ssl_studio.errors import ProjectError
from ssl_studio.project.arrays import ArrayStore
from ssl_studio.project.records import (
    FeatureSetRecord,
    FeatureSource,
    NeighbourSetRecord,
    ProbeKind,
    ProbeRecord,
    ProjectionAlgorithm,
    ProjectionRecord,
)
from ssl_studio.project.rows import Mapper, now, to_json
from ssl_studio.project.sql import Sql

_SET = Mapper(FeatureSetRecord, "feature_sets")
_NEIGHBOURS = Mapper(NeighbourSetRecord, "neighbour_sets")
_PROJECTION = Mapper(ProjectionRecord, "projections")
_PROBE = Mapper(ProbeRecord, "probes")


class FeatureStore:
    """Feature sets, neighbours, maps and probes."""

    def __init__(self, sql: Sql, arrays: ArrayStore) -> None:
        self._sql = sql
        self._arrays = arrays

    def add(
        self,
        *,
        source: FeatureSource,
        backbone: str,
        layer: str,
        image_ids: np.ndarray,
        values: np.ndarray,
        run_id: int | None = None,
        checkpoint_id: int | None = None,
        epoch: float | None = None,
        settings: Mapping[str, object] | None = None,
        seed: int = 0,
        seconds: float = 0.0,
        environment: Mapping[str, object] | None = None,
    ) -> int:
        """Store features: `values` (N, D), row by row those of `image_ids` (N,)."""
        if values.ndim != 2 or len(values) != len(image_ids):
            raise ValueError(f"{values.shape} features do not fit {len(image_ids)} images")
        images = self._arrays.write_chunks(np.asarray(image_ids, np.int64))
        array = self._arrays.write_chunks(np.asarray(values, np.float32))
        with self._sql.write():
            self._arrays.complete(images, array)
            return self._sql.run(
                "INSERT INTO feature_sets (run_id, checkpoint_id, source, backbone, layer,"
                " dimension, count, images_array, values_array, epoch, settings, seed, seconds,"
                " created_at, environment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (run_id, checkpoint_id, source, backbone, layer, values.shape[1], len(values),
                 images, array, epoch, to_json(settings or {}), seed, seconds, now(),
                 to_json(environment or {})),
            )  # fmt: skip

    def get(self, feature_set_id: int) -> FeatureSetRecord:
        """One feature set. Raises ProjectError where there is none."""
        row = self._sql.row(
            f"SELECT {_SET.columns} FROM feature_sets WHERE id = ?", (feature_set_id,)
        )
        if row is None:
            raise ProjectError(f"The project has no feature set {feature_set_id}.")
        return _SET.build(row)

    def all(self, run_id: int | None = None) -> list[FeatureSetRecord]:
        """All feature sets, or those of a run, oldest first."""
        rows = self._sql.rows(
            f"SELECT {_SET.columns} FROM feature_sets WHERE run_id = ?1 OR ?1 IS NULL ORDER BY id",
            (run_id,),
        )
        return [_SET.build(row) for row in rows]

    def values(self, feature_set_id: int) -> np.ndarray:
        """The features, float32 (N, D)."""
        return self._arrays.get(self.get(feature_set_id).values_array)

    def image_ids(self, feature_set_id: int) -> np.ndarray:
        """The images of the rows, int64 (N,)."""
        return self._arrays.get(self.get(feature_set_id).images_array)

    def delete(self, feature_set_id: int) -> None:
        """Remove a feature set with all that was derived from it."""
        with self._sql.write():
            arrays = self._sql.rows(_ARRAYS_OF_SET, (feature_set_id,))
            self._sql.run("DELETE FROM feature_sets WHERE id = ?", (feature_set_id,))
            self._arrays.delete(*(int(str(row[0])) for row in arrays))

    # Neighbours

    def add_neighbours(
        self,
        feature_set_id: int,
        metric: str,
        ids: np.ndarray,
        distances: np.ndarray,
        *,
        seconds: float = 0.0,
    ) -> int:
        """Store the k nearest images of each image: image `ids` and `distances`, both (N, k).

        A set of the same metric and k is replaced.
        """
        if ids.shape != distances.shape or len(ids) != self.get(feature_set_id).count:
            raise ValueError(f"{ids.shape} neighbours do not fit the feature set")
        arrays = (
            self._arrays.write_chunks(np.asarray(ids, np.int64)),
            self._arrays.write_chunks(np.asarray(distances, np.float32)),
        )
        k = ids.shape[1]
        with self._sql.write():
            self._drop_neighbours(feature_set_id, metric, k)
            self._arrays.complete(*arrays)
            return self._sql.run(
                "INSERT INTO neighbour_sets (feature_set_id, k, metric, ids_array,"
                " distances_array, seconds, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (feature_set_id, k, metric, *arrays, seconds, now()),
            )

    def _drop_neighbours(self, feature_set_id: int, metric: str, k: int) -> None:
        same = "feature_set_id = ? AND metric = ? AND k = ?"
        old = self._sql.rows(
            f"SELECT ids_array, distances_array FROM neighbour_sets WHERE {same}",
            (feature_set_id, metric, k),
        )
        self._sql.run(f"DELETE FROM neighbour_sets WHERE {same}", (feature_set_id, metric, k))
        self._arrays.delete(*(int(str(array)) for row in old for array in row))

    def neighbours(self, feature_set_id: int, k: int = 1) -> NeighbourSetRecord | None:
        """The newest neighbours with at least `k` for each image, or None."""
        row = self._sql.row(
            f"SELECT {_NEIGHBOURS.columns} FROM neighbour_sets"
            " WHERE feature_set_id = ? AND k >= ? ORDER BY id DESC",
            (feature_set_id, k),
        )
        return None if row is None else _NEIGHBOURS.build(row)

    def neighbour_rows(
        self, record: NeighbourSetRecord, start: int, stop: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Image ids and distances of the neighbours of rows `start` to `stop`, without the rest."""
        return (
            self._arrays.rows(record.ids_array, start, stop),
            self._arrays.rows(record.distances_array, start, stop),
        )

    # Maps

    def add_projection(
        self,
        feature_set_id: int,
        algorithm: ProjectionAlgorithm,
        coordinates: np.ndarray,
        *,
        image_ids: np.ndarray | None = None,
        settings: Mapping[str, object] | None = None,
        seed: int = 0,
        seconds: float = 0.0,
    ) -> int:
        """Store a map: `coordinates` (N, 2), of all rows of the set or of `image_ids` only."""
        images = None
        if image_ids is not None:
            images = self._arrays.write_chunks(np.asarray(image_ids, np.int64))
        array = self._arrays.write_chunks(np.asarray(coordinates, np.float32))
        with self._sql.write():
            self._arrays.complete(array, *([images] if images is not None else []))
            return self._sql.run(
                "INSERT INTO projections (feature_set_id, algorithm, settings, images_array,"
                " coordinates_array, seed, seconds, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (feature_set_id, algorithm, to_json(settings or {}), images, array, seed, seconds,
                 now()),
            )  # fmt: skip

    def projections(self, feature_set_id: int) -> list[ProjectionRecord]:
        """The maps of a feature set, oldest first."""
        rows = self._sql.rows(
            f"SELECT {_PROJECTION.columns} FROM projections WHERE feature_set_id = ? ORDER BY id",
            (feature_set_id,),
        )
        return [_PROJECTION.build(row) for row in rows]

    def coordinates(self, record: ProjectionRecord) -> tuple[np.ndarray, np.ndarray]:
        """Image ids (N,) and coordinates (N, 2) of a map."""
        images = record.images_array or self.get(record.feature_set_id).images_array
        return self._arrays.get(images), self._arrays.get(record.coordinates_array)

    # Probes

    def add_probe(
        self,
        feature_set_id: int,
        kind: ProbeKind,
        scores: Mapping[str, float],
        *,
        settings: Mapping[str, object] | None = None,
        seconds: float = 0.0,
    ) -> int:
        """Store what a probe found: scores by name."""
        with self._sql.write():
            probe_id = self._sql.run(
                "INSERT INTO probes (feature_set_id, kind, settings, seconds, created_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (feature_set_id, kind, to_json(settings or {}), seconds, now()),
            )
            self._sql.run_many(
                "INSERT INTO probe_scores VALUES (?, ?, ?)",
                [(probe_id, name, float(value)) for name, value in scores.items()],
            )
        return probe_id

    def probes(self, feature_set_id: int | None = None) -> list[ProbeRecord]:
        """The probes of a feature set (None: of all), oldest first."""
        rows = self._sql.rows(
            "SELECT id, feature_set_id, kind, settings, (SELECT json_group_object(name, value)"
            " FROM probe_scores WHERE probe_id = probes.id), seconds, created_at FROM probes"
            " WHERE feature_set_id = ?1 OR ?1 IS NULL ORDER BY id",
            (feature_set_id,),
        )
        return [_PROBE.build(row) for row in rows]


_ARRAYS_OF_SET = """
SELECT images_array FROM feature_sets WHERE id = ?1
UNION SELECT values_array FROM feature_sets WHERE id = ?1
UNION SELECT ids_array FROM neighbour_sets WHERE feature_set_id = ?1
UNION SELECT distances_array FROM neighbour_sets WHERE feature_set_id = ?1
UNION SELECT coordinates_array FROM projections WHERE feature_set_id = ?1
UNION SELECT images_array FROM projections WHERE feature_set_id = ?1 AND images_array IS NOT NULL
UNION SELECT json_extract(settings, '$.predictions_array') FROM probes
    WHERE feature_set_id = ?1 AND json_extract(settings, '$.predictions_array') IS NOT NULL
"""
