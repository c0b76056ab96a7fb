"""Files per second from a folder into a project: rows, hashes, full decode and thumbnails.

    python -m benchmarks.scan FOLDER [--rounds N]

Side by side in the same run: a plain Pillow loop that makes the same thumbnails and hashes but
stores nothing, the scan alone, the scan with every row and thumbnail stored in a project, and a
second scan of the unchanged folder.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.thumbnails import plain_loop
from ssl_studio.events import Cancel, ignore
from ssl_studio.images.decode import picture_suffixes
from ssl_studio.images.labels import folder_labels
from ssl_studio.images.scan import scan_folder
from ssl_studio.project.file import Project


def scan_alone(folder: Path) -> int:
    """Everything but storing."""
    return sum(len(rows) for rows in scan_folder(folder, {}, ignore, Cancel()))


def scan_into(project: Project, folder: Path) -> int:
    """What the application's scan does; gives the number of files seen."""
    root_id = project.images.add_root(folder)
    passed = scan_folder(folder, project.images.known(root_id), ignore, Cancel())
    for rows in passed:
        project.images.upsert(root_id, rows, folder_labels([row.path for row in rows]))
    return len(passed.seen)


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    started = time.perf_counter()
    count = work()
    return count, time.perf_counter() - started


def measure(folder: Path, scratch: Path, seconds: dict[str, list[float]]) -> int:
    """One round of all ways; appends to `seconds` and gives the number of files."""
    suffixes = picture_suffixes()
    paths = [path for path in folder.rglob("*") if path.suffix.lower() in suffixes]
    place = scratch / "scan.sslstudio"
    with Project.create(place, overwrite=True) as project:
        ways = {
            "plain Pillow loop": lambda: plain_loop(paths, hashed=True),
            "scan alone": lambda: scan_alone(folder),
            "scan into a project": lambda: scan_into(project, folder),
            "scan again, unchanged": lambda: scan_into(project, folder),
        }
        for way, work in ways.items():
            count, taken = _timed(work)
            assert count == len(paths), way
            seconds.setdefault(way, []).append(taken)
    return len(paths)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        for _ in range(options.rounds):
            count = measure(options.folder, Path(name), seconds)
    print(f"{count:,} files, median of {options.rounds} rounds, {os.cpu_count()} cores")
    base = statistics.median(seconds["plain Pillow loop"])
    for way, times in seconds.items():
        median = statistics.median(times)
        print(f"{way:<24}{count / median:10,.0f} files/s{base / median:8.2f} x")


if __name__ == "__main__":
    main()
