"""Pictures that methods show of their working: the tables exhibits and unit_images."""

from collections.abc import Sequence

from ssl_studio.project.records import ExhibitRecord, UnitImage
from ssl_studio.project.rows import Mapper
from ssl_studio.project.sql import Sql

_EXHIBIT = Mapper(ExhibitRecord, "exhibits")
_UNIT = Mapper(UnitImage, "unit_images")


class ExhibitStore:
    """Exhibits over the epochs, and which images excite which unit."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, exhibits: Sequence[ExhibitRecord]) -> list[int]:
        """Store pictures together; their own ids are not looked at. Gives the new ids."""
        with self._sql.write(durable=False):
            return [
                self._sql.run(
                    "INSERT INTO exhibits (run_id, checkpoint_id, step, epoch, kind, image_id,"
                    " panel, position, caption, picture) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        e.run_id,
                        e.checkpoint_id,
                        e.step,
                        e.epoch,
                        e.kind,
                        e.image_id,
                        e.panel,
                        e.position,
                        e.caption,
                        e.picture,
                    ),
                )
                for e in exhibits
            ]

    def all(
        self, run_id: int, kind: str | None = None, step: int | None = None
    ) -> list[ExhibitRecord]:
        """The pictures of a run, by kind, step and position; they are read with their bytes."""
        rows = self._sql.rows(
            f"SELECT {_EXHIBIT.columns} FROM exhibits WHERE run_id = ?1"
            " AND (kind = ?2 OR ?2 IS NULL) AND (step = ?3 OR ?3 IS NULL)"
            " ORDER BY kind, step, position, id",
            (run_id, kind, step),
        )
        return [_EXHIBIT.build(row) for row in rows]

    def kinds(self, run_id: int) -> list[str]:
        """The kinds of pictures that a run has."""
        rows = self._sql.rows(
            "SELECT DISTINCT kind FROM exhibits WHERE run_id = ? ORDER BY kind", (run_id,)
        )
        return [str(row[0]) for row in rows]

    def steps(self, run_id: int, kind: str) -> list[tuple[int, float]]:
        """Step and epoch of each time that a run made pictures of a kind."""
        rows = self._sql.rows(
            "SELECT step, max(epoch) FROM exhibits WHERE run_id = ? AND kind = ?"
            " GROUP BY step ORDER BY step",
            (run_id, kind),
        )
        return [(int(str(step)), float(str(epoch))) for step, epoch in rows]

    def delete(self, run_id: int, kind: str | None = None) -> None:
        """Remove the pictures of a run, or those of one kind."""
        with self._sql.write():
            self._sql.run(
                "DELETE FROM exhibits WHERE run_id = ?1 AND (kind = ?2 OR ?2 IS NULL)",
                (run_id, kind),
            )

    def set_units(
        self, run_id: int, checkpoint_id: int | None, layer: str, units: Sequence[UnitImage]
    ) -> None:
        """Store what excites the units of a layer, in place of what was known."""
        with self._sql.write():
            self._sql.run(
                "DELETE FROM unit_images WHERE run_id = ? AND checkpoint_id IS ? AND layer = ?",
                (run_id, checkpoint_id, layer),
            )
            self._sql.run_many(
                "INSERT INTO unit_images (run_id, checkpoint_id, layer, unit, rank, image_id,"
                " activation, x0, y0, x1, y1) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (run_id, checkpoint_id, layer, u.unit, u.rank, u.image_id, u.activation,
                     u.x0, u.y0, u.x1, u.y1)
                    for u in units
                ],
            )  # fmt: skip

    def units(
        self, run_id: int, checkpoint_id: int | None, layer: str, unit: int | None = None
    ) -> list[UnitImage]:
        """The images that excite the units of a layer most, by unit and rank."""
        rows = self._sql.rows(
            f"SELECT {_UNIT.columns} FROM unit_images WHERE run_id = ?1 AND checkpoint_id IS ?2"
            " AND layer = ?3 AND (unit = ?4 OR ?4 IS NULL) ORDER BY unit, rank",
            (run_id, checkpoint_id, layer, unit),
        )
        return [_UNIT.build(row) for row in rows]

    def unit_layers(self, run_id: int, checkpoint_id: int | None) -> list[str]:
        """The layers whose units are known."""
        rows = self._sql.rows(
            "SELECT DISTINCT layer FROM unit_images WHERE run_id = ? AND checkpoint_id IS ?"
            " ORDER BY layer",
            (run_id, checkpoint_id),
        )
        return [str(row[0]) for row in rows]
