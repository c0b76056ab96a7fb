"""umap-learn in a process of its own, which stays for the next map.

Its compiled loops hold the interpreter, with 100,000 rows for a fifth of a second at a time, and
so long the window would stand still. Arrays travel as files in a folder; a line of JSON asks, and
lines of JSON tell how far it is. Run as a module, this file is the other side.
"""

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report

Floats = npt.NDArray[np.float32]

_LOOK_S = 0.1
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class UmapSettings:
    """`neighbours` count the point itself; `rate` scales the steps of the layout."""

    neighbours: int
    min_dist: float
    rate: float
    seed: int


def fit_umap(
    rows: Floats,
    positions: npt.NDArray[np.int32],
    distances: Floats,
    start: Floats | None,
    settings: UmapSettings,
    report: Report,
    cancel: Cancel,
) -> Floats:
    """Where UMAP places the rows, (N, 2); points that it loses are NaN.

    Args:
        rows: (N, D).
        positions, distances: (N, k), the k = `neighbours` nearest rows of each, itself first.
        start: (N, 2); None begins with the spectral layout.

    Raises AnalysisError where UMAP fails or its process ends, and Cancelled.
    """
    process = _borrow()
    try:
        with TemporaryDirectory(prefix="ssl-studio-map-") as folder:
            given = {"rows": rows, "positions": positions, "distances": distances, "start": start}
            for name, values in given.items():
                if values is not None:
                    np.save(Path(folder) / f"{name}.npy", values)
            process.ask(Path(folder), settings, report, cancel)
            placed = np.load(Path(folder) / "placed.npy")
    except BaseException:
        process.end()
        raise
    _give_back(process)
    return np.asarray(placed, np.float32)


class _Process:
    """The other side, seen from this one."""

    def __init__(self) -> None:
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "ssl_studio.analysis.umap_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            text=True,
        )

    @property
    def lives(self) -> bool:
        return self._popen.poll() is None

    def ask(self, folder: Path, settings: UmapSettings, report: Report, cancel: Cancel) -> None:
        """Have the arrays in `folder` laid out, to `placed.npy`; the process is spent if it fails.

        Its lines are read in a thread, since nothing may come for seconds and `cancel` is looked
        at all the while.
        """
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        question = json.dumps({"folder": str(folder), **asdict(settings)})
        try:
            print(question, file=self._popen.stdin, flush=True)
        except OSError as error:
            raise _ended() from error
        reader = threading.Thread(
            target=_read, args=(self._popen.stdout, lines), name="umap", daemon=True
        )
        reader.start()
        try:
            while not self._take(lines, report):
                cancel.check()
        except BaseException:
            self._popen.kill()
            raise
        finally:
            reader.join()

    def _take(self, lines: "queue.SimpleQueue[str]", report: Report) -> bool:
        """Whether the answer is complete after the next line, if one comes soon."""
        try:
            line = lines.get(timeout=_LOOK_S)
        except queue.Empty:
            return False
        if not line:
            raise _ended()
        told = json.loads(line)
        if "error" in told:
            raise AnalysisError(
                "UMAP could not lay out these images.", told["error"], "Use the PCA map."
            )
        if "total" in told:
            report(Progress(told["done"], told["total"], "Laying out the map"))
        return "placed" in told

    def end(self) -> None:
        """End it, whatever it does."""
        self._popen.kill()
        for stream in (self._popen.stdin, self._popen.stdout):
            if stream is not None:
                with suppress(OSError):  # what was not sent goes nowhere
                    stream.close()
        self._popen.wait()


def _read(stream: IO[str], lines: "queue.SimpleQueue[str]") -> None:
    """Pass lines on up to an answer's last one, or "" where the stream ends."""
    while True:
        line = stream.readline()
        lines.put(line)
        if not line or "total" not in json.loads(line):
            return


def _ended() -> AnalysisError:
    return AnalysisError(
        "The process that lays out the map has ended.",
        "Perhaps the computer's memory was used up.",
        "Close other programs and draw the map again, or use the PCA map.",
    )


_idle: list[_Process] = []


def _borrow() -> _Process:
    while _idle:
        process = _idle.pop()
        if process.lives:
            return process
        process.end()
    return _Process()


def _give_back(process: _Process) -> None:
    """Keep one: loading and compiling UMAP takes longer than a small map."""
    if _idle:
        process.end()
    else:
        _idle.append(process)


@atexit.register
def end_idle() -> None:
    """End the process that waits for the next map."""
    while _idle:
        _idle.pop().end()


# --- the other side -----------------------------------------------------------------------------


class _Teller:
    """UMAP tells of its progress through tqdm alone, and tqdm writes to a file: this one."""

    def write(self, text: str) -> int:
        """Pass on "done/total"."""
        done, slash, total = text.strip().partition("/")
        if slash and done.isdigit() and total.isdigit():
            _tell({"done": int(done), "total": int(total)})
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def _tell(words: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(words)}\n")
    sys.stdout.flush()


def _lay_out(folder: Path, settings: UmapSettings) -> None:
    from umap import UMAP

    start = folder / "start.npy"
    reducer = UMAP(
        n_neighbors=settings.neighbours,
        min_dist=settings.min_dist,
        n_components=2,
        metric="cosine",
        random_state=settings.seed,
        learning_rate=settings.rate,
        n_jobs=1,
        init=np.load(start) if start.exists() else "spectral",
        precomputed_knn=(np.load(folder / "positions.npy"), np.load(folder / "distances.npy")),
        tqdm_kwds={
            "file": _Teller(),
            "disable": False,
            "mininterval": 0.1,
            "bar_format": "{n_fmt}/{total_fmt}",
        },
    )
    np.save(folder / "placed.npy", reducer.fit_transform(np.load(folder / "rows.npy")))


def serve() -> None:
    """Answer until the input ends, which it does at the latest with the process that asks."""
    # Said at import and at fit: no tensorflow, no transform() without its own index, one thread
    # because of the seed, disconnected points. All are known and meant here.
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            _lay_out(Path(asked.pop("folder")), UmapSettings(**asked))
        except BrokenPipeError:  # nobody listens any more
            return
        except (Exception, MemoryError) as error:
            _tell({"error": f"{type(error).__name__}: {error}"})
        else:
            _tell({"placed": True})


if __name__ == "__main__":
    serve()
