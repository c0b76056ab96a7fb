"""The choice of a run, which Train, Reconstructions and Filters share."""

from PySide6.QtWidgets import QWidget

from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.project.file import Project
from ssl_studio.project.records import RunRecord


def read_trained_runs(project: Project) -> list[RunRecord]:
    """Runs that have made at least one step, the newest first; runs in the background."""
    return [run for run in reversed(project.runs.all()) if run.step > 0]


class RunPicker(parts.Choice):
    """Shows and sets the run of the studio."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(tr("Run"), parent)
        self._studio = studio
        self.setMaximumWidth(360)
        self.activated.connect(lambda _index: studio.set_run(self.currentData()))
        studio.run_changed.connect(self._show_choice)

    def set_runs(self, runs: list[RunRecord]) -> None:
        """Offer these; a run that is not among them gives way to the first."""
        self.clear()
        for run in runs:
            self.addItem(run.name, run.id)
        if self._studio.run_id not in {run.id for run in runs}:
            self._studio.set_run(runs[0].id if runs else None)
        self._show_choice()

    def _show_choice(self) -> None:
        self.setCurrentIndex(self.findData(self._studio.run_id))
