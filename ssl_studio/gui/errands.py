"""Work that stores nothing: questions to a network, previews, estimates, slow reading.

No page waits for an errand as for a job, and most end before anybody could read what they are. The
activity list shows those that take longer, and those that fail.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from ssl_studio.errors import StudioError
from ssl_studio.events import Event
from ssl_studio.gui.text import tr
from ssl_studio.gui.work import JobState, Work

LISTED_AFTER_S = 0.5
TICK_MS = 100


class Errand(Work):
    """One errand; only `Errands` makes them.

    Threads: `report`, `note_begun` and `cancel` may be used from any thread.
    """

    def __init__(
        self, title: str, on_stop: Callable[[], object] | None, parent: QObject | None = None
    ) -> None:
        super().__init__(title, parent)
        self.can_stop = on_stop is not None
        self.asked_at = time.monotonic()
        self._on_stop = on_stop
        self._has_begun = False
        self._events: deque[Event] = deque()

    def note_begun(self) -> None:
        """It is no longer waiting for others."""
        self._note_start()
        self._has_begun = True

    def report(self, event: Event) -> None:
        """Take what the work says of itself."""
        self._events.append(event)

    def report_all(self, events: Sequence[Event]) -> None:
        """The same for several."""
        self._events.extend(events)

    def stop(self) -> None:
        """Give it up; who asked hears at once that it was stopped."""
        if self._on_stop is None or self.is_ended or self.cancel.requested:
            return
        self.cancel.request()
        self._go_to(JobState.STOPPING)
        self._on_stop()

    def look(self) -> None:
        """Take over what the other thread has said."""
        while self._events:
            self._take(self._events.popleft())
        if self._has_begun and self.state is JobState.WAITING:
            self.state = JobState.RUNNING
        self.changed.emit()

    def end(self, error: StudioError | None) -> None:
        """It is through: stopped, failed or done."""
        self.look()
        if self.cancel.requested:
            self._end(JobState.CANCELLED)
        elif error is not None:
            self.error = self.cause = error
            self._end(JobState.FAILED)
        else:
            self._end(JobState.SUCCEEDED)


class Errands(QObject):
    """All errands under way, and of those that ended the last listed one of each title.

    Signals: `listed(errand)` when one has taken long enough to be worth a line, or failed;
    `dropped(errand)` when its line has to go; `changed()`.
    """

    listed = Signal(object)
    dropped = Signal(object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.active: list[Errand] = []
        self.shown: list[Errand] = []
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._look)

    def begin(self, title: str, on_stop: Callable[[], object] | None = None) -> Errand:
        """Something begins. `on_stop` is called when the user gives it up.

        Without it nobody can, and its line goes as soon as it is done.
        """
        errand = Errand(title, on_stop, self)
        self.active.append(errand)
        if not self._timer.isActive():
            self._timer.start()
        return errand

    def end(self, errand: Errand, error: StudioError | None = None) -> None:
        """Something is through."""
        if errand not in self.active:
            return
        self.active.remove(errand)
        errand.end(error)
        if errand.state is JobState.FAILED:
            self._list(errand)
        elif errand not in self.shown or not errand.can_stop:
            self._drop(errand)
        if not self.active:
            self._timer.stop()
        self.changed.emit()

    def overtake(self, errand: Errand) -> None:
        """A newer one makes this one void: it is given up and leaves no line."""
        errand.cancel.request()
        self._drop(errand)

    def clear(self) -> None:
        """The project is going: give up all, and forget them."""
        self._timer.stop()
        for errand in (*self.active, *self.shown):
            errand.cancel.request()
            errand.deleteLater()
        self.active.clear()
        self.shown.clear()
        self.changed.emit()

    @property
    def listed_active(self) -> list[Errand]:
        """Those that have a line and are not through."""
        return [errand for errand in self.shown if not errand.is_ended]

    def _look(self) -> None:
        now = time.monotonic()
        for errand in self.active:
            if errand in self.shown:
                errand.look()
            elif now - errand.asked_at >= LISTED_AFTER_S and not errand.cancel.requested:
                errand.look()
                self._list(errand)
        if self.listed_active:
            self.changed.emit()

    def _list(self, errand: Errand) -> None:
        if errand in self.shown:
            return
        for older in [one for one in self.shown if one.title == errand.title and one.is_ended]:
            self._drop(older)
        self.shown.append(errand)
        self.listed.emit(errand)

    def _drop(self, errand: Errand) -> None:
        if errand in self.shown:
            self.shown.remove(errand)
            self.dropped.emit(errand)
        if errand.is_ended:
            errand.deleteLater()


def stopped() -> StudioError:
    """What is said where an answer would have come."""
    return StudioError(tr("This was stopped."), "", tr("Try again when you want to see it."))
