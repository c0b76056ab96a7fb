"""What single units of an encoder look for: first-layer filters, and each unit's best pictures.

Letters: n filters, k side of a filter, N images, B images of a batch, C units of a layer, H and
W sides of its map, r pictures kept for each unit, s side of the view in pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ssl_studio.analysis.receptive import Field, receptive_field
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.images.cache import PixelCache
from ssl_studio.images.geometry import eval_boxes
from ssl_studio.networks.backbone import Backbone
from ssl_studio.training.extraction import ViewSpec, eval_batches, evaluating
from ssl_studio.training.settings import Precision, autocast

SOBEL_NOTE = (
    "This network sees edges only. Each picture is the filter together with the edge filters "
    "in front of it: what it answers to in the image itself, which is grey by nature."
)


@dataclass(frozen=True, slots=True)
class FilterPictures:
    """First-layer filters as pictures.

    Attributes:
        pictures: float32 (n, k, k, 3) in [0, 1]; mid-grey is a weight of zero, and each filter
            is stretched by its own largest weight.
        strengths: float32 (n,), that largest weight.
        note: What a reader must know to judge them, or "".
    """

    pictures: npt.NDArray[np.float32]
    strengths: npt.NDArray[np.float32]
    note: str = ""


def first_filters(encoder: Backbone) -> FilterPictures:
    """The filters of the first layer, as they act on the image."""
    weights = encoder.first_filters().float()
    if weights.shape[1] == 1:
        weights = weights.expand(-1, 3, -1, -1)
    if weights.shape[1] != 3:
        raise AnalysisError(
            f"The first layer reads {weights.shape[1]} planes, which make no colour picture.",
            remedy="Choose a run whose encoder reads colour or grey images.",
        )
    strengths = weights.abs().amax(dim=(1, 2, 3))
    scale = strengths.clamp_min(1e-12)[:, None, None, None]
    pictures = (weights / (2 * scale) + 0.5).permute(0, 2, 3, 1)
    note = SOBEL_NOTE if encoder.spec.sobel else ""
    return FilterPictures(pictures.numpy().copy(), strengths.numpy().copy(), note)


@dataclass(frozen=True, slots=True)
class BestPicture:
    """One of the images that excite a unit most, and the part of it that does.

    The box is in relative coordinates of the true picture, [0, 1] from its upper left corner.
    """

    unit: int
    rank: int
    position: int
    activation: float
    x0: float
    y0: float
    x1: float
    y1: float


def best_pictures(
    encoder: Backbone,
    cache: PixelCache,
    view: ViewSpec,
    device: torch.device,
    layer: str,
    *,
    units: Sequence[int] | None = None,
    top: int = 9,
    batch_size: int = 256,
    precision: Precision = "fp32",
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> list[BestPicture]:
    """For each unit the `top` images with its largest activation, each image once.

    One pass over the images. The box is what the unit's receptive field covers at the place of
    the largest activation, exactly; the whole view for layers without places, and the patch for
    transformers. Units of the whole layer when `units` is None.
    """
    encoder.to(device)
    best = _Running(top)
    total = len(cache)
    batches = eval_batches(cache, view, device, batch_size=batch_size)
    with evaluating(encoder), autocast(device, precision):
        for index, views in batches:
            if cancel is not None:
                cancel.check()
            maps = encoder.maps(views, [layer])[layer].float()
            if units is not None:
                maps = maps[:, _checked(units, maps.shape[1], layer)]
            best.take(maps, index.to(device))
            report(Progress(min(best.seen, total), total, "Looking for the best pictures"))
    if best.values is None:
        raise AnalysisError("There are no images to look at.")
    names = list(range(best.values.shape[1])) if units is None else list(units)
    field = receptive_field(encoder, layer)
    aspects = torch.as_tensor(cache.aspect).float().cpu()
    return best.records(names, field, aspects, view.size)


class _Running:
    """The largest activations so far: (r, C) values, positions of images and cells."""

    def __init__(self, top: int) -> None:
        self.top = top
        self.seen = 0
        self.grid = (1, 1)
        self.values: Tensor | None = None
        self.positions: Tensor | None = None
        self.cells: Tensor | None = None

    def take(self, maps: Tensor, index: Tensor) -> None:
        """Let the (B, C, H, W) maps of the images at `index` compete."""
        self.seen += len(maps)
        self.grid = (int(maps.shape[2]), int(maps.shape[3]))
        values, cells = maps.flatten(2).max(dim=2)
        positions = index[:, None].expand_as(cells)
        if self.values is not None and self.positions is not None and self.cells is not None:
            values = torch.cat([self.values, values])
            positions = torch.cat([self.positions, positions])
            cells = torch.cat([self.cells, cells])
        # Stable, so that of equal activations the earlier image stays.
        order = values.sort(dim=0, descending=True, stable=True).indices[: self.top]
        self.values = values.gather(0, order)
        self.positions = positions.gather(0, order)
        self.cells = cells.gather(0, order)

    def records(
        self, names: Sequence[int], field: Field | None, aspects: Tensor, size: int
    ) -> list[BestPicture]:
        """The winners of each unit, best first, with their boxes in the true picture."""
        assert self.values is not None
        assert self.positions is not None
        assert self.cells is not None
        values, positions, cells = (t.cpu() for t in (self.values, self.positions, self.cells))
        view_boxes = eval_boxes(aspects[positions.flatten()], size).view(*positions.shape, 4)
        records = []
        for column, unit in enumerate(names):
            for rank in range(len(values)):
                row, place = divmod(int(cells[rank, column]), self.grid[1])
                box = _box(view_boxes[rank, column].tolist(), row, place, field, size)
                position, value = int(positions[rank, column]), float(values[rank, column])
                records.append(BestPicture(unit, rank, position, value, *box))
        return records


def _box(
    view: Sequence[float], row: int, column: int, field: Field | None, size: int
) -> tuple[float, float, float, float]:
    """The cell's pixels in the view, carried over to the picture that the view is a part of."""
    left, top, right, bottom = view
    x0, x1 = field.pixels(column, size) if field else (0, size)
    y0, y1 = field.pixels(row, size) if field else (0, size)
    wide, high = (right - left) / size, (bottom - top) / size
    ends = (left + x0 * wide, top + y0 * high, left + x1 * wide, top + y1 * high)
    x0r, y0r, x1r, y1r = (min(1.0, max(0.0, end)) for end in ends)
    return x0r, y0r, x1r, y1r


def _checked(units: Sequence[int], count: int, layer: str) -> list[int]:
    if any(not 0 <= unit < count for unit in units):
        raise AnalysisError(
            f"The layer {layer} has units 0 to {count - 1} only.",
            f"Asked for: {', '.join(map(str, units))}.",
        )
    return list(units)
