"""Large matrices and checkpoints in chunks: dtype, shape, a checksum for each chunk.

A matrix lies in row order, little-endian, cut into chunks of 8 MiB, so that any range of rows is
read without the rest. Writing takes a transaction for each chunk, so that other writers get
their turn; a matrix whose writing was cut short is never visible and is swept away when the
project is next opened.
"""

import json
import math
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator

import numpy as np

from ssl_studio.errors import DamagedProject, ProjectError
from ssl_studio.project.records import ArrayInfo
from ssl_studio.project.rows import now
from ssl_studio.project.sql import Sql, damaged

CHUNK_BYTES = 8 << 20
MAX_CHUNK_BYTES = 64 << 20
MAX_BYTES = 1 << 40
MAX_AXES = 8
RECENT = 4  # chunks kept by `rows`, so that the neighbours of one image after another come at once
DTYPES = frozenset(
    {"bool", "float16", "float32", "float64"}
    | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
)
Array = np.ndarray  # of any dtype in DTYPES
Storable = Array | bytes | bytearray | memoryview


class ArrayStore:
    """The tables arrays and array_chunks."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._recent: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def put(self, data: Storable) -> int:
        """Store a matrix, or bytes as uint8; gives its id."""
        array_id = self.write_chunks(data)
        with self._sql.write():
            self.complete(array_id)
        return array_id

    def write_chunks(self, data: Storable) -> int:
        """Store the content; it counts only after `complete`, in the caller's transaction."""
        array = _little_endian(data)
        flat = array.reshape(-1).view(np.uint8)
        count = math.ceil(flat.nbytes / CHUNK_BYTES)
        with self._sql.write():
            array_id = self._sql.run(
                "INSERT INTO arrays (dtype, shape, bytes, chunks, chunk_bytes, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (array.dtype.name, json.dumps(array.shape), flat.nbytes, count, CHUNK_BYTES, now()),
            )
        for number in range(count):
            chunk = flat[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES].data
            with self._sql.write():
                self._sql.run(
                    "INSERT INTO array_chunks VALUES (?, ?, ?, ?)",
                    (array_id, number, zlib.crc32(chunk), chunk),
                )
        return array_id

    def complete(self, *array_ids: int) -> None:
        """Make matrices count, together with the row that refers to them."""
        for array_id in array_ids:
            self._sql.run("UPDATE arrays SET complete = 1 WHERE id = ?", (array_id,))

    def info(self, array_id: int) -> ArrayInfo:
        """Shape and type of a matrix, checked. Raises DamagedProject where they cannot be."""
        row = self._sql.row(
            "SELECT dtype, shape, bytes, chunks, chunk_bytes, created_at FROM arrays"
            " WHERE id = ? AND complete = 1",
            (array_id,),
        )
        if row is None:
            raise ProjectError(f"The project has no array {array_id}.")
        dtype, text, size, chunks, chunk_bytes, created_at = row
        shape = _shape(text)
        whole = shape is not None and dtype in DTYPES and size == _bytes(shape, str(dtype))
        if not (whole and isinstance(size, int) and size <= MAX_BYTES and shape is not None):
            raise self._damaged(array_id, "its shape and its size contradict each other")
        sound = isinstance(chunk_bytes, int) and 0 < chunk_bytes <= MAX_CHUNK_BYTES
        if not (sound and isinstance(chunk_bytes, int) and chunks == -(-size // chunk_bytes)):
            raise self._damaged(array_id, "its number of chunks is wrong")
        return ArrayInfo(array_id, str(dtype), shape, size, chunk_bytes, str(created_at))

    def get(self, array_id: int) -> Array:
        """A whole matrix. Raises DamagedProject where a chunk is missing or was altered."""
        with self._sql.reading():
            info = self.info(array_id)
            return self._read(info, 0, info.bytes, self._chunk).view(info.dtype).reshape(info.shape)

    def get_bytes(self, array_id: int) -> bytes:
        """What was stored as bytes."""
        return self.get(array_id).tobytes()

    def rows(self, array_id: int, start: int, stop: int) -> Array:
        """The rows from `start` up to `stop` (as in slicing, within bounds); reads no others."""
        with self._sql.reading():
            info = self.info(array_id)
            if not info.shape:
                raise ValueError("a single number has no rows")
            start, stop, _ = slice(start, stop).indices(info.shape[0])
            stop = max(start, stop)
            row_bytes = info.bytes // info.shape[0] if info.shape[0] else 0
            found = self._read(info, start * row_bytes, stop * row_bytes, self._recent_chunk)
            return found.view(info.dtype).reshape(stop - start, *info.shape[1:])

    def delete(self, *array_ids: int | None) -> None:
        """Forget matrices; None is skipped. Rows that refer to them must be gone before."""
        with self._sql.write():
            for array_id in array_ids:
                if array_id is not None:
                    self._sql.run("DELETE FROM arrays WHERE id = ?", (array_id,))

    def sweep(self) -> None:
        """Remove what a dead process left half written. Only before anybody else can write."""
        if self._sql.value("SELECT 1 FROM arrays WHERE complete = 0 LIMIT 1"):
            with self._sql.write():
                self._sql.run("DELETE FROM arrays WHERE complete = 0")

    def verify(self, array_id: int) -> Iterator[int]:
        """Read every chunk and compare its checksum; gives the bytes done after each."""
        info = self.info(array_id)
        for number in range(math.ceil(info.bytes / info.chunk_bytes)):
            yield len(self._chunk(info, number))

    def _read(
        self, info: ArrayInfo, start: int, stop: int, fetch: Callable[[ArrayInfo, int], bytes]
    ) -> Array:
        if stop - start > info.chunk_bytes:
            self._check_presence(info)
        out = np.empty(stop - start, np.uint8)
        first, last = start // info.chunk_bytes, math.ceil(stop / info.chunk_bytes)
        for number in range(first, last if stop > start else first):
            chunk = np.frombuffer(fetch(info, number), np.uint8)
            begin = number * info.chunk_bytes
            low, high = max(start, begin), min(stop, begin + len(chunk))
            out[low - start : high - start] = chunk[low - begin : high - begin]
        return out

    def _recent_chunk(self, info: ArrayInfo, number: int) -> bytes:
        # Matrices never change and their ids are never used again.
        data = self._recent.pop((info.id, number), None) or self._chunk(info, number)
        self._recent[(info.id, number)] = data
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        return data

    def _check_presence(self, info: ArrayInfo) -> None:
        # Before memory is taken: a forged size must not ask for more than the file holds.
        size = self._sql.value(
            "SELECT sum(length(data)) FROM array_chunks WHERE array_id = ?", (info.id,)
        )
        if (size or 0) != info.bytes:
            raise self._damaged(info.id, "some of its chunks are missing")

    def _chunk(self, info: ArrayInfo, number: int) -> bytes:
        row = self._sql.row(
            "SELECT crc32, data FROM array_chunks WHERE array_id = ? AND number = ?",
            (info.id, number),
        )
        if row is None or not isinstance(row[1], bytes):
            raise self._damaged(info.id, f"chunk {number} is missing")
        crc, data = row[0], row[1]
        if len(data) != min(info.chunk_bytes, info.bytes - number * info.chunk_bytes):
            raise self._damaged(info.id, f"chunk {number} has the wrong length")
        if zlib.crc32(data) != crc:
            raise self._damaged(info.id, f"chunk {number} does not match its checksum")
        return data

    def _damaged(self, array_id: int, why: str) -> DamagedProject:
        return damaged(self._sql.path, f"array {array_id} cannot be read: {why}")


def _little_endian(data: Storable) -> Array:
    array = data if isinstance(data, np.ndarray) else np.frombuffer(data, np.uint8)
    if array.dtype.name not in DTYPES or array.ndim > MAX_AXES:
        raise ValueError(f"an array of {array.dtype}, {array.ndim} axes cannot be stored")
    return np.asarray(array, array.dtype.newbyteorder("<"), order="C")


def _shape(text: object) -> tuple[int, ...] | None:
    try:
        found = json.loads(str(text))
    except ValueError:
        return None
    if not isinstance(found, list) or len(found) > MAX_AXES:
        return None
    sound = all(type(n) is int and 0 <= n <= MAX_BYTES for n in found)
    return tuple(found) if sound else None


def _bytes(shape: tuple[int, ...], dtype: str) -> int:
    return math.prod(shape) * np.dtype(dtype).itemsize
