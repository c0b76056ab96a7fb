"""What a method's own views look like: whatever `Method.views` returns, as rows of pictures.

Letters: B images, h, w sides of a picture in pixels, T tiles or frames, R, C rows and columns of
patches.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ssl_studio.images.augment import eval_view
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods.base import DataInfo, Method, Panel, Reconstructs, Views
from ssl_studio.methods.views import to_picture
from ssl_studio.training.extraction import evaluating

GAP_PX = 2
GAP_TONE = 1.0
HIDDEN_TONE = 0.5
_EVEN_MEAN, _EVEN_SPREAD = 0.02, 0.1


@dataclass(frozen=True, slots=True)
class ViewPictures:
    """Rows of pictures, image by image, and what a reader must know to judge them."""

    panels: tuple[Panel, ...]
    notes: tuple[str, ...]


def view_pictures(method: Method, batch: ImageBatch, draw: Draw) -> ViewPictures:
    """The pictures, and each view that the method makes of them, in its own size.

    Float32 in [0, 1], with the normalisation of the training taken back. Masks are drawn over the
    views; a method that hides patches inside its step shows a mask of the same kind.
    """
    single = batch if batch.pixels.ndim == 4 else _first_frames(batch)
    panels = [Panel("picture", eval_view(single, method.data.image_size))]
    notes: list[str] = []
    with evaluating(method):
        views = method.views(batch, draw)
        named = list(pictures_in(views, method.data, notes))
        panels += [Panel(name, picture.cpu()) for name, picture in numbered(named)]
        panels += _masked(method, views, single, draw, panels)
    if not named:
        notes.append("This method makes no views that could be shown as pictures.")
    return ViewPictures(tuple(panels), tuple(dict.fromkeys(notes)))


def pictures_in(
    views: Views, data: DataInfo, notes: list[str], name: str = "view"
) -> Iterator[tuple[str, Tensor]]:
    """Every tensor of images within views, as (name, pictures (B, 3, h, w) in [0, 1])."""
    if isinstance(views, Mapping):
        for key, part in views.items():
            yield from pictures_in(part, data, notes, str(key).replace("_", " "))
    elif isinstance(views, list | tuple):
        for part in views:
            yield from pictures_in(part, data, notes, name)
    elif isinstance(views, Tensor) and views.is_floating_point() and views.ndim >= 4:
        yield name, _as_pictures(views, data, notes)


def numbered(named: list[tuple[str, Tensor]]) -> list[tuple[str, Tensor]]:
    """Names told apart by numbers where several tensors share one."""
    counts: dict[str, int] = {}
    result = []
    shared = {name for name, _ in named if sum(other == name for other, _ in named) > 1}
    for name, picture in named:
        counts[name] = counts.get(name, 0) + 1
        result.append((f"{name} {counts[name]}" if name in shared else name, picture))
    return result


def _as_pictures(views: Tensor, data: DataInfo, notes: list[str]) -> Tensor:
    x = views.detach().float()
    if x.ndim == 6:  # (B, R, C, c, h, w), a grid of patches
        return _as_pictures(x.flatten(1, 2), data, notes)
    colours = _colours(x, data, notes)
    return colours if colours.ndim == 4 else _assembled(colours)


def _colours(x: Tensor, data: DataInfo, notes: list[str]) -> Tensor:
    """Three channels in [0, 1] of (..., c, h, w)."""
    channels = x.shape[-3]
    if channels == 3 and _is_evened(x):
        notes.append(
            "Each piece is given to the network with its own brightness and contrast evened out."
        )
        return (x * 0.25 + 0.5).clamp(0, 1)
    if channels == 3:
        return to_picture(x, data)
    notes.append(
        "Views that are not colour pictures are stretched from their darkest to their brightest."
    )
    low, high = x.amin(dim=(-2, -1), keepdim=True), x.amax(dim=(-2, -1), keepdim=True)
    level = (x - low) / (high - low).clamp_min(1e-6)
    if channels == 1:
        return level.expand(*x.shape[:-3], 3, *x.shape[-2:])
    return torch.cat((level[..., :2, :, :], level[..., :1, :, :]), dim=-3)


def _is_evened(x: Tensor) -> bool:
    """Whether every piece (B, T, 3, h, w) has mean 0 and spread 1 by itself."""
    if x.ndim < 5:
        return False
    mean, spread = x.mean(dim=(-2, -1)), x.std(dim=(-2, -1), correction=0)
    is_flat = spread < _EVEN_SPREAD
    even = (mean.abs() < _EVEN_MEAN) & (is_flat | ((spread - 1).abs() < _EVEN_SPREAD))
    return float(even.float().mean()) > 0.9


def _assembled(pieces: Tensor) -> Tensor:
    """One picture of the pieces (B, T, 3, h, w): a square where T is one, else a row."""
    count = pieces.shape[1]
    columns = math.isqrt(count) if math.isqrt(count) ** 2 == count else count
    framed = torch.nn.functional.pad(pieces, (0, GAP_PX, 0, GAP_PX), value=GAP_TONE)
    grid = framed.unflatten(1, (count // columns, columns))
    picture: Tensor = grid.permute(0, 3, 1, 4, 2, 5).flatten(4, 5).flatten(2, 3)
    cut: Tensor = picture[..., :-GAP_PX, :-GAP_PX]
    return cut


def _masked(
    method: Method, views: Views, batch: ImageBatch, draw: Draw, panels: list[Panel]
) -> list[Panel]:
    """The first view with what is hidden from the network greyed out, for each mask."""
    masks = list(_masks_in(views))
    if not masks and isinstance(method, Reconstructs):
        masks = [("what the network sees", method.reconstruct(batch, draw).mask)]
    if len(panels) < 2:
        return []
    first = panels[1].pictures
    return [Panel(name, _covered(first, mask.cpu())) for name, mask in masks]


def _masks_in(views: Views) -> Iterator[tuple[str, Tensor]]:
    """Every bool tensor (B, R, C), or (B, L) with a square L, as (name, (B, R, C))."""
    if isinstance(views, Mapping):
        for key, part in views.items():
            for _, mask in _masks_in(part):
                yield str(key).replace("_", " "), mask
    elif isinstance(views, list | tuple):
        for part in views:
            yield from _masks_in(part)
    elif isinstance(views, Tensor) and views.dtype == torch.bool and views.ndim in (2, 3):
        side = math.isqrt(views.shape[1])
        if views.ndim == 3:
            yield "mask", views
        elif side > 1 and side * side == views.shape[1]:
            yield "mask", views.unflatten(1, (side, side))


def _covered(pictures: Tensor, mask: Tensor) -> Tensor:
    size = tuple(pictures.shape[-2:])
    cover: Tensor = torch.nn.functional.interpolate(mask[:, None].float(), size=size) > 0
    return torch.where(cover, HIDDEN_TONE, pictures)


def _first_frames(batch: ImageBatch) -> ImageBatch:
    return ImageBatch(batch.pixels[:, 0], batch.aspect, batch.index)
