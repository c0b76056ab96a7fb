"""Groups of images: the tables clusterings, clusters and cluster_members."""

import colorsys
import json
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from ssl_studio.errors import ProjectError
from ssl_studio.project.cluster_facts import ClusterFaces, ClusterFacts
from ssl_studio.project.records import ClusteringRecord, ClusterRecord, Member
from ssl_studio.project.rows import Mapper, now, to_json
from ssl_studio.project.sql import Sql

MemberOrder = Literal["closest", "borderline", "path"]
_CLUSTERING = Mapper(ClusteringRecord, "clusterings")
_CLUSTER = Mapper(ClusterRecord, "clusters")
_ORDERS = {
    "closest": "cluster_members.distance, cluster_members.image_id",
    "borderline": "cluster_members.margin, cluster_members.image_id",
    "path": "images.root_id, images.path",
}


class ClusteringStore:
    """Clusterings, their clusters and who belongs to them."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(
        self,
        feature_set_id: int,
        algorithm: str,
        k: int,
        seed: int,
        settings: Mapping[str, object],
        scores: Mapping[str, object],
        seconds: float,
        image_ids: np.ndarray,
        numbers: np.ndarray,
        distances: np.ndarray,
        margins: np.ndarray,
        names: Mapping[int, str] | None = None,
        colours: Mapping[int, str] | None = None,
        notes: Mapping[int, str] | None = None,
    ) -> int:
        """Store a clustering: for each image its cluster's number, 0 to k - 1.

        Names, colours (`#rrggbb`) and notes go by number; what is left out gets "Cluster 1" and
        so on, a colour of its own and no note. All arrays are (N,).
        """
        with self._sql.write():
            clustering_id = self._sql.run(
                "INSERT INTO clusterings (feature_set_id, algorithm, k, seed, settings, scores,"
                " seconds, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (feature_set_id, algorithm, k, seed, to_json(settings), to_json(scores), seconds,
                 now()),
            )  # fmt: skip
            sizes = np.bincount(np.asarray(numbers, np.int64), minlength=k)
            ids = [
                self._sql.run(
                    "INSERT INTO clusters (clustering_id, number, name, colour, note, size)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        clustering_id,
                        number,
                        (names or {}).get(number, f"Cluster {number + 1}"),
                        (colours or {}).get(number, colour(number)),
                        (notes or {}).get(number, ""),
                        int(size),
                    ),
                )
                for number, size in enumerate(sizes)
            ]
            own = np.asarray(ids, np.int64)[np.asarray(numbers, np.int64)]
            self._add_members(clustering_id, image_ids, own, distances, margins)
        return clustering_id

    def _add_members(
        self,
        clustering_id: int,
        image_ids: np.ndarray,
        cluster_ids: np.ndarray,
        distances: np.ndarray,
        margins: np.ndarray,
    ) -> None:
        columns = [np.asarray(c).tolist() for c in (image_ids, cluster_ids, distances, margins)]
        self._sql.run_many(
            f"INSERT INTO cluster_members VALUES ({clustering_id:d}, ?, ?, ?, ?)",
            zip(*columns, strict=True),
        )

    def get(self, clustering_id: int) -> ClusteringRecord:
        """One clustering. Raises ProjectError where there is none."""
        row = self._sql.row(
            f"SELECT {_CLUSTERING.columns} FROM clusterings WHERE id = ?", (clustering_id,)
        )
        if row is None:
            raise ProjectError(f"The project has no clustering {clustering_id}.")
        return _CLUSTERING.build(row)

    def all(self, feature_set_id: int | None = None) -> list[ClusteringRecord]:
        """All clusterings, or those of a feature set, oldest first."""
        rows = self._sql.rows(
            f"SELECT {_CLUSTERING.columns} FROM clusterings"
            " WHERE feature_set_id = ?1 OR ?1 IS NULL ORDER BY id",
            (feature_set_id,),
        )
        return [_CLUSTERING.build(row) for row in rows]

    def delete(self, clustering_id: int) -> None:
        """Remove a clustering with its clusters and its edits."""
        with self._sql.write():
            self._sql.run("DELETE FROM clusterings WHERE id = ?", (clustering_id,))

    def clusters(self, clustering_id: int) -> list[ClusterRecord]:
        """The clusters that are not merged away, by number."""
        rows = self._sql.rows(
            f"SELECT {_CLUSTER.columns} FROM clusters"
            " WHERE clustering_id = ? AND retired = 0 ORDER BY number",
            (clustering_id,),
        )
        return [_CLUSTER.build(row) for row in rows]

    def names(self, cluster_ids: Sequence[int]) -> dict[int, str]:
        """What clusters are called, by id; those that do not exist are left out."""
        rows = self._sql.rows(
            "SELECT id, name FROM clusters WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(cluster_ids)),),
        )
        return {int(str(number)): str(name) for number, name in rows}

    def cluster(self, cluster_id: int) -> ClusterRecord:
        """One cluster. Raises ProjectError where there is none."""
        row = self._sql.row(f"SELECT {_CLUSTER.columns} FROM clusters WHERE id = ?", (cluster_id,))
        if row is None:
            raise ProjectError(f"The project has no cluster {cluster_id}.")
        return _CLUSTER.build(row)

    def members(
        self, cluster_id: int, order: MemberOrder = "closest", limit: int | None = None
    ) -> list[Member]:
        """Images of a cluster: closest to its centre first, or most borderline, or by path."""
        join = " JOIN images ON images.id = cluster_members.image_id" if order == "path" else ""
        rows = self._sql.rows(
            "SELECT image_id, cluster_id, distance, margin"
            f" FROM cluster_members{join} WHERE cluster_id = ?"
            f" ORDER BY {_ORDERS[order]} LIMIT ?",
            (cluster_id, -1 if limit is None else limit),
        )
        return [
            Member(int(str(image)), int(str(cluster)), _number(distance), _number(margin))
            for image, cluster, distance, margin in rows
        ]

    def member_of(self, clustering_id: int, image_id: int) -> Member | None:
        """Where an image is in a clustering, None where it is not in it."""
        row = self._sql.row(
            "SELECT image_id, cluster_id, distance, margin FROM cluster_members"
            " WHERE clustering_id = ? AND image_id = ?",
            (clustering_id, image_id),
        )
        if row is None:
            return None
        return Member(int(str(row[0])), int(str(row[1])), _number(row[2]), _number(row[3]))

    def assignment(self, clustering_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Image ids and the cluster ids they belong to, both int64 (N,), by image id."""
        rows = self._sql.rows(
            "SELECT image_id, cluster_id FROM cluster_members WHERE clustering_id = ?"
            " ORDER BY image_id",
            (clustering_id,),
        )
        table = np.array(rows, dtype=np.int64).reshape(-1, 2)
        return table[:, 0].copy(), table[:, 1].copy()

    def faces(self, clustering_id: int, closest: int, borderline: int) -> dict[int, ClusterFaces]:
        """A few images of each cluster by cluster id; those on the border are not the closest."""
        found = {}
        for cluster in self.clusters(clustering_id):
            near = tuple(m.image_id for m in self.members(cluster.id, "closest", closest))
            edge = self.members(cluster.id, "borderline", borderline + closest)
            doubtful = [m.image_id for m in edge if m.image_id not in near]
            found[cluster.id] = ClusterFaces(near, tuple(doubtful[:borderline]))
        return found

    def label_counts(self, clustering_id: int) -> dict[int, list[tuple[str, int]]]:
        """By cluster id the labels of its images with their numbers, the most frequent first."""
        rows = self._sql.rows(
            "SELECT cluster_id, label, count(*) AS number FROM cluster_members"
            " JOIN images ON images.id = image_id"
            " WHERE clustering_id = ? AND label IS NOT NULL"
            " GROUP BY cluster_id, label ORDER BY number DESC, label",
            (clustering_id,),
        )
        found: dict[int, list[tuple[str, int]]] = {}
        for cluster_id, label, number in rows:
            found.setdefault(int(str(cluster_id)), []).append((str(label), int(str(number))))
        return found

    def spreads(self, clustering_id: int) -> dict[int, float]:
        """By cluster id the mean distance of its images to the centre they were given."""
        rows = self._sql.rows(
            "SELECT cluster_id, avg(distance) FROM cluster_members WHERE clustering_id = ?"
            " GROUP BY cluster_id",
            (clustering_id,),
        )
        return {int(str(cluster_id)): _number(mean) for cluster_id, mean in rows}

    def facts(self, clustering_id: int) -> ClusterFacts:
        """All that is known about the images of a clustering, without reading a picture."""
        rows = self._sql.rows(
            "SELECT image_id, cluster_id, root_id, path, label, camera, captured_at, width,"
            " height, format FROM cluster_members JOIN images ON images.id = image_id"
            " WHERE clustering_id = ? ORDER BY image_id",
            (clustering_id,),
        )
        columns = zip(*rows, strict=True) if rows else ((),) * 10
        return ClusterFacts(*columns)

    def state(self, clustering_id: int) -> int:
        """A number that is another one when an image belongs to another cluster."""
        return self._sql.number(
            "SELECT coalesce(sum((image_id * 2654435761 % 1000003) * (cluster_id % 1000003)), 0)"
            " FROM cluster_members WHERE clustering_id = ?",
            (clustering_id,),
        )

    def has_moves(self, clustering_id: int) -> bool:
        """Whether an edit that stands has put images into other clusters."""
        return bool(
            self._sql.number(
                "SELECT EXISTS (SELECT 1 FROM edits JOIN edit_moves ON edit_id = edits.id"
                " WHERE clustering_id = ? AND done)",
                (clustering_id,),
            )
        )

    def set_scores(self, clustering_id: int, scores: Mapping[str, object]) -> None:
        """Replace all scores of a clustering."""
        with self._sql.write():
            self._sql.run(
                "UPDATE clusterings SET scores = ? WHERE id = ?", (to_json(scores), clustering_id)
            )

    def set_places(
        self,
        clustering_id: int,
        image_ids: np.ndarray,
        distances: np.ndarray,
        margins: np.ndarray,
    ) -> None:
        """Replace how far images are from centres, (N,) each; they stay in their clusters."""
        columns = [np.asarray(c).tolist() for c in (distances, margins, image_ids)]
        with self._sql.write():
            self._sql.run_many(
                "UPDATE cluster_members SET distance = ?, margin = ?"
                f" WHERE clustering_id = {clustering_id:d} AND image_id = ?",
                zip(*columns, strict=True),
            )


PALETTE = (
    "#137570", "#fc795c", "#855fcd", "#990b4c", "#2badef", "#699106", "#0d49a3", "#744200",
    "#d857a6", "#118665", "#7d730a", "#0b5b7e", "#005a2c", "#1db895", "#6c85fb", "#c25853",
    "#85276f", "#b6a301", "#e286b6", "#b0122b",
)  # fmt: skip
"""The designed colours of groups, as in resources/themes/light.json."""


def colour(number: int) -> str:
    """A colour for a cluster: from the palette, then hues a golden angle apart."""
    if number < len(PALETTE):
        return PALETTE[number]
    hue = (number * 0.618034) % 1.0
    red, green, blue = colorsys.hls_to_rgb(hue, 0.45 + 0.15 * (number % 3) / 2, 0.62)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _number(value: object) -> float:
    return value if isinstance(value, float) else float("nan")
