"""File and folder names that every system accepts, out of names that people give."""

import re
from collections.abc import Iterable

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)]
)
_MOST_BYTES = 120


def safe_name(name: str, fallback: str = "unnamed") -> str:
    """The name without what Windows, macOS or Linux refuse; `fallback` where nothing is left."""
    cleaned = _FORBIDDEN.sub("_", name).strip().rstrip(". ")
    cleaned = _shortened(cleaned, _MOST_BYTES).rstrip(". ")
    if cleaned.strip("._ ") == "":
        return fallback
    if cleaned.split(".")[0].lower() in _RESERVED:
        return f"_{cleaned}"
    return cleaned


class UniqueNames:
    """Hands out each name once, whatever its case; a second asker gets "name (2)"."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in taken}
        self._next: dict[str, int] = {}

    def take(self, name: str) -> str:
        """The name, or the first free one like it; a suffix such as ".jpg" stays at the end."""
        stem, dot, suffix = name.rpartition(".")
        if not dot or not stem or len(suffix) > 8:
            stem, dot, suffix = name, "", ""
        number = self._next.get(name.casefold(), 1)
        free = name
        while free.casefold() in self._taken:
            number += 1
            free = f"{stem} ({number}){dot}{suffix}"
        self._next[name.casefold()] = number
        self._taken.add(free.casefold())
        return free


def _shortened(name: str, most: int) -> str:
    """At most so many bytes of UTF-8, keeping a short suffix."""
    if len(name.encode("utf-8", "replace")) <= most:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > 8:
        stem, dot, suffix = name, "", ""
    room = most - len((dot + suffix).encode("utf-8", "replace"))
    return stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + dot + suffix
