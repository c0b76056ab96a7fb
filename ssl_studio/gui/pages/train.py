"""Training: the list of runs at the left, a run or a new one at the right."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import dialogs, theme
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.models.run_model import RunModel, RunRole
from ssl_studio.gui.pages.new_run import NewRunPanel, RunPlan
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.run_view import RunPanel
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.two_line_list import two_line_list
from ssl_studio.jobs.catalogue import Catalogue
from ssl_studio.jobs.discover import DiscoverJob, DiscoverResult
from ssl_studio.jobs.exhibit import ExhibitJob
from ssl_studio.jobs.new_run import NewRunJob, NewRunResult
from ssl_studio.jobs.propose import ProposeJob, ProposeResult
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project
from ssl_studio.project.records import RunRecord

RUNS_CHANGED = Changes(frozenset({"runs"}))


def read_runs(project: Project) -> tuple[list[RunRecord], int]:
    """Runs, the newest first, and how many images there are; runs in the background."""
    return list(reversed(project.runs.all())), project.images.count("ok")


class TrainPage(Page):
    """Runs and how they do."""

    key, icon = "train", "train"
    listens = frozenset({"runs", "images"})
    job_types = ("NewRunJob", "DiscoverJob", "ExhibitJob")

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.runs = RunModel(self)
        self.list = two_line_list(tr("Runs"), RunRole.LINE, RunRole.TONE)
        self.list.setModel(self.runs)
        self.new_button = parts.button(
            tr("New run"), "plus", role="primary", on_click=self.show_new_run
        )
        self.new_run = NewRunPanel()
        self.run_panel = RunPanel()
        self.views = QStackedWidget()
        self._wants_new = False
        self._proposing: RunningJob | None = None
        self._build()
        self._connect()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Train")

    def _build(self) -> None:
        top = parts.row(12, self.new_button, 12, gap_px=0)
        side = parts.frame("list", parts.column(12, top, theme.HALF, self.list, gap_px=0), 0)
        side.setFixedWidth(theme.SIDE_WIDTH_PX - 40)
        self.views.addWidget(self.new_run)
        self.views.addWidget(self.run_panel)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(parts.row(side, self.views, gap_px=0))

    def _connect(self) -> None:
        studio, panel, form = self.studio, self.run_panel, self.new_run
        self.list.selectionModel().currentChanged.connect(self._on_run_clicked)
        self.list.clicked.connect(self._on_run_clicked)
        studio.methods.loaded.connect(self._show_catalogue)
        studio.methods.failed.connect(self._on_catalogue_failed)
        form.start_wanted.connect(self._start)
        form.proposal_wanted.connect(self._propose)
        panel.resume_wanted.connect(self.train)
        panel.pause_wanted.connect(self._pause)
        panel.stop_wanted.connect(self._stop)
        panel.delete_wanted.connect(self._delete)
        panel.rename_wanted.connect(lambda _run_id: self.do("rename"))
        panel.copy_wanted.connect(self._copy_settings)
        panel.discover_wanted.connect(self.discover)
        studio.run_changed.connect(self._on_run_changed)
        studio.job_events.connect(self._on_job_events)
        studio.jobs_changed.connect(self._on_jobs_changed)

    # -- showing -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the runs; load the methods when first needed."""
        self.ask("runs", read_runs, self._show_runs)
        self.studio.methods.load()

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.list

    def clear(self) -> None:
        """Nothing is open."""
        self._wants_new = False
        self._proposing = None
        self.runs.set_runs([], frozenset())
        self.run_panel.show_run(None, "")
        self.new_run.forget()

    def active_runs(self) -> frozenset[int]:
        """Ids of runs that a job is at work on, or that wait for one."""
        if not self.studio.is_open:
            return frozenset()
        jobs = (running.job for running in self.studio.jobs.active)
        return frozenset(job.run_id for job in jobs if isinstance(job, TrainJob))

    def _show_runs(self, found: tuple[list[RunRecord], int]) -> None:
        runs, images = found
        self.runs.set_runs(runs, self.active_runs())
        self.new_run.set_image_count(images)
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

    def _show_right(self) -> None:
        run = self._run()
        if run is None or self._wants_new:
            self.views.setCurrentWidget(self.new_run)
            self.list.clearSelection()
            self._propose_if_needed()
            return
        self.views.setCurrentWidget(self.run_panel)
        row = self.runs.row_of(run.id)
        if self.list.currentIndex().row() != row or not self.list.selectionModel().hasSelection():
            self.list.setCurrentIndex(self.runs.index(row, 0))
        is_other = self.run_panel.run_id != run.id
        self.run_panel.show_run(run, self.runs.status(run))
        if is_other or self.runs.status(run) not in ("running", "paused"):
            self._ask_curves(run.id)

    def _ask_curves(self, run_id: int) -> None:
        self.ask(
            "curves",
            lambda p: (run_id, p.runs.metrics(run_id), p.runs.log(run_id)),
            lambda found: self.run_panel.show_history(*found),
        )

    def _run(self) -> RunRecord | None:
        row = self.runs.row_of(self.studio.run_id)
        return self.runs.runs[row] if row >= 0 else None

    def show_new_run(self) -> None:
        """Show the form."""
        self._wants_new = True
        self._show_right()

    def show_shown_run(self) -> None:
        """Go back from the form to the run."""
        self._wants_new = False
        self._show_right()

    def _show_catalogue(self, catalogue: Catalogue) -> None:
        self.new_run.set_catalogue(catalogue)
        self.run_panel.set_catalogue(catalogue)
        self._propose_if_needed()

    def _on_catalogue_failed(self, error: StudioError) -> None:
        self.show_problem(error)

    def poses(self) -> dict[str, Callable[[], object]]:
        """A run, and the form for a new one."""
        return {"": self.show_shown_run, "-new": self.show_new_run}

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
        if isinstance(running.job, TrainJob) and running.job.run_id == self.run_panel.run_id:
            self.run_panel.take_events(events, running.progress)

    def _on_jobs_changed(self) -> None:
        active = self.active_runs()
        self.runs.set_runs(self.runs.runs, active)
        self.new_run.set_busy(bool(active))
        running = self._training_of(self.run_panel.run_id)
        self.run_panel.show_job(running.state if running is not None else None)

    def _training_of(self, run_id: int | None) -> RunningJob | None:
        if not self.studio.is_open or run_id is None:
            return None
        for running in self.studio.jobs.active:
            if isinstance(running.job, TrainJob) and running.job.run_id == run_id:
                return running
        return None

    def _on_job_ended(self, running: RunningJob) -> None:
        super()._on_job_ended(running)
        job = running.job
        if isinstance(job, TrainJob):
            self._ask_curves_of_shown()
            if running.error is not None:
                self.strip.show_failed(running.error)
            if running.state is JobState.SUCCEEDED:
                self.discover(job.run_id)
        elif isinstance(running.result, DiscoverResult):
            self.studio.set_feature_set(running.result.feature_set_id)
        elif isinstance(job, NewRunJob) and isinstance(running.result, NewRunResult):
            self._wants_new = False
            self.studio.set_run(running.result.run_id)
            self.train(running.result.run_id)
        elif isinstance(job, ProposeJob):
            self._on_proposed(running)

    def _ask_curves_of_shown(self) -> None:
        if self.run_panel.run_id is not None:
            self._ask_curves(self.run_panel.run_id)

    # -- doing ---------------------------------------------------------------------------------

    def _start(self, plan: RunPlan) -> None:
        job = NewRunJob(plan.method, plan.training, plan.settings, plan.name)
        self.studio.run(job, "prepare")

    def train(self, run_id: int) -> None:
        """Start or resume a run, or put it behind the one that is training."""
        if self._training_of(run_id) is None:
            self.studio.run(TrainJob(run_id), "train")

    def discover(self, run_id: int) -> None:
        """Derive what can be seen of a run: features, neighbours, clusters, map, pictures."""
        self.studio.run(DiscoverJob(run_id, umap=True, references=True))
        self.studio.run(ExhibitJob(run_id))

    def _pause(self, run_id: int) -> None:
        running = self._training_of(run_id)
        if running is None:
            return
        if running.state is JobState.PAUSED:
            running.proceed()
        else:
            running.pause()

    def _stop(self, run_id: int) -> None:
        running = self._training_of(run_id)
        if running is not None:
            running.stop()

    def _delete(self, run_id: int) -> None:
        run = self._run()
        if run is None or not dialogs.ask_delete(
            self,
            tr("Delete “{name}”?").format(name=run.name),
            tr("Its checkpoints, features and clusters go with it. This cannot be undone."),
        ):
            return

        def delete(project: Project) -> Changes:
            project.runs.delete(run_id)
            return Changes(frozenset({"runs", "feature_sets", "clusterings", "exhibits"}))

        self.studio.write(delete)

    def do(self, command_id: str) -> bool:
        """Rename the run that is shown."""
        run = self._run()
        if command_id != "rename" or run is None:
            return False
        name = dialogs.ask_text(self, tr("Rename"), tr("Name of the run"), run.name)
        if name is not None and name != run.name:
            self.rename_run(run.id, name)
        return True

    def rename_run(self, run_id: int, name: str) -> None:
        """Give a run another name."""

        def rename(project: Project) -> Changes:
            project.runs.rename(run_id, name)
            return RUNS_CHANGED

        self.studio.write(rename)

    def _copy_settings(self, run_id: int) -> None:
        run = self._run()
        if run is not None and run.id == run_id:
            self._wants_new = True
            self.new_run.take_over(run.method, run.training, run.settings)
            self._show_right()

    # -- proposals -----------------------------------------------------------------------------

    def _propose_if_needed(self) -> None:
        method = self.new_run.method_without_proposal()
        if method is not None and self.views.currentWidget() is self.new_run:
            self._propose(method, False)

    def _propose(self, method: str, probe: bool) -> None:
        if not self.studio.is_open or self.studio.read_only or not self.isVisible():
            return
        current = self._proposing
        if current is not None and not current.is_ended:
            job = current.job
            if isinstance(job, ProposeJob) and job.method == method and job.probe == probe:
                return
            current.stop()
        training, settings = self.new_run.fixed_values() if probe else ({}, {})
        self.new_run.show_proposing(probe)
        self._proposing = self.studio.run(
            ProposeJob(method, training, settings, probe=probe), "propose"
        )

    def _on_proposed(self, running: RunningJob) -> None:
        if running is not self._proposing:
            return
        self._proposing = None
        if isinstance(running.result, ProposeResult):
            self.new_run.show_proposal(running.result)
        else:
            self.new_run.show_no_proposal(running.error)
