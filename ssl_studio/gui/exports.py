"""What leaves the house from the menu: ask for a folder, run the job, say where it lies."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import dialogs, text
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.job_thread import Job
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.jobs.export import (
    ExportClustersJob,
    ExportEncoderJob,
    ExportFeaturesJob,
    ExportResult,
)


class Exports(QObject):
    """The export commands of the window."""

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._window = window

    def encoder(self) -> None:
        """The encoder of the run that is looked at."""
        run_id = self._studio.run_id
        folder = self._folder(run_id, tr("Choose a run on the page Train first."), tr("encoder"))
        if folder is not None and run_id is not None:
            self._run(ExportEncoderJob(run_id, folder))

    def features(self) -> None:
        """The feature set that is looked at."""
        chosen = self._studio.feature_set_id
        folder = self._folder(chosen, tr("Train a run first."), tr("features"))
        if folder is not None and chosen is not None:
            self._run(ExportFeaturesJob(chosen, folder))

    def clusters(self) -> None:
        """The clustering that is looked at, as a table."""
        chosen = self._studio.clustering_id
        folder = self._folder(chosen, tr("Find clusters first."), tr("clusters"))
        if folder is not None and chosen is not None:
            self._run(ExportClustersJob(chosen, folder))

    def _folder(self, chosen: int | None, what_first: str, name: str) -> Path | None:
        if chosen is None:
            self._studio.message.emit(what_first)
            return None
        parent = dialogs.pick_export_folder(self._window, self._studio.preferences)
        stem = self._studio.path.stem if self._studio.path is not None else ""
        return None if parent is None else unused_folder(parent, f"{stem} {name}")

    def _run(self, job: Job) -> None:
        running = self._studio.run(job, "export")
        if running is not None:
            running.ended.connect(lambda: self._show_result(running))

    def _show_result(self, running: RunningJob) -> None:
        if running.state is JobState.FAILED and running.error is not None:
            self._studio.failed.emit(running.error)
        elif isinstance(running.result, ExportResult) and running.result.files:
            files = running.result.files
            self._studio.message.emit(
                tr("{files} written to {folder}").format(
                    files=text.counted(len(files), tr("file"), tr("files")), folder=files[0].parent
                )
            )


def unused_folder(parent: Path, name: str) -> Path:
    """A folder that does not exist yet: nothing is ever written over."""
    folder, number = parent / name, 2
    while folder.exists():
        folder = parent / f"{name} {number}"
        number += 1
    return folder
