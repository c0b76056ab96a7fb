"""Stored pictures become images, in any thread, without stopping the window."""

import re
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage, qBlue, qGreen, qRed

from ssl_studio.gui import decoding
from ssl_studio.gui.decoding import decoded


def stored(tmp_path: Path, mode: str, colour: object, suffix: str) -> bytes:
    path = tmp_path / f"picture{suffix}"
    Image.new(mode, (7, 5), colour).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".gif", ".webp", ".jpg"])
def test_colours_and_size_are_those_of_the_file(tmp_path: Path, suffix: str) -> None:
    image = decoded(stored(tmp_path, "RGB", (200, 100, 50), suffix))
    assert (image.width(), image.height()) == (7, 5)
    pixel = image.pixel(3, 2)
    seen = (qRed(pixel), qGreen(pixel), qBlue(pixel))
    assert all(abs(a - b) < 12 for a, b in zip(seen, (200, 100, 50), strict=True))


def test_a_grey_jpeg_is_grey(tmp_path: Path) -> None:
    pixel = decoded(stored(tmp_path, "L", 128, ".jpg")).pixel(0, 0)
    assert qRed(pixel) == qGreen(pixel) == qBlue(pixel)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut"])
def test_what_is_no_picture_is_null(data: bytes) -> None:
    assert decoded(data).isNull()


def test_pixels_need_no_conversion_for_painting(tmp_path: Path) -> None:
    image = decoded(stored(tmp_path, "RGB", (1, 2, 3), ".png"))
    assert image.format() == QImage.Format.Format_RGB32


def test_nothing_else_decodes_with_qt() -> None:
    """Decoding by Qt holds the interpreter, and hung with the window's thread."""
    room = Path(decoding.__file__).parent
    calls = re.compile(r"\b(fromData|loadFromData)\(")
    guilty = [p.name for p in room.rglob("*.py") if calls.search(p.read_text("utf-8"))]
    assert guilty == []
