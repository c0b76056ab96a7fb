"""What an `ImageFilter` asks of the table of images, as SQL."""

import json
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from ssl_studio.project.records import ImageFilter


class _Add(Protocol):
    def __call__(self, term: str, *parameters: object) -> None: ...


def id_list(ids: Iterable[int]) -> str:
    """Ids as the JSON array that `json_each` takes: one parameter, however many there are."""
    return json.dumps(ids.tolist() if isinstance(ids, np.ndarray) else [int(i) for i in ids])


def condition(status: str | None, where: ImageFilter | None) -> tuple[str, list[object]]:
    """An SQL condition on images, with its parameters."""
    terms: list[str] = ["1"]
    values: list[object] = []

    def add(term: str, *parameters: object) -> None:
        terms.append(term)
        values.extend(parameters)

    if where is not None and where.statuses:
        _add_choice(add, "status", where.statuses)
    elif status is not None:
        add("status = ?", status)
    if where is not None:
        _add_filter(add, where)
    return " AND ".join(terms), values


def _add_filter(add: _Add, where: ImageFilter) -> None:
    if where.text:
        text = where.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        add("path LIKE ? ESCAPE '\\'", f"%{text}%")
    _add_choice(add, "label", where.labels)
    _add_choice(add, "split", where.splits)
    _add_choice(add, "format", where.formats)
    _add_choice(add, "camera", where.cameras)
    _add_choice(add, "root_id", where.root_ids)
    if where.image_ids is not None:
        add("images.id IN (SELECT value FROM json_each(?))", id_list(where.image_ids))
    if where.cluster_ids:
        add(
            "images.id IN (SELECT image_id FROM cluster_members WHERE cluster_id IN"
            " (SELECT value FROM json_each(?)))",
            id_list(where.cluster_ids),
        )
    if where.duplicates != "show":
        add(_DUPLICATES[where.duplicates])
    _add_tags(add, where.tag_ids)
    _add_ranges(add, where)


# Copies are few and have an index of their own; asking each row would read the whole table.
_COPIES = "SELECT id FROM images WHERE duplicate_of IS NOT NULL"
_DUPLICATES = {
    "hide": f"images.id NOT IN ({_COPIES})",
    "only": f"images.id IN ({_COPIES})",
    "exact": f"images.id IN ({_COPIES} UNION"
    " SELECT duplicate_of FROM images WHERE duplicate_of IS NOT NULL)",
    "near": "images.id IN (SELECT image_id FROM near_duplicates)",
    "hide_near": "images.id NOT IN (SELECT image_id FROM near_duplicates WHERE position > 0)",
}


def _add_tags(add: _Add, tag_ids: Sequence[int | None]) -> None:
    if not tag_ids:
        return
    bears = "images.id IN (SELECT image_id FROM image_tags WHERE tag_id IN"
    named = id_list(tag for tag in tag_ids if tag is not None)
    term = f"{bears} (SELECT value FROM json_each(?)))"
    if None in tag_ids:
        term = f"({term} OR images.id NOT IN (SELECT image_id FROM image_tags))"
    add(term, named)


def _add_ranges(add: _Add, where: ImageFilter) -> None:
    if where.min_side_px:
        add("min(width, height) >= ?", where.min_side_px)
    if where.max_side_px:
        add("min(width, height) <= ?", where.max_side_px)
    if where.min_bytes:
        add("bytes >= ?", where.min_bytes)
    if where.max_bytes:
        add("bytes <= ?", where.max_bytes)
    if where.dated_from:
        add("dated_at >= ?", where.dated_from)
    if where.dated_to:
        add("dated_at <= ?", f"{where.dated_to}~")  # "~" comes after all that may follow a day
    has_range = where.min_distance is not None or where.max_distance is not None
    if has_range and where.clustering_id is not None:
        add(
            "images.id IN (SELECT image_id FROM cluster_members WHERE clustering_id = ?"
            " AND distance >= coalesce(?, distance) AND distance <= coalesce(?, distance))",
            where.clustering_id,
            where.min_distance,
            where.max_distance,
        )


def _add_choice(add: _Add, column: str, choices: Sequence[str | None] | Sequence[int]) -> None:
    if choices:
        named = [choice for choice in choices if choice is not None]
        empty = f" OR {column} IS NULL" if None in choices else ""
        marks = ", ".join("?" * len(named))
        add(f"({column} IN ({marks}){empty})", *named)
