"""What a derived thing has to say about its origin, beside its own settings."""

import platform
import time
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from ssl_studio import __version__

_PACKAGES = (
    "torch", "torchvision", "numpy", "faiss-cpu", "umap-learn", "openTSNE",
    "scikit-learn", "pillow",
)  # fmt: skip


@cache
def versions() -> dict[str, str]:
    """Versions of SSL Studio, Python and the packages that shape a result. Imports none of them."""
    found = {"ssl_studio": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def environment(**more: object) -> dict[str, object]:
    """Versions and machine, with whatever else belongs to this result."""
    return {"versions": versions(), "machine": platform.platform(terse=True), **more}


class Stopwatch:
    """Seconds since it was made, without those while it was paused."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._paused_at: float | None = None

    @property
    def seconds(self) -> float:
        """Wall-clock seconds so far."""
        now = time.monotonic() if self._paused_at is None else self._paused_at
        return now - self._start

    def pause(self) -> None:
        """Stand still."""
        if self._paused_at is None:
            self._paused_at = time.monotonic()

    def proceed(self) -> None:
        """Go on from where it stood."""
        if self._paused_at is not None:
            self._start += time.monotonic() - self._paused_at
            self._paused_at = None
