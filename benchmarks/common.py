"""What the benchmarks share: CIFAR-like folders, caches, a keeper that keeps nothing, timing."""

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ssl_studio.events import Cancel, ignore
from ssl_studio.images.cache import PixelCache, build_cache
from ssl_studio.methods.base import Exhibit


class NoKeeper:
    """Keeps neither checkpoints nor exhibits."""

    def checkpoint(self, kind: str, step: int, epoch: int, data: bytes) -> None:
        """Remember the latest."""
        self.last = data

    def exhibits(
        self, step: int, epoch: int, exhibits: Sequence[Exhibit], positions: Sequence[int]
    ) -> None:
        """Drop them."""


def class_folder(root: Path, per_class: int | None = None) -> tuple[list[Path], list[int]]:
    """Files and class numbers of a folder of class folders, evenly spread over each class."""
    files: list[Path] = []
    labels: list[int] = []
    for number, folder in enumerate(sorted(p for p in root.iterdir() if p.is_dir())):
        names = sorted(folder.iterdir())
        chosen = names[: per_class or len(names)]
        files += chosen
        labels += [number] * len(chosen)
    return files, labels


def cache_of(files: Sequence[Path], side: int, device: torch.device) -> PixelCache:
    """The pixels of the files, decoded once."""
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return build_cache(files, hashes, side, device, ignore, Cancel())


def best_of(
    work: Callable[[], int], rounds: int, *, between: Callable[[], None] = lambda: None
) -> float:
    """Images per second of the quickest of several rounds; `work` returns its images."""
    best = 0.0
    for _ in range(rounds):
        start = time.perf_counter()
        images = work()
        best = max(best, images / (time.perf_counter() - start))
        between()
    return best
