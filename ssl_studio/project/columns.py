"""One fact about very many images at once, as what draws all of them needs it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from ssl_studio.project.file import Project

Column = Literal[
    "label", "split", "camera", "format", "path", "bytes", "width", "height", "captured_at"
]


def image_column(project: "Project", column: Column, ids: np.ndarray) -> list[object]:
    """A column of the table of images, in the order of `ids`; None where there is no image."""
    rows = project._sql.stream(f"SELECT id, {column} FROM images")
    found: dict[object, object] = {row[0]: row[1] for row in rows}
    return [found.get(image_id) for image_id in ids.tolist()]


def columns_in_use(project: "Project", columns: Sequence[Column]) -> set[Column]:
    """Which columns say at least two different things about the images that are sound."""
    terms = ", ".join(f"min({column}) IS NOT max({column})" for column in columns)
    nulls = ", ".join(f"max({column} IS NULL) AND max({column} NOTNULL)" for column in columns)
    row = project._sql.row(f"SELECT {terms}, {nulls} FROM images WHERE status = 'ok'") or ()
    differs, has_gaps = row[: len(columns)], row[len(columns) :]
    return {c for c, d, g in zip(columns, differs, has_gaps, strict=True) if d or g}


def member_scores(
    project: "Project", clustering_id: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Image ids and cluster ids (int64), distances and margins (float64), all (N,), by image."""
    rows = project._sql.rows(
        "SELECT image_id, cluster_id, distance, margin FROM cluster_members"
        " WHERE clustering_id = ? ORDER BY image_id",
        (clustering_id,),
    )
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3]


def outlierness(project: "Project", feature_set_id: int, k: int = 10) -> np.ndarray | None:
    """Mean distance to the k nearest images, float64 (N,) by row of the set; None without them."""
    record = project.features.neighbours(feature_set_id)
    if record is None:
        return None
    count, step = project.features.get(feature_set_id).count, 50_000
    parts = [
        project.features.neighbour_rows(record, at, min(at + step, count))[1][:, :k].mean(axis=1)
        for at in range(0, count, step)
    ]
    return np.concatenate(parts).astype(np.float64)
