"""How smoothly the grid of the Images page scrolls, and how soon every tile has its picture.

    python -m benchmarks.grid [--images N] [--width W --height H] [--tile PX] [--project FILE]

A project of N images with a thumbnail of photographic texture each is made (or taken from FILE),
opened in the real page, and scrolled by the wheel: slowly, fast, and by jumps of the scroll bar. A
frame is one pass of the event loop with the repaint that the scrolling caused; the target is a
99th percentile under 33 ms. After each scroll stops, the time until no tile in view is blank is
taken; the target is 200 ms. Qt draws in software, without a display. Beside the time on the
clock stands the processor time of the window's thread, which other programs do not lengthen.
"""

import argparse
import os
import tempfile
import time
from io import BytesIO
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication

from ssl_studio.gui.app import create_app
from ssl_studio.gui.pages.images import ImagesPage
from ssl_studio.gui.preferences import Preferences
from ssl_studio.gui.studio import Studio
from ssl_studio.project.file import Project
from ssl_studio.project.records import ScannedImage

DIFFERENT = 400  # thumbnails; each is stored many times under other names
FRAME_S = 1 / 60
PATIENCE_S = 5.0


def make_project(path: Path, images: int) -> None:
    """A project with that many rows; no files, as nothing here reads them."""
    rng = np.random.default_rng(0)
    jpegs = [_thumbnail(rng) for _ in range(DIFFERENT)]
    folder = path.parent / "pictures"
    folder.mkdir(exist_ok=True)
    with Project.create(path) as project:
        root = project.images.add_root(folder)
        for start in range(0, images, 5000):
            rows = [
                ScannedImage(
                    f"class{i % 100:02d}/image-{i:07d}.jpg", 50_000 + i, 10**18 + i, f"{i:064x}",
                    640, 480, "RGB", "JPEG", None, None, None, jpegs[i % DIFFERENT], 128, 96,
                )
                for i in range(start, min(images, start + 5000))
            ]  # fmt: skip
            project.images.upsert(root, rows)


def _thumbnail(rng: np.random.Generator) -> bytes:
    total = np.zeros((96, 128, 3), np.float32)
    for octave in range(1, 6):
        grain = rng.integers(0, 256, (3 * 2**octave // 2, 2 * 2**octave, 3)).astype(np.uint8)
        layer = Image.fromarray(grain).resize((128, 96), Image.Resampling.BICUBIC)
        total += (np.asarray(layer, np.float32) - 128) / octave
    buffer = BytesIO()
    Image.fromarray(np.clip(total + 128, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def pump(seconds: float = 0.0) -> None:
    """Let the window work for so long, at least once."""
    end = time.perf_counter() + seconds
    while True:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        if time.perf_counter() >= end:
            return


def scroll(page: ImagesPage, steps: int, step_px: int) -> list[tuple[float, float]]:
    """Seconds of each frame, on the clock and of the thread; sixty steps a second are tried."""
    bar = page.grid.verticalScrollBar()
    frames = []
    for _ in range(steps):
        started, thread_started = time.perf_counter(), time.thread_time()
        bar.setValue((bar.value() + step_px) % max(1, bar.maximum()))
        pump()
        took = time.perf_counter() - started
        frames.append((took, time.thread_time() - thread_started))
        pump(max(0.0, FRAME_S - took))
    return frames


def blank_tiles(page: ImagesPage, studio: Studio) -> int:
    """Tiles in view without their picture."""
    ids = page.grid.images.ids
    return sum(studio.thumbnails.kept(int(ids[row])) is None for row in page.grid.visible_rows())


def settle(page: ImagesPage, studio: Studio) -> float:
    """Seconds from now until no tile in view is blank."""
    started = time.perf_counter()
    while blank_tiles(page, studio) and time.perf_counter() - started < PATIENCE_S:
        pump()
        time.sleep(0.001)
    return time.perf_counter() - started


def open_page(path: Path, width: int, height: int, tile_px: int) -> tuple[Studio, ImagesPage]:
    """The page on the project, complete."""
    preferences = Preferences()
    preferences.use_file(str(path.with_suffix(".ini")))
    studio = Studio(preferences)
    page = ImagesPage(studio)
    page.resize(width, height)
    page.grid.set_tile_width(tile_px)
    page.show()
    started = time.perf_counter()
    studio.open(path)
    while not len(page.shown_ids()):
        pump()
        time.sleep(0.001)
    print(f"{'first images shown':<26}{1000 * (time.perf_counter() - started):9.0f} ms")
    settle(page, studio)
    print(f"{'all in view shown':<26}{1000 * (time.perf_counter() - started):9.0f} ms")
    while not studio.is_settled:
        pump()
        time.sleep(0.002)
    return studio, page


def measure(page: ImagesPage, studio: Studio) -> None:
    """Print frames and settling times of each way to scroll."""
    bar = page.grid.verticalScrollBar()
    ways = {"slowly": (240, 24), "fast": (240, 400), "very fast": (120, 6000)}
    print(f"{'way':<12}{'frames':>7}{'median':>9}{'p99':>9}{'worst':>9}{'CPU p99':>9}   ms")
    for name, (steps, step_px) in ways.items():
        frames = np.array(scroll(page, steps, step_px)) * 1000
        clock, thread = frames[:, 0], frames[:, 1]
        figures = (
            np.median(clock), np.percentile(clock, 99), clock.max(), np.percentile(thread, 99)
        )  # fmt: skip
        print(f"{name:<12}{steps:>7}" + "".join(f"{figure:9.1f}" for figure in figures))
        print(f"{'':<12}no blank tile after {1000 * settle(page, studio):.0f} ms")
    waits = []
    rng = np.random.default_rng(1)
    for place in rng.integers(0, max(1, bar.maximum()), 20).tolist():
        bar.setValue(place)
        waits.append(1000 * settle(page, studio))
    print(
        f"20 jumps: no blank tile after {np.median(waits):.0f} ms in the median,"
        f" {max(waits):.0f} ms at worst; {len(page.grid.visible_rows())} tiles in view"
    )


def main() -> None:
    """Make, open, scroll, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--tile", type=int, default=112)
    parser.add_argument("--project", type=Path)
    options = parser.parse_args()
    app = create_app()
    assert isinstance(app, QApplication)
    with tempfile.TemporaryDirectory() as name:
        path = options.project or Path(name) / "grid.sslstudio"
        if not path.exists():
            make_project(path, options.images)
        studio, page = open_page(path, options.width, options.height, options.tile)
        print(f"{len(page.shown_ids()):,} images, {options.width} x {options.height} px")
        measure(page, studio)
        print(f"memory of the process: {psutil.Process().memory_info().rss / 2**20:.0f} MiB")
        page.close()
        studio.shut_down()


if __name__ == "__main__":
    main()
