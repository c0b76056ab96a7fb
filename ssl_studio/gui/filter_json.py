"""A filter as JSON. Knows fields that come later, too."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace

from ssl_studio.project.records import ImageFilter


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
