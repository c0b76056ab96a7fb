"""Images that are alike: perceptual hashes, searches for near duplicates, and their groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssl_studio.project.records import DuplicateGroup, NearKind, NearSearch
from ssl_studio.project.rows import Mapper, now
from ssl_studio.project.sql import Row, Sql

_SEARCH = Mapper(NearSearch, "near_duplicate_searches")


@dataclass(frozen=True, slots=True)
class NearGroups:
    """Groups that a search found, as columns of equal length (N,), group by group.

    Attributes:
        image_ids, numbers: each image and the number of its group, which counts from 0.
        distances: to the first image of the group, which is the one to keep.
    """

    image_ids: np.ndarray
    numbers: np.ndarray
    distances: np.ndarray


class DuplicateStore:
    """Hashes of what thumbnails look like, and the groups that come of them."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def unhashed(self) -> np.ndarray:
        """Sound images with a thumbnail whose hash is missing or of an older content; int64."""
        return self._sql.column(
            "SELECT images.id FROM images JOIN thumbnails ON thumbnails.image_id = images.id"
            " LEFT JOIN perceptual_hashes AS known ON known.image_id = images.id"
            " WHERE status = 'ok' AND known.content_hash IS NOT images.content_hash"
            " ORDER BY images.id"
        )

    def add_hashes(self, image_ids: Sequence[int], hashes: np.ndarray) -> None:
        """Store 64-bit hashes, uint64 (N,), of what the images contain now."""
        signed = np.asarray(hashes, np.uint64).view(np.int64).tolist()
        with self._sql.write(durable=False):
            self._sql.run_many(
                "INSERT INTO perceptual_hashes SELECT id, content_hash, ? FROM images"
                " WHERE id = ? AND content_hash IS NOT NULL ON CONFLICT (image_id) DO UPDATE"
                " SET content_hash = excluded.content_hash, hash = excluded.hash",
                list(zip(signed, [int(i) for i in image_ids], strict=True)),
            )

    def hashes(self) -> tuple[np.ndarray, np.ndarray]:
        """Ids, int64, and hashes, uint64, of all sound images; the best of equals comes first.

        Best are most pixels, then most bytes, then the first that was added.
        """
        rows = self._sql.rows(
            "SELECT images.id, hash FROM perceptual_hashes AS known"
            " JOIN images ON images.id = known.image_id"
            " WHERE status = 'ok' AND known.content_hash IS images.content_hash"
            " ORDER BY width * height DESC, bytes DESC, images.id"
        )
        table = np.array(rows, np.int64).reshape(-1, 2)
        return table[:, 0].copy(), table[:, 1].copy().view(np.uint64)

    def best_first(self, image_ids: np.ndarray) -> np.ndarray:
        """Of these images the sound ones, the best first, as in `hashes`."""
        order = self._sql.column(
            "SELECT id FROM images WHERE status = 'ok' ORDER BY width * height DESC, bytes DESC, id"
        )
        return order[np.isin(order, image_ids)]

    def replace(
        self,
        kind: NearKind,
        found: NearGroups,
        *,
        threshold: float,
        images: int,
        feature_set_id: int | None = None,
        seconds: float = 0.0,
    ) -> int:
        """Store what a search found in the place of the last search of its kind."""
        numbers = np.asarray(found.numbers, np.int64)
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        positions = np.arange(len(numbers)) - np.repeat(starts, np.diff([*starts, len(numbers)]))
        columns = (numbers, positions, found.image_ids, found.distances)
        with self._sql.write():
            self._sql.run("DELETE FROM near_duplicate_searches WHERE kind = ?", (kind,))
            search_id = self._sql.run(
                "INSERT INTO near_duplicate_searches (kind, feature_set_id, threshold, images,"
                " groups, seconds, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (kind, feature_set_id, threshold, images, len(starts), seconds, now()),
            )
            self._sql.run_many(
                f"INSERT INTO near_duplicates VALUES ({search_id:d}, ?, ?, ?, ?)",
                zip(*(np.asarray(column).tolist() for column in columns), strict=True),
            )
        return search_id

    def searches(self) -> list[NearSearch]:
        """The last search of each kind."""
        rows = self._sql.rows(f"SELECT {_SEARCH.columns} FROM near_duplicate_searches ORDER BY id")
        return [_SEARCH.build(row) for row in rows]

    def alike(self, image_id: int, duplicate_of: int | None = None) -> list[int]:
        """The sound images that share a group of any kind with this one, itself among them."""
        first = image_id if duplicate_of is None else duplicate_of
        rows = self._sql.rows(
            "SELECT id FROM images WHERE +status = 'ok' AND (duplicate_of = ?1 OR id = ?1"
            " OR id IN (SELECT other.image_id FROM near_duplicates AS own"
            " JOIN near_duplicates AS other ON other.search_id = own.search_id"
            " AND other.group_number = own.group_number WHERE own.image_id = ?2)) ORDER BY id",
            (first, image_id),
        )
        return [int(str(row[0])) for row in rows]

    def exact_groups(self) -> list[DuplicateGroup]:
        """Images with the same content, the one that was added first leading."""
        rows = self._sql.rows(
            "SELECT duplicate_of, id, 0.0 FROM images"
            " WHERE duplicate_of IS NOT NULL AND +status = 'ok' ORDER BY duplicate_of, id"
        )
        return [
            DuplicateGroup("exact", (first, *group.image_ids), (0.0, *group.distances))
            for first, group in _grouped("exact", rows)
        ]

    def near_groups(self, kind: NearKind) -> list[DuplicateGroup]:
        """The groups of the last search of a kind; images that are no longer there are left out."""
        rows = self._sql.rows(
            "SELECT group_number, image_id, distance FROM near_duplicates"
            " JOIN near_duplicate_searches AS search ON search.id = search_id"
            " JOIN images ON images.id = image_id"
            " WHERE search.kind = ? AND +status = 'ok' ORDER BY group_number, position",
            (kind,),
        )
        return [group for _, group in _grouped(kind, rows) if len(group.image_ids) > 1]


def _grouped(kind: str, rows: list[Row]) -> list[tuple[int, DuplicateGroup]]:
    """Rows (group, image, distance) that come group by group."""
    members: dict[int, tuple[list[int], list[float]]] = {}
    for group, image, distance in rows:
        ids, distances = members.setdefault(int(str(group)), ([], []))
        ids.append(int(str(image)))
        distances.append(float(str(distance)))
    return [
        (key, DuplicateGroup(kind, tuple(ids), tuple(distances)))  # type: ignore[arg-type]
        for key, (ids, distances) in members.items()
    ]
