"""What images can be filtered by: the values that occur, each with the number of its images."""

from ssl_studio.project.records import Facet
from ssl_studio.project.sql import Sql

# The plus keeps the planner from an index on the status, which would look up every row.
_COUNTED = {
    "label": "SELECT label, count(*) FROM images INDEXED BY images_by_label"
    " WHERE status = 'ok' GROUP BY label ORDER BY label COLLATE NOCASE, label",
    "split": "SELECT split, count(*) FROM images WHERE +status = 'ok' GROUP BY split",
    "format": "SELECT format, count(*) FROM images WHERE +status = 'ok' GROUP BY format",
    "camera": "SELECT camera, count(*) FROM images INDEXED BY images_by_camera"
    " WHERE camera IS NOT NULL GROUP BY camera",
}


class FacetStore:
    """Counts of the values of some columns of images."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def labels(self) -> list[Facet]:
        """All labels by name in any case; that of images without one is None and comes first."""
        return self._counted("label")

    def splits(self) -> list[Facet]:
        """All parts of the data (train, test ...)."""
        return self._counted("split")

    def formats(self) -> list[Facet]:
        """All kinds of files."""
        return self._counted("format")

    def cameras(self) -> list[Facet]:
        """All cameras, those of unreadable files too; images without one are not counted."""
        return self._counted("camera")

    def dates(self) -> tuple[str, str] | None:
        """The first and the last day of the sound images; None without any."""
        ends = [
            self._sql.value(f"SELECT {end}(dated_at) FROM images WHERE status = 'ok'")
            for end in ("min", "max")
        ]
        first, last = (str(end)[:10] if end is not None else None for end in ends)
        return (first, last) if first is not None and last is not None else None

    def _counted(self, column: str) -> list[Facet]:
        rows = self._sql.rows(_COUNTED[column])
        return [Facet(None if v is None else str(v), int(str(n))) for v, n in rows]
