"""A filter in words, part by part, and a filter as JSON. Knows fields that come later, too."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace

from ssl_studio.gui import text
from ssl_studio.gui.text import tr
from ssl_studio.project.records import ImageFilter


@dataclass(frozen=True, slots=True)
class FilterPart:
    """One thing that a filter asks for, and the filter without it."""

    words: str
    without: ImageFilter


def filter_parts(wanted: ImageFilter) -> list[FilterPart]:
    """Everything a filter asks for, in the order of its fields."""
    nothing = ImageFilter()
    return [
        FilterPart(_words(field.name, value), replace(wanted, **{field.name: default}))
        for field in fields(wanted)
        if field.name != "clustering_id"  # only says what distances are measured in
        and (value := getattr(wanted, field.name)) != (default := getattr(nothing, field.name))
    ]


def _words(name: str, value: object) -> str:
    known = _phrases().get(name)
    if known is not None:
        return known(value)
    return tr("{field}: {values}").format(field=text.words(name), values=_listed(value))


def _phrases() -> dict[str, Callable[[object], str]]:
    return {
        "text": lambda value: f"“{value}”",
        "labels": lambda value: tr("label: {names}").format(names=_listed(value)),
        "splits": lambda value: tr("split: {names}").format(names=_listed(value)),
        "formats": lambda value: tr("format: {names}").format(names=_listed(value)),
        "cameras": lambda value: tr("camera: {names}").format(names=_listed(value)),
        "statuses": lambda value: tr("status: {names}").format(names=_listed(value)),
        "tag_ids": lambda value: _some(value, tr("one tag"), tr("{n} tags")),
        "max_side_px": lambda value: tr("at most {n} px").format(n=value),
        "dated_from": lambda value: tr("from {day}").format(day=value),
        "dated_to": lambda value: tr("until {day}").format(day=value),
        "min_bytes": lambda value: tr("from {size}").format(size=text.size(_number(value))),
        "max_bytes": lambda value: tr("up to {size}").format(size=text.size(_number(value))),
        "min_distance": lambda value: tr("distance from {d}").format(d=value),
        "max_distance": lambda value: tr("distance up to {d}").format(d=value),
        "root_ids": lambda value: _some(value, tr("one folder"), tr("{n} folders")),
        "cluster_ids": lambda value: _some(value, tr("one cluster"), tr("{n} clusters")),
        "image_ids": lambda value: _some(value, tr("one image"), tr("{n} images picked")),
        "duplicates": _duplicates,
        "min_side_px": lambda value: tr("at least {n} px").format(n=value),
    }


def _duplicates(value: object) -> str:
    return {
        "hide": tr("no copies"),
        "only": tr("copies only"),
        "exact": tr("copies and their originals"),
        "near": tr("near duplicates"),
        "hide_near": tr("no near duplicates"),
    }.get(str(value), str(value))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _some(values: object, one: str, many: str) -> str:
    number = len(values) if isinstance(values, tuple) else 1
    return one if number == 1 else many.format(n=text.count(number))


def _listed(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(tr("none") if part is None else str(part) for part in value)
    return tr("yes") if value is True else str(value)


def filter_to_json(wanted: ImageFilter) -> dict[str, object]:
    """What differs from a filter that lets everything pass."""
    nothing = asdict(ImageFilter())
    return {name: value for name, value in asdict(wanted).items() if value != nothing[name]}


def filter_from_json(stored: object) -> ImageFilter:
    """The filter again; fields that are unknown or of another kind by now are left out."""
    if not isinstance(stored, Mapping):
        return ImageFilter()
    nothing = ImageFilter()
    found: dict[str, object] = {}
    for field in fields(nothing):
        value = _hashable(stored.get(field.name))
        default = getattr(nothing, field.name)
        if value is not None and (default is None or isinstance(value, type(default))):
            found[field.name] = value
    return replace(nothing, **found)  # type: ignore[arg-type]


def _hashable(value: object) -> object:
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value
