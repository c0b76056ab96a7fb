"""Crops of whole batches, and the one place that chooses how views are computed.

On a processor a view is rendered picture by picture by compiled code (`augment_cpu`), elsewhere,
or where numba is missing, by tensor operations on the whole batch. Both give the same numbers.

Letters: B pictures, F frames, S side of the cache, s side of the view, in pixels.
"""

from functools import lru_cache
from typing import Protocol

from torch import Tensor

from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.images.geometry import (
    Crop,
    centre_boxes,
    eval_boxes,
    resample,
    sample_boxes,
)
from ssl_studio.images.photometric import (
    UNCHANGED,
    Colours,
    apply_colours,
    constant,
    normalise,
)


def random_resized_crop(
    batch: ImageBatch,
    size: int,
    draw: Draw,
    *,
    scale: tuple[float, float] = (0.08, 1.0),
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
    flip: float = 0.5,
    bicubic: bool = False,
) -> Tensor:
    """Float32 (B, 3, size, size) in [0, 1]: a random box of each picture, mirrored at random."""
    boxes = sample_boxes(batch.aspect, draw, scale, ratio)
    return crop_boxes(batch, boxes, size, flip=draw.chance(flip), bicubic=bicubic)


def eval_view(batch: ImageBatch, size: int, *, bicubic: bool = False) -> Tensor:
    """Float32 (B, 3, size, size) in [0, 1]: the deterministic view that features are taken from.

    From 64 px on it equals resizing the short side to size * 256 / 224 and taking the centre;
    below, the whole centre square.
    """
    return crop_boxes(batch, eval_boxes(batch.aspect, size), size, bicubic=bicubic)


def centre_square(batch: ImageBatch, size: int, *, bicubic: bool = False) -> Tensor:
    """Float32 (B, 3, size, size) in [0, 1]: the largest centred square of the true picture."""
    return crop_boxes(batch, centre_boxes(batch.aspect), size, bicubic=bicubic)


def whole_square(batch: ImageBatch, size: int, *, bicubic: bool = False) -> Tensor:
    """Float32 (B, 3, size, size) in [0, 1]: the whole picture, stretched to a square."""
    boxes = constant((0.0, 0.0, 1.0, 1.0), batch.aspect.device).expand(len(batch), 4)
    return crop_boxes(batch, boxes, size, bicubic=bicubic)


def crop_boxes(
    batch: ImageBatch,
    boxes: Tensor,
    size: int,
    *,
    flip: Tensor | None = None,
    bicubic: bool = False,
) -> Tensor:
    """Float32 (B, 3, size, size) in [0, 1]: each picture's box, resampled with antialiasing.

    Frames (B, F, 3, S, S) share the box of their picture and give (B, F, 3, size, size).

    Args:
        batch: pictures.
        boxes: (B, 4), x0, y0, x1, y1 in [0, 1]; pixels outside of the box are not read.
        size: side of the output.
        flip: bool (B,), which pictures are mirrored left to right.
        bicubic: cubic filter (a = -0.5, clamped) in place of the triangle.
    """
    return render(batch.pixels, Crop(boxes, size, flip, bicubic))


def render(pixels: Tensor, crop: Crop, colours: Colours = UNCHANGED) -> Tensor:
    """(B, 3, s, s), channels last: the crop of each picture with its colours changed.

    Frames (B, F, 3, S, S) share everything with their picture and give (B, F, 3, s, s).
    """
    if pixels.ndim == 5:
        rows, frames = pixels.shape[:2]
        colours = colours.repeat(frames)
        out = render(pixels.flatten(0, 1), crop.repeat(frames), colours)
        return out.view(rows, frames, *out.shape[1:])
    compiled = _compiled_render() if pixels.device.type == "cpu" else None
    return (compiled or render_tensors)(pixels, crop, colours)


def render_tensors(pixels: Tensor, crop: Crop, colours: Colours) -> Tensor:
    """`render` by tensor operations on the whole batch, on any device."""
    x = apply_colours(resample(pixels, crop), colours)
    return normalise(x, colours.mean, colours.std).to(colours.dtype)


class _Render(Protocol):
    def __call__(self, pixels: Tensor, crop: Crop, colours: Colours) -> Tensor: ...


@lru_cache(maxsize=1)
def _compiled_render() -> _Render | None:
    """The compiled code; None where numba does not run."""
    try:
        from ssl_studio.images import augment_cpu
    except ImportError:
        return None
    return augment_cpu.render
