"""Every colour mode that Pillow reads, brought to 8-bit sRGB. No torch here."""

from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

# Behind transparent pixels. The mean of the folder would be ideal but is not known while the
# folder is read; mid grey is close to it, adds no strong edge to dark or light drawings, and
# hides neither black nor white ink.
BACKGROUND = (128, 128, 128)

# Depths of real sensors; a picture is scaled by the first that holds its brightest value, so that
# 12-bit data in 16-bit files is not shown sixteen times too dark.
_INTEGER_TOPS = (255, 4095, 65535)
_PROFILE_MODES = {"RGB": ("RGB", "RGBA"), "GRAY": ("L",), "CMYK": ("CMYK",), "Lab": ("LAB",)}


def plain_mode(image: Image.Image) -> Image.Image:
    """The same picture as L, LA, RGB, RGBA, CMYK or LAB: what can be resized and colour managed.

    Integers of 16 and 32 bits and floats are scaled to 8 bits, never clipped. Palettes and
    colour keys become true transparency.
    """
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        return Image.fromarray(eight_bits(np.asarray(image)))
    if mode in ("LA", "RGBA"):
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    if mode in ("L", "RGB", "CMYK", "LAB"):
        return image
    return image.convert("L" if mode == "1" else "RGB")


def eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale grey values (H, W) of any range to 0..255.

    Integers from 0 are measured against the sensor depth that holds them (8, 12 or 16 bits),
    floats against 1 or 255; anything else is stretched from its least to its greatest value.
    """
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    tops = (1.0, 255.0) if values.dtype.kind == "f" else _INTEGER_TOPS
    top = next((top for top in tops if low >= 0 and high <= top), None)
    if top is None:
        numbers, top = numbers - low, high - low
    scaled: NDArray[np.uint8] = np.rint(numbers * (255.0 / max(top, 1e-30))).astype(np.uint8)
    return scaled


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours of `profile` turned into sRGB; the image itself where there is nothing to turn.

    A profile that is damaged or made for another kind of colours is passed over.
    """
    if image.mode == "LAB":
        profile = profile or _lab_profile()
    if not profile:
        return image
    transform = _transform(profile, image.mode)
    if transform is None:
        return image
    turned = ImageCms.applyTransform(image, transform)
    return image if turned is None else turned


def flatten(image: Image.Image) -> Image.Image:
    """RGB, with transparent parts laid on `BACKGROUND`."""
    if image.mode == "RGB":
        return image
    if image.mode not in ("LA", "RGBA"):
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, BACKGROUND)
    ground.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return ground


@lru_cache(maxsize=64)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """How to turn `mode` into sRGB; None if the profile is sRGB, damaged or for other colours.

    Kept, since building one costs milliseconds and the pictures of a camera share a profile.
    """
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if mode not in _PROFILE_MODES.get(source.profile.xcolor_space.strip(), ()):
            return None
        if "sRGB" in (source.profile.profile_description or ""):
            return None
        target = "RGBA" if mode == "RGBA" else "RGB"
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, target)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


@lru_cache(maxsize=1)
def _lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
