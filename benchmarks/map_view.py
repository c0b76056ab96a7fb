"""How quickly the map pans and zooms: time from a mouse move to the finished frame.

    QT_QPA_PLATFORM=offscreen python benchmarks/map_view.py [--points 100000] [--size 1280x800]

Real mouse events, 60 a second, drag the map in circles; Qt draws on the CPU. A frame is what
passes from the event to the flushed window, by the clock and in processor time of the window's
thread: on a machine that does other work too, the second tells what the map itself costs.
Nothing is sampled: every point is in the picture. At last the map shows pictures of images, as many
as there is room for, at the depth where they appear and at two below.
"""

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPixmap

from ssl_studio.gui import theme
from ssl_studio.gui.app import create_app
from ssl_studio.gui.theme import ThemeChoice
from ssl_studio.gui.widgets.point_cloud import PointCloud
from ssl_studio.gui.widgets.scatter_plot import ZOOM, ScatterPlot

FRAMES = 240
PER_SECOND = 60
Frame = tuple[float, float]
GROUPS = 20
BUDGET_MS = {100_000: 1000 / 60, 1_000_000: 1000 / 30}


def points_of(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points in clumps of unlike size, as maps have them, and the clump of each."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(GROUPS, 2)) * 8
    groups = rng.integers(0, GROUPS, count)
    spread = rng.uniform(0.4, 1.8, GROUPS)[groups, None]
    return (centres[groups] + rng.normal(size=(count, 2)) * spread).astype(np.float32), groups


def send(plot: ScatterPlot, kind: QEvent.Type, at: QPointF) -> None:
    """A mouse event as the window system sends it."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    held = none if kind is QEvent.Type.MouseButtonRelease else left
    button = none if kind is QEvent.Type.MouseMove else left
    event = QMouseEvent(
        kind, at, plot.mapToGlobal(at), button, held, Qt.KeyboardModifier.NoModifier
    )
    QCoreApplication.sendEvent(plot, event)


def timed(do: Callable[[], object]) -> Frame:
    """Milliseconds by the clock and of this thread."""
    clock, used = time.perf_counter(), time.thread_time()
    do()
    return 1000 * (time.perf_counter() - clock), 1000 * (time.thread_time() - used)


def pan(plot: ScatterPlot) -> tuple[list[Frame], int]:
    """The frames of a drag around a circle, and how many lacked a tile."""
    middle = QPointF(plot.width() / 2, plot.height() / 2)
    send(plot, QEvent.Type.MouseButtonPress, middle)
    frames: list[Frame] = []
    incomplete = 0

    def move() -> None:
        send(plot, QEvent.Type.MouseMove, at)
        plot.repaint()

    for number in range(FRAMES):
        turn = number / FRAMES * 4 * np.pi
        reach = 0.35 * plot.height()
        at = middle + QPointF(reach * np.sin(turn), reach * (1 - np.cos(turn)) / 2)
        next_at = time.perf_counter() + 1 / PER_SECOND
        frames.append(timed(move))
        incomplete += not plot.is_complete
        QCoreApplication.processEvents()
        while time.perf_counter() < next_at:
            QCoreApplication.processEvents()
    send(plot, QEvent.Type.MouseButtonRelease, middle)
    return frames, incomplete


def settle(plot: ScatterPlot, seconds: float = 0.6) -> None:
    """Let the window do what it does while nothing happens."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        QCoreApplication.processEvents()


def zoom_frames(plot: ScatterPlot, steps: int) -> list[Frame]:
    """The frames while zooming in."""

    def step() -> None:
        plot.zoom(ZOOM)
        plot.repaint()

    frames = []
    for _ in range(steps):
        frames.append(timed(step))
        QCoreApplication.processEvents()
    return frames


def figures(frames: list[Frame]) -> dict[str, float]:
    """Median and 99th percentile by the clock and in processor time, in milliseconds."""
    clock, used = np.array(frames).T
    return {
        "median_ms": round(float(np.median(clock)), 2),
        "p99_ms": round(float(np.quantile(clock, 0.99)), 2),
        "p99_cpu_ms": round(float(np.quantile(used, 0.99)), 2),
        "worst_cpu_ms": round(float(used.max()), 2),
    }


def pan_pictures(plot: ScatterPlot, count: int, whole: float) -> list[dict[str, object]]:
    """Panning where there are pictures; 64 thumbnails stand for all."""
    thumbnails = [QPixmap(128, 96) for _ in range(64)]
    for number, thumbnail in enumerate(thumbnails):
        thumbnail.fill(QColor(theme.category_css(number)))
    plot.show_all()
    plot.set_picture_source(lambda row: thumbnails[row % 64])
    while not plot.pictures.side_px:
        plot.zoom(ZOOM)
        plot.repaint()
    rows = []
    for _ in range(3):
        settle(plot, 1.0)
        frames, incomplete = pan(plot)
        shown = len(plot.pictures.rows)
        name = f"panning at {plot.view.scale / whole:.0f}x ({shown} pictures)"
        row = {"points": count, "what": name, **figures(frames)}
        rows.append({**row, "frames_with_a_stand_in": incomplete})
        for _ in range(4):
            plot.zoom(ZOOM)
    plot.set_picture_source(None)
    return rows


def measure(count: int, width: int, height: int) -> list[dict[str, object]]:
    """Panning at several depths, zooming, and one frame of a film in which all points move."""
    points, groups = points_of(count)
    cloud = PointCloud(points)
    sorting = timed(lambda: PointCloud(points))
    plot = ScatterPlot("Map")
    plot.resize(width, height)
    plot.set_cloud(cloud)
    plot.set_groups(groups, [theme.category_css(group) for group in range(GROUPS)])
    first = timed(lambda: (plot.show(), QCoreApplication.processEvents()))
    rows: list[dict[str, object]] = [
        {"points": count, "what": "sorting (in the background)", **figures([sorting])},
        {"points": count, "what": "first frame", **figures([first])},
    ]
    settle(plot, 2.0)
    whole = plot.view.scale
    for steps in (0, 8, 8, 8):
        if steps:
            rows.append(
                {"points": count, "what": "zooming in", **figures(zoom_frames(plot, steps))}
            )
            settle(plot)
        frames, incomplete = pan(plot)
        name = f"panning at {plot.view.scale / whole:.0f}x"
        kind = "density" if plot.is_density else "dots"
        row = {"points": count, "what": f"{name} ({kind})", **figures(frames)}
        rows.append({**row, "frames_with_a_stand_in": incomplete})
    rows += pan_pictures(plot, count, whole)
    moving = PointCloud(points, sort=False)
    moving.crowd_like(cloud)
    plot.show_all()
    plot.set_cloud(moving, keep_view=True)
    frames = [timed(plot.repaint) for _ in range(10)]
    rows.append({"points": count, "what": "film of epochs, one frame", **figures(frames)})
    plot.close()
    return rows


def main() -> None:
    """Measure and print, as a table and as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    width, height = (int(part) for part in asked.size.split("x"))
    app = create_app([])
    theme.apply(app, ThemeChoice.LIGHT)
    for count in asked.points:
        rows = measure(count, width, height)
        for row in rows:
            print(json.dumps(row) if asked.json else "  ".join(f"{k}={v}" for k, v in row.items()))
        pans = [row for row in rows if str(row["what"]).startswith("panning")]
        budget = BUDGET_MS.get(count, 1000 / 30)
        for name in ("p99_ms", "p99_cpu_ms"):
            worst = max(float(str(row[name])) for row in pans)
            verdict = "met" if worst <= budget else "missed"
            print(f"{count:,} points panning, worst {name} {worst:.1f} of {budget:.1f}: {verdict}")


if __name__ == "__main__":
    main()
