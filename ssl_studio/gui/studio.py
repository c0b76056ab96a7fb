"""What the whole window agrees on: the open project, selection, filter, jobs.

Widgets write to `Studio`, `Studio` emits, widgets follow. It knows no widget.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QUndoStack

from ssl_studio.errors import LockedProject, StudioError, WriteProtected
from ssl_studio.events import Artefact
from ssl_studio.gui.catalogue import CatalogueLoader
from ssl_studio.gui.choices import NO_IDS, Choices, Ids
from ssl_studio.gui.errands import Errand, Errands
from ssl_studio.gui.job_list import JobList, RunningJob
from ssl_studio.gui.job_thread import Job, in_words
from ssl_studio.gui.models.thumbnails import ThumbnailStore
from ssl_studio.gui.preferences import Preferences, RecentProject
from ssl_studio.gui.reader import ProjectThread, Reader
from ssl_studio.gui.text import tr
from ssl_studio.gui.undo import Edit, EditCommand
from ssl_studio.gui.workshop import Workshop
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project

__all__ = ["NO_IDS", "Counts", "Ids", "Studio"]

EVERYTHING = Changes(
    frozenset(
        {
            "roots",
            "images",
            "runs",
            "metrics",
            "run_log",
            "checkpoints",
            "feature_sets",
            "neighbour_sets",
            "clusterings",
            "clusters",
            "cluster_members",
            "projections",
            "probes",
            "exhibits",
            "unit_images",
            "edits",
            "tags",
            "image_tags",
            "near_duplicates",
        }
    )
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the status bar says about the project."""

    images: int = 0
    bad: int = 0
    missing: int = 0
    runs: int = 0


class Studio(Choices):
    """The one truth that all pages share.

    Signals: `opening(path)`, then `project_opened` or `failed`; `changed(Changes)` after every
    write that a page may show; the others say what they are named after.
    """

    opening = Signal(str)
    project_opened = Signal()
    project_closing = Signal()
    project_closed = Signal()
    changed = Signal(object)
    counts_changed = Signal()
    job_added = Signal(object)
    job_events = Signal(object, list)
    job_ended = Signal(object)
    jobs_changed = Signal()
    message = Signal(str)
    failed = Signal(object)

    def __init__(self, preferences: Preferences | None = None) -> None:
        super().__init__()
        self.preferences = preferences or Preferences(self)
        self.path: Path | None = None
        self.read_only = False
        self.undo_stack = QUndoStack(self)
        self.errands = Errands(self)
        self.methods = CatalogueLoader(self.errands, self)
        self.counts = Counts()
        self.last_problem: object = None
        self._editor: ProjectThread | None = None
        self._reader: Reader | None = None
        self._workshop: Workshop | None = None
        self._readers: list[Reader] = []
        self._thumbnails: ThumbnailStore | None = None
        self._jobs: JobList | None = None
        self._storing: deque[Errand] = deque()
        self._after_opening: Callable[[], object] | None = None
        self._is_new = False
        self.changed.connect(self._on_changed)

    # -- the project ---------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether a project is open and answering."""
        return self._reader is not None

    @property
    def reader(self) -> Reader:
        """Whom to ask; only while a project is open."""
        assert self._reader is not None
        return self._reader

    @property
    def workshop(self) -> Workshop:
        """Whom to ask for answers that take a network; made when first asked."""
        assert self.path is not None
        if self._workshop is None:
            self._workshop = Workshop(self.path, self.errands, self)
        return self._workshop

    def new_reader(self, title: str) -> Reader:
        """A further thread to ask, for questions that must not wait for others; ends on closing.

        `title` says what it does while an answer takes long.
        """
        assert self.path is not None
        reader = Reader(self.path, self)
        self._readers.append(reader)
        reading: list[Errand] = []

        def begin() -> None:
            if not reading:
                reading.append(self.errands.begin(title))
                reading[0].note_begun()

        def end() -> None:
            if reading:
                self.errands.end(reading.pop())

        reader.busy.connect(begin)
        reader.settled.connect(end)
        return reader

    @property
    def thumbnails(self) -> ThumbnailStore:
        """Small pictures by image id; only while a project is open."""
        assert self._thumbnails is not None
        return self._thumbnails

    @property
    def jobs(self) -> JobList:
        """The jobs of the open project."""
        assert self._jobs is not None
        return self._jobs

    def open(
        self,
        path: Path,
        *,
        create: bool = False,
        read_only: bool = False,
        then: Callable[[], object] | None = None,
    ) -> None:
        """Open a project in the background; the one that is open is closed first."""
        self.close()
        self.path = path
        self.read_only = read_only
        self._after_opening = then
        self._is_new = create
        self.opening.emit(str(path))
        self._editor = ProjectThread(path, read_only=read_only, create=create, parent=self)
        self._editor.opened.connect(self._on_opened)
        self._editor.refused.connect(self._on_refused)
        self._editor.answered.connect(self._on_edited)
        self._editor.start()

    def close(self) -> None:
        """Stop jobs, store what is being edited, and let go of the file."""
        was_open = self.is_open
        if was_open:
            self.project_closing.emit()
        if self._jobs is not None:
            self._jobs.stop_all()
        for asked in (self._thumbnails, self._workshop, *self._readers):
            if asked is not None:
                asked.close()
        if self._editor is not None:
            self._editor.finish()
        self.errands.clear()
        self._storing.clear()
        for part in (
            self._editor, self._jobs, self._thumbnails, self._workshop, *self._readers,
        ):  # fmt: skip
            if part is not None:
                part.deleteLater()
        self._editor = self._reader = self._workshop = self._thumbnails = self._jobs = None
        self._readers = []
        self.path = None
        self.undo_stack.clear()
        self.forget_choices()
        if was_open:
            self.project_closed.emit()

    def shut_down(self) -> None:
        """Close the project and wait for every thread: the window is going."""
        self.close()
        self.methods.close()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way that would change what pages show."""
        if not self.is_open:
            return not self.methods.is_loading
        pending = self.thumbnails.pending + len(self.jobs.active) + len(self.errands.active)
        pending += sum(reader.pending for reader in self._readers)
        return pending == 0 and not self.methods.is_loading

    def _on_opened(self) -> None:
        assert self.path is not None
        self._reader = self.new_reader(tr("Reading the project"))
        self._thumbnails = ThumbnailStore(self.path, self)
        self._jobs = JobList(self.path, self)
        self._jobs.added.connect(self.job_added)
        self._jobs.events.connect(self._on_job_events)
        self._jobs.ended.connect(self._on_job_ended)
        self._jobs.changed.connect(self.jobs_changed)
        self._take_over_edits()
        self.project_opened.emit()
        self._ask_counts()
        then, self._after_opening = self._after_opening, None
        if then is not None:
            then()

    def _on_refused(self, error: StudioError) -> None:
        path, then, is_new = self.path, self._after_opening, self._is_new
        was_read_only = self.read_only
        self.close()
        may_read = isinstance(error, LockedProject | WriteProtected)
        if may_read and path and not is_new and not was_read_only:
            self.open(path, read_only=True, then=then)
            why = error.why or error.what
            self.message.emit(tr("Opened for reading only. {why}").format(why=why))
            return
        self.failed.emit(error)
        self.project_closed.emit()

    def _on_changed(self, changes: Changes) -> None:
        if self.is_open and changes.kinds & {"images", "runs"}:
            self._ask_counts()

    def _ask_counts(self) -> None:
        def count(project: Project) -> Counts:
            images = project.images
            return Counts(
                images.count("ok"),
                images.count("bad"),
                images.count("missing"),
                len(project.runs.all()),
            )

        self.reader.ask("counts", count, self._show_counts)

    def _show_counts(self, counts: Counts) -> None:
        self.counts = counts
        if self.path is not None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self.preferences.remember(
                RecentProject(str(self.path), now, counts.images, counts.runs)
            )
        self.counts_changed.emit()

    # -- edits ---------------------------------------------------------------------------------

    def edit(self, text: str, edit: Edit) -> None:
        """Make an edit that can be undone. It is stored at once, off the window's thread."""
        if self.read_only:
            self.failed.emit(_read_only_error())
        elif self._editor is not None:
            self.undo_stack.push(EditCommand(text, edit, self._submit_edit))

    def write(
        self, write: Callable[[Project], Changes], then: Callable[[], None] | None = None
    ) -> None:
        """Make a change that is no edit of the user's analysis, such as renaming a run."""
        if self.read_only:
            self.failed.emit(_read_only_error())
        else:
            self._submit(then, write)

    def _submit_edit(self, edit: Edit) -> None:
        self._submit("edit", edit)

    def _submit(self, ticket: object, write: Callable[[Project], Changes]) -> None:
        if self._editor is not None:
            self._storing.append(self.errands.begin(tr("Storing a change")))
            self._editor.submit(ticket, write)

    def _on_edited(self, ticket: object, result: object, error: StudioError | None) -> None:
        if not self.is_open:
            return
        self.errands.end(self._storing.popleft(), error)
        if error is not None:
            if ticket == "edit":
                self.undo_stack.clear()
                self._take_over_edits()
            self.failed.emit(error)
        elif isinstance(result, Changes):
            if ticket == "edit" and not result.kinds:
                # It changed nothing, so the project kept no trace of it; nor may the stack.
                self.undo_stack.clear()
                self._take_over_edits()
            self.changed.emit(result)
        if error is None and callable(ticket):
            ticket()

    def _take_over_edits(self) -> None:
        """Fill the undo stack with the edits of earlier sessions."""

        def history(project: Project) -> list[tuple[str, bool]]:
            return [(edit.note, edit.done) for edit in project.edits.all()]

        self.reader.ask("edits", history, self._show_history)

    def _show_history(self, history: list[tuple[str, bool]]) -> None:
        if self.undo_stack.count():
            return
        self.undo_stack.blockSignals(True)
        for text, _done in history:
            self.undo_stack.push(EditCommand(text, None, lambda _edit: None))
        done = sum(is_done for _text, is_done in history)
        self.undo_stack.setIndex(done)
        for position in range(self.undo_stack.count()):
            command = self.undo_stack.command(position)
            if isinstance(command, EditCommand):
                command.submit_to(self._submit_edit)
        self.undo_stack.blockSignals(False)
        self.undo_stack.indexChanged.emit(done)

    # -- jobs ----------------------------------------------------------------------------------

    def run(self, job: Job, lane: str = "work") -> RunningJob | None:
        """Queue a job; None (and `failed`) where the project cannot be written."""
        if self.read_only:
            self.failed.emit(_read_only_error())
            return None
        return self.jobs.submit(job, lane)

    def job_of(self, *types: str) -> RunningJob | None:
        """The first active job whose class has one of these names."""
        if self._jobs is None:
            return None
        matching = (j for j in self._jobs.active if type(j.job).__name__ in types)
        return next(matching, None)

    def _is_ours(self, running: RunningJob) -> bool:
        """Whether a job belongs to the project that is open now."""
        return self._jobs is not None and running in self._jobs.jobs

    def _on_job_events(self, running: RunningJob, events: list[object]) -> None:
        if not self._is_ours(running):
            return
        kinds = frozenset(event.kind for event in events if isinstance(event, Artefact))
        self.job_events.emit(running, events)
        if kinds:
            self.changed.emit(Changes(kinds))

    def _on_job_ended(self, running: RunningJob) -> None:
        if not self._is_ours(running):
            return
        if running.error is not None:
            self.last_problem = running.cause
        self.job_ended.emit(running)
        self.thumbnails.retry_missing()
        self.changed.emit(EVERYTHING)

    def report_problem(self, error: object) -> None:
        """Show any exception in words."""
        self.last_problem = error
        self.failed.emit(in_words(error))


def _read_only_error() -> StudioError:
    return StudioError(
        tr("This project is open for reading only."),
        tr("Another program is writing to it, or the file may not be changed."),
        tr("Close the other program, then open the project again."),
    )
