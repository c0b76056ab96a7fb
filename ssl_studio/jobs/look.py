"""What the window needs of one picture file: its pixels for a large view, and its EXIF.

Plain functions, to be called in a background thread. Light at the top.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ssl_studio.images.exif import ExifFacts


@dataclass(frozen=True, slots=True)
class LargePicture:
    """Pixels, uint8 (H, W, 3), and the size of the whole picture when they are fewer."""

    pixels: np.ndarray
    width: int
    height: int

    @property
    def is_whole(self) -> bool:
        """Whether no pixel was left out."""
        return self.pixels.shape[:2] == (self.height, self.width)


def large_picture(path: Path, long_side_px: int | None = None) -> LargePicture:
    """A picture, upright and in sRGB, shrunk to `long_side_px` if given. Raises UnreadableImage."""
    from ssl_studio.images.decode import open_picture, read_file

    picture = open_picture(read_file(path), name=path.name, long_side=long_side_px)
    return LargePicture(np.asarray(picture.image), picture.width, picture.height)


def exif(path: Path) -> "ExifFacts":
    """What the camera wrote. Raises UnreadableImage where the file is gone or closed."""
    from ssl_studio.images.exif import read_exif

    return read_exif(path)
