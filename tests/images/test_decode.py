"""Every picture comes out upright, in sRGB, as 8-bit RGB; every failure says why."""

import io
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from ssl_studio.errors import UnreadableImage
from ssl_studio.images import decode as decode_module
from ssl_studio.images.decode import (
    decode,
    open_picture,
    picture_formats,
    picture_suffixes,
    read_file,
)
from tests import pictures

REASONS = {
    "empty": "The file is empty.",
    "truncated": "The file is cut short: the picture's end is missing.",
    "not an image": "The file is not a picture in any format that can be read.",
    "damaged": "The picture's data is damaged.",
    "too large": " megapixels; at most 512 are read.",
}

BROKEN_EXIF = b"Exif\0\0MM\0*\xff\xff\xff\xff"


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photo(width: int, height: int) -> Image.Image:
    """Soft shapes with a little noise, as a photo has them."""
    rng = np.random.default_rng(1)
    grain = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    soft = np.asarray(grain.resize((width, height), Image.Resampling.BICUBIC), np.float32)
    noisy = soft + rng.normal(0, 4, soft.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


def test_odd_modes_look_like_the_plain_picture(tmp_path: Path) -> None:
    plain = np.asarray(pictures.quadrants())
    for name in pictures.draw_odd_modes(tmp_path):
        assert difference(decode(tmp_path / name), plain) < 2, name


def test_grey_of_any_depth_is_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.rint(pictures.grey_ramp() * 255)[..., None]
    for name in pictures.draw_grey_modes(tmp_path):
        assert np.abs(decode(tmp_path / name) - ramp).max() <= 2, name


def test_floats_that_are_no_numbers_become_black() -> None:
    values = np.array([[np.nan, 0.5], [1.0, np.inf]], np.float32)
    pixels = decode(saved(Image.fromarray(values), "TIFF"))
    assert pixels[..., 0].tolist() == [[0, 128], [255, 0]]


def test_lab_colours() -> None:
    plain = pictures.quadrants()
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    image = ImageCms.profileToProfile(plain, srgb, lab, outputMode="LAB")
    assert difference(decode(saved(image, "TIFF")), np.asarray(plain)) < 2


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "WEBP", "AVIF"])
def test_turn_is_obeyed_in_every_format_that_can_say_it(kind: str) -> None:
    if kind not in picture_formats():
        pytest.skip(f"this Pillow reads no {kind}")
    exif = pictures.camera_exif()
    exif[0x0112] = 6
    picture = open_picture(saved(pictures.quadrants(), kind, exif=exif))
    assert picture.image.size == (picture.width, picture.height) == (32, 48)
    assert picture.camera == "Lumen One"


def test_one_bit_pictures() -> None:
    image = Image.fromarray(np.array([[True, False]] * 2))
    assert decode(saved(image))[0, :, 0].tolist() == [255, 0]


def test_all_eight_orientations_are_turned_upright(tmp_path: Path) -> None:
    upright = np.asarray(pictures.quadrants())
    for name in pictures.draw_turned(tmp_path):
        assert difference(decode(tmp_path / name), upright) < 2, name


def test_turned_pictures_are_fitted_as_they_are_seen(tmp_path: Path) -> None:
    pictures.draw_turned(tmp_path)
    data = (tmp_path / "turned-6.jpg").read_bytes()
    picture = open_picture(data, exact=(24, 8))
    assert (picture.width, picture.height) == (48, 32)
    assert picture.image.size == (24, 8)
    assert decode(data, short_side=16).shape == (16, 24, 3)


def test_transparent_parts_are_mid_grey() -> None:
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert decode(saved(image))[0, 0].tolist() == [128, 128, 128]


@pytest.mark.parametrize("transparency", [0, b"\x00\x80"])
def test_transparent_palette_entries_are_mid_grey(transparency: int | bytes) -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([200, 10, 10, 0, 0, 250])
    assert decode(saved(image, transparency=transparency))[0, 0].tolist() == [128, 128, 128]


def test_colour_profile_is_turned_into_srgb() -> None:
    data = saved(pictures.quadrants(), icc_profile=pictures.swapped_profile())
    red_corner = decode(data)[2, 2]
    assert red_corner[1] > 180 > 60 > red_corner[0]


def test_profile_for_other_colours_is_passed_over() -> None:
    grey = pictures.quadrants().convert("L")
    data = saved(grey, icc_profile=pictures.swapped_profile())
    assert np.array_equal(decode(data)[..., 0], np.asarray(grey))


def test_damaged_profile_is_passed_over() -> None:
    data = saved(pictures.quadrants(), icc_profile=b"nonsense")
    assert np.array_equal(decode(data), np.asarray(pictures.quadrants()))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_damaged_tags_do_not_spoil_the_picture() -> None:
    assert decode(saved(pictures.quadrants(), "JPEG", exif=BROKEN_EXIF)).shape == (32, 48, 3)


def test_pillow_says_nothing_on_the_console(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(saved(pictures.quadrants(), "JPEG", exif=BROKEN_EXIF))
    saved_large = saved(Image.new("1", (12_000, 10_000)))
    (tmp_path / "b.png").write_bytes(saved_large)
    code = (
        "import sys; from pathlib import Path; from ssl_studio.images.decode import decode\n"
        "for name in sys.argv[1:]: decode(Path(name), short_side=8)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.jpg"), str(tmp_path / "b.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_camera_and_time_of_the_shot() -> None:
    picture = open_picture(saved(pictures.quadrants(), "JPEG", exif=pictures.camera_exif()))
    assert picture.camera == "Lumen One"
    assert picture.captured_at == datetime(2021, 6, 5, 14, 3, 2).isoformat()


def test_nonsense_time_is_no_time() -> None:
    exif = Image.Exif()
    exif[0x0132] = "0000:00:00 00:00:00"
    assert open_picture(saved(pictures.quadrants(), "JPEG", exif=exif)).captured_at is None


@pytest.mark.parametrize("size", [(600, 400), (403, 911), (1601, 203)])
def test_scaled_decoding_equals_pillows_full_path(size: tuple[int, int]) -> None:
    data = saved(photo(*size), "JPEG", quality=92)
    with Image.open(io.BytesIO(data)) as opened:
        whole = ImageOps.exif_transpose(opened).convert("RGB")
    expected = np.asarray(whole.resize((64, 64), Image.Resampling.BICUBIC))
    assert difference(decode(data, exact=(64, 64)), expected) < 1.0


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGB"), ("WEBP", "RGB"), ("PNG", "RGBA")])
def test_shrinking_equals_pillows_full_path(kind: str, mode: str) -> None:
    image = photo(600, 400)
    expected = np.asarray(image.resize((48, 32), Image.Resampling.BICUBIC))
    data = saved(image.convert(mode), kind, lossless=True)
    assert difference(decode(data, short_side=32), expected) < 1.0


def test_full_size_equals_pillow_exactly() -> None:
    data = saved(photo(123, 77), "JPEG")
    with Image.open(io.BytesIO(data)) as opened:
        assert np.array_equal(decode(data), np.asarray(opened))


def test_short_side_never_enlarges() -> None:
    assert decode(saved(photo(40, 30)), short_side=64).shape == (30, 40, 3)


def test_thin_pictures_keep_a_pixel() -> None:
    assert open_picture(saved(Image.new("RGB", (500, 1))), long_side=64).image.size == (64, 1)


def test_each_fault_is_told_in_its_own_words(tmp_path: Path) -> None:
    for name, kind in pictures.draw_broken(tmp_path).items():
        with pytest.raises(UnreadableImage) as caught:
            decode(tmp_path / name)
        assert REASONS[kind] in caught.value.why, name
        assert caught.value.what == f"“{name}” cannot be read."
        assert caught.value.remedy


def test_size_of_a_picture_that_is_too_large_is_told(tmp_path: Path) -> None:
    pictures.draw_broken(tmp_path)
    for name, megapixels in (("huge.png", "2,500"), ("wide.png", "576")):
        with pytest.raises(UnreadableImage, match=f"has {megapixels} megapixels"):
            decode(tmp_path / name)


def test_vanished_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="no longer there"):
        read_file(tmp_path / "gone.jpg")


def test_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="did not give the file"):
        read_file(tmp_path)


def test_closed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(UnreadableImage, match="no right to read"):
        read_file(tmp_path / "closed.jpg")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_any_cut_and_any_flipped_byte_raises_nothing_else() -> None:
    rng = np.random.default_rng(5)
    for kind in ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"):
        whole = saved(pictures.quadrants(16, 12), kind)
        for _ in range(40):
            data = bytearray(whole[: rng.integers(1, len(whole) + 1)])
            data[rng.integers(len(data))] ^= int(rng.integers(1, 256))
            with suppress(UnreadableImage):
                open_picture(bytes(data), exact=(8, 8))


def test_programs_are_not_run() -> None:
    assert "EPS" not in picture_formats()
    assert ".eps" not in picture_suffixes()
    assert {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".gif"} <= picture_suffixes()


def test_heic_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_module, "picture_formats", lambda: ("JPEG", "PNG"))
    data = b"\0\0\0\x18ftypheic" + bytes(200)
    with pytest.raises(UnreadableImage) as raised:
        decode_module.open_picture(data, name="phone.heic")
    assert "pillow-heif" in raised.value.why
    assert "scan again" in raised.value.remedy


def test_heic_files_are_listed_whether_or_not_they_can_be_read() -> None:
    assert {".heic", ".heif", ".jpg"} <= decode_module.picture_suffixes()
