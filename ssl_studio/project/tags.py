"""Words that people give to images: the tables tags and image_tags. Edits are in `tag_edits`."""

from collections.abc import Iterable

import numpy as np

from ssl_studio.errors import ProjectError
from ssl_studio.project.filters import id_list
from ssl_studio.project.records import TagRecord
from ssl_studio.project.rows import Mapper
from ssl_studio.project.sql import Sql

_TAG = Mapper(TagRecord, "tags")
_COLUMNS = (
    "id, name, colour, key,"
    " (SELECT count(*) FROM image_tags WHERE image_tags.tag_id = tags.id) AS images"
)


class TagStore:
    """Which tags there are, and which images bear them. It changes nothing: see `Project.edits`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def all(self) -> list[TagRecord]:
        """The tags by name."""
        rows = self._sql.rows(f"SELECT {_COLUMNS} FROM tags WHERE retired = 0 ORDER BY name")
        return [_TAG.build(row) for row in rows]

    def get(self, tag_id: int) -> TagRecord:
        """One tag. Raises ProjectError where there is none."""
        row = self._sql.row(f"SELECT {_COLUMNS} FROM tags WHERE id = ? AND retired = 0", (tag_id,))
        if row is None:
            raise ProjectError(f"The project has no tag {tag_id}.")
        return _TAG.build(row)

    def named(self, name: str) -> TagRecord | None:
        """The tag of a name, in any case."""
        row = self._sql.row(
            f"SELECT {_COLUMNS} FROM tags WHERE name = ? AND retired = 0", (name.strip(),)
        )
        return None if row is None else _TAG.build(row)

    def images(self, tag_id: int) -> np.ndarray:
        """Ids of the images that bear a tag, int64, ascending."""
        return self._sql.column(
            "SELECT image_id FROM image_tags WHERE tag_id = ? ORDER BY image_id", (tag_id,)
        )

    def of(self, image_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """The names of the tags of each of these images that bears any."""
        rows = self._sql.rows(
            "SELECT image_id, name FROM image_tags JOIN tags ON tags.id = tag_id"
            " WHERE image_id IN (SELECT value FROM json_each(?)) ORDER BY name",
            (id_list(image_ids),),
        )
        found: dict[int, tuple[str, ...]] = {}
        for image_id, name in rows:
            key = int(str(image_id))
            found[key] = (*found.get(key, ()), str(name))
        return found
