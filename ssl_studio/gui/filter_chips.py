"""A filter as removable words, with the names of its tags and clusters. No widgets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ssl_studio.gui import text
from ssl_studio.gui.text import tr
from ssl_studio.project.records import ImageFilter

NEUTRAL = ImageFilter()


@dataclass(frozen=True, slots=True)
class Names:
    """What numbers of a filter are called."""

    tags: Mapping[int, str] = field(default_factory=dict)
    clusters: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that a filter asks for, and the filter without it."""

    words: str
    without: ImageFilter


def chips(wanted: ImageFilter, names: Names) -> list[Chip]:
    """Everything a filter asks for; of several labels each has a chip of its own."""
    found = []
    if wanted.text:
        found.append(Chip(f"“{wanted.text}”", replace(wanted, text="")))
    for name, words in _LISTS.items():
        values = getattr(wanted, name)
        for value in values:
            rest = tuple(other for other in values if other != value)
            found.append(Chip(words(value, names), _with(wanted, {name: rest})))
    found += [
        Chip(words(wanted), _with(wanted, {name: getattr(NEUTRAL, name) for name in fields_}))
        for fields_, words in _RANGES
        if any(getattr(wanted, name) != getattr(NEUTRAL, name) for name in fields_)
    ]
    return found


def _with(wanted: ImageFilter, changes: Mapping[str, object]) -> ImageFilter:
    return replace(wanted, **changes)  # type: ignore[arg-type]  # names of its own fields


def _label(value: object, _names: Names) -> str:
    return tr("no label") if value is None else tr("label {name}").format(name=value)


def _tag(value: object, names: Names) -> str:
    if value is None:
        return tr("no tag")
    known = names.tags.get(int(str(value)))
    return tr("tag {name}").format(name=known or f"#{value}")


def _cluster(value: object, names: Names) -> str:
    known = names.clusters.get(int(str(value)))
    return tr("cluster {name}").format(name=known or f"#{value}")


def _camera(value: object, _names: Names) -> str:
    return tr("camera unknown") if value is None else str(value)


def status_words(status: str) -> str:
    """A status as the user reads it."""
    return {"ok": tr("readable"), "bad": tr("unreadable"), "missing": tr("missing")}[status]


def duplicate_words(choice: str) -> str:
    """A choice about duplicates as the user reads it."""
    return {
        "show": tr("All images"),
        "hide": tr("Without exact copies"),
        "only": tr("Only exact copies"),
        "exact": tr("Exact copies with their originals"),
        "near": tr("Groups of near duplicates"),
        "hide_near": tr("One image of each near-duplicate group"),
    }[choice]


_LISTS: dict[str, Callable[[object, Names], str]] = {
    "labels": _label,
    "tag_ids": _tag,
    "cluster_ids": _cluster,
    "cameras": _camera,
    "splits": lambda value, _names: (
        tr("no split") if value is None else tr("split {name}").format(name=value)
    ),
    "formats": lambda value, _names: str(value),
    "root_ids": lambda value, _names: tr("folder {n}").format(n=value),
    "statuses": lambda value, _names: status_words(str(value)),
}


def _between(low: str, high: str, unit: str = "") -> str:
    if low and high:
        return tr("{low} to {high}").format(low=low, high=f"{high}{unit}")
    if low:
        return tr("from {low}").format(low=f"{low}{unit}")
    return tr("up to {high}").format(high=f"{high}{unit}")


def _side(wanted: ImageFilter) -> str:
    low, high = wanted.min_side_px, wanted.max_side_px
    return tr("short side {range}").format(
        range=_between(str(low) if low else "", str(high) if high else "", " px")
    )


def _bytes(wanted: ImageFilter) -> str:
    low = text.size(wanted.min_bytes) if wanted.min_bytes else ""
    return tr("file {range}").format(
        range=_between(low, text.size(wanted.max_bytes) if wanted.max_bytes else "")
    )


def _distance(wanted: ImageFilter) -> str:
    low = "" if wanted.min_distance is None else text.figure(wanted.min_distance)
    high = "" if wanted.max_distance is None else text.figure(wanted.max_distance)
    return tr("distance {range}").format(range=_between(low, high))


_RANGES: Sequence[tuple[tuple[str, ...], Callable[[ImageFilter], str]]] = (
    (("dated_from", "dated_to"), lambda f: _between(f.dated_from, f.dated_to)),
    (("min_side_px", "max_side_px"), _side),
    (("min_bytes", "max_bytes"), _bytes),
    (("duplicates",), lambda f: duplicate_words(f.duplicates).lower()),
    (("min_distance", "max_distance", "clustering_id"), _distance),
    (
        ("image_ids",),
        lambda f: text.counted(len(f.image_ids or ()), tr("chosen image"), tr("chosen images")),
    ),
)
