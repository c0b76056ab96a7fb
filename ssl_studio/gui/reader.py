"""Questions to the project, answered off the window's thread.

SQLite connections do not cross threads, and a query may have to wait for a writer; so the window
itself holds no project. It asks, and hears the answer a little later, or never, if it has asked
something newer under the same key in between.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from PySide6.QtCore import QObject, QThread, Signal

from ssl_studio.errors import StudioError
from ssl_studio.gui.job_thread import in_words
from ssl_studio.project.file import Project

T = TypeVar("T")
Ticket = tuple[Hashable, int]
Question = Callable[[Project], object]


class ProjectThread(QThread):
    """A thread with its own connection, working through questions one by one.

    Signals: `opened` or `refused(error)` once, then `answered(ticket, result, error)` for each
    question; a question that `wanted` no longer cares for is skipped and answered with None.
    """

    opened = Signal()
    refused = Signal(object)
    answered = Signal(object, object, object)

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool,
        create: bool = False,
        wanted: Callable[[object], bool] = lambda _ticket: True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._path = path
        self._read_only = read_only
        self._create = create
        self._wanted = wanted
        self._questions: deque[tuple[object, Question]] = deque()
        self._wake = threading.Condition()
        self._stopping = False

    def submit(self, ticket: object, question: Question) -> None:
        """Put a question at the end of the queue."""
        with self._wake:
            self._questions.append((ticket, question))
            self._wake.notify()

    def stop(self) -> None:
        """Finish the question at hand, forget the others, close the connection, end."""
        with self._wake:
            self._stopping = True
            self._questions.clear()
            self._wake.notify()
        self.wait()

    def finish(self) -> None:
        """Like `stop`, but answer all questions first: no edit is lost on closing."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self.wait()

    def run(self) -> None:
        """Qt's entry, in the new thread."""
        try:
            project = self._open()
        except Exception as error:
            self.refused.emit(in_words(error))
            return
        self.opened.emit()
        with project:
            while (task := self._next()) is not None:
                self._answer(project, *task)

    def _open(self) -> Project:
        if self._create:
            return Project.create(self._path)
        return Project.open(self._path, read_only=self._read_only)

    def _next(self) -> tuple[object, Question] | None:
        with self._wake:
            while not self._questions:
                if self._stopping:
                    return None
                self._wake.wait()
            return self._questions.popleft()

    def _answer(self, project: Project, ticket: object, question: Question) -> None:
        if not self._wanted(ticket):
            self.answered.emit(ticket, None, None)
            return
        try:
            self.answered.emit(ticket, question(project), None)
        except Exception as error:  # shown in words; a bug must not end the thread
            self.answered.emit(ticket, None, in_words(error))


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Who hears what comes of a question."""

    answer: Callable[[object], None]
    failure: Callable[[StudioError], None] | None
    end: Callable[[StudioError | None], None] | None


class Reader(QObject):
    """Asks in the background and drops late answers.

    Every question has a key (say, page and purpose). Only the newest question of a key is ever
    answered. Signals: `busy()` when the first of some questions is asked, `settled()` when none
    is left.
    """

    busy = Signal()
    settled = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: dict[Hashable, int] = {}
        self._waiting: dict[Ticket, _Waiting] = {}
        self._thread = ProjectThread(path, read_only=True, wanted=self._is_newest, parent=self)
        self._thread.answered.connect(self._on_answered)
        self._thread.start()

    @property
    def pending(self) -> int:
        """How many answers are still to come."""
        return len(self._waiting)

    def ask(
        self,
        key: Hashable,
        question: Callable[[Project], T],
        answer: Callable[[T], None],
        failure: Callable[[StudioError], None] | None = None,
        end: Callable[[StudioError | None], None] | None = None,
    ) -> None:
        """Ask; `answer` or `failure` is called in the window's thread unless asked anew.

        `end` is called in any case when the question is off the thread, before the answer.
        """
        generation = self._newest.get(key, 0) + 1
        self._newest[key] = generation
        ticket = (key, generation)
        is_first = not self._waiting
        self._waiting[ticket] = _Waiting(cast(Callable[[object], None], answer), failure, end)
        self._thread.submit(ticket, question)
        if is_first:
            self.busy.emit()

    def forget(self, key: Hashable) -> None:
        """Drop the answer that is still to come under this key."""
        self._newest[key] = self._newest.get(key, 0) + 1

    def close(self) -> None:
        """End the thread; no answer comes after this."""
        self._thread.answered.disconnect(self._on_answered)
        self._thread.stop()
        self._waiting.clear()

    def _is_newest(self, ticket: object) -> bool:
        key, generation = cast(Ticket, ticket)
        return self._newest.get(key) == generation

    def _on_answered(self, ticket: Ticket, result: object, error: StudioError | None) -> None:
        waiting = self._waiting.pop(ticket, None)
        if waiting is None:  # the signal was on its way when the reader was closed
            return
        if waiting.end is not None:
            waiting.end(error)
        if self._is_newest(ticket):
            if error is None:
                waiting.answer(result)
            elif waiting.failure is not None:
                waiting.failure(error)
        if not self._waiting:
            self.settled.emit()
