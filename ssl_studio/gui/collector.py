"""Reference cycles are collected in the window's thread only, and never for long.

Python collects them in whichever thread happens to allocate. A thread that trains would so destroy
widgets that a page has dropped, which Qt allows to the window's thread alone: the program crashes
some time later. And once torch is loaded a full collection visits half a million objects while
every other thread waits; those that stay anyway are taken out of its sight.
"""

import atexit
import gc
import sys
import time

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 500
FULL_EVERY_S = 30.0
MANY_MODULES = 100
"""So many new ones are a library's: its objects stay as long as the program."""


class Collector(QTimer):
    """Does the collecting from now on, in the thread that made it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent, interval=INTERVAL_MS)
        gc.disable()
        atexit.register(gc.unfreeze)  # or libraries complain that they were not cleaned up
        self._modules = 0
        self._forget_libraries()
        self._full_at = time.monotonic()
        self.timeout.connect(self.collect)
        self.start()

    def collect(self) -> None:
        """What Python would do by itself: young objects often, old ones rarely."""
        if len(sys.modules) > self._modules + MANY_MODULES:
            self._forget_libraries()
        young, middle, old = (
            count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if old and time.monotonic() - self._full_at > FULL_EVERY_S:
            gc.collect(2)
            self._full_at = time.monotonic()
        elif middle:
            gc.collect(1)
        elif young:
            gc.collect(0)

    def _forget_libraries(self) -> None:
        self._modules = len(sys.modules)
        gc.freeze()
