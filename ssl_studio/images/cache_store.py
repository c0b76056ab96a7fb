"""Decoded pixels on disk, so that a second run with the same pictures starts at once.

They lie in the user's cache folder, never in a project, and can be deleted at any time. Each
stored cache is a folder named after the pictures' content hashes and the side in pixels:
`pixels.u8` (N, 3, S, S) as channel, x, y, `aspect.f32` (N,) with 0 for pictures that could not be
read, and `facts.json`. No torch here.
"""

import hashlib
import json
import mmap
import os
import re
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ssl_studio.errors import StorageError

MAX_STORED_BYTES = 30 * 2**30

_VERSION = 2
_CHECKED_ROWS = 256
_PIXELS, _ASPECT, _FACTS = "pixels.u8", "aspect.f32", "facts.json"
_SPARE_DISK_BYTES = 1 << 30
_FLUSHED_BYTES = 64 << 20
_PART = ".part"
_STALE_S = 2 * 24 * 3600
_OWN_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{8}\w{8}\.part")


@dataclass(slots=True)
class PixelRows:
    """Pixels of a list of pictures, in memory or mapped from a file.

    Attributes:
        pixels: uint8 (N, 3, S, S), pictures on their sides: channel, x, y.
        aspect: float32 (N,), width / height of the true picture; 0 where it could not be read.
        folder: where they are stored; None for rows in memory only.
        mapping: the file behind `pixels`, if any.
    """

    pixels: NDArray[np.uint8]
    aspect: NDArray[np.float32]
    folder: Path | None = None
    mapping: mmap.mmap | None = None


def cache_folder() -> Path:
    """The folder of all stored caches; the environment's SSL_STUDIO_CACHE decides if it is set."""
    chosen = os.environ.get("SSL_STUDIO_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "SSL Studio" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "SSL Studio"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ssl-studio"


def _home() -> Path:
    return cache_folder() / "pixels"


def cache_key(hashes: Sequence[str], side: int) -> str:
    """The name of the cache for these pictures, in this order, at this side."""
    digest = hashlib.sha256(f"{_VERSION} {side} {len(hashes)}\n".encode())
    digest.update("\n".join(hashes).encode())
    return digest.hexdigest()[:40]


def rows_in_memory(count: int, side: int) -> PixelRows:
    """Empty rows in memory."""
    pixels = np.zeros((count, 3, side, side), np.uint8)
    return PixelRows(pixels, np.zeros(count, np.float32))


def open_stored(key: str, count: int, side: int) -> PixelRows | None:
    """The stored cache of that name, mapped; None if there is none or it does not add up."""
    folder = _home() / key
    try:
        facts = json.loads((folder / _FACTS).read_bytes())
        if facts["version"] != _VERSION or (facts["count"], facts["side"]) != (count, side):
            return None
        aspect = np.fromfile(folder / _ASPECT, np.float32)
        rows = _mapped(folder, aspect, side)
        if aspect.shape != (count,) or facts["check"] != _check(rows):
            return None
        os.utime(folder / _FACTS)  # the time of last use, for `make_room`
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return rows


@contextmanager
def new_stored(key: str, count: int, side: int, check: Callable[[], None]) -> Iterator[PixelRows]:
    """Empty mapped rows to fill; left without an exception they are stored under `key`.

    `check` is called while the pixels go to the disk, and may raise. Raises StorageError if the
    disk has no room or refuses.
    """
    size = count * 3 * side * side
    home = _home()
    part = rows = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        make_room(size)
        _check_disk(home, size)
        part = Path(tempfile.mkdtemp(prefix=key[:8], suffix=_PART, dir=home))
        _allocate(part / _PIXELS, size)
        rows = _mapped(part, np.zeros(count, np.float32), side)
        yield rows
        write_facts(rows, check)
        _let_go(rows)
        _move(part, home / key, count, side)
    except OSError as error:
        raise _refused(home, f"The disk says: {error.strerror or error}.") from error
    finally:
        if rows is not None:
            _let_go(rows)
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def read_pixels(rows: PixelRows, start: int, into: NDArray[np.uint8]) -> None:
    """Copy pictures from `start` on into a contiguous array (M, 3, S, S)."""
    if rows.folder is None:
        np.copyto(into, rows.pixels[start : start + len(into)])
        return
    left = into.reshape(-1).data
    with (rows.folder / _PIXELS).open("rb", buffering=0) as file:
        file.seek(start * into[0].size)
        while len(left) and (read := file.readinto(left)):
            left = left[read:]


def write_facts(rows: PixelRows, check: Callable[[], None]) -> None:
    """Write what `open_stored` compares, after the pixels have reached the disk."""
    if rows.folder is None or rows.mapping is None:
        return
    for start in range(0, len(rows.mapping), _FLUSHED_BYTES):
        check()
        rows.mapping.flush(start, min(_FLUSHED_BYTES, len(rows.mapping) - start))
    rows.aspect.tofile(rows.folder / _ASPECT)
    count, _, side, _ = rows.pixels.shape
    facts = {"version": _VERSION, "count": count, "side": side, "check": _check(rows)}
    written = rows.folder / f"{_FACTS}.new"
    written.write_text(json.dumps(facts))
    written.replace(rows.folder / _FACTS)


def make_room(size: int) -> None:
    """Delete the caches that were not used for longest until `size` more bytes are allowed.

    Also sweeps up what a killed process left half made.
    """
    stored = sorted((_last_used(folder), folder) for folder in _own_folders())
    held = {folder: _bytes_of(folder) for _, folder in stored}
    total = sum(held.values()) + size
    for used, folder in stored:
        half_made = folder.suffix == _PART
        stale = half_made and used < time.time() - _STALE_S
        if stale or (not half_made and total > MAX_STORED_BYTES):
            shutil.rmtree(folder, ignore_errors=True)
            total -= held[folder]


def _own_folders() -> list[Path]:
    # Only what bears our kind of name: the user may have pointed the cache at any folder.
    return [folder for folder in _home().iterdir() if _OWN_NAME.fullmatch(folder.name)]


def _last_used(folder: Path) -> float:
    with suppress(OSError):
        return max((folder / name).stat().st_mtime for name in os.listdir(folder))
    return 0.0


def _bytes_of(folder: Path) -> int:
    with suppress(OSError):
        return (folder / _PIXELS).stat().st_size
    return 0


def _mapped(folder: Path, aspect: NDArray[np.float32], side: int) -> PixelRows:
    size = len(aspect) * 3 * side * side
    with (folder / _PIXELS).open("r+b") as file:
        mapping = mmap.mmap(file.fileno(), 0)
    if len(mapping) != size:
        raise ValueError(f"{_PIXELS} has {len(mapping)} bytes instead of {size}")
    pixels = np.frombuffer(mapping, np.uint8).reshape(-1, 3, side, side)
    return PixelRows(pixels, aspect, folder, mapping)


def _check(rows: PixelRows) -> int:
    """A checksum of the aspects and of pixels of up to 256 evenly spaced pictures."""
    count = len(rows.aspect)
    step = max(1, count // _CHECKED_ROWS)
    sample = np.ascontiguousarray(rows.pixels[::step][:_CHECKED_ROWS])
    return zlib.crc32(sample.data, zlib.crc32(rows.aspect.tobytes()))


def _allocate(path: Path, size: int) -> None:
    """A file of zeros that owns its blocks: a full disk must not strike while it is mapped."""
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)


def _check_disk(home: Path, size: int) -> None:
    free = shutil.disk_usage(home).free
    if size + _SPARE_DISK_BYTES > free:
        need = f"{size / 2**30:.1f} GiB are needed and {free / 2**30:.1f} GiB are free."
        raise _refused(home, need)


def _refused(home: Path, why: str) -> StorageError:
    return StorageError(
        f"The pixel cache cannot be stored in “{home}”.",
        why,
        "Free some space there, point SSL_STUDIO_CACHE to another disk, or train at a smaller "
        "image size.",
    )


def _let_go(rows: PixelRows) -> None:
    """Unmap the file, since Windows neither renames nor deletes a folder in use."""
    rows.pixels = rows.pixels[:0].copy()
    if rows.mapping is not None:
        with suppress(BufferError):  # an exception on its way still holds a view
            rows.mapping.close()


def _move(part: Path, target: Path, count: int, side: int) -> None:
    if open_stored(target.name, count, side) is not None:
        return  # another process was quicker
    shutil.rmtree(target, ignore_errors=True)  # damaged
    part.rename(target)
