from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from ssl_studio.images.perceptual import look, perceptual_hash, unlikeness
from tests.pictures import GROUPS, draw_shape


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def bits_between(a: bytes, b: bytes) -> int:
    first, second = perceptual_hash(a), perceptual_hash(b)
    assert first is not None
    assert second is not None
    return (first ^ second).bit_count()


def scene(seed: int) -> Image.Image:
    """Soft blobs: frequencies as photographs have them."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return Image.fromarray(cells).resize((128, 96), Image.Resampling.BICUBIC)


def test_size_quality_and_brightness_leave_the_hash_alone() -> None:
    for seed in range(8):
        picture = scene(seed)
        original = jpeg(picture, 92)
        brighter = ImageEnhance.Brightness(picture).enhance(1.08)
        for other in (jpeg(picture, 40), jpeg(picture.resize((64, 48))), jpeg(brighter)):
            assert bits_between(original, other) <= 6
            first, second = look(original), look(other)
            assert first is not None
            assert second is not None
            assert unlikeness(first, second) < 9


def test_other_pictures_have_other_hashes() -> None:
    scenes = [jpeg(scene(seed)) for seed in range(12)]
    distances = [bits_between(a, b) for i, a in enumerate(scenes) for b in scenes[:i]]
    assert min(distances) > 12


def test_the_look_tells_pictures_apart_whose_hashes_agree() -> None:
    red = look(jpeg(Image.new("RGB", (96, 96), (200, 30, 30))))
    blue = look(jpeg(Image.new("RGB", (96, 96), (30, 30, 200))))
    assert red is not None
    assert blue is not None
    assert unlikeness(red, blue) > 20


def test_flat_pictures_all_hash_alike() -> None:
    hashes = {perceptual_hash(jpeg(Image.new("RGB", (64, 64), (g, g, g)))) for g in (0, 90, 255)}
    assert len(hashes) == 1


def test_what_cannot_be_decoded_has_no_hash() -> None:
    assert perceptual_hash(b"\xff\xd8 no picture") is None
    assert look(b"") is None


def test_drawn_shapes_differ() -> None:
    rng = np.random.default_rng(0)
    circle, stripes = (jpeg(draw_shape(group, rng, 64)) for group in (GROUPS[0], GROUPS[2]))
    assert bits_between(circle, stripes) > 6


def test_a_picture_that_claims_to_be_huge_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 64)
    assert look(jpeg(Image.new("RGB", (96, 96)))) is None
