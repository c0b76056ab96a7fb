"""How long the curves of a long run hold the window's thread, in processor time.

`python -m benchmarks.curves --points 100000 --figures 12`
"""

import os
import time
from typing import TYPE_CHECKING

import click
import numpy as np

if TYPE_CHECKING:
    from ssl_studio.gui.widgets.curve_board import CurveBoard

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROUNDS = 40
IDLE_S = 0.0005
"""A turn that takes less had nothing to do."""


@click.command()
@click.option("--points", default=100_000, show_default=True, help="Steps of each figure.")
@click.option("--figures", default=12, show_default=True, help="Figures of the run.")
@click.option("--runs", default=1, show_default=True, help="Runs compared.")
def main(points: int, figures: int, runs: int) -> None:
    """Measure with `figures` plots of `points` points each in a window of 1280 x 800."""

    from ssl_studio.events import Metric
    from ssl_studio.gui import theme
    from ssl_studio.gui.app import create_app
    from ssl_studio.gui.models.series import RunCurves
    from ssl_studio.gui.theme import ThemeChoice
    from ssl_studio.gui.widgets import parts
    from ssl_studio.gui.widgets.curve_board import BoardRun, CurveBoard

    app = create_app([])
    theme.apply(app, ThemeChoice.LIGHT)
    rng = np.random.default_rng(0)
    names = ["loss", *(f"figure_{n}" for n in range(figures - 1))]
    steps = np.arange(points, dtype=float)

    def curves() -> RunCurves:
        stored = {}
        for name in names:
            values = np.exp(-steps / points) + rng.normal(0, 0.1, points)
            stored[name] = np.stack((steps, steps / 100, steps * 0.1, values))
        return RunCurves(stored)

    shown = [BoardRun(n, f"run {n}", n, curves()) for n in range(runs)]
    board = CurveBoard()
    area = parts.scrolled(board)
    area.resize(1280, 800)
    area.show()
    board.smoothing.setValue(90)
    board.show_runs(shown)
    tell("runs shown at first", turns(board))
    for spot in ("news drawn", "smoothing moved", "pointer moved"):
        spent = []
        for n in range(ROUNDS):
            if spot == "news drawn":
                for run in shown:
                    news = dict.fromkeys(names, 1.0)
                    run.curves.take([Metric(points + n, (points + n) / 100, news)])
                board.refresh_soon()
            elif spot == "smoothing moved":
                board.smoothing.setValue(50 + n)
            else:
                board.plots["loss",].hovered.emit(points / 100 * n / ROUNDS)
            spent += turns(board)
        tell(spot, spent)
    area.close()


def turns(board: "CurveBoard") -> list[float]:
    """Processor seconds of each turn of the event loop until all is drawn.

    The longest that one turn takes is what the user may feel.
    """
    from PySide6.QtWidgets import QApplication

    spent = []
    left = 3
    while left:
        begun = time.process_time()
        QApplication.processEvents()
        spent.append(time.process_time() - begun)
        left -= not board.is_behind
    return [seconds for seconds in spent if seconds > IDLE_S]


def tell(what: str, seconds: list[float]) -> None:
    """Of the turns in which something was done: how many, the middle, p99 and the longest."""
    turned = 1000 * np.array(seconds)
    middle, late = np.percentile(turned, [50, 99])
    click.echo(
        f"{what}: {len(turned)} turns, median {middle:.1f} ms, p99 {late:.1f} ms, "
        f"longest {turned.max():.1f} ms"
    )


if __name__ == "__main__":
    main()
