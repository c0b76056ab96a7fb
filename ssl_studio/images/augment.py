"""Augmented views of whole batches on the device, with separate draws for every picture.

A `Draw` is consumed in the order of the calls, and each call consumes the same amount whatever
comes out of it. So the views of a picture do not depend on its companions in the batch.

Letters: B pictures, F frames, S side of the cache, s side of a view, in pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.images.crops import (
    centre_square,
    crop_boxes,
    eval_view,
    random_resized_crop,
    render,
    whole_square,
)
from ssl_studio.images.geometry import Crop, sample_boxes
from ssl_studio.images.photometric import (
    Colours,
    blur_kernel,
    colour_jitter,
    draw_jitter,
    draw_sigma,
    gaussian_blur,
    grayscale,
    normalise,
    solarise,
)
from ssl_studio.images.tiles import tiles

__all__ = [
    "ViewRecipe",
    "centre_square",
    "colour_jitter",
    "crop_boxes",
    "eval_view",
    "gaussian_blur",
    "grayscale",
    "make_view",
    "multi_crop",
    "normalise",
    "random_resized_crop",
    "solarise",
    "tiles",
    "whole_square",
]


@dataclass(frozen=True, slots=True)
class ViewRecipe:
    """How one kind of view is made: crop, flip, jitter, grey, blur, solarise, normalise.

    Attributes:
        size: side of the view in pixels.
        scale: bounds of the area fraction of the crop.
        ratio: bounds of its width / height.
        flip: probability of mirroring left to right.
        jitter: strengths of brightness, contrast, saturation and hue.
        jitter_probability: of the four together.
        grey: probability of turning to grey.
        blur: probability of the Gaussian blur.
        blur_sigma: bounds of its standard deviation, in pixels of the view.
        blur_kernel: odd number of taps; None holds two standard deviations.
        solarise: probability of inverting the bright values.
        bicubic: cubic filter for the crop in place of the triangle.
        mean, std: per channel, of pixels in [0, 1]; the view is (x - mean) / std.
        only_encoded: a network is all that sees the view, so it may come as the step computes.
    """

    size: int
    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    flip: float = 0.5
    jitter: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    jitter_probability: float = 0.0
    grey: float = 0.0
    blur: float = 0.0
    blur_sigma: tuple[float, float] = (0.1, 2.0)
    blur_kernel: int | None = None
    solarise: float = 0.0
    bicubic: bool = False
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    only_encoded: bool = False


def make_view(batch: ImageBatch, recipe: ViewRecipe, draw: Draw) -> Tensor:
    """(B, 3, s, s), channels last: one augmented, normalised view of each picture.

    Float32, or what the step computes in where the recipe allows it: the same numbers to a network
    under autocast, which rounds its inputs, for half the memory traffic.

    Frames (B, F, 3, S, S) share all draws of their picture and give (B, F, 3, s, s).
    """
    boxes = sample_boxes(batch.aspect, draw, recipe.scale, recipe.ratio)
    crop = Crop(boxes, recipe.size, draw.chance(recipe.flip), recipe.bicubic)
    return render(batch.pixels, crop, _draw_colours(recipe, draw))


def multi_crop(
    batch: ImageBatch, recipes: Sequence[tuple[ViewRecipe, int]], draw: Draw
) -> list[Tensor]:
    """The views (B, 3, s, s) of each recipe as many times as asked, all drawn independently."""
    return [make_view(batch, recipe, draw) for recipe, count in recipes for _ in range(count)]


def _draw_colours(recipe: ViewRecipe, draw: Draw) -> Colours:
    """What happens to the colours; steps of probability 0 draw nothing."""
    return Colours(
        jitter=draw_jitter(draw, recipe.jitter, recipe.jitter_probability)
        if recipe.jitter_probability > 0
        else None,
        grey=draw.chance(recipe.grey) if recipe.grey > 0 else None,
        sigma=draw_sigma(draw, recipe.blur, recipe.blur_sigma) if recipe.blur > 0 else None,
        kernel=recipe.blur_kernel or blur_kernel(recipe.blur_sigma[1]),
        solarise=draw.chance(recipe.solarise) if recipe.solarise > 0 else None,
        mean=recipe.mean,
        std=recipe.std,
        dtype=draw.dtype if recipe.only_encoded else torch.float32,
    )
