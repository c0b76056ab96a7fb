"""What the benchmarks share: CIFAR-like folders, caches, and a keeper that keeps nothing."""

import hashlib
from collections.abc import Sequence
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
        self, step: int, epoch: float, exhibits: Sequence[Exhibit], positions: Sequence[int]
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
