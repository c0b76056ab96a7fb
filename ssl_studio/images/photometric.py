"""Colour operations on whole batches, with separate random parameters for every picture.

Pictures are float32 (B, 3, H, W) in [0, 1]. The operations are torchvision's (its tensor
functions define them to the last digit but for the weights of grey, see `GREY`), yet nothing here
waits for the device: every picture runs through the same kernels with its own numbers.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from ssl_studio.images.batch import Draw
from ssl_studio.images.geometry import separable

# ITU-R 601 luma, as Pillow. torchvision's tensor functions have .2989 for red, and so turn
# white into .9999; the greatest difference is 1e-4.
GREY = (0.299, 0.587, 0.114)
BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)
NO_JITTER = (1.0, 1.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Jitter:
    """What colour jitter does to each picture.

    Attributes:
        factors: float32 (B, 4): factors of brightness, contrast and saturation, and the shift of
            hue in turns of the colour circle. 1, 1, 1, 0 leaves a picture as it is.
        order: int64 (B, 4): which of the four comes first, second, third, last.
    """

    factors: Tensor
    order: Tensor

    def repeat(self, frames: int) -> "Jitter":
        """The same for (B * frames) pictures of which `frames` in a row belong together."""
        return Jitter(
            self.factors.repeat_interleave(frames, 0), self.order.repeat_interleave(frames, 0)
        )


@dataclass(frozen=True, slots=True)
class Colours:
    """What happens to the colours of each picture of a view; None leaves a step out.

    Attributes:
        jitter: factors and orders.
        grey: bool (B,).
        sigma: float32 (B,), width of the blur in pixels, 0 for none.
        kernel: number of taps of the blur.
        solarise: bool (B,).
        mean, std: per channel, of pixels in [0, 1]; the view is (x - mean) / std.
        dtype: of the view, float32 or bfloat16.
    """

    jitter: Jitter | None = None
    grey: Tensor | None = None
    sigma: Tensor | None = None
    kernel: int = 1
    solarise: Tensor | None = None
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    dtype: torch.dtype = torch.float32

    def repeat(self, frames: int) -> "Colours":
        """The same for (B * frames) pictures of which `frames` in a row belong together."""
        jitter = self.jitter.repeat(frames) if self.jitter else None
        grey, sigma, inverted = (
            None if numbers is None else numbers.repeat_interleave(frames, 0)
            for numbers in (self.grey, self.sigma, self.solarise)
        )
        return replace(self, jitter=jitter, grey=grey, sigma=sigma, solarise=inverted)


UNCHANGED = Colours()


def draw_jitter(
    draw: Draw, strengths: tuple[float, float, float, float], probability: float
) -> Jitter:
    """Parameters of colour jitter; consumes a chance, (B, 4) uniforms and a permutation of 4."""
    applied = draw.chance(probability).unsqueeze(1)
    numbers = draw.uniform(shape=(4,))
    low = tuple(max(0.0, 1 - strength) for strength in strengths[:3])
    high = tuple(1 + strength for strength in strengths[:3])
    lowest = constant((*low, -strengths[HUE]), numbers.device)
    highest = constant((*high, strengths[HUE]), numbers.device)
    factors = torch.lerp(lowest, highest, numbers)
    factors = torch.where(applied, factors, constant(NO_JITTER, numbers.device))
    return Jitter(factors, draw.permutation(4))


def draw_sigma(draw: Draw, probability: float, sigma: tuple[float, float]) -> Tensor:
    """Widths (B,) of the blur in pixels, 0 where a picture is not blurred."""
    applied = draw.chance(probability)
    return torch.where(applied, draw.uniform(*sigma), 0.0)


def colour_jitter(
    x: Tensor,
    draw: Draw,
    *,
    brightness: float,
    contrast: float,
    saturation: float,
    hue: float,
    probability: float,
) -> Tensor:
    """Jittered pictures: the four operations in an order of its own for every picture.

    Brightness, contrast and saturation factors are uniform in [max(0, 1 - strength),
    1 + strength], the hue shift in [-hue, hue] turns; values are clamped after each operation.
    """
    strengths = (brightness, contrast, saturation, hue)
    return apply_jitter(x, draw_jitter(draw, strengths, probability))


def grayscale(x: Tensor, draw: Draw, probability: float) -> Tensor:
    """Pictures of which each is turned to grey with the given probability."""
    return apply_grey(x, draw.chance(probability))


def gaussian_blur(
    x: Tensor,
    draw: Draw,
    probability: float,
    sigma: tuple[float, float] = (0.1, 2.0),
    kernel: int | None = None,
) -> Tensor:
    """Pictures of which each is blurred with the given probability, by a width of its own.

    Args:
        x: pictures.
        draw: consumes a chance and a uniform number.
        probability: of being blurred.
        sigma: bounds of the standard deviation, in pixels.
        kernel: odd number of taps; None takes `blur_kernel(sigma[1])`.
    """
    return apply_blur(x, draw_sigma(draw, probability, sigma), kernel or blur_kernel(sigma[1]))


def solarise(x: Tensor, draw: Draw, probability: float, threshold: float = 0.5) -> Tensor:
    """Pictures of which each has its values from `threshold` up inverted with the probability."""
    return apply_solarise(x, draw.chance(probability), threshold)


def normalise(
    x: Tensor,
    mean: tuple[float, float, float],
    std: tuple[float, float, float],
    *,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """(x - mean) / std per channel, channels last, as convolutions take it fastest."""
    scale = constant(tuple(1 / deviation for deviation in std), x.device)
    offset = constant(tuple(-m / d for m, d in zip(mean, std, strict=True)), x.device)
    out = torch.addcmul(offset[:, None, None], x, scale[:, None, None])
    return out.to(dtype, memory_format=torch.channels_last)


def blur_kernel(sigma: float) -> int:
    """Odd number of taps that holds two standard deviations on either side."""
    return 2 * math.ceil(2 * sigma) + 1


def apply_colours(x: Tensor, colours: Colours) -> Tensor:
    """Pictures after jitter, grey, blur and solarisation, in this order."""
    if colours.jitter is not None:
        x = apply_jitter(x, colours.jitter)
    if colours.grey is not None:
        x = apply_grey(x, colours.grey)
    if colours.sigma is not None:
        x = apply_blur(x, colours.sigma, colours.kernel)
    return x if colours.solarise is None else apply_solarise(x, colours.solarise)


def apply_jitter(x: Tensor, jitter: Jitter) -> Tensor:
    """Pictures with the given factors applied in the given orders.

    Brightness, contrast and saturation are one blend with different shares, so all orders run
    as: up to three blends, hue, up to three blends. A picture sits out those it has no use for.
    """
    hue_place = (jitter.order == HUE).int().argmax(dim=1)
    for place in range(3):
        x = _blend(x, jitter, place, place < hue_place)
    x = apply_hue(x, jitter.factors[:, HUE])
    for place in range(1, 4):
        x = _blend(x, jitter, place, place > hue_place)
    return x


def _blend(x: Tensor, jitter: Jitter, place: int, active: Tensor) -> Tensor:
    """Pictures after the operation at `place` of their order, where `active`."""
    which = jitter.order[:, place]
    factor = jitter.factors.gather(1, which[:, None]).squeeze(1)
    own = torch.where(active, factor, 1.0)
    mean_share = torch.where(which == CONTRAST, 1 - own, 0.0)
    grey_share = torch.where(which == SATURATION, 1 - own, 0.0)
    grey = _luma(x)
    shared = grey * _column(grey_share) + grey.mean((2, 3), keepdim=True) * _column(mean_share)
    return torch.addcmul(shared, x, _column(own)).clamp_(0, 1)


def apply_hue(x: Tensor, shift: Tensor) -> Tensor:
    """Pictures with their hues turned by `shift` (B,) of the colour circle.

    Equal to going to HSV and back. With the hue h in sixths of the circle, red is
    min + (max - min) clamp(|h - 3| - 1, 0, 1), green and blue the same curve a third further on.
    """
    red, green, blue = x.unbind(1)
    low, high = x.amin(1), x.amax(1)
    spread = high - low
    inverse = 1 / torch.where(spread > 0, spread, 1.0)
    hue = torch.where(
        high == red,
        (green - blue) * inverse,
        torch.where(high == green, (blue - red) * inverse + 2, (red - green) * inverse + 4),
    )
    hue = (hue + 6 * shift[:, None, None]).remainder_(6)
    out = torch.stack(((hue - 3).abs_() - 1, 2 - (hue - 2).abs_(), 2 - (hue - 4).abs_()), dim=1)
    out = torch.addcmul(low.unsqueeze(1), out.clamp_(0, 1), spread.unsqueeze(1))
    return torch.where(_column(shift) == 0, x, out)


def apply_grey(x: Tensor, chosen: Tensor) -> Tensor:
    """Pictures with the chosen ones (bool (B,)) turned to grey."""
    return torch.where(_column(chosen), _luma(x), x)


def apply_blur(x: Tensor, sigma: Tensor, kernel: int) -> Tensor:
    """Pictures blurred by a Gaussian of `sigma` (B,) pixels, mirrored at the border; 0 is none."""
    taps = blur_taps(sigma, kernel)
    height, width = x.shape[2:]
    down = taps @ _mirrored(height, kernel, x.device).flatten(1)
    across = taps @ _mirrored(width, kernel, x.device).flatten(1)
    out = separable(x, down.view(-1, height, height), across.view(-1, width, width))
    return torch.where(_column(sigma) > 0, out, x)


def blur_taps(sigma: Tensor, kernel: int) -> Tensor:
    """Weights (B, kernel) of the Gaussians, summing to 1."""
    place = torch.arange(kernel, device=sigma.device) - kernel // 2
    squares = (place / sigma.clamp(min=1e-3).unsqueeze(1)).square()
    weights = torch.pow(math.exp(-0.5), squares)  # a softmax would wake all threads for this
    return weights / weights.sum(dim=1, keepdim=True)


def check_blur(kernel: int, size: int) -> None:
    """Raise ValueError where a blur would mirror more pixels than there are."""
    if kernel % 2 == 0 or kernel // 2 >= size:
        raise ValueError(f"A blur of {kernel} taps does not fit into {size} pixels.")


@lru_cache(maxsize=16)
def _mirrored(size: int, kernel: int, device: torch.device) -> Tensor:
    """(kernel, size, size): 1 where tap k of output pixel i falls on input pixel j."""
    check_blur(kernel, size)
    with torch.inference_mode(mode=False):
        place = torch.arange(size, device=device)
        reach = torch.arange(kernel, device=device).unsqueeze(1) - kernel // 2 + place
        reach = (size - 1) - ((size - 1) - reach.abs()).abs()
        return (reach.unsqueeze(2) == place).float()


def apply_solarise(x: Tensor, chosen: Tensor, threshold: float = 0.5) -> Tensor:
    """Pictures with the values >= threshold of the chosen ones (bool (B,)) inverted."""
    return torch.where(_column(chosen) & (x >= threshold), 1 - x, x)


@lru_cache(maxsize=64)
def constant(values: tuple[float, ...], device: torch.device) -> Tensor:
    """A small float32 tensor, kept on the device: copying it there each time would wait for it."""
    with torch.inference_mode(mode=False):  # kept, so it must serve training as well
        return torch.tensor(values, device=device)


def _luma(x: Tensor) -> Tensor:
    red, green, blue = x.unbind(1)
    return (red * GREY[0]).add_(green, alpha=GREY[1]).add_(blue, alpha=GREY[2]).unsqueeze(1)


def _column(numbers: Tensor) -> Tensor:
    return numbers[:, None, None, None]
