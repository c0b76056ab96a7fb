"""Small JPEG bytes for the grids. No torch here."""

from io import BytesIO
from typing import NamedTuple

from PIL import Image

from ssl_studio.images.decode import Picture, open_picture

THUMBNAIL_PX = 128
_QUALITY = 85

# A file with few pixels may still be stuffed with tags; such a one is written anew.
_REUSED_BYTES = 32 * 1024


class Thumbnail(NamedTuple):
    """A JPEG and its size in pixels."""

    data: bytes
    width: int
    height: int


def make_thumbnail(
    data: bytes, *, name: str = "picture", thumbnail_px: int = THUMBNAIL_PX
) -> tuple[Picture, Thumbnail]:
    """Decode a file's bytes once: the picture's facts and its thumbnail.

    The thumbnail's longer side has at most `thumbnail_px` pixels; small pictures are not
    enlarged, and a small plain JPEG is its own thumbnail, byte for byte. Raises UnreadableImage.
    """
    picture = open_picture(data, name=name, long_side=thumbnail_px)
    width, height = picture.image.size
    small = (width, height) == (picture.width, picture.height)
    if small and picture.as_stored and len(data) <= _REUSED_BYTES:
        return picture, Thumbnail(data, width, height)
    return picture, Thumbnail(_jpeg(picture.image), width, height)


def _jpeg(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
