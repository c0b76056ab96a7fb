"""What is known about images apart from their pixels, as groups that clusters can be held against.

Dates, sizes and folders are cut into a few groups each; values that hardly any image has are put
together, because little can be said about them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
AttributeName = Literal[
    "label", "folder", "camera", "date", "time of day", "size", "shape", "format"
]
MOST_VALUES = 60
RARE = 5
"""A value that fewer images have goes to the others."""
OTHER = "other"
_PARTS_OF_DAY = ((6, "night, 22–6 h"), (12, "morning, 6–12 h"), (18, "afternoon, 12–18 h"),
                 (22, "evening, 18–22 h"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attribute:
    """For each of N images one of `values`, or -1 where it is not known."""

    name: AttributeName
    values: tuple[str, ...]
    codes: Ints

    @property
    def known(self) -> int:
        """How many images have a value."""
        return int((self.codes >= 0).sum())


def attribute(name: AttributeName, values: Iterable[str | None]) -> Attribute:
    """The frequent values by name, the rare ones put together."""
    given = list(values)
    counts = Counter(value for value in given if value is not None)
    kept = [value for value, number in counts.most_common(MOST_VALUES) if number >= RARE]
    names = sorted(kept)
    number_of = {value: number for number, value in enumerate(names)}
    if len(kept) < len(counts):
        names.append(OTHER)
    rest = len(number_of)
    codes = (-1 if value is None else number_of.get(value, rest) for value in given)
    return Attribute(name, tuple(names), np.fromiter(codes, np.int64, len(given)))


def folders(paths: Sequence[str], roots: Sequence[int]) -> list[str | None]:
    """The folder of each file: as deep as leaves at most 60 of them; None for files in none.

    `paths` are relative with `/`. Files of several roots are kept apart.
    """
    several = len(set(roots)) > 1
    parts = [path.split("/")[:-1] for path in paths]
    chosen: list[str] = ["" for _ in parts]
    deepest = max((len(part) for part in parts), default=0)
    for depth in range(1, deepest + 1):
        deeper = ["/".join(part[:depth]) for part in parts]
        if depth > 1 and len(set(deeper)) > MOST_VALUES:
            break
        chosen = deeper
    if several:
        return [f"{root}: {name}" for root, name in zip(roots, chosen, strict=True)]
    return [name or None for name in chosen]


def dates(captured: Sequence[str | None]) -> list[str | None]:
    """The year, month or day of each picture, whichever leaves a manageable number of groups."""
    moments = [_moment(text) for text in captured]
    days = {moment.date() for moment in moments if moment is not None}
    cut = _calendar(days)
    return [None if moment is None else moment.strftime(cut) for moment in moments]


def _calendar(days: set[date]) -> str:
    if not days:
        return "%Y"
    span = (max(days) - min(days)).days
    return "%Y-%m-%d" if span <= 31 else "%Y-%m" if span <= 3 * 366 else "%Y"


def parts_of_day(captured: Sequence[str | None]) -> list[str | None]:
    """Morning, afternoon, evening or night by the camera's clock."""
    return [_part_of_day(_moment(text)) for text in captured]


def _part_of_day(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return next((name for end, name in _PARTS_OF_DAY if moment.hour < end), _PARTS_OF_DAY[0][1])


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def sizes(widths: Sequence[int | None], heights: Sequence[int | None]) -> list[str | None]:
    """Exact sizes where there are few, else the longer side in steps of two."""
    pairs = list(zip(widths, heights, strict=True))
    known = Counter(pair for pair in pairs if None not in pair)
    covered = sum(number for _pair, number in known.most_common(12))
    if covered >= 0.9 * known.total():
        return [None if None in pair else f"{pair[0]} × {pair[1]} px" for pair in pairs]
    return [_octave(max(w, h)) if w and h else None for w, h in pairs]


def _octave(side_px: int) -> str:
    low = 1 << max(0, side_px.bit_length() - 1)
    return f"longer side {low}–{2 * low - 1} px"


def shapes(widths: Sequence[int | None], heights: Sequence[int | None]) -> list[str | None]:
    """Landscape, portrait or square."""
    return [_shape(w, h) if w and h else None for w, h in zip(widths, heights, strict=True)]


def _shape(width: int, height: int) -> str:
    if abs(width - height) <= 0.05 * max(width, height):
        return "square"
    return "landscape" if width > height else "portrait"


def varied(
    names_and_values: Iterable[tuple[AttributeName, Callable[[], Iterable[str | None]]]],
) -> list[Attribute]:
    """Those attributes that are known of some images and differ between them."""
    made = (attribute(name, values()) for name, values in names_and_values)
    return [one for one in made if len(one.values) > 1]
