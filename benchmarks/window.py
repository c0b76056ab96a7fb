"""What the window costs: start, opening large projects, first pictures, lateness, memory.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.window [PART ...] [--images N] [--rounds R]

Parts, all if none is named:
    start       seconds from starting the program until the window has painted, without torch
    open        seconds until a project with --images images shows its first pictures, and memory
    folder      seconds from choosing a folder with --files files to the first thumbnails
    lateness    how late the window's thread is while training, embedding, UMAP and export run

Projects and folders are synthetic and lie in a temporary folder, or in --place, where a later call
finds them ready. Each measurement runs in a process of its own. Lateness is what a 5 ms timer of
the window's thread is late by.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ssl_studio.gui.main_window import MainWindow
    from ssl_studio.project.records import ScannedImage

PARTS = ("start", "open", "folder", "lateness")
BARS = {
    "window painted, s": 1.0,
    "project open, s": 2.0,
    "memory, MB": 1000.0,
    "first thumbnails, s": 2.0,
    "lateness p99, ms": 20.0,
}
DISTINCT = 512
BATCH = 5_000
BEAT_MS = 5
POLL_MS = 5


# -- making ------------------------------------------------------------------------------------


def jpegs(count: int, side_px: int = 128) -> list[bytes]:
    """Distinct small pictures as JPEG."""
    from PIL import Image

    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        grain = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        buffer = io.BytesIO()
        grain.resize((side_px, side_px), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=85)
        made.append(buffer.getvalue())
    return made


def make_project(path: Path, images: int) -> None:
    """A project with so many images, each with a thumbnail and one of 200 labels."""
    if path.exists():
        return
    from ssl_studio.project.file import Project

    pictures = jpegs(DISTINCT)
    folder = path.parent / "pictures"
    folder.mkdir(exist_ok=True)
    draft = path.with_suffix(".draft")
    with Project.create(draft, overwrite=True) as project:
        root = project.images.add_root(folder)
        for start in range(0, images, BATCH):
            rows = [
                _row(n, pictures[n % DISTINCT]) for n in range(start, min(images, start + BATCH))
            ]
            labels = {row.path: (row.path.partition("/")[0], "train") for row in rows}
            project.images.upsert(root, rows, labels)
    draft.rename(path)


def _row(number: int, jpeg: bytes) -> "ScannedImage":
    from ssl_studio.project.records import ScannedImage

    name = f"class{number % 200:03d}/image-{number:07d}.jpg"
    return ScannedImage(
        name, 40_000 + number, 1_700_000_000_000_000_000 + number, f"{number:064x}", 640, 480,
        "RGB", "JPEG", thumbnail=jpeg, thumbnail_width=128, thumbnail_height=128,
    )  # fmt: skip


def make_folder(folder: Path, files: int) -> None:
    """So many small JPEG files in folders of a thousand. Every file has content of its own."""
    if folder.exists():
        return
    pictures = jpegs(DISTINCT, 96)
    draft = folder.with_suffix(".draft")
    for number in range(files):
        place = draft / f"{number // 1000:03d}"
        if number % 1000 == 0:
            place.mkdir(parents=True)
        # A comment behind the end of the picture makes every file another one.
        content = pictures[number % DISTINCT] + number.to_bytes(4, "big")
        (place / f"{number:06d}.jpg").write_bytes(content)
    draft.rename(folder)


# -- measuring, each in a process of its own ---------------------------------------------------


def measure_start() -> dict[str, float]:
    """The program as a user starts it; `BEGAN` is when its parent started this interpreter."""
    from ssl_studio import __main__ as program
    from ssl_studio.gui import app

    found = {}
    show = app.MainWindow.show

    def painted(window: "MainWindow") -> None:
        window.grab()
        found["window painted, s"] = time.time() - float(os.environ["BEGAN"])
        found["processor time, s"] = time.process_time()
        found["torch imported"] = float("torch" in sys.modules)
        window.close()

    def shown(window: "MainWindow") -> None:
        from PySide6.QtCore import QTimer

        show(window)
        QTimer.singleShot(0, window, lambda: painted(window))

    app.MainWindow.show = shown
    sys.argv = ["ssl-studio"]
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(SystemExit):
        os.environ["XDG_CONFIG_HOME"] = folder
        program.main()
    return found


def measure_open(path: Path) -> dict[str, float]:
    """Until the Images page shows pictures, and the memory it takes then."""
    import psutil

    with _Window() as window:
        began = time.perf_counter()
        window.studio.open(path, read_only=True)
        window.until(lambda: window.studio.is_open and len(window.shown_ids()) > 0)
        listed = time.perf_counter() - began
        window.until(lambda: window.has_picture())
        seconds = time.perf_counter() - began
        window.until(lambda: window.studio.is_settled)
        memory = psutil.Process().memory_info().rss / 1e6
    return {"listed, s": listed, "project open, s": seconds, "memory, MB": memory}


def measure_folder(folder: Path, path: Path) -> dict[str, float]:
    """From choosing a folder to the first thumbnails on the screen, scanned from nothing."""
    with _Window() as window:
        began = time.perf_counter()
        window.make_project(path, folder)
        window.until(lambda: window.studio.is_open and window.has_picture())
        return {"first thumbnails, s": time.perf_counter() - began}


def measure_lateness(path: Path) -> dict[str, float]:
    """How late the window's thread is during each kind of work, in ms."""
    from ssl_studio.jobs.embed import EmbedJob
    from ssl_studio.jobs.export import ExportFeaturesJob
    from ssl_studio.jobs.map import MapJob
    from ssl_studio.jobs.new_run import NewRunJob
    from ssl_studio.jobs.train import TrainJob

    found: dict[str, float] = {}
    with _Window() as window:
        window.studio.open(path)
        window.until(lambda: window.studio.is_open and window.studio.is_settled)
        plan = {"backbone": "light", "epochs": 2, "batch_size": 64, "image_size": 32}
        run = window.finish(NewRunJob("simclr", plan, {}, "lateness"))
        run_id = int(run.run_id)  # type: ignore[attr-defined]
        found |= window.lateness_of("training", TrainJob(run_id))
        found |= window.lateness_of("embedding", EmbedJob(run_id))
        features = window.feature_set(run_id)
        found |= window.lateness_of("UMAP", MapJob(features, "umap"))
        target = path.parent / "features"
        found |= window.lateness_of("export", ExportFeaturesJob(features, target))
    return found


class _Window:
    """The real window with its own preferences, driven by hand."""

    def __enter__(self) -> "_Window":
        from ssl_studio.gui import theme
        from ssl_studio.gui.app import create_app
        from ssl_studio.gui.main_window import MainWindow
        from ssl_studio.gui.studio import Studio

        self.app = create_app(["window"])
        self.studio = Studio(_preferences())
        theme.apply(self.app, theme.ThemeChoice.LIGHT)
        self.window = MainWindow(self.studio)
        self.window.show()
        return self

    def __exit__(self, *_error: object) -> None:
        self.window.close_now()
        self.studio.shut_down()

    def until(self, is_done: Callable[[], bool], patience_s: float = 600) -> None:
        """Run the event loop until something is true; it sleeps when there is nothing to do."""
        from PySide6.QtCore import QEventLoop, QTimer

        deadline = time.perf_counter() + patience_s
        loop, timer = QEventLoop(), QTimer(interval=POLL_MS)

        def look() -> None:
            if is_done() or time.perf_counter() > deadline:
                loop.quit()

        timer.timeout.connect(look)
        timer.start()
        loop.exec()
        if not is_done():
            raise TimeoutError

    def shown_ids(self) -> object:
        """What the Images page lists."""
        return self.window.pages["images"].shown_ids()

    def has_picture(self) -> bool:
        """Whether the first image on the page has its thumbnail."""
        ids = self.window.pages["images"].shown_ids()
        return bool(len(ids)) and self.studio.thumbnails.kept(int(ids[0])) is not None

    def make_project(self, path: Path, folder: Path) -> None:
        """What choosing a folder does."""
        self.window.commander.make_project(path, [folder])

    def finish(self, job: object) -> object:
        """Run a job to its end; gives its result."""
        running = self.studio.run(job)  # type: ignore[arg-type]
        assert running is not None
        self.until(lambda: running.is_ended)
        if running.error is not None:
            raise running.error
        return running.result

    def feature_set(self, run_id: int) -> int:
        """The newest feature set of a run."""
        from ssl_studio.project.file import Project

        assert self.studio.path is not None
        with Project.open(self.studio.path, read_only=True) as project:
            return max(features.id for features in project.features.all(run_id))

    def lateness_of(self, name: str, job: object) -> dict[str, float]:
        """Median and 99th percentile of what a timer of the window's thread is late by."""
        from PySide6.QtCore import Qt, QTimer

        beats: list[float] = []
        timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda: beats.append(time.perf_counter()))
        timer.start()
        self.finish(job)
        timer.stop()
        late_ms = np.maximum(0, np.diff(beats) * 1000 - BEAT_MS)
        return {
            f"{name}: lateness p50, ms": float(np.percentile(late_ms, 50)),
            f"{name}: lateness p99, ms": float(np.percentile(late_ms, 99)),
            f"{name}: most, ms": float(late_ms.max()),
        }


def _preferences() -> object:
    from ssl_studio.gui.preferences import Preferences

    made = Preferences()
    made.use_file(str(Path(tempfile.mkdtemp()) / "window.ini"))
    return made


# -- telling -----------------------------------------------------------------------------------


def in_own_process(call: str, *arguments: Path) -> dict[str, float]:
    """What `measure_<call>` gives in a fresh interpreter.

    Modules are compiled before, as installing the program does.
    """
    code = (
        "import json, sys; from pathlib import Path; from benchmarks import window;"
        f"found = window.measure_{call}(*map(Path, sys.argv[1:]));"
        "sys.stdout.write('RESULT ' + json.dumps(found))"
    )
    bytecode = str(Path(tempfile.gettempdir()) / "window-benchmark-bytecode")
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    compiling = (
        "import ssl_studio.__main__, ssl_studio.gui.app, ssl_studio.gui.pages as p; p.pages()"
    )
    subprocess.run([sys.executable, "-c", compiling], env=environment, check=True)
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**environment, "BEGAN": str(time.time())},
        capture_output=True,
        text=True,
        check=False,
    )
    if "RESULT " not in done.stdout:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, float] = json.loads(done.stdout.rpartition("RESULT ")[2])
    return found


def tell(title: str, rounds: list[dict[str, float]]) -> None:
    """A line for each figure: median, best and worst of the rounds, and the bar."""
    print(f"\n{title}")
    for name in rounds[0]:
        values = [found[name] for found in rounds]
        bar = next((limit for end, limit in BARS.items() if name.endswith(end)), None)
        verdict = "" if bar is None else f"   bar {bar:g}: {_verdict(values, bar)}"
        spread = f"[{min(values):.2f}, {max(values):.2f}]" if len(values) > 1 else ""
        print(f"  {name:<28} {statistics.median(values):10.2f} {spread}{verdict}")


def _verdict(values: list[float], bar: float) -> str:
    return "met" if statistics.median(values) < bar else "MISSED"


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all if left out")
    parser.add_argument("--images", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--trained", type=int, default=2_000, help="images while training")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--place", type=Path, help="keep what is made, and find it again, here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="window-benchmark-") as passing:
        place = asked.place or Path(passing)
        place.mkdir(parents=True, exist_ok=True)
        for part in asked.parts or PARTS:
            _PARTS[part](place, asked)


def _start(_place: Path, asked: argparse.Namespace) -> None:
    tell("Start", [in_own_process("start") for _ in range(asked.rounds)])


def _open(place: Path, asked: argparse.Namespace) -> None:
    for images in asked.images:
        path = place / f"{images}.sslstudio"
        make_project(path, images)
        found = [in_own_process("open", path) for _ in range(asked.rounds)]
        tell(f"Project with {images:,} images ({path.stat().st_size / 1e6:,.0f} MB)", found)


def _folder(place: Path, asked: argparse.Namespace) -> None:
    folder = place / f"folder-{asked.files}"
    make_folder(folder, asked.files)
    with tempfile.TemporaryDirectory(dir=place) as fresh:
        paths = [Path(fresh) / f"new{n}.sslstudio" for n in range(asked.rounds)]
        found = [in_own_process("folder", folder, path) for path in paths]
    tell(f"Folder with {asked.files:,} files", found)


def _lateness(place: Path, asked: argparse.Namespace) -> None:
    from ssl_studio.events import Cancel, ignore
    from ssl_studio.jobs.scan import ScanJob
    from ssl_studio.project.file import Project

    folder = place / f"trained-{asked.trained}"
    make_folder(folder, asked.trained)
    with tempfile.TemporaryDirectory(dir=place) as fresh:
        path = Path(fresh) / "trained.sslstudio"
        Project.create(path).close()
        ScanJob(folder).run(path, ignore, Cancel())
        tell(f"Work on {asked.trained:,} images", [in_own_process("lateness", path)])


_PARTS = {"start": _start, "open": _open, "folder": _folder, "lateness": _lateness}

if __name__ == "__main__":
    main()
