"""What a job says while it works, and how it is asked to stop.

The events are frozen records, safe to hand from any thread to any other.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ssl_studio.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come: `done` of `total` units; `total` is None while unknown.

    Units that nobody would count, thousandths of several pieces of work, say, `are_shares`.
    """

    done: int
    total: int | None
    note: str = ""
    are_shares: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """Named figures of a run at one optimiser step (`epoch` may be fractional)."""

    step: int
    epoch: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Artefact:
    """Something new is in the project: its kind (a table's name) and the row's id."""

    kind: str
    id: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for the user; `alarm` asks for attention now."""

    level: Literal["info", "warning", "alarm"]
    text: str


Event = Progress | Metric | Artefact | Note
Report = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Report to nobody."""


class Cancel:
    """A request to stop or to wait, shared by the asker and the worker.

    Threads: every method may be called from any thread.
    """

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._going = threading.Event()
        self._going.set()

    @property
    def requested(self) -> bool:
        """Whether somebody asked to stop."""
        return self._requested.is_set()

    @property
    def paused(self) -> bool:
        """Whether somebody asked to wait."""
        return not self._going.is_set()

    def request(self) -> None:
        """Ask the worker to stop at its next check, paused or not."""
        self._requested.set()
        self._going.set()

    def pause(self) -> None:
        """Ask the worker to wait at its next check."""
        if not self.requested:
            self._going.clear()

    def proceed(self) -> None:
        """Let a waiting worker go on."""
        self._going.set()

    def check(self) -> None:
        """Wait while paused, then go on. Raises Cancelled once a stop was asked for."""
        self._going.wait()
        if self._requested.is_set():
            raise Cancelled
