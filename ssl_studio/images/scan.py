"""From a folder to rows: every picture file read once, hashed, decoded and made a thumbnail of.

Decoding runs in threads: Pillow lets go of the interpreter's lock while it decodes, and a frozen
desktop application must not fork. No torch here.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from ssl_studio.errors import FolderError, UnreadableImage
from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.images.decode import read_file, readable
from ssl_studio.images.thumbnails import THUMBNAIL_PX, make_thumbnail
from ssl_studio.images.walk import FoundFile, Walk
from ssl_studio.images.workers import in_order
from ssl_studio.project.records import ScannedImage

# A unit of work is many small files or one large one: few hand-overs for the former, an even
# load and a quick answer to "cancel" for the latter.
_UNIT_FILES = 32
_UNIT_BYTES = 1 << 20

# A batch ends when it is full, or when its first row has waited long enough to be shown.
_BATCH_ROWS = 256
_BATCH_S = 0.5

# Of a folder that is new to the project so many files are read before the others are listed: a
# screen full of pictures, to be looked at meanwhile.
_FIRST_ROWS = 48


class ScanPass:
    """One pass over a folder: iterate it once for batches of rows, in the order of their paths.

    Of a folder without any known file the first batch is what was met first. The attributes are
    complete when the iteration has ended.

    Attributes:
        seen: relative paths of all picture files that are there, changed or not.
        ignored: number of files that are no pictures by their names.
        closed: relative paths of folders that could not be listed.
    """

    def __init__(
        self,
        root: Path,
        known: Mapping[str, Sequence[object]],
        report: Report,
        cancel: Cancel,
        threads: int | None,
        thumbnail_px: int,
    ) -> None:
        self.seen: set[str] = set()
        self.ignored = 0
        self.closed: list[str] = []
        self._root = str(root)
        self._known = known
        self._report = report
        self._cancel = cancel
        self._threads = threads
        self._thumbnail_px = thumbnail_px

    def __iter__(self) -> Iterator[list[ScannedImage]]:
        walk = Walk(self._root, self._report, self._cancel)
        found = walk.files()
        first = [] if self._known else sorted(islice(found, _FIRST_ROWS))
        yield from _batches(self._read(first))
        rest = sorted(found)
        files = [*first, *rest]
        self.ignored, self.closed = walk.ignored, walk.closed
        self.seen.update(file.path for file in files)
        changed = [file for file in rest if not self._is_known(file)]
        done = len(files) - len(changed)
        self._report(Progress(done, len(files), "Reading pictures"))
        for rows in _batches(self._read(changed)):
            done += len(rows)
            yield rows
            self._report(Progress(done, len(files), "Reading pictures"))

    def vanished(self) -> list[str]:
        """Known paths that are gone; without those in folders that could not be listed."""
        closed = tuple(f"{folder}/" for folder in self.closed)
        return sorted(p for p in self._known if p not in self.seen and not p.startswith(closed))

    def _read(self, files: list[FoundFile]) -> Iterator[list[ScannedImage]]:
        return in_order(self._read_unit, _units(files), self._cancel, self._threads)

    def _is_known(self, file: FoundFile) -> bool:
        before = self._known.get(file.path)
        return before is not None and tuple(before[:2]) == (file.bytes, file.modified_ns)

    def _read_unit(self, unit: list[FoundFile]) -> list[ScannedImage]:
        rows = []
        for file in unit:
            if self._cancel.requested:
                break
            rows.append(_scan_file(self._root, file, self._thumbnail_px))
        return rows


def scan_folder(
    root: Path,
    known: Mapping[str, Sequence[object]],
    report: Report,
    cancel: Cancel,
    *,
    threads: int | None = None,
    thumbnail_px: int = THUMBNAIL_PX,
) -> ScanPass:
    """A pass over the pictures below `root` that reads only new and changed files.

    `known` maps relative paths to (bytes, modified_ns, ...); leave out of it what has to
    be read again. Files that cannot be decoded come as rows with `problem` set. Folders that
    cannot be listed are noted and passed over, hidden files and folders left alone; links are
    followed. Iterating raises Cancelled, and FolderError if `root` itself cannot be listed.
    """
    if not root.is_dir():
        what = f"The folder “{readable(root)}” cannot be read."
        raise FolderError(what, "It is not there, or it is no folder.", "Choose another folder.")
    return ScanPass(root, known, report, cancel, threads, thumbnail_px)


def _units(files: list[FoundFile]) -> Iterator[list[FoundFile]]:
    unit: list[FoundFile] = []
    size = 0
    for file in files:
        if unit and (len(unit) == _UNIT_FILES or size + file.bytes > _UNIT_BYTES):
            yield unit
            unit, size = [], 0
        unit.append(file)
        size += file.bytes
    if unit:
        yield unit


def _batches(parts: Iterator[list[ScannedImage]]) -> Iterator[list[ScannedImage]]:
    batch: list[ScannedImage] = []
    started = time.monotonic()
    for part in parts:
        batch += part
        if len(batch) >= _BATCH_ROWS or time.monotonic() - started > _BATCH_S:
            yield batch
            batch, started = [], time.monotonic()
    if batch:
        yield batch


def _scan_file(root: str, file: FoundFile, thumbnail_px: int) -> ScannedImage:
    content_hash = None
    try:
        data = read_file(f"{root}/{file.path}")
        content_hash = hashlib.sha256(data).hexdigest()
        picture, thumbnail = make_thumbnail(data, name=file.path, thumbnail_px=thumbnail_px)
    except UnreadableImage as error:
        facts = (file.path, file.bytes, file.modified_ns, content_hash)
        return ScannedImage(*facts, None, None, None, None, error.why)
    return ScannedImage(
        path=file.path,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        content_hash=content_hash,
        width=picture.width,
        height=picture.height,
        mode=picture.mode,
        format=picture.format,
        captured_at=picture.captured_at,
        camera=picture.camera,
        thumbnail=thumbnail.data,
        thumbnail_width=thumbnail.width,
        thumbnail_height=thumbnail.height,
    )
