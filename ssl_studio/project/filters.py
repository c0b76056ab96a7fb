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

    if status is not None:
        add("status = ?", status)
    if where is None:
        return " AND ".join(terms), values
    if where.text:
        text = where.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        add("path LIKE ? ESCAPE '\\'", f"%{text}%")
    _add_choice(add, "label", where.labels)
    _add_choice(add, "split", where.splits)
    _add_choice(add, "format", where.formats)
    _add_choice(add, "root_id", where.root_ids)
    if where.cluster_ids:
        add(
            "id IN (SELECT image_id FROM cluster_members WHERE cluster_id IN"
            " (SELECT value FROM json_each(?)))",
            id_list(where.cluster_ids),
        )
    if where.duplicates != "show":
        add(f"duplicate_of IS {'NULL' if where.duplicates == 'hide' else 'NOT NULL'}")
    if where.min_side_px:
        add("min(width, height) >= ?", where.min_side_px)
    return " AND ".join(terms), values


def _add_choice(add: _Add, column: str, choices: Sequence[str | None] | Sequence[int]) -> None:
    if choices:
        named = [choice for choice in choices if choice is not None]
        empty = f" OR {column} IS NULL" if None in choices else ""
        marks = ", ".join("?" * len(named))
        add(f"({column} IN ({marks}){empty})", *named)
