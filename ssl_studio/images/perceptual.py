"""What a picture looks like in 64 bits, and how unlike two pictures look. No torch here.

The hash is the sign pattern of low frequencies: the picture as 32 x 32 greys, its cosine
transform (DCT-II), the 8 x 8 lowest coefficients without the mean, each one bit: above their
median or not. Scaling, recompression and small changes of brightness leave nearly all bits alone.
Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010, section 3.2.
"""

from functools import cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 32
LOW = 8
LOOK_SIDE = 16


def perceptual_hash(jpeg: bytes) -> int | None:
    """64 bits of a thumbnail, None where it cannot be decoded."""
    greys = _pixels(jpeg, "L", SIDE)
    return None if greys is None else hash_of(greys)


def hash_of(greys: NDArray[np.float32]) -> int:
    """64 bits of (32, 32) greys in [0, 255]."""
    basis = _basis()
    # 8 x 8 coefficients from the second row and column on: what is left out is the mean of each.
    low = basis @ greys @ basis.T
    # Flat pictures have nothing but rounding errors there, which would be bits of chance.
    low = np.where(np.abs(low) < 1.0, 0.0, low)
    bits = (low > np.median(low)).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def look(jpeg: bytes) -> NDArray[np.float32] | None:
    """A picture as (16, 16, 3) in [0, 255], None where it cannot be decoded.

    To compare two that have similar hashes, or to ask for their colours.
    """
    return _pixels(jpeg, "RGB", LOOK_SIDE)


def unlikeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Mean difference of two looks, in grey levels; an even change of brightness counts half.

    Two encodings of one picture are below 4; other pictures with the same hash mostly above 12.
    """
    difference = a - b
    offset = difference.mean(axis=(0, 1))
    return float(np.abs(difference - offset).mean() + np.abs(offset).mean() / 2)


@cache
def _basis() -> NDArray[np.float32]:
    """Rows 1 to 8 of the orthonormal DCT-II matrix of 32 points."""
    points = np.arange(SIDE) + 0.5
    rows = np.arange(1, LOW + 1)[:, None]
    return np.asarray(np.sqrt(2 / SIDE) * np.cos(np.pi * rows * points / SIDE), np.float32)


def _pixels(jpeg: bytes, mode: str, side: int) -> NDArray[np.float32] | None:
    try:
        with Image.open(BytesIO(jpeg), formats=("JPEG",)) as image:
            image.draft(mode, (side, side))
            plain = image.convert(mode)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    small = plain.resize((side, side), Image.Resampling.BOX)
    return np.asarray(small, np.float32)
