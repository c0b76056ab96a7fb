"""What units look for: surveys of layers, pictures that maximise units, attention.

The tables unit_surveys, units, unit_pictures and attention_maps; the best images of each unit
lie in unit_images (`ExhibitStore.units`). A `checkpoint_id` of None stands for the run's encoder
as it was before training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ssl_studio.errors import DamagedProject
from ssl_studio.project.records import UnitImage
from ssl_studio.project.rows import Mapper, now
from ssl_studio.project.sql import Row, Sql

AttentionSource = Literal["class", "patches", "rollout"]
Halves = npt.NDArray[np.float16]
_HALF = np.dtype("<f2")


@dataclass(frozen=True, slots=True)
class UnitSurveyRecord:
    """A layer that was looked at: `images` of the project's `of_images` sound images."""

    id: int
    run_id: int
    checkpoint_id: int | None
    layer: str
    images: int
    of_images: int
    map_rows: int
    map_columns: int
    seconds: float
    created_at: str


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """How a unit answers to all images of a survey (`analysis.unit_scores.UnitFigures`)."""

    unit: int
    mean: float
    largest: float
    silent: float
    sparseness: float


@dataclass(frozen=True, slots=True)
class UnitAnswers:
    """A unit with its answers: `activations` (N,) by image, `maps` (r, h, w) by rank."""

    record: UnitRecord
    activations: Halves
    maps: Halves


@dataclass(frozen=True, slots=True)
class UnitPictureRecord:
    """A picture (PNG bytes) that maximises a unit. An `id` of 0 is not stored yet.

    `activation` is reached on it, `start` where the ascent began, `noise` on the best noise.
    """

    id: int
    run_id: int
    checkpoint_id: int | None
    layer: str
    unit: int
    objective: str
    seed: int
    steps: int
    activation: float
    start: float
    noise: float
    picture: bytes


@dataclass(frozen=True, slots=True)
class AttentionMaps:
    """Attention of one block on one image.

    `weights` (heads, rows, columns) is the share of attention that each patch gets: from the
    class token, on average from all patches, or by rollout up to this block (one head).
    """

    block: int
    source: AttentionSource
    weights: Halves


_SURVEY = Mapper(UnitSurveyRecord, "unit_surveys")
_UNIT = Mapper(UnitRecord, "units")
_PICTURE = Mapper(UnitPictureRecord, "unit_pictures")


class UnitStore:
    """Surveys of units, pictures that maximise them, and attention."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    # Surveys

    def add_survey(
        self,
        run_id: int,
        checkpoint_id: int | None,
        layer: str,
        *,
        of_images: int,
        image_ids: np.ndarray,
        units: Sequence[UnitAnswers],
        seconds: float,
    ) -> int:
        """Store a survey in place of an earlier one of the same encoder and layer.

        `image_ids` (N,) are those of the activations, which all units must have.
        """
        if any(len(unit.activations) != len(image_ids) for unit in units):
            raise ValueError(f"activations that are not those of {len(image_ids)} images")
        rows, columns = units[0].maps.shape[1:] if units else (1, 1)
        ids = np.asarray(image_ids, "<i8").tobytes()
        with self._sql.write():
            self._sql.run(
                "DELETE FROM unit_surveys WHERE run_id = ? AND checkpoint_id IS ? AND layer = ?",
                (run_id, checkpoint_id, layer),
            )
            survey = self._sql.run(
                "INSERT INTO unit_surveys (run_id, checkpoint_id, layer, images, of_images,"
                " image_ids, map_rows, map_columns, seconds, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (run_id, checkpoint_id, layer, len(image_ids), of_images, ids, rows, columns,
                 seconds, now()),
            )  # fmt: skip
            self._sql.run_many(
                "INSERT INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (survey, u.record.unit, u.record.mean, u.record.largest, u.record.silent,
                     u.record.sparseness, _packed(u.activations), _packed(u.maps))
                    for u in units
                ],
            )  # fmt: skip
        return survey

    def surveys(self, run_id: int) -> list[UnitSurveyRecord]:
        """All surveys of a run, oldest first."""
        rows = self._sql.rows(
            f"SELECT {_SURVEY.columns} FROM unit_surveys WHERE run_id = ? ORDER BY id", (run_id,)
        )
        return [_SURVEY.build(row) for row in rows]

    def all(self, survey_id: int) -> list[UnitRecord]:
        """The units of a survey by number."""
        rows = self._sql.rows(
            f"SELECT {_UNIT.columns} FROM units WHERE survey_id = ? ORDER BY unit", (survey_id,)
        )
        return [_UNIT.build(row) for row in rows]

    def image_ids(self, survey_id: int) -> npt.NDArray[np.int64]:
        """The images of the activations, int64 (N,)."""
        found = self._sql.value("SELECT image_ids FROM unit_surveys WHERE id = ?", (survey_id,))
        if not isinstance(found, bytes) or len(found) % 8:
            raise _damaged("unit_surveys.image_ids")
        return np.frombuffer(found, "<i8").astype(np.int64)

    def activations(self, survey_id: int) -> Halves:
        """The activations of all units, float16 (N, C)."""
        count = len(self.image_ids(survey_id))
        rows = self._sql.rows(
            "SELECT activations FROM units WHERE survey_id = ? ORDER BY unit", (survey_id,)
        )
        columns = [_unpacked(row[0], (count,), "units.activations") for row in rows]
        return np.stack(columns, axis=1) if columns else np.empty((count, 0), _HALF)

    def answers(self, survey: UnitSurveyRecord, unit: int) -> UnitAnswers | None:
        """One unit with all its answers, or None where there is no such unit."""
        row = self._sql.row(
            f"SELECT activations, maps, {_UNIT.columns} FROM units"
            " WHERE survey_id = ? AND unit = ?",
            (survey.id, unit),
        )
        if row is None:
            return None
        activations = _unpacked(row[0], (survey.images,), "units.activations")
        maps = _unpacked(row[1], (-1, survey.map_rows, survey.map_columns), "units.maps")
        return UnitAnswers(_UNIT.build(row[2:]), activations, maps)

    def best(self, survey_id: int) -> list[UnitImage]:
        """The images that excite the units of a survey most, by unit and rank."""
        rows = self._sql.rows(
            "SELECT best.layer, best.unit, rank, image_id, activation, x0, y0, x1, y1"
            " FROM unit_images AS best JOIN unit_surveys AS survey ON survey.id = ?"
            " AND best.run_id = survey.run_id AND best.checkpoint_id IS survey.checkpoint_id"
            " AND best.layer = survey.layer ORDER BY best.unit, rank",
            (survey_id,),
        )
        return [_BEST.build(row) for row in rows]

    # Pictures that maximise units

    def add_pictures(self, pictures: Sequence[UnitPictureRecord]) -> None:
        """Store pictures, each in place of one of the same encoder, unit and objective."""
        with self._sql.write():
            for p in pictures:
                self._sql.run(
                    "DELETE FROM unit_pictures WHERE run_id = ? AND checkpoint_id IS ?"
                    " AND layer = ? AND unit = ? AND objective = ?",
                    (p.run_id, p.checkpoint_id, p.layer, p.unit, p.objective),
                )
                self._sql.run(
                    "INSERT INTO unit_pictures (run_id, checkpoint_id, layer, unit, objective,"
                    " seed, steps, activation, start, noise, picture, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (p.run_id, p.checkpoint_id, p.layer, p.unit, p.objective, p.seed, p.steps,
                     p.activation, p.start, p.noise, p.picture, now()),
                )  # fmt: skip

    def pictures(
        self, run_id: int, checkpoint_id: int | None, layer: str, unit: int | None = None
    ) -> list[UnitPictureRecord]:
        """The pictures that maximise the units of a layer, or one of them, by unit."""
        rows = self._sql.rows(
            f"SELECT {_PICTURE.columns} FROM unit_pictures WHERE run_id = ?1"
            " AND checkpoint_id IS ?2 AND layer = ?3 AND (unit = ?4 OR ?4 IS NULL)"
            " ORDER BY unit, objective",
            (run_id, checkpoint_id, layer, unit),
        )
        return [_PICTURE.build(row) for row in rows]

    # Attention

    def set_attention(
        self, run_id: int, checkpoint_id: int | None, image_id: int, maps: Sequence[AttentionMaps]
    ) -> None:
        """Store the attention of all blocks on an image, in place of what was known."""
        with self._sql.write():
            self._sql.run(
                "DELETE FROM attention_maps WHERE run_id = ? AND checkpoint_id IS ?"
                " AND image_id = ?",
                (run_id, checkpoint_id, image_id),
            )
            self._sql.run_many(
                "INSERT INTO attention_maps (run_id, checkpoint_id, image_id, block, source,"
                " heads, map_rows, map_columns, weights) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (run_id, checkpoint_id, image_id, m.block, m.source, *m.weights.shape,
                     _packed(m.weights))
                    for m in maps
                ],
            )  # fmt: skip

    def attention(
        self, run_id: int, checkpoint_id: int | None, image_id: int
    ) -> list[AttentionMaps]:
        """The attention of all blocks on an image, by block."""
        rows = self._sql.rows(
            "SELECT block, source, heads, map_rows, map_columns, weights FROM attention_maps"
            " WHERE run_id = ? AND checkpoint_id IS ? AND image_id = ? ORDER BY block, id",
            (run_id, checkpoint_id, image_id),
        )
        return [_attention(row) for row in rows]

    def attended(self, run_id: int, checkpoint_id: int | None) -> list[int]:
        """The images whose attention is known, the newest first."""
        rows = self._sql.rows(
            "SELECT image_id FROM attention_maps WHERE run_id = ? AND checkpoint_id IS ?"
            " GROUP BY image_id ORDER BY max(id) DESC",
            (run_id, checkpoint_id),
        )
        return [int(str(row[0])) for row in rows]


_BEST = Mapper(UnitImage, "unit_images")


def _attention(row: Row) -> AttentionMaps:
    block, source, heads, rows, columns, weights = row
    if source not in ("class", "patches", "rollout") or not isinstance(block, int):
        raise _damaged("attention_maps.source")
    shape = (int(str(heads)), int(str(rows)), int(str(columns)))
    return AttentionMaps(block, source, _unpacked(weights, shape, "attention_maps.weights"))


def _packed(values: Halves) -> bytes:
    return np.asarray(values, _HALF, order="C").tobytes()


def _unpacked(data: object, shape: tuple[int, ...], where: str) -> Halves:
    try:
        if isinstance(data, bytes):
            return np.frombuffer(data, _HALF).reshape(shape).astype(np.float16)
    except ValueError:
        pass
    raise _damaged(where)


def _damaged(where: str) -> DamagedProject:
    return DamagedProject(
        "The project is damaged.",
        f"The numbers in {where} are not as many as there should be.",
        "Run “Check project”, or go back to one of its backups.",
    )
