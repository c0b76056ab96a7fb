"""The contract of a job, in half a page.

A job is a frozen dataclass that has captured its inputs. It opens its own `Project`, works, and
returns a small record. It never sees Qt, a widget or a thread of the window.

* `report` takes `Progress`, `Metric`, `Artefact` and `Note`, from any thread below the job.
* `cancel.check()` is called at least every 100 ms of work; before a library call that cannot be
  interrupted the job reports `Progress(0, None, note)`.
* However a job ends, the project is consistent: what was reported as an `Artefact` is stored.
* It raises `StudioError` for all that a user can cause and `Cancelled` when asked to stop.
"""

from pathlib import Path
from typing import Protocol, TypeVar

from ssl_studio.events import Cancel, Report

R_co = TypeVar("R_co", covariant=True)


class Job(Protocol[R_co]):
    """A unit of long work."""

    @property
    def title(self) -> str:
        """What it does, as the status bar says it: “Scanning photos”."""
        ...

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> R_co:
        """Do the work on the project and return what came of it."""
        ...
