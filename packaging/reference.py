"""Write `docs/commands.md` and `docs/methods.md` out of the declarations in the code.

    python packaging/reference.py

Runs in the project's environment, with the package installed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ssl_studio.cli import schema
from ssl_studio.cli.app import Window
from ssl_studio.cli.commands import cli
from ssl_studio.jobs.catalogue import catalogue

DOCS = Path(__file__).resolve().parent.parent / "docs"
_WIDTH = 96


def commands() -> str:
    """Every command with its help."""
    parts = [
        "# Commands",
        "Written by `python packaging/reference.py` out of the code; the same texts come from "
        "`ssl-studio COMMAND --help`.",
    ]
    for path, command in _walk(cli, ("ssl-studio",)):
        parts += [f"{'#' * (1 + len(path))} {' '.join(path)}", f"```\n{_help(path, command)}\n```"]
    return "\n\n".join(parts) + "\n"


def _walk(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _walk(inner, (*path, name))


def _help(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(
        command,
        info_name=" ".join(path),
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
        obj=Window(lambda project: 0, lambda project, outdir, sizes, themes: []),
    )
    return command.get_help(context).rstrip()


def methods() -> str:
    """Every method with its settings, then the settings of the trainer and the backbones."""
    known = catalogue()
    parts = [
        "# Methods",
        "Written by `python packaging/reference.py` out of the code; the same texts come from "
        "`ssl-studio methods METHOD`. Defaults are the published ones; `ssl-studio propose` says "
        "what suits a folder.",
    ]
    for card in known.methods:
        parts += [
            f"## {card.title} (`{card.id}`)",
            f"{card.paper}, arXiv {card.arxiv}. Family: {card.family}.",
            card.explanation,
            *([f"Good for: {card.good_for}"] if card.good_for else []),
            _table(card.settings_schema),
        ]
    parts += ["## Settings of every training", _table(known.training_schema), "## Backbones"]
    rows = [
        f"| `{b.name}` | {b.family} | {b.min_side} | {b.title}. {b.explanation} |"
        for b in known.backbones
    ]
    header = "| name | family | least side (px) | what it is |\n| --- | --- | --- | --- |\n"
    return "\n\n".join([*parts, header + "\n".join(rows)]) + "\n"


def _table(declared: schema.Schema) -> str:
    rows = [
        f"| `{name}` | {schema.default_text(one)} | {schema.bounds_text(one)} | "
        f"{one.get('description', '')} |"
        for name, one in declared["properties"].items()
    ]
    header = "| setting | default | allowed | what it does |\n| --- | --- | --- | --- |\n"
    return header + "\n".join(rows)


def main() -> int:
    """Write both pages."""
    (DOCS / "commands.md").write_text(commands(), "utf-8")
    (DOCS / "methods.md").write_text(methods(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
