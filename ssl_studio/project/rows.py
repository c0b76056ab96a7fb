"""Between rows and records: column lists, types, JSON and times.

A project may come from a stranger, so what is read is checked against the record's types here,
once, and a value that does not fit is a DamagedProject.
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from ssl_studio.errors import DamagedProject
from ssl_studio.project.records import Json
from ssl_studio.project.sql import Row

R = TypeVar("R")
MAX_JSON = 64 << 20  # bytes of one JSON column; settings have some thousand


class Mapper(Generic[R]):
    """How the rows of a table become records of one class."""

    def __init__(self, record: Callable[..., R], table: str) -> None:
        hints = get_type_hints(record)
        self._record = record
        self._table = table
        self._names = tuple(hints)
        self._allowed = [_column_types(hint) for hint in hints.values()]
        self._json = [i for i, hint in enumerate(hints.values()) if get_origin(hint) is dict]
        self._choices = {
            i: frozenset(get_args(hint))
            for i, hint in enumerate(hints.values())
            if get_origin(hint) is Literal
        }
        self._seen: set[tuple[type, ...]] = set()
        self.columns = ", ".join(f"{table}.{name}" for name in hints)

    def build(self, row: Row) -> R:
        """The record of one row. Raises DamagedProject where a value cannot be what it claims."""
        types = tuple(map(type, row))
        if types not in self._seen:
            self._check(types)
            self._seen.add(types)
        for i, choices in self._choices.items():
            if row[i] not in choices:
                raise self._odd(i)
        if not self._json:
            return self._record(*row)
        values = list(row)
        for i in self._json:
            values[i] = from_json(row[i], f"{self._table}.{self._names[i]}")
        return self._record(*values)

    def _check(self, types: tuple[type, ...]) -> None:
        for i, (found, allowed) in enumerate(zip(types, self._allowed, strict=True)):
            if found not in allowed:
                raise self._odd(i)

    def _odd(self, i: int) -> DamagedProject:
        return DamagedProject(
            "The project is damaged.",
            f"A value in {self._table}.{self._names[i]} is not of the kind that belongs there.",
            "Run “Check project”, or go back to one of its backups.",
        )


def _column_types(hint: object) -> frozenset[type]:
    origin = get_origin(hint)
    if origin is Literal or origin is dict:
        return frozenset({str})
    if origin is UnionType:
        return frozenset().union(*(_column_types(part) for part in get_args(hint)))
    if hint is float:
        return frozenset({float, int})
    if hint in (int, str, bytes, NoneType) and isinstance(hint, type):
        return frozenset({hint})
    raise TypeError(f"no column type for {hint}")


def now() -> str:
    """The time as it is stored: ISO 8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(value: Mapping[str, object]) -> str:
    """Settings or scores as JSON text; figures that are not finite become null."""
    return json.dumps(_finite(value), ensure_ascii=True, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, np.generic | np.ndarray):
        return _finite(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value


def from_json(text: object, where: str) -> Json:
    """The object in a JSON column. Raises DamagedProject where it is none."""
    try:
        if isinstance(text, str) and len(text) <= MAX_JSON:
            found = json.loads(text)
            if isinstance(found, dict):
                return found
    except (ValueError, RecursionError):
        pass
    raise DamagedProject(
        "The project is damaged.",
        f"The text in {where} is not a JSON object.",
        "Run “Check project”, or go back to one of its backups.",
    )
