"""Command-line options out of declared settings, so that nothing is declared twice."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

Schema = Mapping[str, Any]
"""A JSON schema as pydantic writes it."""

_TYPES: dict[str, "click.ParamType[Any]"] = {
    "integer": click.INT,
    "number": click.FLOAT,
    "string": click.STRING,
}


def options(schema: Schema, prefix: str) -> Iterator[click.Option]:
    """An option for each property of a JSON schema; its value arrives as `prefix` + name.

    What the user leaves out arrives as None. Bounds are left to the settings themselves.
    """
    for name, declared in schema.get("properties", {}).items():
        flag = f"--{name.replace('_', '-')}"
        if declared.get("type") == "boolean":
            flag = f"{flag}/--no-{name.replace('_', '-')}"
        yield click.Option(
            [flag, prefix + name],
            type=_type(declared),
            default=None,
            help=f"{declared.get('description', '')} [default: {default_text(declared)}]",
        )


def _type(declared: Schema) -> "click.ParamType[Any] | None":
    if "enum" in declared:
        return click.Choice([str(choice) for choice in declared["enum"]])
    if declared.get("type") == "boolean":
        return None
    named: click.ParamType[Any] = _TYPES.get(str(declared.get("type")), Anything())
    return named


class Anything(click.ParamType):  # type: ignore[type-arg]
    """A value written as JSON, or a bare word."""

    name = "value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        """What JSON makes of it, else the text."""
        return parse_value(value) if isinstance(value, str) else value


def parse_value(text: str) -> object:
    """A number, true/false/null, a list or an object where it reads as JSON; else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def default_text(declared: Schema) -> str:
    """The default as a person writes it."""
    value = declared.get("default")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def bounds_text(declared: Schema) -> str:
    """What values are allowed, in a few words."""
    if "enum" in declared:
        return ", ".join(str(choice) for choice in declared["enum"])
    words = (
        ("minimum", "≥"),
        ("exclusiveMinimum", ">"),
        ("maximum", "≤"),
        ("exclusiveMaximum", "<"),
    )
    return ", ".join(f"{sign} {declared[key]:g}" for key, sign in words if key in declared)
