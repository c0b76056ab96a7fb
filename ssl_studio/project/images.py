"""Folders of images and the pictures in them: the tables roots, images and thumbnails."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from ssl_studio.errors import FolderError, ProjectError
from ssl_studio.project.filters import condition, id_list
from ssl_studio.project.paths import (
    inside,
    native,
    relative_to_project,
    storable,
    storable_or_none,
)
from ssl_studio.project.records import (
    ImageFilter,
    ImageRecord,
    ImageSort,
    RootRecord,
    ScannedImage,
)
from ssl_studio.project.rows import Mapper, now
from ssl_studio.project.sorting import Order, arranged, as_sort, by_index
from ssl_studio.project.sql import Row, Sql

Labels = Mapping[str, tuple[str | None, str | None]]
_MANY = 5000  # ids from which reading a whole column is quicker than looking each one up

_IMAGE = Mapper(ImageRecord, "images")
_FOUND = [
    "path",
    "bytes",
    "modified_ns",
    "content_hash",
    "width",
    "height",
    "mode",
    "format",
    "problem",
    "captured_at",
    "camera",
]


class ImageStore:
    """Roots, images and thumbnails."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    # Roots

    def add_root(self, path: Path | str, label_source: str = "folders") -> int:
        """Register a folder; the same folder again gives the id it already has."""
        folder = Path(path).expanduser().resolve()
        with self._sql.write():
            for root in self.roots():
                if Path(native(root.path)) == folder:
                    return root.id
            return self._sql.run(
                "INSERT INTO roots (path, relative_path, label_source, added_at)"
                " VALUES (?, ?, ?, ?)",
                (*self._places(folder), label_source, now()),
            )

    def roots(self) -> list[RootRecord]:
        """All folders, with where they lie now."""
        rows = self._sql.rows(
            "SELECT id, path, relative_path, added_at, label_source FROM roots ORDER BY id"
        )
        return [
            RootRecord(int(str(i)), storable(str(self._now_at(path, way))), str(at), str(source))
            for i, path, way, at, source in rows
        ]

    def root_folder(self, root_id: int) -> Path:
        """Where a root lies. Raises FolderError where it is gone.

        Where the project was moved together with its folder, the way from one to the other still
        holds; it is tried first.
        """
        row = self._sql.row("SELECT path, relative_path FROM roots WHERE id = ?", (root_id,))
        if row is None:
            raise ProjectError(f"The project has no folder {root_id}.")
        folder = self._now_at(*row)
        if not folder.is_dir():
            raise FolderError(
                f"The folder {folder} is not there.",
                "It was moved or renamed, or its disk is not connected.",
                "Connect the disk, or locate the folder again.",
            )
        return folder

    def relocate_root(self, root_id: int, new_path: Path | str) -> None:
        """Say where a root lies now. Images keep their ids; scan again to find what moved in it."""
        folder = Path(new_path).expanduser().resolve()
        if not folder.is_dir():
            raise FolderError(f"{folder} is not a folder.", "", "Choose the moved folder.")
        with self._sql.write():
            self._sql.run(
                "UPDATE roots SET path = ?, relative_path = ? WHERE id = ?",
                (*self._places(folder), root_id),
            )

    def set_label_source(self, root_id: int, source: str) -> None:
        """Say where the labels of a root come from: "folders", or the path of a table.

        Every later scan asks there again.
        """
        with self._sql.write():
            self._sql.run(
                "UPDATE roots SET label_source = ? WHERE id = ?", (storable(source), root_id)
            )

    def _places(self, folder: Path) -> tuple[str, str | None]:
        way = relative_to_project(folder, self._sql.path)
        return storable(str(folder)), storable_or_none(way)

    def _now_at(self, path: object, way: object) -> Path:
        if isinstance(way, str):
            beside = Path(os.path.normpath(self._sql.path.parent / native(way)))
            if beside.is_dir():
                return beside
        return Path(native(str(path)))

    def refresh_places(self) -> None:
        """Store where the roots lie now, both ways, so that either can be moved next."""
        for root in self.roots():
            folder = Path(native(root.path))
            places = self._places(folder)
            stored = self._sql.row("SELECT path, relative_path FROM roots WHERE id = ?", (root.id,))
            if folder.is_dir() and stored != places:
                with self._sql.write():
                    self._sql.run(
                        "UPDATE roots SET path = ?, relative_path = ? WHERE id = ?",
                        (*places, root.id),
                    )

    # Writing

    def upsert(
        self, root_id: int, rows: Sequence[ScannedImage], labels: Labels | None = None
    ) -> list[int]:
        """Store what a scan found; gives the ids in the same order.

        A known path keeps its id. So does a file that was moved within the root: a new path with
        the content of one that is gone. `labels` gives label and split by path, and takes them
        from the rows that it leaves out; None leaves all as they are.
        """
        paths = [storable(row.path) for row in rows]
        added_at = now()
        # A power cut may take the last batches; the next scan finds them again.
        with self._sql.write(durable=False):
            self._relink(root_id, dict(zip(paths, rows, strict=True)))
            self._sql.run_many(
                _upsert_sql(keep_labels=labels is None),
                (
                    _upsert_row(root_id, path, row, labels or {}, added_at)
                    for path, row in zip(paths, rows, strict=True)
                ),
            )
            ids = self._ids_at(root_id, paths)
            self._store_thumbnails(ids, rows)
        return ids

    def _ids_at(self, root_id: int, paths: Sequence[str]) -> list[int]:
        found = self._sql.rows(
            "SELECT images.id FROM json_each(?) AS wanted CROSS JOIN images"
            " ON images.root_id = ? AND images.path = wanted.value ORDER BY wanted.key",
            (json.dumps(paths), root_id),
        )
        return [int(str(row[0])) for row in found]

    def _relink(self, root_id: int, rows: Mapping[str, ScannedImage]) -> None:
        """Give the id of a vanished file to the new path that has its content."""
        known = self._sql.rows(
            "SELECT path FROM images WHERE root_id = ?"
            " AND path IN (SELECT value FROM json_each(?))",
            (root_id, json.dumps(list(rows))),
        )
        new = rows.keys() - {str(row[0]) for row in known}
        by_hash: dict[str, list[str]] = {}
        for path in sorted(new, reverse=True):
            by_hash.setdefault(rows[path].content_hash or "", []).append(path)
        by_hash.pop("", None)
        candidates = self._sql.rows(
            "SELECT images.id, images.path, content_hash, status"
            " FROM json_each(?) AS wanted CROSS JOIN images"
            " ON content_hash = wanted.value WHERE +root_id = ? ORDER BY images.path",
            (json.dumps(list(by_hash)), root_id),
        )
        if not candidates:
            return
        folder = self.root_folder(root_id)
        for image_id, old, content_hash, status in candidates:
            free = by_hash[str(content_hash)]
            gone = status == "missing" or not os.path.lexists(inside(folder, str(old)))
            if free and gone:
                self._sql.run("UPDATE images SET path = ? WHERE id = ?", (free.pop(), image_id))

    def _store_thumbnails(self, ids: Sequence[int], rows: Sequence[ScannedImage]) -> None:
        without = [(i,) for i, row in zip(ids, rows, strict=True) if row.thumbnail is None]
        self._sql.run_many("DELETE FROM thumbnails WHERE image_id = ?", without)
        self._sql.run_many(
            "INSERT INTO thumbnails VALUES (?, ?, ?, ?) ON CONFLICT (image_id) DO UPDATE"
            " SET width = excluded.width, height = excluded.height, jpeg = excluded.jpeg",
            (
                (i, row.thumbnail_width or 0, row.thumbnail_height or 0, row.thumbnail)
                for i, row in zip(ids, rows, strict=True)
                if row.thumbnail is not None
            ),
        )

    def set_labels(self, root_id: int, labels: Labels) -> int:
        """Give label and split to images that are known already; gives how many were others."""
        with self._sql.write():
            return self._sql.run_many(
                "UPDATE images SET label = ?1, split = ?2 WHERE root_id = ?3 AND path = ?4"
                " AND (label IS NOT ?1 OR split IS NOT ?2)",
                [
                    (storable_or_none(label), storable_or_none(split), root_id, storable(path))
                    for path, (label, split) in labels.items()
                ],
            )

    def mark_missing(self, ids: Iterable[int]) -> None:
        """Note that files are gone; what was derived from them stays."""
        with self._sql.write():
            self._sql.run_many(
                "UPDATE images SET status = 'missing' WHERE id = ?", [(int(i),) for i in ids]
            )

    def mark_present(self, ids: Iterable[int]) -> None:
        """Note that files which were missing are back, unchanged."""
        with self._sql.write():
            self._sql.run_many(
                "UPDATE images SET status = iif(problem IS NULL, 'ok', 'bad') WHERE id = ?",
                [(int(i),) for i in ids],
            )

    def find_duplicates(self) -> int:
        """Point every exact copy at the first image of its content; gives how many copies."""
        with self._sql.write():
            self._sql.run("UPDATE images SET duplicate_of = NULL WHERE duplicate_of IS NOT NULL")
            groups = self._sql.rows(
                "SELECT min(id), content_hash FROM images"
                " WHERE status = 'ok' AND content_hash IS NOT NULL"
                " GROUP BY content_hash HAVING count(*) > 1"
            )
            return self._sql.run_many(
                "UPDATE images SET duplicate_of = ?1"
                " WHERE content_hash = ?2 AND status = 'ok' AND id <> ?1",
                groups,
            )

    # Reading

    def known(self, root_id: int) -> dict[str, tuple[int, int, int, str]]:
        """By path as the file system has it: bytes, modified_ns, id and status."""
        rows = self._sql.stream(
            "SELECT path, bytes, modified_ns, id, status FROM images WHERE root_id = ?", (root_id,)
        )
        return {
            native(str(path)): (size, at, i, status)  # type: ignore[misc]  # columns are STRICT
            for path, size, at, i, status in rows
        }

    def ids(
        self,
        status: str | None = "ok",
        where: ImageFilter | None = None,
        order: Order | ImageSort = "path",
    ) -> np.ndarray:
        """The int64 ids of the images of a status (None: any) that pass a filter, in order."""
        term, parameters = condition(status, where)
        sort = as_sort(order)
        # The planner would take an index on the status, and sort a million labels.
        index = " INDEXED BY images_by_label" if sort.by == "label" else ""
        ids = self._sql.column(
            f"SELECT images.id FROM images{index} WHERE {term}{by_index(sort)}", parameters
        )
        return ids if by_index(sort) else arranged(self._sql, ids, sort)

    def count(self, status: str | None = "ok", where: ImageFilter | None = None) -> int:
        """How many images of a status (None: any) pass a filter."""
        term, parameters = condition(status, where)
        return self._sql.number(f"SELECT count(*) FROM images WHERE {term}", parameters)

    def status_counts(self) -> dict[str, int]:
        """How many images are ok, bad and missing."""
        rows = self._sql.rows("SELECT status, count(*) FROM images GROUP BY status")
        counts = {str(status): int(str(count)) for status, count in rows}
        return {status: counts.get(status, 0) for status in ("ok", "bad", "missing")}

    def get(self, ids: Iterable[int]) -> list[ImageRecord]:
        """Images in the order asked; ids that do not exist are left out."""
        return [_IMAGE.build(row) for row in self._picked(_IMAGE.columns, ids)]

    def thumbnails(self, ids: Iterable[int]) -> dict[int, bytes]:
        """JPEG bytes by image id, of those that have a thumbnail."""
        rows = self._sql.rows(
            "SELECT image_id, jpeg FROM thumbnails"
            " WHERE image_id IN (SELECT value FROM json_each(?))",
            (id_list(ids),),
        )
        return {int(str(i)): jpeg for i, jpeg in rows if isinstance(jpeg, bytes)}

    def labels(self, ids: Iterable[int]) -> list[str | None]:
        """The label of each image, in the order asked."""
        return self._texts("label", ids)

    def splits(self, ids: Iterable[int]) -> list[str | None]:
        """The split (train, test ...) of each image, in the order asked."""
        return self._texts("split", ids)

    def hashes(self, ids: Iterable[int]) -> list[str | None]:
        """The content hash of each image, in the order asked."""
        return self._texts("content_hash", ids)

    def full_path(self, image_id: int) -> Path:
        """Where an image lies. Raises FolderError where its folder is gone."""
        return self.full_paths([image_id])[0]

    def full_paths(self, ids: Iterable[int]) -> list[Path]:
        """Where images lie, in the order asked. Raises FolderError where a folder is gone."""
        folders: dict[object, Path] = {}
        found = []
        for root_id, path in self._picked("images.root_id, images.path", ids):
            if root_id not in folders:
                folders[root_id] = self.root_folder(int(str(root_id)))
            found.append(inside(folders[root_id], str(path)))
        return found

    def problems(self, limit: int | None = None) -> list[ImageRecord]:
        """The images that are bad or missing, by path; at most the first `limit` of them."""
        return self.get(np.concatenate([self.ids("bad"), self.ids("missing")])[:limit])

    def classes(self) -> list[str]:
        """All labels in use, sorted."""
        rows = self._sql.rows(
            "WITH RECURSIVE found (label) AS (SELECT min(label) FROM images UNION ALL SELECT"
            " (SELECT min(images.label) FROM images WHERE images.label > found.label)"
            " FROM found WHERE label IS NOT NULL) SELECT label FROM found WHERE label IS NOT NULL"
        )
        return [str(row[0]) for row in rows]

    def fingerprint(self, ids: Iterable[int]) -> str:
        """A hex text that two lists of images share only with equal content in equal order."""
        digest = hashlib.blake2b(digest_size=16)
        for text in self.hashes(ids):
            digest.update((text or "?").encode() + b"\n")
        return digest.hexdigest()

    def _texts(self, column: str, ids: Iterable[int]) -> list[str | None]:
        wanted = np.asarray(list(ids) if not isinstance(ids, np.ndarray) else ids, np.int64)
        rows = (
            self._picked(f"images.id, images.{column}", wanted)
            if len(wanted) < _MANY
            else self._sql.stream(f"SELECT id, {column} FROM images")
        )
        found = {row[0]: None if row[1] is None else str(row[1]) for row in rows}
        return [found.get(i) for i in wanted.tolist()]

    def _picked(self, columns: str, ids: Iterable[int]) -> list[Row]:
        return self._sql.rows(
            f"SELECT {columns} FROM json_each(?) AS wanted CROSS JOIN images"
            " ON images.id = wanted.value ORDER BY wanted.key",
            (id_list(ids),),
        )


def _upsert_sql(*, keep_labels: bool) -> str:
    columns = [*_FOUND, "status", "label", "split"]
    kept = {"path", "label", "split"} if keep_labels else {"path"}
    changes = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in kept)
    return (
        f"INSERT INTO images (root_id, added_at, {', '.join(columns)})"
        f" VALUES (?, ?{', ?' * len(columns)}) ON CONFLICT (root_id, path) DO UPDATE SET {changes},"
        " duplicate_of = iif(content_hash IS excluded.content_hash, duplicate_of, NULL)"
    )


def _upsert_row(
    root_id: int, path: str, row: ScannedImage, labels: Labels, added_at: str
) -> tuple[object, ...]:
    label, split = labels.get(row.path, (None, None))
    return (
        root_id, added_at, path, row.bytes, row.modified_ns, row.content_hash, row.width,
        row.height, row.mode, row.format, storable_or_none(row.problem), row.captured_at,
        storable_or_none(row.camera), "ok" if row.problem is None else "bad",
        storable_or_none(label), storable_or_none(split),
    )  # fmt: skip
