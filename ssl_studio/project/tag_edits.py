"""What an edit of tags did, and how to bring it about or take it back.

Which tags changed lies in `edit_tag_changes` (field, before, after), which images gained or lost
a tag in `edit_tags`. A deleted tag is retired: it comes back with its id and its images. Names
are unique, so a tag at rest has one that nobody can give, and every edit notes what becomes of it.
"""

import json
from collections.abc import Iterable
from typing import Literal, get_args

from ssl_studio.errors import ProjectError
from ssl_studio.project.clusterings import colour
from ssl_studio.project.filters import id_list
from ssl_studio.project.sql import Sql, damaged

TagField = Literal["name", "colour", "key", "retired"]
KEYS = range(1, 10)
MAX_NAME = 100


class TagEdits:
    """Notes changes of tags below an edit, and applies either side of them."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def name(self, tag_id: int) -> str:
        """What a tag is called. Raises ProjectError where there is none."""
        row = self._sql.row("SELECT name FROM tags WHERE id = ? AND retired = 0", (tag_id,))
        if row is None:
            raise ProjectError(f"The project has no tag {tag_id}.")
        return str(row[0])

    def free_name(self, name: str, tag_id: int | None = None) -> str:
        """The name without needless spaces. Raises ProjectError where it cannot be used."""
        clean = " ".join(name.split())
        if not clean or len(clean) > MAX_NAME:
            raise ProjectError(
                "This cannot be the name of a tag.",
                f"A name has 1 to {MAX_NAME} characters.",
                "Choose another one.",
            )
        row = self._sql.row(
            "SELECT id FROM tags WHERE name = ? AND id IS NOT ? AND retired = 0", (clean, tag_id)
        )
        if row is not None:
            raise ProjectError(f"There is a tag “{clean}” already.", "", "Choose another name.")
        return clean

    def dormant(self, name: str) -> int:
        """A new tag that is out of use, and will bear this name."""
        number = self._sql.number("SELECT coalesce(max(id), 0) FROM tags")
        tag_id = self._sql.run(
            "INSERT INTO tags (name, colour, key, retired) VALUES ('  new', ?, NULL, 1)",
            (colour(number),),
        )
        resting = resting_name(name, tag_id)
        self._sql.run("UPDATE tags SET name = ? WHERE id = ?", (resting, tag_id))
        return tag_id

    def free_key(self) -> int | None:
        """The lowest digit that no tag has."""
        taken = {r[0] for r in self._sql.rows("SELECT key FROM tags WHERE retired = 0")}
        return next((key for key in KEYS if key not in taken), None)

    def note_change(self, edit_id: int, tag_id: int, field: TagField, after: object) -> None:
        """Remember that a field of a tag becomes `after`; nothing happens yet."""
        self._sql.run(
            "INSERT INTO edit_tag_changes (edit_id, tag_id, field, before, after)"
            f" SELECT ?, id, ?, CAST({field} AS TEXT), CAST(? AS TEXT) FROM tags WHERE id = ?",
            (edit_id, field, after, tag_id),
        )

    def note_images(
        self, edit_id: int, tag_id: int, image_ids: Iterable[int], *, added: bool
    ) -> int:
        """Remember those images that gain or lose a tag; gives how many they are."""
        self._sql.run(
            "INSERT INTO edit_tags (edit_id, tag_id, image_id, added)"
            " SELECT DISTINCT ?1, ?2, images.id, ?3 FROM json_each(?4) AS wanted"
            " JOIN images ON images.id = wanted.value"
            " WHERE ?3 <> EXISTS (SELECT 1 FROM image_tags"
            " WHERE tag_id = ?2 AND image_id = images.id)",
            (edit_id, tag_id, int(added), id_list(image_ids)),
        )
        return self._sql.number("SELECT count(*) FROM edit_tags WHERE edit_id = ?", (edit_id,))

    def note_all_images(self, edit_id: int, tag_id: int) -> None:
        """Remember that every image loses a tag."""
        self._sql.run(
            "INSERT INTO edit_tags SELECT ?, tag_id, image_id, 0 FROM image_tags WHERE tag_id = ?",
            (edit_id, tag_id),
        )

    def all_bear(self, tag_id: int, image_ids: list[int]) -> bool:
        """Whether each of these images has the tag."""
        return not self._sql.number(
            "SELECT EXISTS (SELECT 1 FROM json_each(?2) AS wanted WHERE NOT EXISTS"
            " (SELECT 1 FROM image_tags WHERE tag_id = ?1 AND image_id = wanted.value))",
            (tag_id, json.dumps(image_ids)),
        )

    def has_effect(self, edit_id: int) -> bool:
        """Whether the edit changes any tag, after what stays as it is was forgotten."""
        self._sql.run(
            "DELETE FROM edit_tag_changes WHERE edit_id = ? AND before IS after", (edit_id,)
        )
        return bool(
            self._sql.number(
                "SELECT EXISTS (SELECT 1 FROM edit_tag_changes WHERE edit_id = ?1)"
                " OR EXISTS (SELECT 1 FROM edit_tags WHERE edit_id = ?1)",
                (edit_id,),
            )
        )

    def apply(self, edit_id: int, side: Literal["before", "after"]) -> set[str]:
        """Bring tags and their images to one side of an edit; gives the tables it touched."""
        rows = self._sql.rows(
            f"SELECT field, {side}, tag_id FROM edit_tag_changes WHERE edit_id = ?", (edit_id,)
        )
        for field, value, tag_id in rows:
            if field not in get_args(TagField):
                raise damaged(self._sql.path, f"edit {edit_id} changes a column {field}")
            if field == "name":
                self._put_to_rest(value, tag_id)
            self._sql.run(f"UPDATE tags SET {field} = ? WHERE id = ?", (value, tag_id))
        moved = self._sql.number(
            "SELECT EXISTS (SELECT 1 FROM edit_tags WHERE edit_id = ?)", (edit_id,)
        )
        if moved:
            self._turn(edit_id, int(side == "after"))
        return ({"tags"} if rows or moved else set()) | ({"image_tags"} if moved else set())

    def _put_to_rest(self, name: object, tag_id: object) -> None:
        # Versions before this one left a deleted tag its name.
        self._sql.run(
            "UPDATE tags SET name = name || '  #' || id WHERE name = ? AND retired = 1 AND id <> ?",
            (name, tag_id),
        )

    def _turn(self, edit_id: int, forward: int) -> None:
        """What the edit added is there when it goes forward, and the other way round."""
        self._sql.run(
            "DELETE FROM image_tags WHERE (tag_id, image_id) IN"
            " (SELECT tag_id, image_id FROM edit_tags WHERE edit_id = ? AND added <> ?)",
            (edit_id, forward),
        )
        # Images and tags may have left the project since.
        self._sql.run(
            "INSERT OR IGNORE INTO image_tags (tag_id, image_id)"
            " SELECT tag_id, image_id FROM edit_tags"
            " JOIN images ON images.id = image_id JOIN tags ON tags.id = tag_id"
            " WHERE edit_id = ? AND added = ?",
            (edit_id, forward),
        )


def resting_name(name: str, tag_id: int) -> str:
    """What a tag is called while it is out of use. No name that is given has two spaces."""
    return f"{name}  #{tag_id}"
