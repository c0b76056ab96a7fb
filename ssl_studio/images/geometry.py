"""Boxes in the true geometry of a picture, and antialiased resampling as two matrix products.

A picture lies in the cache stretched to a square, so a crop is a box in relative coordinates
and the stretch is undone by the resampling itself: out = Wy X Wx^T, where each row of Wy and Wx
holds the weights of one output line (the filters of Pillow and of torchvision's
`antialias=True`). A flip reverses the rows of Wx.

Letters: B pictures, F frames, C planes, S side of the cache, s side of the output, in pixels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssl_studio.images.batch import Draw

CROP_TRIES = 10  # as torchvision's RandomResizedCrop
# Pixels that a box only touches through rounding of float32 are not part of it.
EDGE_PX = 1e-3
SMALLEST_MARGIN_SIZE_PX = 64
EVAL_MARGIN = 224 / 256


@dataclass(frozen=True, slots=True)
class Crop:
    """Which part of each picture is shown, and how it is resampled.

    Attributes:
        boxes: float32 (B, 4), x0, y0, x1, y1 in [0, 1]; pixels outside of the box are not read.
        size: side of the output.
        flip: bool (B,), which pictures are mirrored left to right; None mirrors none.
        bicubic: cubic filter (a = -0.5, clamped) in place of the triangle.
    """

    boxes: Tensor
    size: int
    flip: Tensor | None = None
    bicubic: bool = False

    def repeat(self, frames: int) -> "Crop":
        """The same for (B * frames) pictures of which `frames` in a row belong together."""
        flip = None if self.flip is None else self.flip.repeat_interleave(frames, 0)
        return Crop(self.boxes.repeat_interleave(frames, 0), self.size, flip, self.bicubic)


def sample_boxes(
    aspect: Tensor, draw: Draw, scale: tuple[float, float], ratio: tuple[float, float]
) -> Tensor:
    """Random boxes (B, 4) as x0, y0, x1, y1 in [0, 1], distributed as RandomResizedCrop.

    The area is a uniform fraction of the true picture and the log of width / height in true
    pixels is uniform; the first of ten tries that fits is taken, else the largest centred box
    whose shape lies within `ratio`.

    Args:
        aspect: (B,), width / height of the true pictures.
        draw: consumes (B, 10), (B, 10) and (B, 2) numbers.
        scale: bounds of the area fraction.
        ratio: bounds of width / height.
    """
    aspect = aspect.unsqueeze(1)
    area = draw.uniform(*scale, shape=(CROP_TRIES,))
    # No exp and no sqrt: torch spreads those over all threads even for some hundred numbers,
    # and on busy cores the waiting costs many times the work of the whole view.
    shape = torch.pow(ratio[1] / ratio[0], draw.uniform(shape=(CROP_TRIES,))) * ratio[0]
    place = draw.uniform(shape=(2,))
    squares = torch.stack((area * shape / aspect, area * aspect / shape), dim=-1)
    fits = (squares <= 1).all(dim=-1)
    first = fits.int().argmax(dim=1)
    chosen = squares.gather(1, first[:, None, None].expand(-1, 1, 2)).squeeze(1)
    chosen = chosen * chosen.rsqrt()
    nearest = aspect.clamp(*ratio)
    fallback = torch.cat((nearest / aspect, aspect / nearest), dim=1).clamp_(max=1)
    any_fits = fits.any(dim=1, keepdim=True)
    chosen = torch.where(any_fits, chosen, fallback)
    corner = torch.where(any_fits, place, 0.5) * (1 - chosen)
    return torch.cat((corner, corner + chosen), dim=1)


def centre_boxes(aspect: Tensor, side: float = 1.0) -> Tensor:
    """Boxes (B, 4) of centred squares, `side` times the short side of the true picture."""
    width = (1 / aspect).clamp(max=1) * side
    height = aspect.clamp(max=1) * side
    return torch.stack((1 - width, 1 - height, 1 + width, 1 + height), dim=1) / 2


def eval_boxes(aspect: Tensor, size: int) -> Tensor:
    """Boxes (B, 4) of the deterministic view: 224 / 256 of the centre square from 64 px on.

    Smaller pictures have no border to spare: there it is the whole centre square.
    """
    return centre_boxes(aspect, EVAL_MARGIN if size >= SMALLEST_MARGIN_SIZE_PX else 1.0)


def resample(planes: Tensor, crop: Crop) -> Tensor:
    """Float32 (B, C, s, s) in [0, 1] out of uint8 planes (B, C, S, S), by tensor products."""
    side = planes.shape[-1]
    x0, y0, x1, y1 = crop.boxes.unbind(1)
    across = resize_weights(x0, x1, side, crop.size, crop.bicubic)
    if crop.flip is not None:
        across = torch.where(crop.flip[:, None, None], across.flip(1), across)
    down = resize_weights(y0, y1, side, crop.size, crop.bicubic) / 255
    upright = planes.to(torch.float32, memory_format=torch.contiguous_format)
    return separable(upright, down, across).clamp_(0, 1)


def separable(x: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """The products down @ x @ across^T: (B, s, S), (B, C, S, S), (B, s, S) give (B, C, s, s)."""
    batch, planes, side, _ = x.shape
    with torch.autocast(x.device.type, enabled=False):
        rows = torch.bmm(x.reshape(batch, planes * side, side), across.transpose(1, 2))
        return torch.matmul(down.unsqueeze(1), rows.view(batch, planes, side, -1))


def resize_weights(
    start: Tensor, stop: Tensor, side: int, size: int, bicubic: bool = False
) -> Tensor:
    """Weights (B, size, side) that resample the interval start .. stop of a line to `size` pixels.

    Rows sum to 1. When the interval shrinks, the filter widens with it (antialiasing); pixels
    that the interval does not touch weigh nothing, as if it had been cut out before resizing.

    Args:
        start: (B,) in [0, 1).
        stop: (B,) in (start, 1].
        side: pixels of the source line.
        size: pixels of the output line.
        bicubic: cubic filter in place of the triangle.
    """
    start, stop = start[:, None] * side, stop[:, None] * side
    step = (stop - start) / size
    place = torch.arange(size, device=start.device) + 0.5
    source = torch.arange(side, device=start.device)
    centre = start + place * step
    distance = (source + 0.5 - centre.unsqueeze(2)) / step.clamp(min=1).unsqueeze(2)
    weights = _cubic(distance.abs_()) if bicubic else (1 - distance.abs_()).clamp_(min=0)
    inside = (source >= (start + EDGE_PX).floor()) & (source < (stop - EDGE_PX).ceil())
    weights = weights * inside.unsqueeze(1)
    return weights / weights.sum(dim=2, keepdim=True)


def _cubic(distance: Tensor) -> Tensor:
    """Keys' cubic with a = -0.5 (the one of Pillow) at distances >= 0."""
    near = (1.5 * distance - 2.5) * distance * distance + 1
    far = ((2.5 - 0.5 * distance) * distance - 4) * distance + 2
    return torch.where(distance < 1, near, torch.where(distance < 2, far, 0.0))
