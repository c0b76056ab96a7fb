import io

import numpy as np
from PIL import Image

from ssl_studio.images.thumbnails import make_thumbnail
from tests.pictures import quadrants


def jpeg(size: tuple[int, int], **options: object) -> bytes:
    buffer = io.BytesIO()
    quadrants(*size).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_longer_side_fits_and_shape_is_kept() -> None:
    picture, thumbnail = make_thumbnail(jpeg((600, 400)), thumbnail_px=96)
    assert (picture.width, picture.height) == (600, 400)
    assert opened(thumbnail.data).size == (thumbnail.width, thumbnail.height) == (96, 64)


def test_colours_survive() -> None:
    _, thumbnail = make_thumbnail(jpeg((600, 400)))
    pixels = np.asarray(opened(thumbnail.data)).astype(int)
    assert np.abs(pixels[10, 10] - (220, 30, 40)).max() < 12


def test_small_plain_jpeg_is_its_own_thumbnail() -> None:
    data = jpeg((32, 24))
    _, thumbnail = make_thumbnail(data)
    assert thumbnail == (data, 32, 24)


def test_what_viewers_would_show_otherwise_is_written_anew() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for options in ({"exif": exif}, {"progressive": True}, {"comment": b"x" * 40_000}):
        data = jpeg((32, 24), **options)
        assert make_thumbnail(data)[1].data != data


def test_turned_picture_has_an_upright_thumbnail() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    _, thumbnail = make_thumbnail(jpeg((32, 24), exif=exif))
    assert opened(thumbnail.data).size == (24, 32)


def test_small_picture_is_not_enlarged() -> None:
    buffer = io.BytesIO()
    quadrants(20, 10).save(buffer, "PNG")
    _, thumbnail = make_thumbnail(buffer.getvalue())
    assert opened(thumbnail.data).size == (20, 10)
    assert opened(thumbnail.data).format == "JPEG"
