"""How long the window's thread is held by the curves of a long run: refresh, smooth, zoom, paint.

`python -m benchmarks.curves --points 100000 --figures 12`
"""

import os
import time

import click
import numpy as np

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
    begun = time.perf_counter()
    board.show_runs(shown)
    QApplication.processEvents()
    click.echo(f"first: {1000 * (time.perf_counter() - begun):.0f} ms")
    spent = []
    for n in range(ROUNDS):
        for run in shown:
            run.curves.take([Metric(points + n, (points + n) / 100, dict.fromkeys(names, 1.0))])
        begun = time.perf_counter()
        board.refresh()
        QApplication.processEvents()
        spent.append(time.perf_counter() - begun)
    tell("news, drawn and painted", spent)
    spent = []
    for n in range(20):
        begun = time.perf_counter()
        board.smoothing.setValue(50 + n)
        QApplication.processEvents()
        spent.append(time.perf_counter() - begun)
    tell("smoothing moved", spent)
    area.close()


def tell(what: str, seconds: list[float]) -> None:
    """Median and worst of what was measured."""
    milliseconds = 1000 * np.array(seconds)
    click.echo(f"{what}: median {np.median(milliseconds):.1f} ms, worst {milliseconds.max():.1f} ms")


if __name__ == "__main__":
    main()
