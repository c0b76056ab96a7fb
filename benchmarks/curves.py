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


@click.command()
@click.option("--points", default=100_000, show_default=True, help="Steps of each figure.")
@click.option("--figures", default=12, show_default=True, help="Figures of the run.")
@click.option("--runs", default=1, show_default=True, help="Runs compared.")
def main(points: int, figures: int, runs: int) -> None:
    """Measure with `figures` plots of `points` points each in a window of 1280 x 800."""
    from PySide6.QtWidgets import QApplication

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
    begun = time.process_time()
    board.show_runs(shown)
    QApplication.processEvents()
    click.echo(f"first: {1000 * (time.process_time() - begun):.0f} ms")
    spent = []
    for n in range(ROUNDS):
        for run in shown:
            run.curves.take([Metric(points + n, (points + n) / 100, dict.fromkeys(names, 1.0))])
        board.refresh_soon()
        # The longest that one turn of the event loop takes is what the user may feel.
        spent.append(max(turns(board)))
    tell("longest turn of the loop while news are drawn", spent)
    spent = []
    for n in range(20):
        begun = time.process_time()
        board.smoothing.setValue(50 + n)
        QApplication.processEvents()
        spent.append(time.process_time() - begun)
    tell("smoothing moved", spent)
    area.close()


def turns(board: "CurveBoard") -> list[float]:
    """Processor seconds of each turn of the event loop until the news are drawn."""
    from PySide6.QtWidgets import QApplication

    spent = []
    while board.is_behind:
        begun = time.process_time()
        QApplication.processEvents()
        spent.append(time.process_time() - begun)
    for _ in range(3):
        begun = time.process_time()
        QApplication.processEvents()
        spent.append(time.process_time() - begun)
    return spent


def tell(what: str, seconds: list[float]) -> None:
    """Median and worst of what was measured."""
    milliseconds = 1000 * np.array(seconds)
    click.echo(
        f"{what}: median {np.median(milliseconds):.1f} ms, worst {milliseconds.max():.1f} ms"
    )


if __name__ == "__main__":
    main()
