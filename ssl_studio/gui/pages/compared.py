"""The curves of the run that is shown, and of those that are compared with it."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject

from ssl_studio.gui.models.run_model import RunModel
from ssl_studio.gui.models.series import RunCurves
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.run_view import RunPanel
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.curve_board import BoardRun, distinct_names
from ssl_studio.gui.widgets.curve_plot import Look
from ssl_studio.project.file import Project
from ssl_studio.project.records import LogRow

AXES = ("epoch", "step", "time")
Found = tuple[int, Mapping[str, Any], list[LogRow]]


class ComparedCurves(QObject):
    """Asks for curves when they are needed, and keeps the board true.

    The look of the board is remembered between sessions.
    """

    def __init__(self, page: Page, runs: RunModel, panel: RunPanel) -> None:
        super().__init__(page)
        self._page, self._runs, self._panel = page, runs, panel
        self._others: dict[int, RunCurves] = {}
        self._take_look()
        runs.compared_changed.connect(self._on_compared)
        panel.board.look_changed.connect(self._keep_look)

    @property
    def _studio(self) -> Studio:
        return self._page.studio

    def forget(self) -> None:
        """Another project."""
        self._others.clear()

    def ids(self) -> tuple[int, ...]:
        """The run that is shown, then those that are compared with it."""
        shown = self._panel.run_id
        others = sorted(self._runs.compared - {shown})
        return (shown, *others) if shown is not None else tuple(others)

    def ask(self, run_id: int) -> None:
        """Read curves and log of the run that is shown."""

        def read(project: Project) -> Found:
            return run_id, project.runs.curves(run_id), project.runs.log(run_id)

        self._page.ask("curves", read, self._show_history)

    def take(self, run_id: int, events: list[object]) -> None:
        """Follow the job of a run that is compared."""
        curves = self._others.get(run_id)
        if curves is not None and curves.take(events):
            self._panel.board.refresh_soon()

    def read_again(self, run_id: int) -> None:
        """A training has ended: what the project holds is true to the second."""
        if self._panel.run_id is not None:
            self.ask(self._panel.run_id)
        if run_id in self._others:
            self._ask_other(run_id)

    def show(self) -> None:
        """Show what is known."""
        run = self._runs.run(self._panel.run_id)
        if run is None:
            return
        others = [r for r in reversed(self._runs.runs) if r.id in self._others and r.id != run.id]
        names = distinct_names([(r.id, r.name) for r in (run, *others)])
        curves = {**self._others, run.id: self._panel.curves}
        self._panel.board.show_runs(
            [
                BoardRun(r.id, names[r.id], self._runs.colour(r.id), curves[r.id])
                for r in (run, *others)
            ]
        )

    def _show_history(self, found: Found) -> None:
        self._panel.show_history(*found)
        self.show()

    def _on_compared(self) -> None:
        wanted = self._runs.compared
        self._others = {key: one for key, one in self._others.items() if key in wanted}
        for run_id in wanted - self._others.keys():
            self._ask_other(run_id)
        self.show()

    def _ask_other(self, run_id: int) -> None:
        def take(stored: Mapping[str, Any]) -> None:
            if run_id in self._runs.compared:
                self._others[run_id] = RunCurves(stored)
                self.show()

        self._page.ask(f"curves of {run_id}", _reader(run_id), take)

    # -- the look ------------------------------------------------------------------------------

    def _take_look(self) -> None:
        stored = self._studio.preferences
        self._panel.board.set_look(
            Look(
                min(99, max(0, stored.number("curves/smoothing", 0))) / 100,
                bool(stored.number("curves/log", 0)),
                AXES[min(2, max(0, stored.number("curves/axis", 0)))],
            )
        )

    def _keep_look(self) -> None:
        look, stored = self._panel.board.look(), self._studio.preferences
        stored.set_number("curves/smoothing", round(100 * look.smoothing))
        stored.set_number("curves/log", int(look.log))
        stored.set_number("curves/axis", AXES.index(look.axis))


def _reader(run_id: int) -> Callable[[Project], Mapping[str, Any]]:
    return lambda project: project.runs.curves(run_id)
