"""A cancel that tells when work begins to wait and when it goes on."""

import threading
from collections.abc import Callable

from ssl_studio.events import Cancel


class ToldCancel(Cancel):
    """Passes every question on to the asker's cancel, and tells of pauses.

    Threads: any may ask; `on_wait` and `on_proceed` are called only in the thread that made this,
    so that they may write to its project.
    """

    def __init__(
        self, asker: Cancel, on_wait: Callable[[], None], on_proceed: Callable[[], None]
    ) -> None:
        super().__init__()
        self._asker = asker
        self._on_wait, self._on_proceed = on_wait, on_proceed
        self._thread = threading.get_ident()

    @property
    def requested(self) -> bool:
        """Whether somebody asked to stop."""
        return self._asker.requested

    @property
    def paused(self) -> bool:
        """Whether somebody asked to wait."""
        return self._asker.paused

    def request(self) -> None:
        """Ask the worker to stop."""
        self._asker.request()

    def pause(self) -> None:
        """Ask the worker to wait."""
        self._asker.pause()

    def proceed(self) -> None:
        """Let a waiting worker go on."""
        self._asker.proceed()

    def check(self) -> None:
        """Wait while paused, then go on. Raises Cancelled once a stop was asked for."""
        if not self._asker.paused or threading.get_ident() != self._thread:
            self._asker.check()
            return
        self._on_wait()
        self._asker.check()
        self._on_proceed()
