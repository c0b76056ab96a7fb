"""Questions that take a job to answer: previews and estimates, which store nothing.

They are errands, not jobs: nobody waits for them, a newer one makes an older one void, and no page
has to look at the project again when they end.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from ssl_studio.errors import StudioError
from ssl_studio.gui.errands import Errand, stopped
from ssl_studio.gui.job_thread import Job, JobThread, in_words
from ssl_studio.gui.studio import Studio


class SideJob(QObject):
    """Runs one job at a time beside everything else; only the newest is ever answered.

    Signals: `changed()` when it begins or ends to be busy.
    """

    changed = Signal()

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._thread: JobThread | None = None
        self._errand: Errand | None = None
        self._next: Callable[[], None] | None = None
        studio.project_closing.connect(self.close)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._thread is not None or self._next is not None

    def ask(
        self,
        job: Job,
        answer: Callable[[object], None],
        failure: Callable[[StudioError], None],
    ) -> None:
        """Run a job; what is under way is cancelled first and never answered."""
        self._next = lambda: self._start(job, answer, failure)
        if self._errand is not None:
            self._studio.errands.overtake(self._errand)
        else:
            self._go_on()

    def stop(self) -> None:
        """Give up: no answer comes."""
        self._next = None
        if self._errand is not None:
            self._studio.errands.overtake(self._errand)

    def close(self) -> None:
        """Give up and wait for the thread to end."""
        self.stop()
        thread = self._thread
        if thread is not None:
            thread.wait()
            self._forget(thread)

    def _start(
        self, job: Job, answer: Callable[[object], None], failure: Callable[[StudioError], None]
    ) -> None:
        if not self._studio.is_open or self._studio.path is None:
            return
        errand = self._studio.errands.begin(job.title, lambda: failure(stopped()))
        # Not a child of this object, which may go first: Qt would then destroy the thread twice.
        thread = JobThread(job, self._studio.path, errand.cancel, self._studio)
        self._errand, self._thread = errand, thread
        thread.events.connect(errand.report_all)
        thread.succeeded.connect(lambda found: self._end(thread, lambda: answer(found)))
        thread.failed.connect(
            lambda error: self._end(thread, lambda: failure(in_words(error)), in_words(error))
        )
        thread.cancelled.connect(lambda: self._end(thread, lambda: None))
        errand.note_begun()
        thread.start()

    def _end(
        self, thread: JobThread, tell: Callable[[], None], error: StudioError | None = None
    ) -> None:
        if thread is not self._thread or self._errand is None:
            return
        is_void = self._errand.cancel.requested
        self._forget(thread, error)
        if not is_void:
            tell()
        self._go_on()

    def _forget(self, thread: JobThread, error: StudioError | None = None) -> None:
        if self._errand is not None:
            self._studio.errands.end(self._errand, error)
        self._errand = self._thread = None
        thread.deleteLater()

    def _go_on(self) -> None:
        start, self._next = self._next, None
        if start is not None:
            start()
        self.changed.emit()
