"""The only place that opens a picture: from the bytes of a file to upright sRGB pixels.

JPEG is decoded at the smallest of libjpeg's scales (1/2, 1/4, 1/8) that still has twice the
pixels asked for. Every byte is entropy-decoded all the same, so a file that is cut short is
noticed at any scale. No torch here: listing a folder must not wait for it.
"""

import os
import re
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ssl_studio.errors import UnreadableImage
from ssl_studio.images.colour import flatten, plain_mode, to_srgb

MAX_MEGAPIXELS = 512
MAX_FILE_BYTES = 2 * 2**30

# Pictures above this many pixels are decoded one at a time, whatever the number of threads,
# so that a folder of gigapixel scans does not exhaust the memory.
_LARGE_PIXELS = 64_000_000
_large = threading.Lock()

# Not pixels but programs, vector drawings or mere identifiers: EPS would start Ghostscript, the
# others need a handler that is not there.
_NOT_PICTURES = frozenset({"EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG", "IPTC"})

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)

# Pictures of many phones. Listed even when nothing here can read them: better a file with a reason
# and a remedy than one that is silently missing.
_HEIF_SUFFIXES = frozenset({".heic", ".heif"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION, _MAKER, _MODEL, _CHANGED_AT = 0x0112, 0x010F, 0x0110, 0x0132
_EXIF_PART, _SHOT_AT = 0x8769, 0x9003
_TAG_SOURCES = frozenset({"exif", "xmp", "XML:com.adobe.xmp"})

# Pillow warns above this and refuses above twice as much, also inside containers such as ICO.
# Its warnings, here and about odd tags, would reach the console and help nobody.
Image.MAX_IMAGE_PIXELS = MAX_MEGAPIXELS * 1_000_000 // 2
warnings.filterwarnings("ignore", module=r"PIL\..*")


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture and what its file says about it.

    Attributes:
        image: RGB in sRGB, upright, at the size asked for.
        width: pixels of the whole picture when upright, not of `image`.
        height: as width.
        mode: Pillow's name for the colours in the file (RGB, L, CMYK, I;16 ...).
        format: Pillow's name for the format (JPEG, PNG ...).
        captured_at: ISO 8601 local time of the shot, if the camera wrote one.
        camera: maker and model, if the camera wrote them.
        as_stored: the file is a baseline JPEG that any viewer shows as `image` looks.
    """

    image: Image.Image
    width: int
    height: int
    mode: str
    format: str
    captured_at: str | None
    camera: str | None
    as_stored: bool


def decode(
    source: Path | bytes,
    *,
    short_side: int | None = None,
    exact: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """Pixels of a file or of its bytes: uint8 (H, W, 3), sRGB, upright; read-only.

    `short_side` shrinks the picture until its short side has so many pixels (never enlarges);
    `exact` stretches it to (width, height). Both are antialiased. Raises UnreadableImage.
    """
    if isinstance(source, bytes):
        picture = open_picture(source, short_side=short_side, exact=exact)
    else:
        data = read_file(source)
        picture = open_picture(data, name=source.name, short_side=short_side, exact=exact)
    return np.asarray(picture.image)


def read_file(path: str | Path) -> bytes:
    """All bytes of a file. Raises UnreadableImage when it is gone, closed to us or enormous."""
    try:
        with open(path, "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= MAX_FILE_BYTES:
                return file.read()
    except FileNotFoundError as error:
        why, remedy = "The file is no longer there.", "Scan the folder again."
        raise _unreadable(path, why, remedy) from error
    except PermissionError as error:
        why, remedy = "You have no right to read the file.", "Change the file's permissions."
        raise _unreadable(path, why, remedy) from error
    except OSError as error:
        why = f"The disk did not give the file: {error.strerror or error}."
        raise _unreadable(path, why, "Check the disk, or copy the file elsewhere.") from error
    why = f"The file has {size / 2**30:.1f} GiB; at most {MAX_FILE_BYTES / 2**30:.0f} are read."
    raise _unreadable(path, why, "Save it smaller.")


def open_picture(
    data: bytes,
    *,
    name: str = "picture",
    short_side: int | None = None,
    long_side: int | None = None,
    exact: tuple[int, int] | None = None,
) -> Picture:
    """Decode the bytes of one file; at most one of the sizes may be given.

    `short_side` and `long_side` only ever shrink, `exact` stretches to (width, height).
    Raises UnreadableImage, and nothing else, whatever the bytes are. Threads: any number.
    """
    if not data:
        raise _unreadable(name, "The file is empty.", "Copy it again from where it came.")
    try:
        return _decode(data, _Fit(short_side, long_side, exact))
    except UnreadableImage:
        raise
    except Exception as error:  # decoders of forty formats meet hostile bytes in many ways
        raise _explain(error, data, name) from error


@lru_cache(maxsize=1)
def picture_formats() -> tuple[str, ...]:
    """Names of the formats that are read, as Pillow calls them; HEIC if pillow-heif is there."""
    Image.init()
    if find_spec("pillow_heif") is not None:
        import_module("pillow_heif").register_heif_opener()
    return tuple(sorted(set(Image.OPEN) - _NOT_PICTURES))


@lru_cache(maxsize=1)
def picture_suffixes() -> frozenset[str]:
    """File name endings that promise a picture: lower case, with the dot."""
    formats = set(picture_formats())
    known = Image.registered_extensions().items()
    return _HEIF_SUFFIXES | {suffix for suffix, kind in known if kind in formats}


def readable(name: str | Path) -> str:
    """A file's name for a sentence: bytes that are no text are shown as question marks."""
    return str(name).encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class _Fit:
    """The size asked for."""

    short_side: int | None
    long_side: int | None
    exact: tuple[int, int] | None

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) that a picture of that size has to get."""
        if self.exact is not None:
            return self.exact
        scale = 1.0
        if self.short_side is not None:
            scale = min(1.0, self.short_side / min(width, height))
        elif self.long_side is not None:
            scale = min(1.0, self.long_side / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))


def _decode(data: bytes, fit: _Fit) -> Picture:
    image = Image.open(BytesIO(data), formats=_formats_of(data))
    with _turn_taken(image.size):
        return _picture(image, data, fit)


def _picture(image: Image.Image, data: bytes, fit: _Fit) -> Picture:
    # Only JPEG can be told a size before it is decoded, and it carries all its tags up front;
    # TIFF turns itself while it loads, and PNG may hold its tags behind the pixels.
    jpeg = image.format in ("JPEG", "MPO")
    if not jpeg:
        image.load()
    tags = _tags(image)
    turn = tags.get(_ORIENTATION, 1) if tags else 1
    lying = turn in (5, 6, 7, 8)
    stored_width, stored_height = image.size
    width, height = image.size[::-1] if lying else image.size
    wanted = fit.size(width, height)
    stored = wanted[::-1] if lying else wanted
    mode, kind, progressive = image.mode, image.format or "", "progressive" in image.info
    box = (0.0, 0.0, float(stored_width), float(stored_height))
    if jpeg:
        box = _load_jpeg(image, stored, len(data)) or box
    colours = plain_mode(image)
    if colours.size != stored:
        colours = colours.resize(stored, Image.Resampling.BICUBIC, box, reducing_gap=2.0)
    profile = image.info.get("icc_profile")
    rgb = flatten(to_srgb(colours, profile))
    if turn in _TURNS:
        rgb = rgb.transpose(_TURNS[turn])
    as_stored = jpeg and not progressive and mode in ("RGB", "L") and turn == 1 and not profile
    return Picture(rgb, width, height, mode, kind, *_camera_words(tags), as_stored)


def _load_jpeg(
    image: Image.Image, wanted: tuple[int, int], size: int
) -> tuple[float, float, float, float] | None:
    """Decode at the best scale; the part of the result that the whole picture covers."""
    drafted = image.draft("RGB", (2 * wanted[0], 2 * wanted[1]))
    # One call instead of one for each 64 KiB: fewer fights for the interpreter's lock.
    image.decodermaxblock = max(size, 65536)  # type: ignore[attr-defined]
    image.load()
    return drafted[1] if drafted else None


def _formats_of(data: bytes) -> tuple[str, ...]:
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return (kind,)
    return picture_formats()


def _too_large(pixels: int, name: str) -> UnreadableImage:
    why = f"The picture has {pixels / 1e6:,.0f} megapixels; at most {MAX_MEGAPIXELS} are read."
    return _unreadable(name, why, "Save it smaller, or cut it into tiles.")


@contextmanager
def _turn_taken(size: tuple[int, int]) -> Iterator[None]:
    with _large if size[0] * size[1] > _LARGE_PIXELS else nullcontext():
        yield


def _tags(image: Image.Image) -> Image.Exif | None:
    """EXIF tags, or None where there are none or they are damaged (which spoils no pixels)."""
    if image.format != "TIFF" and _TAG_SOURCES.isdisjoint(image.info):
        return None
    try:
        return image.getexif()
    except Exception:  # tags come in as many broken shapes as pictures do
        return None


def _camera_words(tags: Image.Exif | None) -> tuple[str | None, str | None]:
    if not tags:
        return None, None
    try:
        shot_at = tags.get_ifd(_EXIF_PART).get(_SHOT_AT) or tags.get(_CHANGED_AT)
    except Exception:  # as in _tags
        shot_at = None
    return iso_time(words(shot_at)), camera_name(tags.get(_MAKER), tags.get(_MODEL))


def camera_name(maker: object, model: object) -> str | None:
    """What a camera is called by the tags of maker and model, the maker named once."""
    make, name = words(maker), words(model)
    return (name if name.startswith(make) else f"{make} {name}").strip() or None


def words(value: object) -> str:
    """Printable text of a tag, at most 100 characters; empty if the tag holds none."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    kept = "".join(c if c.isprintable() else " " for c in value.split("\0")[0])
    return " ".join(kept.split())[:100]


def iso_time(text: str) -> str | None:
    """`2021:06:05 14:03:02` as `2021-06-05T14:03:02`; None for anything else."""
    try:
        return datetime.strptime(text[:19].replace("-", ":"), "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None


def _explain(error: Exception, data: bytes, name: str) -> UnreadableImage:
    """What a decoder's error means to the owner of the file."""
    again = "Copy it again from where it came, or remove it."
    words = str(error).lower()
    if isinstance(error, Image.DecompressionBombError):
        claimed = re.search(r"\d+", words)
        return _too_large(int(claimed[0]) if claimed else 10**9, name)
    if isinstance(error, MemoryError):
        return _unreadable(name, "The picture is too large for the memory.", "Save it smaller.")
    if isinstance(error, UnidentifiedImageError):
        if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS and "HEIF" not in picture_formats():
            why = "HEIC pictures need the package pillow-heif, which is not installed."
            return _unreadable(name, why, "Install it (pip install pillow-heif), then scan again.")
        if len(_formats_of(data)) > 1:
            why = "The file is not a picture in any format that can be read."
            return _unreadable(name, why, "Remove it, or save it as JPEG, PNG or TIFF.")
        return _unreadable(name, "The start of the picture's data is damaged.", again)
    if "truncated" in words or isinstance(error, (EOFError, struct.error)):
        return _unreadable(name, "The file is cut short: the picture's end is missing.", again)
    return _unreadable(name, "The picture's data is damaged.", again)


def _unreadable(name: str | Path, why: str, remedy: str) -> UnreadableImage:
    return UnreadableImage(f"“{readable(os.path.basename(name))}” cannot be read.", why, remedy)
