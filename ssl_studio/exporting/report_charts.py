"""Charts of a report: curves and bars as inline SVG, a heat table. Colours come from its CSS."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

Series = tuple[NDArray[np.float64], NDArray[np.float64]]
WIDTH, HEIGHT = 460, 190
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 10, 32
_MOST_POINTS = 400


def curve_chart(curves: Mapping[str, Series], title: str, x_title: str = "epoch") -> str:
    """Curves over one axis; each is thinned to 400 points that keep every peak."""
    shown = {name: _thinned(*_finite(x, y)) for name, (x, y) in curves.items()}
    shown = {name: xy for name, xy in shown.items() if len(xy[0])}
    if not shown:
        return ""
    xs = np.concatenate([x for x, _ in shown.values()])
    ys = np.concatenate([y for _, y in shown.values()])
    frame = _Frame(_span(xs, pad=0.0), _span(ys))
    parts = [frame.grid(x_title)]
    for number, (name, (x, y)) in enumerate(shown.items()):
        points = " ".join(f"{frame.x(a):.1f},{frame.y(b):.1f}" for a, b in zip(x, y, strict=True))
        label = f"<title>{escape(name)}</title>"
        if len(x) <= 24:
            parts += [
                f'<circle class="s{number % 8} dot" cx="{frame.x(a):.1f}" cy="{frame.y(b):.1f}" '
                f'r="2.4">{label}</circle>'
                for a, b in zip(x, y, strict=True)
            ]
        parts.append(f'<polyline class="s{number % 8}" points="{points}">{label}</polyline>')
    legend = _legend(list(shown)) if len(shown) > 1 else ""
    return _figure(title, legend, parts)


def bar_chart(
    points: Sequence[str],
    series: Mapping[str, Mapping[str, float]],
    levels: Mapping[str, float],
    title: str,
) -> str:
    """Scores in [0, 1]: a group for each point, a bar for each series, lines for the levels."""
    if not points or not series:
        return ""
    frame = _Frame((0.0, float(len(points))), (0.0, 1.0))
    parts = [frame.levels_grid()]
    width = 0.8 / len(series)
    for place, point in enumerate(points):
        for number, (name, values) in enumerate(series.items()):
            if point in values:
                left = frame.x(place + 0.1 + number * width)
                top, base = frame.y(values[point]), frame.y(0.0)
                parts.append(
                    f'<rect class="f{number % 8}" x="{left:.1f}" y="{top:.1f}" '
                    f'width="{max(1.0, frame.x(width) - frame.x(0) - 1):.1f}" '
                    f'height="{base - top:.1f}"><title>{escape(point)}, {escape(name)}: '
                    f"{100 * values[point]:.1f} %</title></rect>"
                )
        parts.append(
            f'<text x="{frame.x(place + 0.5):.1f}" y="{HEIGHT - 16}" text-anchor="middle">'
            f"{escape(point)}</text>"
        )
    for name, value in levels.items():
        y = frame.y(value)
        parts.append(
            f'<line class="level" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}">'
            f"<title>{escape(name)}: {100 * value:.1f} %</title></line>"
        )
    names = [*series, *(f"{name} {100 * value:.1f} %" for name, value in levels.items())]
    return _figure(title, _legend(names, filled=len(series)), parts)


def heat_table(rows: Sequence[str], columns: Sequence[str], counts: NDArray[np.int64]) -> str:
    """A confusion table whose cells are the deeper the larger their share of the row."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    lines = []
    for name, line in zip(rows, counts, strict=True):
        whole = max(1, int(line.sum()))
        cells = "".join(
            f'<td class="num" style="--share:{count / whole:.3f}">{count or ""}</td>'
            for count in line.tolist()
        )
        lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return (
        f'<div class="wide"><table class="heat"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


class _Frame:
    """From values to places in the picture."""

    def __init__(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.across, self.up = across, up

    def x(self, value: float) -> float:
        low, high = self.across
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        low, high = self.up
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def grid(self, x_title: str) -> str:
        across = "".join(
            f'<text x="{self.x(v):.1f}" y="{HEIGHT - 18}" text-anchor="middle">{v:g}</text>'
            for v in _ticks(*self.across, 6)
        )
        title = (
            f'<text class="axis" x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">'
            f"{escape(x_title)}</text>"
        )
        return self._lines(_ticks(*self.up, 5), lambda v: f"{v:g}") + across + title

    def levels_grid(self) -> str:
        return self._lines([0.0, 0.25, 0.5, 0.75, 1.0], lambda v: f"{100 * v:.0f} %")

    def _lines(self, values: Sequence[float], words: Callable[[float], str]) -> str:
        return "".join(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.y(v):.1f}" '
            f'y2="{self.y(v):.1f}"/><text x="{LEFT - 6}" y="{self.y(v) + 3:.1f}" '
            f'text-anchor="end">{words(v)}</text>'
            for v in values
        )


def _figure(title: str, legend: str, parts: Sequence[str]) -> str:
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>{legend}"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg></figure>"
    )


def _legend(names: Sequence[str], filled: int | None = None) -> str:
    def kind(number: int) -> str:
        if filled is None:
            return f"k{number % 8}"
        return "level" if number >= filled else f"f{number % 8}"

    items = "".join(
        f'<span><i class="{kind(n)}"></i>{escape(name)}</span>' for n, name in enumerate(names)
    )
    return f'<p class="legend">{items}</p>'


def _finite(x: NDArray[np.float64], y: NDArray[np.float64]) -> Series:
    good = np.isfinite(x) & np.isfinite(y)
    return x[good], y[good]


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> Series:
    """At most 400 points: the lowest and the highest of each stretch, in order."""
    if len(x) <= _MOST_POINTS:
        return x, y
    kept: list[int] = []
    for rows in np.array_split(np.arange(len(x)), _MOST_POINTS // 2):
        kept += sorted({int(rows[y[rows].argmin()]), int(rows[y[rows].argmax()])})
    return x[kept], y[kept]


def _span(values: NDArray[np.float64], pad: float = 0.06) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return low - 0.5, high + 0.5
    room = pad * (high - low)
    return low - room, high + room


def _ticks(low: float, high: float, count: int) -> list[float]:
    rough = (high - low) / count
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]
