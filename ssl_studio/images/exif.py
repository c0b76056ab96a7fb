"""What a camera wrote into a file, in words; read on demand, without decoding. No torch here."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image

from ssl_studio.errors import UnreadableImage
from ssl_studio.images.decode import camera_name, iso_time, picture_formats, readable, words

_MAX_PARTS = 400  # of a tag's value; more is no number but a blob

Tags = Mapping[int, object]


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """What is known of the shot; None is what the file does not say.

    Attributes:
        exposure, aperture, sensitivity, focal_length: as photographers write them.
        place: latitude and longitude in degrees, north and east positive.
    """

    camera: str | None = None
    lens: str | None = None
    taken_at: str | None = None
    exposure: str | None = None
    aperture: str | None = None
    sensitivity: str | None = None
    focal_length: str | None = None
    software: str | None = None
    place: tuple[float, float] | None = None


def read_exif(path: Path) -> ExifFacts:
    """The facts of a file; an empty record where it has none. Raises UnreadableImage.

    Damaged tags count as absent, whatever is wrong with them.
    """
    try:
        with Image.open(path, formats=picture_formats()) as image:
            exif = image.getexif()
            shot = dict(exif.get_ifd(ExifTags.IFD.Exif))
            place = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
            plain = dict(exif)
    except FileNotFoundError as error:
        raise _unreadable(path, "The file is no longer there.") from error
    except PermissionError as error:
        raise _unreadable(path, "You have no right to read the file.") from error
    except Exception:  # tags come in as many broken shapes as pictures do
        return ExifFacts()
    return _facts(plain, shot, place)


def _facts(plain: Tags, shot: Tags, place: Tags) -> ExifFacts:
    base = ExifTags.Base
    seconds = _number(shot.get(base.ExposureTime))
    aperture, focal = _number(shot.get(base.FNumber)), _number(shot.get(base.FocalLength))
    iso = _number(shot.get(base.ISOSpeedRatings))
    when = words(shot.get(base.DateTimeOriginal)) or words(plain.get(base.DateTime))
    return ExifFacts(
        camera=camera_name(plain.get(base.Make), plain.get(base.Model)),
        lens=words(shot.get(base.LensModel)) or None,
        taken_at=iso_time(when),
        exposure=_exposure(seconds),
        aperture=f"f/{aperture:g}" if aperture else None,
        sensitivity=f"ISO {iso:.0f}" if iso else None,
        focal_length=f"{focal:g} mm" if focal else None,
        software=words(plain.get(base.Software)) or None,
        place=_place(place),
    )


def _exposure(seconds: float | None) -> str | None:
    if not seconds:
        return None
    return f"1/{1 / seconds:.0f} s" if seconds < 0.3 else f"{seconds:g} s"


def _place(tags: Tags) -> tuple[float, float] | None:
    gps = ExifTags.GPS
    latitude = _degrees(tags.get(gps.GPSLatitude))
    longitude = _degrees(tags.get(gps.GPSLongitude))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    south = words(tags.get(gps.GPSLatitudeRef)).upper().startswith("S")
    west = words(tags.get(gps.GPSLongitudeRef)).upper().startswith("W")
    return (-latitude if south else latitude, -longitude if west else longitude)


def _degrees(value: object) -> float | None:
    """Degrees, minutes and seconds as degrees."""
    if not isinstance(value, tuple) or not 1 <= len(value) <= 3:
        return None
    parts = list(_numbers(value))
    if len(parts) != len(value):
        return None
    return math.fsum(part / 60.0**power for power, part in enumerate(parts))


def _numbers(values: tuple[object, ...]) -> Iterator[float]:
    for value in values:
        number = _number(value)
        if number is not None:
            yield number


def _number(value: object) -> float | None:
    """A tag's number, of several the first; None where it is none, or not finite."""
    if isinstance(value, tuple):
        value = value[0] if 0 < len(value) < _MAX_PARTS else None
    try:
        number = float(value)  # type: ignore[arg-type]  # rationals, and whatever else is there
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if number == number and 0 <= number < 1e12 else None


def _unreadable(path: Path, why: str) -> UnreadableImage:
    return UnreadableImage(
        f"“{readable(path.name)}” cannot be read.", why, "Scan the folder again."
    )
