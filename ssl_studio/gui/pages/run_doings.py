"""What can be done with runs: each a method of a few lines, off the window's thread."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from ssl_studio.gui import dialogs
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.picture_job import SavePictureJob
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.waiting import move_waiting
from ssl_studio.gui.widgets.curve_board import CurveBoard
from ssl_studio.jobs.curves import ExportCurvesJob
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project
from ssl_studio.project.records import RunRecord

RUNS_CHANGED = Changes(frozenset({"runs"}))
DELETED = Changes(frozenset({"runs", "feature_sets", "clusterings", "exhibits"}))
LANE = "train"
STATUS = {
    JobState.WAITING: "waiting",
    JobState.RUNNING: "running",
    JobState.PAUSED: "paused",
    JobState.STOPPING: "stopping",
}


class RunDoings:
    """Carries out what the page is told, asking the user where it must."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        self._studio, self._parent = studio, parent

    # -- training ------------------------------------------------------------------------------

    def statuses(self) -> dict[int, str]:
        """What the jobs do with runs, by id; waiting ones in the order of the queue."""
        if not self._studio.is_open:
            return {}
        return {
            job.job.run_id: STATUS[job.state]
            for job in self._studio.jobs.active
            if isinstance(job.job, TrainJob)
        }

    def training_of(self, run_id: int | None) -> RunningJob | None:
        """The job that trains a run, or waits to do so."""
        if not self._studio.is_open or run_id is None:
            return None
        for running in self._studio.jobs.active:
            if isinstance(running.job, TrainJob) and running.job.run_id == run_id:
                return running
        return None

    def train(self, run_id: int, name: str = "") -> None:
        """Start or resume a run, or put it behind the one that is training."""
        if self.training_of(run_id) is None:
            self._studio.run(TrainJob(run_id, name), LANE)

    def pause(self, run_id: int) -> None:
        """Let a training wait, or go on."""
        running = self.training_of(run_id)
        if running is not None and running.state is JobState.PAUSED:
            running.proceed()
        elif running is not None:
            running.pause()

    def stop(self, run_id: int) -> None:
        """Stop a training, or take it out of the queue."""
        running = self.training_of(run_id)
        if running is not None:
            running.stop()

    def move(self, run_id: int, by: int) -> None:
        """Train a waiting run earlier (below 0) or later."""
        running = self.training_of(run_id)
        if running is not None:
            move_waiting(self._studio.jobs, running, by)

    # -- the project ---------------------------------------------------------------------------

    def ask_rename(self, run: RunRecord) -> None:
        """Ask for another name."""
        name = dialogs.ask_text(self._parent, tr("Rename"), tr("Name of the run"), run.name)
        if name is not None and name != run.name:
            self.rename(run.id, name)

    def rename(self, run_id: int, name: str) -> None:
        """Give a run another name."""

        def rename(project: Project) -> Changes:
            project.runs.rename(run_id, name)
            return RUNS_CHANGED

        self._studio.write(rename)

    def store_notes(self, run_id: int, notes: str) -> None:
        """Keep what the user wrote about a run."""

        def store(project: Project) -> Changes:
            project.runs.update(run_id, notes=notes)
            return RUNS_CHANGED

        self._studio.write(store)

    def ask_delete(self, run: RunRecord) -> None:
        """Delete a run if the user says so."""
        if self.training_of(run.id) is None and dialogs.ask_delete(
            self._parent,
            tr("Delete “{name}”?").format(name=run.name),
            tr("Its checkpoints, features and clusters go with it. This cannot be undone."),
        ):
            self.delete(run.id)

    def delete(self, run_id: int) -> None:
        """Delete a run."""

        def delete(project: Project) -> Changes:
            project.runs.delete(run_id)
            return DELETED

        self._studio.write(delete)

    # -- leaving the window --------------------------------------------------------------------

    def export_figures(self, run_ids: tuple[int, ...], name: str) -> None:
        """Ask where, and write the figures of runs as CSV."""
        path = self._pick(tr("Figures as CSV"), f"{name}.csv", tr("Tables (*.csv)"))
        if path is not None:
            # Not `Studio.run`: a project that can only be read has figures too.
            self._studio.jobs.submit(ExportCurvesJob(run_ids, path, overwrite=True), "export")

    def export_picture(self, board: CurveBoard, name: str) -> None:
        """Ask where, and write the plots as PNG."""
        path = self._pick(tr("Plots as PNG"), f"{name}.png", tr("Pictures (*.png)"))
        if path is not None:
            self._studio.jobs.submit(SavePictureJob(board.picture(), path), "export")

    def _pick(self, title: str, name: str, kinds: str) -> Path | None:
        folder = Path(self._studio.preferences.last_folder)
        safe = "".join(c if c.isalnum() or c in " ,-_." else "_" for c in name)
        chosen, _kind = QFileDialog.getSaveFileName(self._parent, title, str(folder / safe), kinds)
        if not chosen:
            return None
        path = Path(chosen)
        self._studio.preferences.last_folder = str(path.parent)
        suffix = Path(name).suffix
        return path if path.suffix else path.with_name(path.name + suffix)
