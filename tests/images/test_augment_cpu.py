"""The compiled code gives what the tensor operations give."""

import dataclasses

import pytest
import torch

from ssl_studio.images import augment_cpu
from ssl_studio.images.batch import Draw
from ssl_studio.images.crops import render_tensors
from ssl_studio.images.geometry import Crop, sample_boxes
from ssl_studio.images.photometric import UNCHANGED, Colours, Jitter, draw_jitter, draw_sigma

ROWS = 48


def random_pixels(side: int) -> torch.Tensor:
    """Noise, the first picture grey, the second of pure colours, the third black."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (ROWS, 3, side, side), generator=generator, dtype=torch.uint8)
    pixels[0] = pixels[0, :1]
    pixels[1] = pixels[1].div(128, rounding_mode="floor") * 255
    pixels[2] = 0
    return pixels


def random_crop(size: int, bicubic: bool = False) -> Crop:
    draw = Draw(3, ROWS)
    boxes = sample_boxes(torch.linspace(0.5, 2, ROWS), draw, (0.02, 1.0), (3 / 4, 4 / 3))
    return Crop(boxes, size, draw.chance(0.5), bicubic)


def random_colours() -> Colours:
    draw = Draw(4, ROWS)
    return Colours(
        jitter=draw_jitter(draw, (0.8, 0.8, 0.8, 0.5), 0.8),
        grey=draw.chance(0.2),
        sigma=draw_sigma(draw, 0.5, (0.1, 2.0)),
        kernel=5,
    )


def assert_same(pixels: torch.Tensor, crop: Crop, colours: Colours) -> None:
    expected = render_tensors(pixels, crop, colours)
    ours = augment_cpu.render(pixels, crop, colours)
    torch.testing.assert_close(ours, expected, atol=2e-5, rtol=0)


@pytest.mark.parametrize("bicubic", [False, True])
@pytest.mark.parametrize(("side", "size"), [(32, 32), (33, 20), (96, 16), (16, 40)])
def test_crops_agree(side, size, bicubic):
    assert_same(random_pixels(side), random_crop(size, bicubic), UNCHANGED)


def test_the_whole_picture_agrees():
    crop = Crop(torch.tensor([[0.0, 0.0, 1.0, 1.0]]).repeat(ROWS, 1), 24)
    assert_same(random_pixels(24), crop, UNCHANGED)


def test_colours_agree():
    assert_same(random_pixels(32), random_crop(32), random_colours())


def test_each_step_of_the_colours_agrees_alone():
    for name in ("jitter", "grey", "sigma"):
        alone = dataclasses.replace(UNCHANGED, kernel=5, **{name: getattr(random_colours(), name)})
        assert_same(random_pixels(24), random_crop(24), alone)


def test_a_wide_blur_agrees_at_the_border():
    colours = Colours(sigma=torch.full((ROWS,), 3.0), kernel=13)
    assert_same(random_pixels(16), random_crop(8), colours)


@pytest.mark.parametrize("shift", [-0.5, -0.2, 0.0, 0.35, 0.5])
def test_hue_agrees(shift):
    factors = torch.tensor([1.0, 1.0, 1.0, shift]).repeat(ROWS, 1)
    jitter = Jitter(factors, torch.arange(4).repeat(ROWS, 1))
    assert_same(random_pixels(24), random_crop(24), Colours(jitter=jitter))


def test_solarised_and_normalised_views_agree():
    colours = Colours(solarise=Draw(1, ROWS).chance(0.5), mean=(0.4, 0.5, 0.6), std=(0.5, 1, 2))
    pixels, crop = random_pixels(32), random_crop(24)
    difference = augment_cpu.render(pixels, crop, colours) - render_tensors(pixels, crop, colours)
    # Solarisation jumps at one half: rounding may take a value to the other side of it.
    assert (difference.abs() > 1e-4).double().mean() < 1e-4


def test_the_number_of_threads_changes_nothing(monkeypatch):
    pixels, crop, colours = random_pixels(16), random_crop(16), random_colours()
    alone = augment_cpu.render(pixels, crop, colours)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    monkeypatch.setattr(augment_cpu, "VALUES_PER_THREAD", 1)
    assert torch.equal(augment_cpu.render(pixels, crop, colours), alone)


def test_boxes_that_are_not_numbers_do_no_harm():
    boxes = torch.full((ROWS, 4), torch.nan)
    assert augment_cpu.render(random_pixels(16), Crop(boxes, 8), UNCHANGED).shape == (ROWS, 3, 8, 8)


def test_a_blur_wider_than_the_view_is_refused():
    with pytest.raises(ValueError, match="9 taps"):
        augment_cpu.render(random_pixels(16), random_crop(4), Colours(kernel=9))


@pytest.mark.parametrize("size", [16, 20])
def test_half_precision_is_float32_rounded_to_nearest(size):
    pixels, crop = random_pixels(32), random_crop(size)
    colours = dataclasses.replace(random_colours(), mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.25))
    full = augment_cpu.render(pixels, crop, colours)
    half = augment_cpu.render(pixels, crop, dataclasses.replace(colours, dtype=torch.bfloat16))
    assert half.dtype == torch.bfloat16
    assert half.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(half, full.bfloat16())
