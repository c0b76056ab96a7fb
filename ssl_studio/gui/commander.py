"""Carries out the commands of `actions.py`: asks the user what it must, then tells `Studio`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox

from ssl_studio import __version__
from ssl_studio.errors import StudioError
from ssl_studio.gui import actions, dialogs, file_manager, sheets, text, theme
from ssl_studio.gui.exports import Exports
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.leaving import Leaving
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.theme import ThemeChoice
from ssl_studio.jobs.check import CheckJob, CheckResult
from ssl_studio.jobs.demo import DemoJob
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter

PATHS_COPIED = 10_000


class Surroundings(Protocol):
    """What commands ask of the window: things that only it can show or hide."""

    def do_on_page(self, command_id: str) -> bool:
        """Hand a command to the page that is shown."""
        ...

    def show_page(self, key: str) -> None:
        """Go to a page."""
        ...

    def show_palette(self) -> None:
        """The command palette."""
        ...

    def toggle_activity(self) -> None:
        """Show or hide the activity list."""
        ...

    def toggle_toolbar(self) -> None:
        """Show or hide the toolbar."""
        ...


class Commander(QObject):
    """One method for each command; those without one go to the page that is shown."""

    def __init__(
        self, studio: Studio, window: QMainWindow, around: Surroundings, leaving: Leaving
    ) -> None:
        super().__init__(window)
        self._studio = studio
        self._window = window
        self._around = around
        self._leaving = leaving
        self._exports = Exports(studio, window)

    def slots(self) -> dict[str, Callable[[], object]]:
        """What each command of the table calls."""
        return {command.id: self._slot(command) for command in actions.commands()}

    def _slot(self, command: actions.Command) -> Callable[[], object]:
        own = getattr(self, command.id, None) or getattr(self._around, command.id, None)
        if own is not None:
            return own  # type: ignore[no-any-return]
        if command.id.startswith("go_"):
            return lambda: self._around.show_page(command.id.removeprefix("go_"))
        return lambda: self._on_page(command)

    def _on_page(self, command: actions.Command) -> None:
        if not self._around.do_on_page(command.id):
            self._studio.message.emit(
                tr("“{command}” has nothing to act on here.").format(command=command.plain_words)
            )

    # -- projects ------------------------------------------------------------------------------

    def new_project(self) -> None:
        """Ask for a folder and a place, make the project, scan the folder."""
        folder = dialogs.pick_image_folder(self._window, self._studio.preferences)
        if folder is not None:
            path = dialogs.pick_new_project(self._window, folder)
            if path is not None:
                self.make_project(path, [folder])

    def make_project(self, path: Path, folders: Sequence[Path]) -> None:
        """Make a project of folders and start to scan them."""

        def scan() -> None:
            for folder in folders:
                self._studio.run(ScanJob(folder), "scan")

        def make() -> None:
            path.unlink(missing_ok=True)  # the file dialog has asked whether to replace it
            self._studio.open(path, create=True, then=scan)

        self._leaving.leave(make)

    def open_project(self) -> None:
        """Ask for a project and open it."""
        path = dialogs.pick_project(self._window, self._studio.preferences)
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open a project whose place is known."""
        self._leaving.leave(lambda: self._studio.open(path))

    def open_demo(self) -> None:
        """Open the demo project; where there is none yet, make it and do the main job on it."""
        path = demo_path()

        def begin() -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._studio.open(path, create=not path.exists(), then=self._continue_demo)

        if path != self._studio.path:
            self._leaving.leave(begin)

    def _continue_demo(self) -> None:
        def is_done(project: Project) -> bool:
            return bool(project.clusterings.all())

        self._studio.reader.ask("demo", is_done, self._run_demo)

    def _run_demo(self, is_done: bool) -> None:
        running = None if is_done else self._studio.run(DemoJob(), "train")
        if running is not None:
            self._around.show_page("images")
            running.ended.connect(lambda: self._show_demo(running))

    def _show_demo(self, running: RunningJob) -> None:
        if running.state is JobState.SUCCEEDED:
            self._around.show_page("clusters")
        elif running.error is not None:
            self._studio.failed.emit(running.error)

    def show_welcome(self) -> None:
        """Go back to the list of projects."""
        self.close_project()

    def close_project(self) -> None:
        """Let go of the project."""
        if self._studio.is_open:
            self._leaving.leave(self._studio.close)

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

    def export_report(self) -> None:
        """Everything about the run that is looked at, as one HTML file."""
        self._exports.report()

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

    # -- editing and jobs ----------------------------------------------------------------------

    def undo(self) -> None:
        """Take back the last edit, and say which: it may be one of another page or day."""
        words = self._studio.undo_stack.undoText()
        self._studio.undo_stack.undo()
        self._studio.message.emit(tr("Undone: {edit}").format(edit=words))

    def redo(self) -> None:
        """Do it again."""
        words = self._studio.undo_stack.redoText()
        self._studio.undo_stack.redo()
        self._studio.message.emit(tr("Done again: {edit}").format(edit=words))

    def show_neighbours(self) -> None:
        """Neighbours of the chosen image."""
        if len(self._studio.selection):
            self._studio.set_query(int(self._studio.selection[-1]))
        else:
            self._studio.page_requested.emit("neighbours")

    def clear_filter(self) -> None:
        """Show all images on every page."""
        self._studio.set_filter(ImageFilter())

    def find(self) -> None:
        """Go where images are looked for by name; the page puts the cursor there."""
        if not self._around.do_on_page("find"):
            self._around.show_page("images")
            self._around.do_on_page("find")

    def copy_paths(self) -> None:
        """Put the file names of the chosen images on the clipboard, one a line."""
        self._ask_paths(PATHS_COPIED, self._copy)

    def _copy(self, paths: list[Path]) -> None:
        QGuiApplication.clipboard().setText("\n".join(map(str, paths)))
        names = text.counted(len(paths), tr("file name"), tr("file names"))
        self._studio.message.emit(tr("{names} copied.").format(names=names))

    def show_in_folder(self) -> None:
        """Show the file of the image that was chosen last."""
        self._ask_paths(1, lambda paths: file_manager.reveal(paths[0]) if paths else None)

    def _ask_paths(self, most: int, answer: Callable[[list[Path]], None]) -> None:
        ids = [int(image_id) for image_id in self._studio.selection[-most:]]

        def paths(project: Project) -> list[Path]:
            return [project.images.full_path(image_id) for image_id in ids]

        self._studio.reader.ask("paths", paths, answer)

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

    def full_screen(self) -> None:
        """The whole screen, or the window as it was."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def toggle_notices(self) -> None:
        """Whether the desktop says when long work ends."""
        preferences = self._studio.preferences
        preferences.set_flag("notices", not preferences.flag("notices", default=True))

    def show_keys(self) -> None:
        """The sheet of keys."""
        sheets.show_shortcuts(self._window, actions.shortcut_rows())

    def show_news(self) -> None:
        """What changed, version by version."""
        sheets.show_news(self._window)

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


def demo_path() -> Path:
    """Where the demo project lies: among the user's documents, to be found again."""
    documents = QStandardPaths.StandardLocation.DocumentsLocation
    place = QStandardPaths.writableLocation(documents) or str(Path.home())
    return Path(place) / "SSL Studio demo" / f"demo{dialogs.SUFFIX}"
