"""A run as one HTML file that needs nothing else: no script, no font, no picture from outside.

Pictures are inline, text is escaped, and a content security policy forbids whatever would leave
the file. It is light or dark as the reader's system is, and prints on white.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import ssl_studio
from ssl_studio.exporting.files import new_file
from ssl_studio.exporting.report_charts import Series, bar_chart, curve_chart, heat_table
from ssl_studio.exporting.report_style import STYLE

MOST_CLASSES = 40
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Picture:
    """JPEG or PNG bytes with what stands below."""

    data: bytes
    words: str = ""


@dataclass(frozen=True, slots=True)
class ClusterPart:
    """A cluster: `closest` pictures first, then `borderline` ones; `mostly` says its labels."""

    name: str
    colour: str
    note: str
    size: int
    mostly: str
    closest: Sequence[Picture]
    borderline: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class Bars:
    """Scores by point and series, with levels to read them against."""

    title: str
    points: Sequence[str]
    series: Mapping[str, Mapping[str, float]]
    levels: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Confused:
    """What images of each class (rows) were taken for, int64 (rows, columns)."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything that a report says. What is empty is left out.

    Attributes:
        facts: Headline figures, name and words.
        settings: Title of a table -> name and value.
        curves: Title of a chart -> name of a curve -> epochs and values.
        scores: First row the header, then a row for each set of features.
        neighbours: A query and its neighbours, nearest first.
        panels: Title of a kind of picture -> rows of pictures side by side.
        provenance: Title of a table -> name and value.
        remarks: Warnings that the run left in its log.
    """

    title: str
    subtitle: str
    facts: Sequence[tuple[str, str]] = ()
    settings: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    curves: Mapping[str, Mapping[str, Series]] = field(default_factory=dict)
    clusters: Sequence[ClusterPart] = ()
    clusters_note: str = ""
    map: Picture | None = None
    map_legend: Sequence[tuple[str, str]] = ()
    neighbours: Sequence[tuple[Picture, Sequence[Picture]]] = ()
    scores: Sequence[Sequence[str]] = ()
    scores_note: str = ""
    bars: Sequence[Bars] = ()
    confused: Confused | None = None
    panels: Mapping[str, Sequence[Sequence[Picture]]] = field(default_factory=dict)
    panels_note: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    written_at: str = ""


def write_report(path: Path, report: RunReport, *, overwrite: bool = False) -> Path:
    """Write the file whole or not at all. Raises ExportError."""
    with new_file(path, overwrite=overwrite) as partial:
        # Names that are no valid text must not keep the report from being written.
        partial.write_text(render(report), encoding="utf-8", errors="replace")
    return path


def render(report: RunReport) -> str:
    """The report as HTML text."""
    sections = [
        ("figures", "Figures", _facts(report.facts)),
        ("settings", "Settings", _tables(report.settings)),
        ("curves", "Curves", _curves(report)),
        ("clusters", "Clusters", _clusters(report)),
        ("map", "Map", _map(report)),
        ("neighbours", "Neighbours", _neighbours(report)),
        ("evaluation", "Evaluation", _evaluation(report)),
        *(_panel(title, rows, report) for title, rows in report.panels.items()),
        ("provenance", "Where it comes from", _provenance(report)),
    ]
    shown = [(key, title, body) for key, title, body in sections if body]
    links = "".join(f'<a href="#{key}">{escape(title)}</a>' for key, title, _ in shown)
    body = "".join(
        f'<section id="{key}"><h2>{escape(title)}</h2>{text}</section>'
        for key, title, text in shown
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(report.title)}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{escape(report.title)}</h1><p>{escape(report.subtitle)}</p>"
        f"<nav>{links}</nav></header><main>{body}</main>"
        f"<footer>Written by SSL Studio {escape(ssl_studio.__version__)}"
        f"{' on ' + escape(report.written_at) if report.written_at else ''}.</footer>"
        "</body></html>\n"
    )


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    cards = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(words)}</dd></div>" for name, words in facts
    )
    return f'<dl class="facts">{cards}</dl>' if cards else ""


def _tables(tables: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    made = "".join(
        f'<div><h3>{escape(title)}</h3><table class="plain"><tbody>'
        + "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
            for name, value in rows
        )
        + "</tbody></table></div>"
        for title, rows in tables.items()
        if rows
    )
    return f'<div class="columns">{made}</div>' if made else ""


def _curves(report: RunReport) -> str:
    charts = "".join(curve_chart(curves, title) for title, curves in report.curves.items())
    remarks = "".join(f"<li>{escape(words)}</li>" for words in report.remarks)
    said = f'<ul class="remarks">{remarks}</ul>' if remarks else ""
    return f'<div class="charts">{charts}</div>{said}' if charts or said else ""


def _clusters(report: RunReport) -> str:
    made = "".join(_cluster(part) for part in report.clusters)
    note = f"<p>{escape(report.clusters_note)}</p>" if report.clusters_note else ""
    return note + made if made else ""


def _cluster(part: ClusterPart) -> str:
    colour = part.colour if _COLOUR.fullmatch(part.colour) else "#888888"
    mostly = f" · {escape(part.mostly)}" if part.mostly else ""
    note = f"<p>{escape(part.note)}</p>" if part.note else ""
    edge = _strip(part.borderline, "borderline")
    return (
        f'<article class="cluster"><h3><i style="background:{colour}"></i>{escape(part.name)}'
        f"<small>{part.size:,} images{mostly}</small></h3>{note}"
        f"{_strip(part.closest, 'closest')}{edge}</article>"
    )


def _strip(pictures: Sequence[Picture], words: str) -> str:
    if not pictures:
        return ""
    shown = "".join(_img(picture) for picture in pictures)
    return f'<div class="strip"><span>{escape(words)}</span>{shown}</div>'


def _map(report: RunReport) -> str:
    if report.map is None:
        return ""
    legend = "".join(
        f'<span><i style="background:{colour}"></i>{escape(name)}</span>'
        for name, colour in report.map_legend
        if _COLOUR.fullmatch(colour)
    )
    words = escape(report.map.words)
    return (
        f'<figure class="map">{_img(report.map)}<figcaption>{words}</figcaption>'
        f'<p class="legend">{legend}</p></figure>'
    )


def _neighbours(report: RunReport) -> str:
    return "".join(
        f'<div class="strip"><b>{_img(query)}</b>{"".join(_img(found) for found in nearest)}</div>'
        for query, nearest in report.neighbours
    )


def _evaluation(report: RunReport) -> str:
    parts = []
    if len(report.scores) > 1:
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in report.scores[0])
        lines = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>'
            + "".join(f'<td class="num">{escape(cell)}</td>' for cell in row[1:])
            + "</tr>"
            for row in report.scores[1:]
        )
        parts.append(
            f'<div class="wide"><table class="scores"><thead><tr>{head}</tr></thead>'
            f"<tbody>{lines}</tbody></table></div>"
        )
    if report.scores_note:
        parts.append(f"<p>{escape(report.scores_note)}</p>")
    charts = "".join(bar_chart(b.points, b.series, b.levels, b.title) for b in report.bars)
    if charts:
        parts.append(f'<div class="charts">{charts}</div>')
    confused = report.confused
    if confused is not None and len(confused.columns) <= MOST_CLASSES:
        parts.append(f"<h3>{escape(confused.title)}</h3>")
        parts.append(heat_table(confused.rows, confused.columns, confused.counts))
    return "".join(parts)


def _panel(
    title: str, rows: Sequence[Sequence[Picture]], report: RunReport
) -> tuple[str, str, str]:
    key = re.sub(r"[^a-z0-9]+", "-", title.lower())
    note = report.panels_note.get(title, "")
    if rows and all(len(row) == 1 for row in rows):
        body = f'<div class="tiles">{"".join(_img(row[0]) for row in rows)}</div>'
    else:
        body = "".join(f'<div class="strip">{"".join(map(_titled, row))}</div>' for row in rows)
    return key, title, (f"<p>{escape(note)}</p>" if note else "") + body if rows else ""


def _titled(picture: Picture) -> str:
    return f"<figure>{_img(picture)}<figcaption>{escape(picture.words)}</figcaption></figure>"


def _provenance(report: RunReport) -> str:
    return _tables(report.provenance)


def _img(picture: Picture) -> str:
    kind = "png" if picture.data.startswith(b"\x89PNG") else "jpeg"
    words = escape(picture.words, quote=True)
    coded = base64.b64encode(picture.data).decode("ascii")
    return f'<img src="data:image/{kind};base64,{coded}" alt="{words}" title="{words}">'
