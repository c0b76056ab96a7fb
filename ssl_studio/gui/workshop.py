"""Questions that take a network to answer: a thread of its own, whose answers the page awaits."""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject

from ssl_studio.errors import StudioError
from ssl_studio.events import Cancel, Report
from ssl_studio.gui.errands import Errand, Errands, stopped
from ssl_studio.gui.reader import Reader
from ssl_studio.project.file import Project

T = TypeVar("T")
Failure = Callable[[StudioError], None]


class Workshop(QObject):
    """Like `Reader`; each question is an errand, with progress and a way to stop it.

    What a question loads it may keep for the next one: no other thread sees it.
    """

    def __init__(self, path: Path, errands: Errands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._errands = errands
        self._reader = Reader(path, self)
        self._newest: dict[Hashable, Errand] = {}

    def ask(
        self,
        key: Hashable,
        title: str,
        question: Callable[[Project, Report, Cancel], T],
        answer: Callable[[T], None],
        failure: Failure,
    ) -> None:
        """Ask; `answer` or `failure` is called in the window's thread unless asked anew."""
        before = self._newest.get(key)
        if before is not None:
            self._errands.overtake(before)
        errand = self._errands.begin(title, lambda: self._give_up(key, failure))
        self._newest[key] = errand

        def work(project: Project) -> T:
            errand.note_begun()
            return question(project, errand.report, errand.cancel)

        def end(error: StudioError | None) -> None:
            if self._newest.get(key) is errand:
                del self._newest[key]
            self._errands.end(errand, error)

        self._reader.ask(key, work, answer, failure, end)

    def close(self) -> None:
        """End the thread; no answer comes after this."""
        for errand in self._newest.values():
            errand.cancel.request()
        self._newest.clear()
        self._reader.close()

    def _give_up(self, key: Hashable, failure: Failure) -> None:
        self._reader.forget(key)
        failure(stopped())
