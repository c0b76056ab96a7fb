import math

import pytest
import torch
from scipy import stats
from torchvision.transforms import InterpolationMode, RandomResizedCrop
from torchvision.transforms.v2 import functional as reference

from ssl_studio.images import augment
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.images.geometry import resize_weights, sample_boxes

MODES = {False: InterpolationMode.BILINEAR, True: InterpolationMode.BICUBIC}


def random_batch(rows: int, side: int, aspect: float = 1.0, seed: int = 0) -> ImageBatch:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(256, (rows, 3, side, side), generator=generator, dtype=torch.uint8)
    return ImageBatch(pixels, torch.full((rows,), aspect), torch.arange(rows))


@pytest.mark.parametrize("bicubic", [False, True])
@pytest.mark.parametrize(
    ("side", "size", "box"),
    [
        (32, 32, (3, 5, 21, 30)),
        (40, 24, (0, 0, 40, 40)),
        (60, 16, (7, 2, 58, 49)),
        (20, 48, (12, 1, 16, 4)),
    ],
)
def test_a_crop_equals_torchvision(side, size, box, bicubic):
    batch = random_batch(2, side)
    x0, y0, x1, y1 = box
    expected = reference.resized_crop(
        batch.pixels / 255, y0, x0, y1 - y0, x1 - x0, [size, size], MODES[bicubic], antialias=True
    )
    boxes = torch.tensor([box] * 2) / side
    ours = augment.crop_boxes(batch, boxes, size, bicubic=bicubic)
    torch.testing.assert_close(ours, expected.clamp(0, 1), atol=1e-5, rtol=0)


def test_a_flip_mirrors_the_chosen_pictures_only():
    batch = random_batch(2, 16)
    boxes = torch.tensor([[0.1, 0.2, 0.7, 0.9]] * 2)
    plain = augment.crop_boxes(batch, boxes, 12)
    flipped = augment.crop_boxes(batch, boxes, 12, flip=torch.tensor([True, False]))
    torch.testing.assert_close(flipped[0], plain[0].flip(-1))
    assert torch.equal(flipped[1], plain[1])


def test_the_whole_picture_at_its_own_size_is_itself():
    batch = random_batch(3, 32)
    torch.testing.assert_close(augment.whole_square(batch, 32), batch.pixels / 255)


def test_rows_of_weights_sum_to_one():
    start = torch.linspace(0, 0.9, 50)
    weights = resize_weights(start, start + 0.0999, 33, 7)
    torch.testing.assert_close(weights.sum(2), torch.ones(50, 7))


def test_frames_share_the_box_of_their_picture():
    single = random_batch(6, 24)
    frames = ImageBatch(single.pixels.view(2, 3, 3, 24, 24), torch.ones(2), torch.arange(2))
    boxes = torch.tensor([[0.0, 0.1, 0.5, 0.8], [0.3, 0.2, 1.0, 0.6]])
    expected = augment.crop_boxes(single, boxes.repeat_interleave(3, 0), 16)
    assert torch.equal(augment.crop_boxes(frames, boxes, 16).flatten(0, 1), expected)


def test_eval_view_is_resize_and_centre_crop():
    batch = random_batch(1, 128)
    expected = reference.center_crop(batch.pixels / 255, [112, 112])
    torch.testing.assert_close(augment.eval_view(batch, 112), expected, atol=1e-5, rtol=0)


def test_eval_view_of_small_pictures_has_no_margin():
    batch = random_batch(1, 32)
    torch.testing.assert_close(augment.eval_view(batch, 32), batch.pixels / 255)


def test_the_centre_square_of_a_wide_picture_leaves_its_sides_out():
    batch = random_batch(1, 64, aspect=2.0)
    expected = augment.crop_boxes(batch, torch.tensor([[0.25, 0.0, 0.75, 1.0]]), 32)
    assert torch.equal(augment.centre_square(batch, 32), expected)


@pytest.mark.parametrize("aspect", [0.4, 1.0, 1.5, 3.0])
def test_crops_are_distributed_as_torchvisions(aspect):
    """Area, shape and place, in a picture so large that rounding to pixels does not matter."""
    rows = 2000
    width, height = round(3000 * math.sqrt(aspect)), round(3000 / math.sqrt(aspect))
    torch.manual_seed(3)
    picture = torch.empty(1, height, width)
    boxes = torch.tensor(
        [RandomResizedCrop.get_params(picture, (0.08, 1.0), (3 / 4, 4 / 3)) for _ in range(rows)]
    )
    top, left, h, w = boxes.double().unbind(1)
    ours = sample_boxes(torch.full((rows,), aspect), Draw(5, rows), (0.08, 1.0), (3 / 4, 4 / 3))
    x0, y0, x1, y1 = ours.double().unbind(1)
    pairs = {
        "area": (w * h / (width * height), (x1 - x0) * (y1 - y0)),
        "shape": (w / h, (x1 - x0) / (y1 - y0) * aspect),
        "left": (left / width, x0),
        "top": (top / height, y0),
    }
    for name, (theirs, mine) in pairs.items():
        # Rounded, since torchvision's pixels make ties that continuous boxes do not have.
        assert stats.ks_2samp(theirs.round(decimals=2), mine.round(decimals=2)).pvalue > 1e-3, name


def test_boxes_lie_in_the_picture():
    rows = 5000
    aspect = torch.logspace(-1, 1, rows)
    boxes = sample_boxes(aspect, Draw(0, rows), (0.05, 1.0), (0.5, 2.0))
    assert (boxes >= 0).all()
    assert (boxes <= 1 + 1e-6).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_half_of_the_crops_are_flipped():
    rows = 2000
    ramp = torch.arange(16, dtype=torch.uint8).mul(15).expand(rows, 3, 16, 16)
    batch = ImageBatch(ramp, torch.ones(rows), torch.arange(rows))
    out = augment.random_resized_crop(batch, 8, Draw(1, rows))
    flipped = (out[:, 0, 0, 0] > out[:, 0, 0, -1]).double().mean().item()
    assert flipped == pytest.approx(0.5, abs=3 * math.sqrt(0.25 / rows))
