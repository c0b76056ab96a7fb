"""Leaving a project while work is going on: ask, stop, wait without blocking, then go on."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import dialogs
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.veil import Veil


class Leaving(QObject):
    """One departure at a time."""

    def __init__(self, studio: Studio, window: QWidget, veil: Veil) -> None:
        super().__init__(window)
        self._studio, self._window, self._veil = studio, window, veil
        self._then: Callable[[], object] | None = None
        studio.jobs_changed.connect(self._look)
        studio.project_closed.connect(self._look)

    @property
    def is_under_way(self) -> bool:
        """Whether jobs have been asked to stop, and are still saving what they did."""
        return self._then is not None

    def leave(self, then: Callable[[], object]) -> None:
        """Do `then` at once if nothing is going on; else when the user agrees and all is saved."""
        if self.is_under_way:
            return
        if not self._studio.is_open or not self._studio.jobs.active:
            then()
            return
        titles = [running.title for running in self._studio.jobs.active]
        dialogs.ask_close_during_jobs(self._window, titles, lambda: self._stop(then))

    def _stop(self, then: Callable[[], object]) -> None:
        self._then = then
        active = self._studio.jobs.active if self._studio.is_open else []
        self._veil.tell(
            "clock",
            tr("Saving what was done so far …"),
            "  ·  ".join(running.title for running in active),
            blocks=True,
        )
        for running in reversed(active):  # those that wait first, so that none of them starts
            running.stop()
        self._look()

    def _look(self) -> None:
        if self._then is None or (self._studio.is_open and self._studio.jobs.active):
            return
        then, self._then = self._then, None
        self._veil.hide()
        # Not from inside the signal of a job that is just telling its end.
        QTimer.singleShot(0, self, then)
