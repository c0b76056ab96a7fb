"""What a derived thing has to say about its origin, beside its own settings."""

import platform
import time
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from ssl_studio import __version__

_PACKAGES = ("torch", "torchvision", "numpy", "faiss-cpu", "umap-learn", "scikit-learn", "pillow")


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
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Wall-clock seconds so far."""
        return time.monotonic() - self._start
