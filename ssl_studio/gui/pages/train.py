"""Training: the list of runs at the left, a run or a new one at the right."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPoint
from PySide6.QtWidgets import QApplication, QMenu, QStackedWidget, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.events import Metric
from ssl_studio.gui import theme
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.models.run_model import RunModel, RunRole
from ssl_studio.gui.pages.compared import ComparedCurves
from ssl_studio.gui.pages.new_run import NewRunPanel, RunPlan
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.run_doings import RunDoings
from ssl_studio.gui.pages.run_view import RunPanel
from ssl_studio.gui.pages.trials import Trials
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.queue_box import QueueBox
from ssl_studio.gui.widgets.run_list import TickedList
from ssl_studio.jobs.catalogue import Catalogue
from ssl_studio.jobs.discover import DiscoverJob, DiscoverResult
from ssl_studio.jobs.exhibit import ExhibitJob
from ssl_studio.jobs.new_run import NewRunJob, NewRunResult
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import RunRecord

Starts = list[tuple[int, str]]


def read_runs(project: Project) -> tuple[list[RunRecord], int, Starts]:
    """Runs, the newest first, how many images there are, and the checkpoints to start from."""
    runs = list(reversed(project.runs.all()))
    latest = [(run.name, project.runs.latest_checkpoint(run.id)) for run in runs if run.step > 0]
    starts = [(found.id, name) for name, found in latest if found is not None]
    return runs, project.images.count("ok"), starts


class TrainPage(Page):
    """Runs and how they do."""

    key, icon = "train", "train"
    listens = frozenset({"runs", "images"})
    job_types = ("NewRunJob", "DiscoverJob", "ExhibitJob", "ExportCurvesJob", "SavePictureJob")

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.runs = RunModel(self)
        self.list = TickedList(tr("Runs"), RunRole.LINE, RunRole.TONE, RunRole.COLOUR)
        self.list.setModel(self.runs)
        self.new_button = parts.button(
            tr("New run"), "plus", role="primary", on_click=self.show_new_run
        )
        self.start_all_button = parts.button(
            tr("Start all that were not started"), role="link", on_click=self.start_all
        )
        self.queue = QueueBox()
        self.new_run = NewRunPanel()
        self.trials = Trials(studio, self.new_run)
        self.run_panel = RunPanel()
        self.doings = RunDoings(studio, self)
        self.curves = ComparedCurves(self, self.runs, self.run_panel)
        self.views = QStackedWidget()
        self._wants_new = False
        self._active: dict[int, str] = {}
        self._build()
        self._connect()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Train")

    def _build(self) -> None:
        top = parts.row(12, self.new_button, 12, gap_px=0)
        hint = parts.label(tr("Tick runs to compare their curves."), "small", wrap=True)
        column = parts.column(12, top, theme.HALF, self.list, gap_px=0)
        column.addWidget(parts.plain(parts.column(hint, self.start_all_button), (14, 4, 12, 8)))
        column.addWidget(self.queue)
        self.side = parts.frame("list", column, 0)
        self.side.setFixedWidth(theme.SIDE_WIDTH_PX - 40)
        self.views.addWidget(self.new_run)
        self.views.addWidget(self.run_panel)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(parts.row(self.side, self.views, gap_px=0))

    def _connect(self) -> None:
        studio, panel, form, doings = self.studio, self.run_panel, self.new_run, self.doings
        self.list.selectionModel().currentChanged.connect(self._on_run_clicked)
        self.list.clicked.connect(self._on_run_clicked)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.queue.move_wanted.connect(doings.move)
        self.queue.remove_wanted.connect(doings.stop)
        studio.methods.loaded.connect(self._show_catalogue)
        studio.methods.failed.connect(self._on_catalogue_failed)
        form.start_wanted.connect(self._start)
        form.back_wanted.connect(self.show_shown_run)
        panel.resume_wanted.connect(self.train)
        panel.pause_wanted.connect(doings.pause)
        panel.stop_wanted.connect(doings.stop)
        panel.delete_wanted.connect(lambda _run_id: self.do("delete"))
        panel.rename_wanted.connect(lambda _run_id: self.do("rename"))
        panel.copy_wanted.connect(self.copy_settings)
        panel.discover_wanted.connect(self.discover)
        panel.notes_written.connect(doings.store_notes)
        panel.board.csv_wanted.connect(self._export_figures)
        panel.board.picture_wanted.connect(self._export_picture)
        studio.run_changed.connect(self._on_run_changed)
        studio.job_events.connect(self._on_job_events)
        studio.jobs_changed.connect(self._on_jobs_changed)
        studio.project_closing.connect(panel.notes.store)

    # -- showing -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the runs; load the methods when first needed."""
        self.ask("runs", read_runs, self._show_runs)
        self.studio.methods.load()

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.new_run.methods if self._shows_new else self.list

    def clear(self) -> None:
        """Nothing is open."""
        self._wants_new = False
        self.curves.forget()
        self._active = {}
        self.runs.set_runs([])
        self.run_panel.show_run(None, "")
        self.trials.forget()
        self.new_run.forget()

    def _show_runs(self, found: tuple[list[RunRecord], int, Starts]) -> None:
        runs, images, starts = found
        self._active = self.doings.statuses()
        self.runs.set_runs(runs, self._active)
        self._show_queue()
        ready = [run for run in runs if self.runs.status(run) == "ready"]
        self.start_all_button.setVisible(len(ready) > 1)
        if images != self.new_run.images:
            self.trials.forget()
        self.new_run.set_image_count(images)
        self.new_run.set_starts(starts)
        self.new_run.set_has_runs(bool(runs))
        if not images and not runs:
            self.show_empty(
                tr("No images to train on"),
                tr("Choose a folder of images first. Then pick a method here and start."),
                (tr("Go to Images"), lambda: self.studio.page_requested.emit("images")),
            )
            return
        self.show_content()
        if self.studio.run_id not in {run.id for run in runs}:
            self.studio.set_run(runs[0].id if runs else None)
        self._show_right()

    @property
    def _shows_new(self) -> bool:
        return self._wants_new or self.shown_run() is None

    def _show_right(self) -> None:
        run = self.shown_run()
        self.side.setVisible(not self._shows_new)
        if run is None or self._shows_new:
            self.views.setCurrentWidget(self.new_run)
            self.trials.refresh()
            return
        self.trials.rest()
        with_focus = QApplication.focusWidget()
        leaves_form = with_focus is not None and self.new_run.isAncestorOf(with_focus)
        self.views.setCurrentWidget(self.run_panel)
        if leaves_form:
            self.list.setFocus()
        row = self.runs.row_of(run.id)
        if self.list.currentIndex().row() != row or not self.list.selectionModel().hasSelection():
            self.list.setCurrentIndex(self.runs.index(row, 0))
        is_other = self.run_panel.run_id != run.id
        status = self.runs.status(run)
        self.run_panel.show_run(run, status)
        self.curves.show()
        if is_other or status not in ("running", "paused", "stopping"):
            self.curves.ask(run.id)

    def shown_run(self) -> RunRecord | None:
        """The run that is looked at."""
        return self.runs.run(self.studio.run_id)

    def show_new_run(self) -> None:
        """Show the form."""
        self._wants_new = True
        self._show_right()
        self.new_run.methods.setFocus()

    def show_shown_run(self) -> None:
        """Go back from the form to the run."""
        self._wants_new = False
        self._show_right()

    def _show_catalogue(self, catalogue: Catalogue) -> None:
        self.new_run.set_catalogue(catalogue)
        self.run_panel.set_catalogue(catalogue)

    def _on_catalogue_failed(self, error: StudioError) -> None:
        self.show_problem(error)

    def poses(self) -> dict[str, Callable[[], object]]:
        """A run, several compared, and the form for a new one, simple and whole."""
        return {
            "": self.show_shown_run,
            "-compare": lambda: self._compare(wanted=True),
            "-new": self._pose_new,
            "-settings": lambda: self.new_run.advanced.setChecked(True),
        }

    def _pose_new(self) -> None:
        self._compare(wanted=False)
        self.new_run.advanced.setChecked(False)
        self.show_new_run()

    def _compare(self, *, wanted: bool) -> None:
        for run in self.runs.runs:
            self.runs.set_compared(run.id, wanted)

    # -- curves --------------------------------------------------------------------------------

    def _export_figures(self) -> None:
        run = self.shown_run()
        if run is not None:
            self.doings.export_figures(self.curves.ids(), run.name)

    def _export_picture(self) -> None:
        run = self.shown_run()
        if run is not None:
            self.doings.export_picture(self.run_panel.board, run.name)

    # -- hearing -------------------------------------------------------------------------------

    def _on_run_clicked(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        run = index.data(RunRole.RUN)
        if isinstance(run, RunRecord) and self.list.selectionModel().hasSelection():
            self._wants_new = False
            self.studio.set_run(run.id)
            self._show_right()

    def _on_run_changed(self) -> None:
        if self.isVisible():
            self._show_right()
        else:
            self.mark_stale()

    def _on_job_events(self, running: RunningJob, events: list[object]) -> None:
        if not isinstance(running.job, TrainJob):
            return
        run_id = running.job.run_id
        epochs = [event.epoch for event in events if isinstance(event, Metric)]
        if epochs:
            self.runs.follow(run_id, epochs[-1])
        if run_id == self.run_panel.run_id:
            self.run_panel.take_events(events, running.progress, running.remaining_s)
        else:
            self.curves.take(run_id, events)

    def _on_jobs_changed(self) -> None:
        active = self.doings.statuses()
        if list(active.items()) == list(self._active.items()):
            return
        self._active = active
        self.runs.set_runs(self.runs.runs, active)
        self.new_run.set_busy(bool(active))
        self._show_queue()
        run = self.runs.run(self.run_panel.run_id)
        if run is not None:
            self.run_panel.show_status(self.runs.status(run))

    def _show_queue(self) -> None:
        names = {run.id: run.name for run in self.runs.runs}
        self.queue.show_queue(
            [
                (run_id, names.get(run_id, tr("Run {n}").format(n=run_id)))
                for run_id, status in self._active.items()
                if status == "waiting"
            ]
        )

    def _on_job_ended(self, running: RunningJob) -> None:
        super()._on_job_ended(running)
        job = running.job
        if isinstance(job, TrainJob):
            self._on_training_ended(job.run_id, running)
        elif isinstance(running.result, DiscoverResult):
            self.studio.set_feature_set(running.result.feature_set_id)
        elif isinstance(job, NewRunJob) and isinstance(running.result, NewRunResult):
            self._wants_new = False
            self.studio.set_run(running.result.run_id)
            self.doings.train(running.result.run_id, running.result.name)

    def _on_training_ended(self, run_id: int, running: RunningJob) -> None:
        self.curves.read_again(run_id)
        if running.error is not None:
            self.strip.show_failed(running.error)
        if running.state is JobState.SUCCEEDED:
            self.discover(run_id)

    # -- doing ---------------------------------------------------------------------------------

    def _start(self, plan: RunPlan) -> None:
        job = NewRunJob(
            plan.method, plan.training, plan.settings, plan.name, start_from=plan.start_from
        )
        self.studio.run(job, "prepare")

    def train(self, run_id: int) -> None:
        """Start or resume a run, or put it behind the one that is training."""
        run = self.runs.run(run_id)
        self.doings.train(run_id, run.name if run is not None else "")

    def start_all(self) -> None:
        """Put every run that was never started into the queue, the oldest first."""
        for run in reversed(self.runs.runs):
            if self.runs.status(run) == "ready":
                self.train(run.id)

    def discover(self, run_id: int) -> None:
        """Derive what can be seen of a run: features, neighbours, clusters, map, pictures."""
        self.studio.run(DiscoverJob(run_id, umap=True, references=True))
        self.studio.run(ExhibitJob(run_id))

    def do(self, command_id: str) -> bool:
        """Rename or delete the run that is shown."""
        run = self.shown_run()
        if run is None or self._shows_new or command_id not in ("rename", "delete"):
            return False
        if command_id == "rename":
            self.doings.ask_rename(run)
        else:
            self.doings.ask_delete(run)
        return True

    def why_not(self, command_id: str) -> str:
        """Why a command has nothing to act on here."""
        if command_id not in ("rename", "delete"):
            return ""
        run = self.shown_run()
        if run is None or self._shows_new:
            return tr("Choose a run first.")
        is_busy = command_id == "delete" and run.id in self._active
        return tr("Stop the training first.") if is_busy else ""

    def copy_settings(self, run_id: int) -> None:
        """Plan a new run with the settings of another one."""
        run = self.runs.run(run_id)
        if run is not None:
            self._wants_new = True
            self.new_run.take_over(run.method, run.training, run.settings)
            self._show_right()

    def _show_menu(self, place: QPoint) -> None:
        run = self.list.indexAt(place).data(RunRole.RUN)
        if isinstance(run, RunRecord):
            menu = self.menu(run)
            menu.popup(self.list.viewport().mapToGlobal(place))

    def menu(self, run: RunRecord) -> QMenu:
        """What can be done with a run, as its place in the list offers it."""
        menu, status, doings = QMenu(self), self.runs.status(run), self.doings
        menu.aboutToHide.connect(menu.deleteLater)
        if status in ("ready", "stopped", "interrupted", "failed"):
            words = tr("Resume") if run.step else tr("Start")
            menu.addAction(words, lambda: self.train(run.id))
        if status in ("running", "paused"):
            words = tr("Go on") if status == "paused" else tr("Pause")
            menu.addAction(words, lambda: doings.pause(run.id))
            menu.addAction(tr("Stop"), lambda: doings.stop(run.id))
        if status == "waiting":
            menu.addAction(tr("Train it earlier"), lambda: doings.move(run.id, -1))
            menu.addAction(tr("Train it later"), lambda: doings.move(run.id, 1))
            menu.addAction(tr("Take it out of the queue"), lambda: doings.stop(run.id))
        is_compared = run.id in self.runs.compared
        words = tr("Compare no longer") if is_compared else tr("Compare its curves")
        menu.addAction(words, lambda: self.runs.set_compared(run.id, not is_compared))
        menu.addSeparator()
        menu.addAction(tr("New run with these settings"), lambda: self.copy_settings(run.id))
        menu.addAction(tr("Rename …"), lambda: doings.ask_rename(run))
        delete = menu.addAction(tr("Delete …"), lambda: doings.ask_delete(run))
        delete.setEnabled(run.id not in self._active)
        return menu
