"""Thumbnails per second of camera-size JPEGs: the scan against a plain Pillow loop.

    python -m benchmarks.thumbnails [--photos N] [--megapixels M]

Both make 128-pixel thumbnails of the same files in the same run, in turns. The plain loop is what
one writes first: open, turn by EXIF, convert to RGB, shrink, save. Photos are synthetic, with the
spectrum (1/f) and the noise of real ones, so that their files are as large as a camera's.
"""

import argparse
import hashlib
import statistics
import tempfile
import time
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ssl_studio.events import Cancel, ignore
from ssl_studio.images.scan import scan_folder

_SIDE = 128


def draw_photos(folder: Path, count: int, megapixels: float) -> list[Path]:
    """Write `count` 4:3 JPEGs of photographic texture."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = height * 4 // 3
    paths = []
    for number in range(count):
        path = folder / f"photo-{number:03d}.jpg"
        _photo(width, height, np.random.default_rng(number)).save(path, quality=92)
        paths.append(path)
    return paths


def _photo(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(1, 10):
        cells = (4 * 2**octave, 3 * 2**octave)
        grain = (rng.random((cells[1], cells[0], 3)) * 255).astype(np.uint8)
        layer = Image.fromarray(grain).resize((width, height), Image.Resampling.BICUBIC)
        total += (np.asarray(layer, np.float32) - 128) * 1.6 / octave**1.5
    total += rng.normal(0, 3, total.shape).astype(np.float32)
    return Image.fromarray(np.clip(total + 118, 0, 255).astype(np.uint8))


def plain_loop(paths: list[Path], *, hashed: bool = False) -> int:
    """What one writes first; with `hashed` it also does the scan's other reading."""
    made = 0
    for path in paths:
        if hashed:
            hashlib.sha256(path.read_bytes()).hexdigest()
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
        image.thumbnail((_SIDE, _SIDE))
        image.save(BytesIO(), "JPEG", quality=85)
        made += 1
    return made


def scan(folder: Path, threads: int | None) -> int:
    """Rows with thumbnails, hashes and facts, as the application makes them."""
    passed = scan_folder(folder, {}, ignore, Cancel(), threads=threads, thumbnail_px=_SIDE)
    return sum(len(rows) for rows in passed)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = draw_photos(folder, options.photos, options.megapixels)
        size = sum(path.stat().st_size for path in paths) / len(paths) / 2**20
        ways = {
            "plain Pillow loop": lambda: plain_loop(paths),
            "plain loop and hash": lambda: plain_loop(paths, hashed=True),
            "scan, one thread": lambda: scan(folder, 1),
            "scan": lambda: scan(folder, None),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, work in ways.items():
                started = time.perf_counter()
                assert work() == len(paths)
                seconds[way].append(time.perf_counter() - started)
    print(f"{len(paths)} photos of {options.megapixels:g} megapixels, {size:.1f} MiB each, median")
    base = statistics.median(seconds["plain Pillow loop"])
    for way, times in seconds.items():
        median = statistics.median(times)
        print(f"{way:<22}{len(paths) / median:8.1f} pictures/s{base / median:8.2f} x")


if __name__ == "__main__":
    main()
