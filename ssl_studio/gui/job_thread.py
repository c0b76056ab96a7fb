"""The thread that runs any one job."""

from collections import deque
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from ssl_studio.allocator import give_back
from ssl_studio.errors import Cancelled, StudioError
from ssl_studio.events import Cancel, Event, Report
from ssl_studio.gui.text import tr

DRAIN_MS = 33
"""At most thirty batches of events a second reach the window."""


class Job(Protocol):
    """What the window asks of a job."""

    @property
    def title(self) -> str:
        """A line for the user."""
        ...

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> object:
        """Do the work; see jobs/job.py."""
        ...


class Outcome(Enum):
    """How a job ended."""

    PENDING = auto()
    """It has not ended."""
    SUCCEEDED = auto()
    """It returned."""
    CANCELLED = auto()
    """The user stopped it."""
    FAILED = auto()
    """It raised."""


class JobThread(QThread):
    """Runs one job; hands its events to the window in batches, then says once how it ended.

    Signals come in the window's thread, in this order: `events` any number of times, then exactly
    one of `succeeded(result)`, `cancelled()`, `failed(error)`.
    """

    events = Signal(list)
    succeeded = Signal(object)
    cancelled = Signal()
    failed = Signal(object)

    def __init__(
        self, job: Job, project_path: Path, cancel: Cancel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.job = job
        self._project_path = project_path
        self._cancel = cancel
        self._events: deque[Event] = deque()
        self._outcome = Outcome.PENDING
        self._result: object = None
        self._timer = QTimer(self, interval=DRAIN_MS)
        self._timer.timeout.connect(self._drain)
        self.started.connect(self._timer.start)
        self.finished.connect(self._on_finished)

    def run(self) -> None:
        """Qt's entry: the only part that is not in the window's thread."""
        try:
            self._result = self.job.run(self._project_path, self._events.append, self._cancel)
            self._outcome = Outcome.SUCCEEDED
        except Cancelled:
            self._outcome = Outcome.CANCELLED
        except Exception as error:  # nothing may escape into Qt's thread; shown or logged later
            self._result = error
            self._outcome = Outcome.FAILED
        give_back()

    def _drain(self) -> None:
        batch = [self._events.popleft() for _ in range(len(self._events))]
        if batch:
            self.events.emit(batch)

    def _on_finished(self) -> None:
        self._timer.stop()
        self._drain()
        if self._outcome is Outcome.SUCCEEDED:
            self.succeeded.emit(self._result)
        elif self._outcome is Outcome.CANCELLED:
            self.cancelled.emit()
        else:
            self.failed.emit(self._result)


def in_words(error: object) -> StudioError:
    """Any exception as something that can be shown; a bug of ours says that it is one."""
    if isinstance(error, StudioError):
        return error
    if isinstance(error, MemoryError):
        return StudioError(
            tr("The memory of this computer is used up."),
            tr("Something asked for more than was free."),
            tr("Close other programs, or choose a smaller image size or batch."),
        )
    if isinstance(error, OSError):
        return StudioError(
            tr("The file system refused."),
            str(error),
            tr("Look whether the disk is full, still there, and yours to write to."),
        )
    return StudioError(
        tr("Something went wrong inside SSL Studio."),
        f"{type(error).__name__}: {error}",
        tr(
            "This is a mistake of the program; the project is as it was before. "
            "Help → Copy details takes what a bug report needs."
        ),
    )
