from pathlib import Path

import pytest
from PIL import ExifTags, Image

from ssl_studio.errors import UnreadableImage
from ssl_studio.images.exif import ExifFacts, read_exif
from tests.pictures import camera_exif, quadrants


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shot.jpg"


def full_exif() -> Image.Exif:
    exif = camera_exif()
    shot = exif.get_ifd(ExifTags.IFD.Exif)
    shot[ExifTags.Base.ExposureTime] = 0.004
    shot[ExifTags.Base.FNumber] = 2.8
    shot[ExifTags.Base.ISOSpeedRatings] = 400
    shot[ExifTags.Base.FocalLength] = 35.0
    shot[ExifTags.Base.LensModel] = "Lumen 35 mm"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "S", "E"
    place[ExifTags.GPS.GPSLatitude] = (33.0, 51.0, 36.0)
    place[ExifTags.GPS.GPSLongitude] = (151.0, 12.0, 36.0)
    return exif


def test_what_the_camera_wrote(path: Path) -> None:
    quadrants().save(path, exif=full_exif())
    found = read_exif(path)
    assert (found.camera, found.lens) == ("Lumen One", "Lumen 35 mm")
    assert found.taken_at == "2021-06-05T14:03:02"
    assert (found.exposure, found.aperture) == ("1/250 s", "f/2.8")
    assert (found.sensitivity, found.focal_length) == ("ISO 400", "35 mm")
    assert found.place == pytest.approx((-33.86, 151.21))


def test_a_picture_without_tags_says_nothing(path: Path) -> None:
    quadrants().save(path)
    assert read_exif(path) == ExifFacts()


def test_long_exposures_are_told_in_seconds(path: Path) -> None:
    exif = camera_exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 2.5
    quadrants().save(path, exif=exif)
    assert read_exif(path).exposure == "2.5 s"


def test_a_place_that_cannot_be(path: Path) -> None:
    exif = full_exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (120.0, 0.0, 0.0)
    quadrants().save(path, exif=exif)
    assert read_exif(path).place is None


def test_damaged_tags_count_as_absent(path: Path) -> None:
    quadrants().save(path, exif=full_exif())
    data = bytearray(path.read_bytes())
    start = data.index(b"Exif") + 14
    data[start : start + 60] = b"\xff" * 60
    path.write_bytes(data)
    assert isinstance(read_exif(path), ExifFacts)


def test_a_file_that_is_no_picture_says_nothing(path: Path) -> None:
    path.write_text("a letter")
    assert read_exif(path) == ExifFacts()


def test_a_file_that_is_gone_is_told(path: Path) -> None:
    with pytest.raises(UnreadableImage, match="cannot be read"):
        read_exif(path)
