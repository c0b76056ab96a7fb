"""All pictures of a run as uint8 pixels at the training resolution, decoded once.

They lie on the device if they fit, else in memory, else in a mapped file (`cache_store`).
Letters: N pictures, S side in pixels, B pictures of a batch, F frames.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import torch
from torch import Tensor

from ssl_studio.errors import FolderError, StorageError, UnreadableImage
from ssl_studio.events import Cancel, Note, Progress, Report
from ssl_studio.images import cache_store
from ssl_studio.images.batch import ImageBatch
from ssl_studio.images.cache_store import PixelRows
from ssl_studio.images.decode import open_picture, read_file
from ssl_studio.images.workers import in_order

_DEVICE_SHARE = 0.35  # the rest is for weights and activations
_MEMORY_SHARE = 0.5

# Smaller caches are decoded again in a moment; they are not worth a place on the disk.
_STORED_FROM_BYTES = 4 << 20

_UNIT_PICTURES = 16
_COPIED_BYTES = 64 << 20
_SAMPLED_PICTURES = 5000
_SAMPLED_VALUES = 40_000_000
_NAMED_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class PixelCache:
    """Pictures in the order they were asked for, stretched to squares.

    Attributes:
        pixels: uint8 (N, 3, S, S). They lie on their sides in memory, x before y: to resample
            the lines that lie there and turn them once brings a picture upright.
        aspect: float32 (N,), width / height of the true picture; beside `pixels`.
        valid: bool (N,) on the CPU; False for pictures that could no longer be read, whose
            pixels are zeros. The others keep their positions, whatever is missing.
        mean: float32 (3,) on the CPU, of the channels in [0, 1].
        std: as mean.
        mapped: the pixels lie in a file, so that reading them may wait for the disk.
    """

    pixels: Tensor
    aspect: Tensor
    valid: Tensor
    mean: Tensor
    std: Tensor
    mapped: bool

    def __len__(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def side(self) -> int:
        """S, in pixels."""
        return int(self.pixels.shape[-1])

    @property
    def positions(self) -> Tensor:
        """Int64, positions of all valid pictures, ascending, on the CPU."""
        return self.valid.nonzero().flatten()

    def resident(self, device: torch.device | str) -> bool:
        """Whether batches for `device` need no copy from slower memory."""
        return not self.mapped and self.pixels.device.type == torch.device(device).type

    def take(self, index: Tensor) -> ImageBatch:
        """The pictures at int64 positions (B,), or frames (B, F), where the pixels lie.

        Aspect and index of a row of frames are those of its first frame.
        """
        index = index.to(self.pixels.device)
        pixels = self._lying(index.flatten())
        first = index if index.ndim == 1 else index[:, 0]
        shape = (*index.shape, *self.pixels.shape[1:])
        return ImageBatch(pixels.view(shape).mT, self.aspect.index_select(0, first), first)

    def only(self, positions: Tensor) -> "PixelCache":
        """The cache of the pictures at int64 positions (M,), in this order."""
        index = positions.to(self.pixels.device)
        return replace(
            self,
            pixels=self._lying(index).mT,
            aspect=self.aspect.index_select(0, index),
            valid=self.valid[positions.cpu()],
        )

    def _lying(self, index: Tensor) -> Tensor:
        return self.pixels.mT.index_select(0, index)


def cache_side(training_side: int, typical_size: int) -> int:
    """S for training at `training_side` pixels on pictures of typically `typical_size` (width
    times height, square root).

    Small pictures are kept as they are. Larger ones keep a quarter more than the training side,
    as a random crop takes only a part of the picture, in multiples of 8.
    """
    ample = -(-training_side * 5 // 4 // 8) * 8
    return max(8, min(ample, max(typical_size, 1)))


def build_cache(
    paths: Sequence[Path],
    hashes: Sequence[str],
    side: int,
    device: torch.device | str,
    report: Report,
    cancel: Cancel,
    *,
    threads: int | None = None,
) -> PixelCache:
    """Decode the pictures, or open what an earlier run with the same hashes and side stored.

    Pictures that are gone, damaged or changed since they were hashed are left out (`valid`),
    with one Note for all. Raises FolderError if none is left, StorageError if neither memory
    nor disk has room, and Cancelled.
    """
    if len(paths) != len(hashes):
        raise ValueError(f"{len(paths)} paths but {len(hashes)} hashes")
    if not all(hashes):
        raise ValueError("a picture without a content hash")
    if not paths:
        raise _nothing_left("The list of pictures is empty.")
    filler = _Filler(paths, hashes, side, report, cancel, threads)
    rows = _stored_rows(filler) or _new_rows(filler)
    valid = torch.from_numpy(rows.aspect > 0)
    filler.tell_problems()
    if not valid.any():
        raise _nothing_left("Each is gone, damaged, or changed since the folder was scanned.")
    pixels, mapped = _placed(rows, torch.device(device), cancel)
    aspect = torch.from_numpy(np.where(rows.aspect > 0, rows.aspect, np.float32(1)))
    mean, std = _channel_statistics(pixels, valid, cancel)
    return PixelCache(pixels, aspect.to(pixels.device), valid, mean, std, mapped)


def _nothing_left(why: str) -> FolderError:
    return FolderError("No picture is left to work with.", why, "Scan the folder again.")


class _Filler:
    """Decodes pictures straight into their rows."""

    def __init__(
        self,
        paths: Sequence[Path],
        hashes: Sequence[str],
        side: int,
        report: Report,
        cancel: Cancel,
        threads: int | None,
    ) -> None:
        self.paths = paths
        self.hashes = hashes
        self.side = side
        self.key = cache_store.cache_key(hashes, side)
        self._report = report
        self.cancel = cancel
        self._threads = threads
        self._problems: dict[int, str] = {}
        self._lock = threading.Lock()

    def fill(self, rows: PixelRows, positions: Sequence[int]) -> int:
        """Decode the pictures at `positions`; how many of them could be read."""
        total = len(positions)
        units = [positions[i : i + _UNIT_PICTURES] for i in range(0, total, _UNIT_PICTURES)]
        done = good = 0
        work = partial(self._fill_unit, rows)
        for unit, read in zip(
            units, in_order(work, units, self.cancel, self._threads), strict=True
        ):
            done, good = done + len(unit), good + read
            self._report(Progress(done, total, "Preparing pixels"))
        return good

    def tell_problems(self) -> None:
        """One Note that names the first few pictures that were left out."""
        if not self._problems:
            return
        first = sorted(self._problems)[:_NAMED_PROBLEMS]
        named = "; ".join(f"{self.paths[i].name}: {self._problems[i]}" for i in first)
        count = len(self._problems)
        start = "1 picture is" if count == 1 else f"{count:,} pictures are"
        more = " …" if count > len(first) else ""
        self._report(Note("warning", f"{start} left out of this run. {named}{more}"))

    def _fill_unit(self, rows: PixelRows, unit: Sequence[int]) -> int:
        good = 0
        for position in unit:
            if self.cancel.requested:
                break
            try:
                rows.aspect[position] = self._fill_one(rows, position)
                good += 1
            except UnreadableImage as error:
                with self._lock:
                    self._problems[position] = error.why
        return good

    def _fill_one(self, rows: PixelRows, position: int) -> float:
        path, expected = self.paths[position], self.hashes[position]
        data = read_file(path)
        if hashlib.sha256(data).hexdigest() != expected:
            why = "The file was changed since the folder was scanned."
            raise UnreadableImage(f"“{path.name}” was left out.", why, "Scan the folder again.")
        picture = open_picture(data, name=path.name, exact=(self.side, self.side))
        rows.pixels[position] = np.asarray(picture.image).transpose(2, 1, 0)
        return picture.width / picture.height


def _stored_rows(filler: _Filler) -> PixelRows | None:
    """What an earlier run stored; what it could not read is tried again."""
    rows = cache_store.open_stored(filler.key, len(filler.paths), filler.side)
    if rows is None:
        return None
    missing = np.flatnonzero(rows.aspect == 0).tolist()
    if missing and filler.fill(rows, missing):
        cache_store.write_facts(rows, filler.cancel.check)
    return rows


def _new_rows(filler: _Filler) -> PixelRows:
    """Decode all pictures, into a stored file or, if they are few or the disk is full, memory."""
    count, side = len(filler.paths), filler.side
    size = count * 3 * side * side
    if size >= _STORED_FROM_BYTES or not _fits_memory(size):
        try:
            with cache_store.new_stored(filler.key, count, side, filler.cancel.check) as rows:
                filler.fill(rows, range(count))
            stored = cache_store.open_stored(filler.key, count, side)
            if stored is not None:
                return stored
        except StorageError:
            if not _fits_memory(size):
                raise
    rows = cache_store.rows_in_memory(count, side)
    filler.fill(rows, range(count))
    return rows


def _placed(rows: PixelRows, device: torch.device, cancel: Cancel) -> tuple[Tensor, bool]:
    """The pixels in the fastest memory that has room, and whether they are still mapped."""
    size = rows.pixels.size
    if device.type != "cpu" and _fits_device(size, device):
        return _copied(rows, device, cancel).mT, False
    if rows.mapping is not None and _fits_memory(size):
        return _copied(rows, torch.device("cpu"), cancel).mT, False
    return torch.from_numpy(rows.pixels).mT, rows.mapping is not None


def _copied(rows: PixelRows, device: torch.device, cancel: Cancel) -> Tensor:
    """The rows' pixels on `device`, read from the file, not through the map: far fewer faults."""
    target = torch.empty(rows.pixels.shape, dtype=torch.uint8, device=device)
    step = max(1, _COPIED_BYTES // max(1, rows.pixels[0].size))
    staging = torch.empty((min(step, len(target)), *target.shape[1:]), dtype=torch.uint8)
    for start in range(0, len(target), step):
        cancel.check()
        part = target[start : start + step]
        near = part if device.type == "cpu" else staging[: len(part)]
        cache_store.read_pixels(rows, start, near.numpy())
        if near is not part:
            part.copy_(near)
    return target


def _fits_memory(size: int) -> bool:
    return size <= _MEMORY_SHARE * float(psutil.virtual_memory().available)


def _fits_device(size: int, device: torch.device) -> bool:
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return size <= _DEVICE_SHARE * free
    if device.type == "mps":
        used = torch.mps.current_allocated_memory()
        return size <= _DEVICE_SHARE * (torch.mps.recommended_max_memory() - used)
    return False


def _channel_statistics(pixels: Tensor, valid: Tensor, cancel: Cancel) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel in [0, 1], from an even sample of pictures."""
    positions = valid.nonzero().flatten()
    most = max(1, min(_SAMPLED_PICTURES, _SAMPLED_VALUES // pixels[0].numel()))
    sample = positions[:: max(1, -(-len(positions) // most))]
    means, squares = [], []
    for start in range(0, len(sample), 64):
        cancel.check()
        part = sample[start : start + 64].to(pixels.device)
        values = pixels.index_select(0, part).float().div_(255)
        means.append(values.mean(dim=(2, 3)).double().cpu())
        squares.append(values.square_().mean(dim=(2, 3)).double().cpu())
    mean = torch.cat(means).mean(0)
    variance = torch.cat(squares).mean(0) - mean.square()
    # Pictures of one colour have no spread, and whoever divides by it must survive that.
    std = variance.clamp_min(0).sqrt().clamp_min(1 / 255)
    return mean.float(), std.float()
