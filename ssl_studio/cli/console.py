"""What all commands share: running a job, showing its events, printing its result.

Results go to stdout, everything else to stderr, so that `--json` can be piped.
"""

import dataclasses
import json
import math
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from types import FrameType
from typing import TypeVar

import click

from ssl_studio.errors import StudioError
from ssl_studio.events import Artefact, Cancel, Event, Metric, Note, Progress, ignore
from ssl_studio.jobs.job import Job

R = TypeVar("R")

_REDRAW_S = 0.1
_BAR = 24
_WIDTH = 100


class ExitCode(IntEnum):
    """What a script can tell from the end of a command."""

    OK = 0
    """Done."""
    ERROR = 1
    """Something the user can mend; said on stderr."""
    USAGE = 2
    """A wrong option or argument."""
    FINDINGS = 3
    """`check` went through and found damage."""
    CANCELLED = 130
    """Stopped by Ctrl-C; what was done so far is kept."""


def run_job(job: Job[R], project: Path, *, quiet: bool = False) -> R:
    """Run a job with its events on stderr. Ctrl-C asks it to stop; a second one kills."""
    cancel = Cancel()
    with interruptible(cancel):
        if quiet:
            return job.run(project, ignore, cancel)
        printer = Printer(job.title)
        try:
            return job.run(project, printer.report, cancel)
        finally:
            printer.close()


@contextmanager
def interruptible(cancel: Cancel) -> Iterator[None]:
    """Turn the first Ctrl-C (or SIGTERM) into a request to stop, for the length of the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, _frame: FrameType | None) -> None:
        cancel.request()
        signal.signal(number, signal.SIG_DFL)
        click.echo("\nStopping; what is done is kept. Once more ends it at once.", err=True)

    before = {s: signal.signal(s, ask) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Printer:
    """Shows events: one line that redraws itself for a person, plain lines for a log.

    Threads: `report` may be called from any.
    """

    def __init__(self, title: str) -> None:
        self._alive = sys.stderr.isatty()
        self._lock = threading.Lock()
        self._drawn_at = 0.0
        self._width = 0
        self._figures = ""
        self._epoch = -1
        self._stage = ""
        click.echo(f"{title} …", err=True)

    def report(self, event: Event) -> None:
        """Show one event."""
        with self._lock:
            match event:
                case Progress():
                    self._progress(event)
                case Metric():
                    self._metric(event)
                case Note():
                    mark = {"info": " ", "warning": "!", "alarm": "!!"}[event.level]
                    self._line(f"{mark} " + event.text.replace("\n", "\n  "))
                case Artefact():
                    pass

    def close(self) -> None:
        """Wipe the live line."""
        with self._lock:
            self._wipe()

    def _progress(self, event: Progress) -> None:
        # In a log each kind of work is named once; notes with numbers in them are counters.
        counts = any(letter.isdigit() for letter in event.note)
        if not self._alive and event.note and event.note != self._stage and not counts:
            self._stage = event.note
            click.echo(f"  {event.note}", err=True)
        now = time.monotonic()
        last = event.total is not None and event.done >= event.total
        if not self._alive or (now - self._drawn_at < _REDRAW_S and not last):
            return
        self._drawn_at = now
        text = f"{_bar(event)} {event.note}"
        self._draw(f"{text}  {self._figures}" if self._figures else text)

    def _metric(self, event: Metric) -> None:
        shown = {n: v for n, v in event.values.items() if n in _SHOWN}
        if not shown:
            return
        self._figures = "  ".join(f"{_SHOWN[n]} {v:.3g}" for n, v in shown.items())
        due = int(event.epoch) != self._epoch or "knn_accuracy" in event.values
        if not self._alive and due:
            self._epoch = int(event.epoch)
            click.echo(f"  epoch {event.epoch:.2f}  step {event.step}  {self._figures}", err=True)

    def _draw(self, text: str) -> None:
        text = text[: _WIDTH - 1]
        click.echo("\r" + text.ljust(self._width), nl=False, err=True)
        self._width = len(text)

    def _line(self, text: str) -> None:
        self._wipe()
        click.echo(text, err=True)

    def _wipe(self) -> None:
        if self._width:
            click.echo("\r" + " " * self._width + "\r", nl=False, err=True)
            self._width = 0


_SHOWN = {
    "loss": "loss",
    "knn_accuracy": "kNN",
    "nmi": "NMI",
    "cluster_accuracy": "ACC",
}


def _bar(event: Progress) -> str:
    if not event.total:
        return f"{event.done:,}" if event.done else "…"
    share = min(1.0, event.done / event.total)
    full = round(share * _BAR)
    return f"[{'#' * full}{'.' * (_BAR - full)}] {share:4.0%}"


def print_error(error: StudioError) -> None:
    """What happened, why, and what to do, on stderr."""
    click.secho(f"Error: {error.what}", fg="red", err=True)
    if error.why:
        click.echo(f"  {error.why}", err=True)
    if error.remedy:
        click.echo(f"  → {error.remedy}", err=True)


def print_json(value: object) -> None:
    """One JSON document on stdout; figures that are not finite become null."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def plain(value: object) -> object:
    """Records, paths and numpy numbers as what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [plain(v) for v in value]
    return str(value)


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as their content; numbers to the right."""
    cells = [[_cell(v) for v in row] for row in rows]
    widths = [max([len(h), *(len(r[i]) for r in cells)]) for i, h in enumerate(headers)]
    right = [bool(rows) and all(_is_number(r[i]) for r in rows) for i in range(len(headers))]
    for line in [list(headers), *cells]:
        columns = zip(line, widths, right, strict=True)
        padded = (cell.rjust(w) if r else cell.ljust(w) for cell, w, r in columns)
        click.echo("  ".join(padded).rstrip())


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def duration(seconds: float) -> str:
    """A time span as a person says it."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 90:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{seconds / 3600:.1f} h"
