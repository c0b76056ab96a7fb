import math
from collections import Counter
from itertools import permutations

import pytest
import torch
from scipy import stats
from torchvision.transforms import ColorJitter
from torchvision.transforms.v2 import functional as reference

from ssl_studio.images import augment, photometric
from ssl_studio.images.batch import Draw

# torchvision's tensor functions weigh red with .2989 in place of .299, see photometric.GREY.
GREY_WEIGHTS = 2e-4


def pictures(rows: int = 4, side: int = 16) -> torch.Tensor:
    """Random pictures, the first grey, the second of pure colours and black."""
    x = torch.rand(rows, 3, side, side, generator=torch.Generator().manual_seed(0))
    x[0] = x[0, :1]
    x[1] = x[1].round()
    return x


def only(operation: int, value: float, rows: int) -> photometric.Jitter:
    factors = torch.tensor([1.0, 1.0, 1.0, 0.0]).repeat(rows, 1)
    factors[:, operation] = value
    return photometric.Jitter(factors, torch.arange(4).repeat(rows, 1))


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0, 1.7])
@pytest.mark.parametrize(
    ("operation", "function"),
    [
        (photometric.BRIGHTNESS, reference.adjust_brightness),
        (photometric.CONTRAST, reference.adjust_contrast),
        (photometric.SATURATION, reference.adjust_saturation),
    ],
)
def test_blends_equal_torchvision(operation, function, value):
    x = pictures()
    ours = photometric.apply_jitter(x, only(operation, value, len(x)))
    expected = torch.stack([function(picture, value) for picture in x])
    torch.testing.assert_close(ours, expected, atol=GREY_WEIGHTS, rtol=0)


@pytest.mark.parametrize("shift", [-0.5, -0.31, -0.1, 0.0, 0.05, 0.2, 0.5])
def test_hue_equals_torchvision(shift):
    x = pictures()
    ours = photometric.apply_hue(x, torch.full((len(x),), shift))
    torch.testing.assert_close(ours, reference.adjust_hue(x, shift), atol=1e-5, rtol=0)


def test_every_picture_has_its_own_order():
    x = pictures()[2:].repeat(12, 1, 1, 1)
    orders = torch.tensor(list(permutations(range(4))))
    values = (1.4, 0.6, 1.5, 0.1)
    functions = (
        reference.adjust_brightness,
        reference.adjust_contrast,
        reference.adjust_saturation,
        reference.adjust_hue,
    )
    ours = photometric.apply_jitter(
        x, photometric.Jitter(torch.tensor(values).repeat(24, 1), orders)
    )
    for picture, order, result in zip(x, orders, ours, strict=True):
        expected = picture
        for operation in order:
            expected = functions[operation](expected, values[operation])
        torch.testing.assert_close(result, expected, atol=10 * GREY_WEIGHTS, rtol=0)


def test_all_orders_are_equally_likely():
    rows = 12_000
    jitter = photometric.draw_jitter(Draw(2, rows), (0.4, 0.4, 0.4, 0.1), 0.8)
    counts = Counter(map(tuple, jitter.order.tolist()))
    assert len(counts) == math.factorial(4)
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3


def test_factors_are_distributed_as_torchvisions():
    rows = 3000
    strengths = (0.8, 0.4, 1.2, 0.2)
    torch.manual_seed(1)
    theirs_of = ColorJitter(*strengths)
    bounds = theirs_of.brightness, theirs_of.contrast, theirs_of.saturation, theirs_of.hue
    theirs = torch.tensor([ColorJitter.get_params(*bounds)[1:] for _ in range(rows)])
    ours = photometric.draw_jitter(Draw(7, rows), strengths, 1.0).factors
    for operation in range(4):
        assert stats.ks_2samp(theirs[:, operation], ours[:, operation]).pvalue > 1e-3


def test_jitter_spares_the_pictures_it_is_not_applied_to():
    rows = 4000
    factors = photometric.draw_jitter(Draw(3, rows), (0.4, 0.4, 0.4, 0.1), 0.8).factors
    spared = (factors == torch.tensor([1.0, 1.0, 1.0, 0.0])).all(dim=1)
    share = spared.double().mean().item()
    assert share == pytest.approx(0.2, abs=3 * math.sqrt(0.16 / rows))
    x = pictures(8)
    kept = augment.colour_jitter(
        x, Draw(0, 8), brightness=1, contrast=1, saturation=1, hue=0.5, probability=0
    )
    assert torch.equal(kept, x)


def test_jitter_stays_in_range():
    x = pictures(64)
    out = augment.colour_jitter(
        x, Draw(0, 64), brightness=1, contrast=1, saturation=1, hue=0.5, probability=1
    )
    assert 0 <= out.min() <= out.max() <= 1


def test_grey_equals_torchvision():
    x = pictures()
    expected = reference.rgb_to_grayscale(x, num_output_channels=3)
    torch.testing.assert_close(
        augment.grayscale(x, Draw(0, 4), 1.0), expected, atol=GREY_WEIGHTS, rtol=0
    )


def test_grey_is_as_frequent_as_asked():
    rows = 4000
    x = torch.rand(rows, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    out = augment.grayscale(x, Draw(1, rows), 0.2)
    grey = (out[:, 0] == out[:, 1]).flatten(1).all(dim=1)
    assert grey.double().mean().item() == pytest.approx(0.2, abs=3 * math.sqrt(0.16 / rows))
    assert torch.equal(out[~grey], x[~grey])


@pytest.mark.parametrize("kernel", [3, 9])
def test_blur_equals_torchvision(kernel):
    x = pictures()
    sigma = torch.tensor([0.1, 0.7, 1.3, 2.0])
    ours = photometric.apply_blur(x, sigma, kernel)
    for picture, width, result in zip(x, sigma.tolist(), ours, strict=True):
        expected = reference.gaussian_blur(picture, [kernel, kernel], [width, width])
        torch.testing.assert_close(result, expected, atol=1e-5, rtol=0)


def test_blur_spares_the_pictures_it_is_not_applied_to():
    rows = 400
    x = torch.rand(rows, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    out = augment.gaussian_blur(x, Draw(1, rows), 0.5, (1.0, 2.0), kernel=5)
    same = (out == x).flatten(1).all(dim=1).double().mean().item()
    assert same == pytest.approx(0.5, abs=3 * math.sqrt(0.25 / rows))


def test_blur_wider_than_the_picture_is_refused():
    with pytest.raises(ValueError, match="9 taps"):
        augment.gaussian_blur(pictures(2, 4), Draw(0, 2), 1.0)


def test_solarise_equals_torchvision():
    x = pictures()
    assert torch.equal(augment.solarise(x, Draw(0, 4), 1.0), reference.solarize(x, 0.5))
    assert torch.equal(augment.solarise(x, Draw(0, 4), 0.0), x)


def test_normalise_equals_torchvision():
    x, mean, std = pictures(), (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    expected = reference.normalize(x, list(mean), list(std))
    torch.testing.assert_close(augment.normalise(x, mean, std), expected)


def test_normalise_gives_the_layout_of_the_network():
    out = augment.normalise(pictures(), (0.5,) * 3, (0.2,) * 3, dtype=torch.bfloat16)
    assert out.dtype == torch.bfloat16
    assert out.is_contiguous(memory_format=torch.channels_last)


def test_normalise_after_inference_still_carries_gradients():
    photometric.constant.cache_clear()
    with torch.inference_mode():
        augment.normalise(pictures(), (0.5,) * 3, (0.25,) * 3)
    x = pictures().requires_grad_()
    augment.normalise(x, (0.5,) * 3, (0.25,) * 3).sum().backward()
    torch.testing.assert_close(x.grad, torch.full_like(x, 4.0))
