import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from ssl_studio.errors import ExportError
from ssl_studio.exporting.report import (
    Bars,
    ClusterPart,
    Confused,
    Picture,
    RunReport,
    render,
    write_report,
)
from ssl_studio.exporting.report_charts import bar_chart, curve_chart

NASTY = "<script>alert('x')</script> & \"quoted\""
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and sees that every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def report() -> RunReport:
    picture = Picture(b"\xff\xd8jpeg", NASTY)
    steps = np.arange(5.0)
    return RunReport(
        title=NASTY,
        subtitle=NASTY,
        facts=[(NASTY, NASTY)],
        settings={NASTY: [(NASTY, NASTY)]},
        curves={NASTY: {NASTY: (steps, steps), "b": (steps, steps + 1)}},
        clusters=[ClusterPart(NASTY, 'red;" onload="x', NASTY, 3, NASTY, [picture], [picture])],
        clusters_note=NASTY,
        map=Picture(b"\x89PNG", NASTY),
        map_legend=[(NASTY, "#123456"), ("bad", 'url("http://x")')],
        neighbours=[(picture, [picture])],
        scores=[["", NASTY], [NASTY, "1 %"]],
        scores_note=NASTY,
        bars=[Bars(NASTY, [NASTY], {NASTY: {NASTY: 0.5}}, {NASTY: 0.2})],
        confused=Confused(NASTY, [NASTY], [NASTY], np.array([[3]])),
        panels={NASTY: [[picture, picture]]},
        panels_note={NASTY: NASTY},
        provenance={NASTY: [(NASTY, NASTY)]},
        remarks=[NASTY],
        written_at=NASTY,
    )


def test_names_are_escaped_wherever_they_stand(report):
    read = Reader(render(report))
    assert "script" not in read.tags
    assert not any(name.startswith("on") for _, name, _ in read.attributes)
    assert sum(NASTY in text for text in read.text) > 15


def test_nothing_is_loaded_from_outside(report):
    text = render(report)
    read = Reader(text)
    places = [v for _, name, v in read.attributes if name in ("src", "href", "xlink:href")]
    assert places
    assert all(place.startswith(("data:image/", "#")) for place in places)
    assert read.tags.isdisjoint({"link", "script", "iframe", "object", "embed", "base"})
    assert "@import" not in text
    assert "url(" not in text
    policy = next(v for _, name, v in read.attributes if name == "content" and "default-src" in v)
    assert "default-src 'none'" in policy


def test_it_knows_light_dark_and_paper(report):
    text = render(report)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_links_lead_to_sections_of_the_page(report):
    read = Reader(render(report))
    links = {v[1:] for _, name, v in read.attributes if name == "href"}
    sections = {v for tag, name, v in read.attributes if tag == "section" and name == "id"}
    assert links == sections


def test_what_is_missing_is_left_out():
    text = render(RunReport("A run", "nothing yet"))
    assert "<section" not in text
    Reader(text)


def test_charts_are_sound_svg_and_keep_peaks():
    x = np.arange(5000.0)
    y = np.zeros(5000)
    y[1234] = 7.0
    y[17] = np.nan
    chart = curve_chart({"loss": (x, y)}, "Loss")
    svg = ElementTree.fromstring(re.search(r"<svg.*</svg>", chart, re.S)[0])
    (line,) = svg.iter("polyline")
    heights = [float(point.split(",")[1]) for point in line.get("points").split()]
    assert len(heights) <= 400
    assert min(heights) < 25
    bars = bar_chart(["a", "b"], {"run": {"a": 0.5, "b": 1.0}}, {"pixels": 0.3}, "Layers")
    drawn = ElementTree.fromstring(re.search(r"<svg.*</svg>", bars, re.S)[0]).iter("rect")
    first, second = (float(bar.get("height")) for bar in drawn)
    assert second == pytest.approx(2 * first, abs=0.2)


def test_curves_without_numbers_are_no_chart():
    assert curve_chart({"loss": (np.array([1.0]), np.array([np.nan]))}, "Loss") == ""


def test_a_report_is_overwritten_only_when_asked(report, tmp_path):
    path = write_report(tmp_path / "out" / "report.html", report)
    with pytest.raises(ExportError, match="there already"):
        write_report(path, report)
    assert write_report(path, report, overwrite=True).read_text("utf-8") == render(report)


def test_a_name_that_is_no_text_does_not_stop_it(tmp_path):
    path = write_report(tmp_path / "report.html", RunReport("bad \udcff name", ""))
    assert "bad ? name" in path.read_text("utf-8")
