"""View recipes and pictures that several methods share."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from ssl_studio.images.augment import ViewRecipe, eval_view
from ssl_studio.images.batch import ImageBatch
from ssl_studio.methods.base import Exhibit, Panel
from ssl_studio.methods.settings import DataInfo

BLUR_SIGMA_PX = (0.1, 2.0)
"""Standard deviation of the blur on pictures of `BLUR_SIDE_PX` (SimCLR, appendix A)."""
BLUR_SIDE_PX = 224
SMALLEST_BLURRED_PX = 64
"""Below this side the published small-image settings leave the blur out."""


def training_view(
    data: DataInfo,
    *,
    size: int | None = None,
    scale: tuple[float, float],
    strength: float = 0.0,
    hue: float = 0.2,
    grey: float = 0.0,
    blur: float = 0.0,
    flip: bool = True,
    bicubic: bool = False,
    only_encoded: bool = False,
) -> ViewRecipe:
    """A normalised random crop with SimCLR's colour distortion (2002.05709, appendix A).

    Args:
        data: Side and statistics of the training.
        size: Side of the view; None takes the training's.
        scale: Bounds of the crop's share of the picture.
        strength: s of the jitter (0.8s, 0.8s, 0.8s, hue*s), which hits 80 % of the views.
        hue: Largest hue shift at strength 1, as a share of the colour circle.
        grey, blur: Probabilities. The blur's width follows the side of the view.
        flip: Whether to mirror half of the views.
        bicubic: Filter of the crop.
        only_encoded: The views go into the backbone and nowhere else.
    """
    side = size or data.image_size
    low, high = (sigma * side / BLUR_SIDE_PX for sigma in BLUR_SIGMA_PX)
    return ViewRecipe(
        size=side,
        scale=scale,
        flip=0.5 if flip else 0.0,
        jitter=(0.8 * strength, 0.8 * strength, 0.8 * strength, hue * strength),
        jitter_probability=0.8 if strength > 0 else 0.0,
        grey=grey,
        blur=blur,
        blur_sigma=(low, high),
        bicubic=bicubic,
        mean=data.mean,
        std=data.std,
        only_encoded=only_encoded,
    )


def to_picture(x: Tensor, data: DataInfo) -> Tensor:
    """Float32 (..., 3, h, w) in [0, 1] out of a normalised view."""
    mean = x.new_tensor(data.mean)[:, None, None]
    std = x.new_tensor(data.std)[:, None, None]
    return (x.float() * std + mean).clamp(0, 1)


def views_exhibit(
    batch: ImageBatch,
    views: Mapping[str, Tensor],
    captions: Sequence[str],
    data: DataInfo,
    note: str,
) -> Exhibit:
    """Pictures beside the normalised views that were made of them, by name."""
    panels = [Panel("picture", eval_view(batch, data.image_size))]
    panels += [Panel(name, to_picture(view, data)) for name, view in views.items()]
    return Exhibit("views", panels, captions, note)
