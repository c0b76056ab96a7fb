"""Carries out the commands of `actions.py`: asks the user what it must, then tells `Studio`."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from ssl_studio import __version__
from ssl_studio.errors import StudioError
from ssl_studio.gui import actions, dialogs, theme
from ssl_studio.gui.exports import Exports
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.theme import ThemeChoice
from ssl_studio.jobs.check import CheckJob, CheckResult
from ssl_studio.jobs.scan import ScanJob


class Commander(QObject):
    """One method for each command; `on_page` hands a command to the page that is shown."""

    def __init__(self, studio: Studio, window: QWidget, on_page: Callable[[str], bool]) -> None:
        super().__init__(window)
        self._studio = studio
        self._window = window
        self._on_page = on_page
        self._exports = Exports(studio, window)

    def slots(self) -> dict[str, Callable[[], object]]:
        """What each command of the table calls."""
        return {command.id: self._slot(command.id) for command in actions.commands()}

    def _slot(self, command_id: str) -> Callable[[], object]:
        own = getattr(self, command_id, None)
        if own is not None:
            return own  # type: ignore[no-any-return]
        return lambda: self._on_page(command_id)

    # -- projects ------------------------------------------------------------------------------

    def new_project(self) -> None:
        """Ask for a folder and a place, make the project, scan the folder."""
        folder = dialogs.pick_image_folder(self._window, self._studio.preferences)
        if folder is not None:
            path = dialogs.pick_new_project(self._window, folder)
            if path is not None:
                self.make_project(path, folder)

    def make_project(self, path: Path, folder: Path) -> None:
        """Make a project of a folder and start to scan it."""
        if self.may_leave():
            path.unlink(missing_ok=True)  # the file dialog has asked whether to replace it
            self._studio.open(
                path, create=True, then=lambda: self._studio.run(ScanJob(folder), "scan")
            )

    def open_project(self) -> None:
        """Ask for a project and open it."""
        path = dialogs.pick_project(self._window, self._studio.preferences)
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open a project whose place is known."""
        if self.may_leave():
            self._studio.open(path)

    def show_welcome(self) -> None:
        """Go back to the list of projects."""
        self.close_project()

    def close_project(self) -> None:
        """Let go of the project."""
        if self._studio.is_open and self.may_leave():
            self._studio.close()

    def add_folder(self) -> None:
        """Ask for another folder and scan it."""
        folder = dialogs.pick_image_folder(self._window, self._studio.preferences)
        if folder is not None:
            self._studio.run(ScanJob(folder), "scan")

    def add_dropped(self, folder: Path) -> None:
        """Scan a folder that was dropped on the window."""
        self._studio.run(ScanJob(folder), "scan")

    def scan_again(self) -> None:
        """Look for new, changed and vanished files."""
        self._studio.run(ScanJob(), "scan")

    def load_labels(self) -> None:
        """Ask for a table of labels and scan again with it."""
        table = dialogs.pick_labels(self._window, self._studio.preferences)
        if table is not None:
            self._studio.run(ScanJob(labels=table), "scan")

    def export_encoder(self) -> None:
        """Weights, card and ONNX of the run that is looked at."""
        self._exports.encoder()

    def export_features(self) -> None:
        """The features that are looked at."""
        self._exports.features()

    def export_clusters(self) -> None:
        """The clusters that are looked at."""
        self._exports.clusters()

    def check_project(self) -> None:
        """Read everything and say what does not add up."""
        running = self._studio.run(CheckJob())
        if running is not None:
            running.ended.connect(lambda: self._show_check(running))

    def _show_check(self, running: RunningJob) -> None:
        if running.state is not JobState.SUCCEEDED or not isinstance(running.result, CheckResult):
            return
        findings = running.result.findings
        if findings:
            dialogs.show_error(
                self._window,
                StudioError(
                    tr("The project does not add up everywhere."),
                    "\n".join(findings[:20]),
                    tr("A backup beside the project may be sound."),
                ),
            )
        else:
            self._studio.message.emit(tr("The project is sound."))

    def quit(self) -> None:
        """Close the window, which asks if something is going on."""
        self._window.close()

    def may_leave(self) -> bool:
        """Whether the project may be closed: asks where work is going on."""
        if not self._studio.is_open or not self._studio.jobs.active:
            return True
        return dialogs.ask_close_during_jobs(
            self._window, [running.title for running in self._studio.jobs.active]
        )

    # -- editing and jobs ----------------------------------------------------------------------

    def undo(self) -> None:
        """Take back the last edit."""
        self._studio.undo_stack.undo()

    def redo(self) -> None:
        """Do it again."""
        self._studio.undo_stack.redo()

    def show_neighbours(self) -> None:
        """Neighbours of the chosen image."""
        if len(self._studio.selection):
            self._studio.set_query(int(self._studio.selection[-1]))
        else:
            self._studio.page_requested.emit("neighbours")

    def pause_job(self) -> None:
        """Let the training wait, or go on."""
        training = self._studio.job_of("TrainJob")
        if training is not None and training.state is JobState.PAUSED:
            training.proceed()
        elif training is not None:
            training.pause()

    def stop_job(self) -> None:
        """Stop the training; it saves its state."""
        training = self._studio.job_of("TrainJob")
        if training is not None:
            training.stop()

    # -- looks and help ------------------------------------------------------------------------

    def theme_light(self) -> None:
        """Dark on light."""
        self.set_theme(ThemeChoice.LIGHT)

    def theme_dark(self) -> None:
        """Light on dark."""
        self.set_theme(ThemeChoice.DARK)

    def theme_system(self) -> None:
        """As the desktop is."""
        self.set_theme(ThemeChoice.SYSTEM)

    def set_theme(self, choice: ThemeChoice) -> None:
        """Show and remember a theme."""
        self._studio.preferences.theme = choice
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, choice)

    def show_keys(self) -> None:
        """The sheet of keys."""
        dialogs.show_shortcuts(self._window, actions.shortcut_rows())

    def copy_details(self) -> None:
        """Put what a bug report needs on the clipboard."""
        QGuiApplication.clipboard().setText(dialogs.details(self._studio.last_problem))
        self._studio.message.emit(tr("Copied."))

    def about(self) -> None:
        """Name and version."""
        box = QMessageBox(self._window)
        box.setWindowTitle(tr("About SSL Studio"))
        box.setText(f"SSL Studio {__version__}")
        box.setInformativeText(
            tr("Self-supervised learning on a folder of images.\nApache License 2.0.")
        )
        box.open()
