"""The edit log: every edit of the user together with its inverse, so that undo outlives a restart.

An edit is a row of `edits`. What it did to clusters lies in `edit_changes` (field, before,
after), which images it moved in `edit_moves` (from, to). Undoing swaps the two sides; nothing is
ever deleted: a merged cluster is retired, and comes back with its id. Edits of tags keep what
they did in tables of their own, see `tag_edits`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ssl_studio.errors import ProjectError
from ssl_studio.project.changes import Changes
from ssl_studio.project.clusterings import colour
from ssl_studio.project.records import EditRecord
from ssl_studio.project.rows import now
from ssl_studio.project.sql import Sql, damaged
from ssl_studio.project.tag_edits import KEYS, TagEdits, resting_name

KEPT = 1000  # edits that can be undone
_LAST_DONE = "done = 1 ORDER BY id DESC"
_FIRST_UNDONE = "done = 0 ORDER BY id"
Field = Literal["name", "colour", "note", "retired"]


@dataclass(frozen=True, slots=True)
class _Cluster:
    id: int
    clustering_id: int
    name: str


class EditLog:
    """The user's edits of clusters and tags: each is stored at once and can be undone."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._tags = TagEdits(sql)

    def rename_cluster(self, cluster_id: int, name: str) -> Changes:
        """Give a cluster another name."""
        return self._set(cluster_id, "name", name, "Rename")

    def recolour_cluster(self, cluster_id: int, colour: str) -> Changes:
        """Give a cluster another colour, `#rrggbb`."""
        return self._set(cluster_id, "colour", colour, "Recolour")

    def note_cluster(self, cluster_id: int, note: str) -> Changes:
        """Replace the note on a cluster."""
        return self._set(cluster_id, "note", note, "Note on")

    def merge_clusters(self, cluster_ids: Sequence[int]) -> Changes:
        """Move all images into the first of the clusters; the others are gone until undone."""
        with self._sql.write():
            first, *others = self._clusters(cluster_ids)
            if not others:
                raise ProjectError("One cluster cannot be merged.", "", "Choose two or more.")
            note = f"Merge {len(others) + 1} clusters into {first.name}"
            edit_id = self._begin(first.clustering_id, "merge", note)
            for other in others:
                self._note_change(edit_id, other.id, "retired", "1")
            self._note_moves(
                edit_id,
                first.id,
                "cluster_id IN (SELECT value FROM json_each(?))",
                json.dumps([other.id for other in others]),
            )
            return self._finish(edit_id, note)

    def split_cluster(self, cluster_id: int, image_ids: Iterable[int]) -> Changes:
        """Take images out of a cluster into a new one, which is named after it."""
        with self._sql.write():
            ids = [int(i) for i in image_ids]
            (old,) = self._clusters([cluster_id])
            if not ids:
                raise ProjectError("There is nothing to split off.", "", "Choose some images.")
            note = f"Split {old.name}"
            edit_id = self._begin(old.clustering_id, "split", note)
            new_id = self._new_cluster(old)
            self._note_change(edit_id, new_id, "retired", "0")
            self._note_moves(
                edit_id,
                new_id,
                f"cluster_id = {old.id:d} AND image_id IN (SELECT value FROM json_each(?))",
                json.dumps(ids),
            )
            if not self._moves(edit_id):
                raise ProjectError(f"None of these images is in {old.name}.")
            return self._finish(edit_id, note)

    def move_images(self, image_ids: Iterable[int], cluster_id: int) -> Changes:
        """Move images from wherever they are in the clustering into one of its clusters."""
        with self._sql.write():
            (target,) = self._clusters([cluster_id])
            ids = [int(i) for i in image_ids]
            note = f"Move {len(ids)} images to {target.name}"
            edit_id = self._begin(target.clustering_id, "move", note)
            self._note_moves(
                edit_id,
                target.id,
                f"clustering_id = {target.clustering_id:d} AND cluster_id <> {target.id:d}"
                " AND image_id IN (SELECT value FROM json_each(?))",
                json.dumps(ids),
            )
            return self._finish(edit_id, note)

    # Tags

    def add_tag(self, name: str, image_ids: Iterable[int] = ()) -> Changes:
        """Make a tag and give it to images. Raises ProjectError where the name is taken."""
        with self._sql.write():
            clean = self._tags.free_name(name)
            note = f"New tag {clean}"
            edit_id = self._begin(None, "add_tag", note)
            tag_id = self._tags.dormant(clean)
            self._tags.note_change(edit_id, tag_id, "name", clean)
            self._tags.note_change(edit_id, tag_id, "retired", 0)
            self._tags.note_change(edit_id, tag_id, "key", self._tags.free_key())
            self._tags.note_images(edit_id, tag_id, image_ids, added=True)
            return self._finish(edit_id, note)

    def tag_images(self, image_ids: Iterable[int], tag_id: int, *, on: bool = True) -> Changes:
        """Give a tag to images, or take it from them."""
        with self._sql.write():
            name = self._tags.name(tag_id)
            edit_id = self._begin(None, "tag", "")
            number = self._tags.note_images(edit_id, tag_id, image_ids, added=on)
            note = f"{'Tag' if on else 'Untag'} {_images(number)} {name}"
            self._sql.run("UPDATE edits SET note = ? WHERE id = ?", (note, edit_id))
            return self._finish(edit_id, note)

    def toggle_tag(self, image_ids: Iterable[int], tag_id: int) -> Changes:
        """Give a tag to images; take it from them where all of them have it."""
        ids = [int(i) for i in image_ids]
        with self._sql.write():
            return self.tag_images(ids, tag_id, on=not self._tags.all_bear(tag_id, ids))

    def rename_tag(self, tag_id: int, name: str) -> Changes:
        """Give a tag another name. Raises ProjectError where that is taken."""
        with self._sql.write():
            old, clean = self._tags.name(tag_id), self._tags.free_name(name, tag_id)
            note = f"Rename tag {old} to {clean}"
            edit_id = self._begin(None, "rename_tag", note)
            self._tags.note_change(edit_id, tag_id, "name", clean)
            return self._finish(edit_id, note)

    def recolour_tag(self, tag_id: int, colour: str) -> Changes:
        """Give a tag another colour, `#rrggbb`."""
        with self._sql.write():
            note = f"Recolour tag {self._tags.name(tag_id)}"
            edit_id = self._begin(None, "recolour_tag", note)
            self._tags.note_change(edit_id, tag_id, "colour", colour)
            return self._finish(edit_id, note)

    def set_tag_key(self, tag_id: int, key: int | None) -> Changes:
        """Let a digit, 1 to 9, assign the tag; whoever had it loses it. None: no digit."""
        if key is not None and key not in KEYS:
            raise ProjectError(f"{key} is not a digit from 1 to 9.")
        with self._sql.write():
            note = f"{'No key' if key is None else f'Key {key}'} for tag {self._tags.name(tag_id)}"
            edit_id = self._begin(None, "key_tag", note)
            others = self._sql.column(
                "SELECT id FROM tags WHERE key = ? AND id <> ?", (key, tag_id)
            )
            for other in others.tolist():
                self._tags.note_change(edit_id, other, "key", None)
            self._tags.note_change(edit_id, tag_id, "key", key)
            return self._finish(edit_id, note)

    def delete_tag(self, tag_id: int) -> Changes:
        """Take a tag from all images and out of the list, until undone."""
        with self._sql.write():
            name = self._tags.name(tag_id)
            note = f"Delete tag {name}"
            edit_id = self._begin(None, "delete_tag", note)
            self._tags.note_change(edit_id, tag_id, "name", resting_name(name, tag_id))
            self._tags.note_change(edit_id, tag_id, "retired", 1)
            self._tags.note_change(edit_id, tag_id, "key", None)
            self._tags.note_all_images(edit_id, tag_id)
            return self._finish(edit_id, note)

    # Undo

    def undo(self) -> Changes:
        """Take back the last edit that is in force. Raises ProjectError where there is none."""
        return self._turn(_LAST_DONE, "before", "from_cluster", done=0)

    def redo(self) -> Changes:
        """Do again what was undone last. Raises ProjectError where there is nothing."""
        return self._turn(_FIRST_UNDONE, "after", "to_cluster", done=1)

    @property
    def undo_note(self) -> str | None:
        """What `undo` would take back, in words."""
        return self._note(_LAST_DONE)

    @property
    def redo_note(self) -> str | None:
        """What `redo` would do again, in words."""
        return self._note(_FIRST_UNDONE)

    def _note(self, which: str) -> str | None:
        row = self._sql.row(f"SELECT note FROM edits WHERE {which} LIMIT 1")
        return None if row is None else str(row[0])

    def all(self) -> list[EditRecord]:
        """The edits, oldest first; those that were undone come last."""
        rows = self._sql.rows(
            "SELECT id, clustering_id, at, kind, note, done FROM edits ORDER BY id"
        )
        return [
            EditRecord(
                int(str(i)),
                clustering if isinstance(clustering, int) else None,
                str(at),
                str(kind),
                str(note),
                done == 1,
            )
            for i, clustering, at, kind, note, done in rows
        ]

    def _set(self, cluster_id: int, field: Field, value: str, verb: str) -> Changes:
        with self._sql.write():
            (cluster,) = self._clusters([cluster_id])
            note = f"{verb} {cluster.name}"
            edit_id = self._begin(cluster.clustering_id, field, note)
            self._note_change(edit_id, cluster_id, field, value)
            return self._finish(edit_id, note)

    def _clusters(self, cluster_ids: Sequence[int]) -> list[_Cluster]:
        found = []
        for cluster_id in dict.fromkeys(int(i) for i in cluster_ids):
            row = self._sql.row(
                "SELECT id, clustering_id, name FROM clusters WHERE id = ? AND retired = 0",
                (cluster_id,),
            )
            if row is None:
                raise ProjectError(f"The project has no cluster {cluster_id}.")
            found.append(_Cluster(int(str(row[0])), int(str(row[1])), str(row[2])))
        if len({cluster.clustering_id for cluster in found}) != 1:
            raise ProjectError("Only clusters of one and the same clustering can be joined.")
        return found

    def _begin(self, clustering_id: int | None, kind: str, note: str) -> int:
        return self._sql.run(
            "INSERT INTO edits (clustering_id, at, kind, note) VALUES (?, ?, ?, ?)",
            (clustering_id, now(), kind, note),
        )

    def _new_cluster(self, old: _Cluster) -> int:
        number = self._sql.number(
            "SELECT max(number) + 1 FROM clusters WHERE clustering_id = ?", (old.clustering_id,)
        )
        return self._sql.run(
            "INSERT INTO clusters (clustering_id, number, name, colour, retired)"
            " VALUES (?, ?, ?, ?, 1)",
            (old.clustering_id, number, f"{old.name} (part)", colour(number)),
        )

    def _note_change(self, edit_id: int, cluster_id: int, field: Field, after: str) -> None:
        self._sql.run(
            "INSERT INTO edit_changes (edit_id, cluster_id, field, before, after)"
            f" SELECT ?, id, ?, CAST({field} AS TEXT), ? FROM clusters WHERE id = ?",
            (edit_id, field, after, cluster_id),
        )

    def _note_moves(self, edit_id: int, target: int, which: str, ids: str) -> None:
        self._sql.run(
            "INSERT INTO edit_moves (edit_id, image_id, from_cluster, to_cluster)"
            f" SELECT ?, image_id, cluster_id, ? FROM cluster_members WHERE {which}",
            (edit_id, target, ids),
        )

    def _finish(self, edit_id: int, note: str) -> Changes:
        """Put a new edit into force; one that changes nothing leaves no trace."""
        self._sql.run("DELETE FROM edit_changes WHERE edit_id = ? AND before = after", (edit_id,))
        on_clusters = self._sql.number(_HAS_EFFECT, (edit_id,))
        if not self._tags.has_effect(edit_id) and not on_clusters:
            self._sql.run("DELETE FROM edits WHERE id = ?", (edit_id,))
            return Changes(frozenset(), note)
        # It ends what could have been redone, and pushes out what is very old.
        self._sql.run("DELETE FROM edits WHERE done = 0")
        self._sql.run(
            "DELETE FROM edits WHERE id <= (SELECT id FROM edits ORDER BY id DESC"
            " LIMIT 1 OFFSET ?)",
            (KEPT,),
        )
        return self._apply(edit_id, "after", "to_cluster", note)

    def _turn(self, which: str, side: str, cluster_side: str, *, done: int) -> Changes:
        with self._sql.write():
            row = self._sql.row(f"SELECT id, note FROM edits WHERE {which} LIMIT 1")
            if row is None:
                raise ProjectError(f"There is nothing to {'redo' if done else 'undo'}.")
            edit_id, note = int(str(row[0])), str(row[1])
            self._sql.run("UPDATE edits SET done = ? WHERE id = ?", (done, edit_id))
            return self._apply(edit_id, side, cluster_side, note)

    def _apply(self, edit_id: int, side: str, cluster_side: str, note: str) -> Changes:
        """Bring clusters and members to one side of an edit."""
        rows = self._sql.rows(
            f"SELECT field, {side}, cluster_id FROM edit_changes WHERE edit_id = ?", (edit_id,)
        )
        for field, value, cluster_id in rows:
            if field not in get_args(Field):
                raise damaged(self._sql.path, f"edit {edit_id} changes a column {field}")
            self._sql.run(f"UPDATE clusters SET {field} = ? WHERE id = ?", (value, cluster_id))
        moved = self._moves(edit_id)
        if moved:
            self._move(edit_id, cluster_side)
        kinds = self._tags.apply(edit_id, "after" if side == "after" else "before") | {"edits"}
        kinds |= {"clusters"} if rows or moved else set()
        kinds |= {"cluster_members"} if moved else set()
        return Changes(frozenset(kinds), note)

    def _moves(self, edit_id: int) -> int:
        return self._sql.number("SELECT count(*) FROM edit_moves WHERE edit_id = ?", (edit_id,))

    def _move(self, edit_id: int, cluster_side: str) -> None:
        self._sql.run(
            f"UPDATE cluster_members SET cluster_id = edit_moves.{cluster_side}"
            " FROM edit_moves JOIN edits ON edits.id = edit_moves.edit_id"
            " WHERE edit_moves.edit_id = ? AND cluster_members.image_id = edit_moves.image_id"
            " AND cluster_members.clustering_id = edits.clustering_id",
            (edit_id,),
        )
        self._sql.run(
            "UPDATE clusters SET size ="
            " (SELECT count(*) FROM cluster_members WHERE cluster_id = clusters.id)"
            " WHERE id IN (SELECT from_cluster FROM edit_moves WHERE edit_id = ?1"
            " UNION SELECT to_cluster FROM edit_moves WHERE edit_id = ?1)",
            (edit_id,),
        )


_HAS_EFFECT = """
SELECT EXISTS (SELECT 1 FROM edit_changes WHERE edit_id = ?1)
    OR EXISTS (SELECT 1 FROM edit_moves WHERE edit_id = ?1)
"""


def _images(number: int) -> str:
    return "1 image" if number == 1 else f"{number} images"
