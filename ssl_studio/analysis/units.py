"""What excites the units of a layer: their best pictures, where in them, and how all others fare.

Letters: N images, B images of a batch, C units of a layer, H and W sides of its map, h and w
sides of the map that is kept, r pictures kept for each unit, s side of the view in pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import adaptive_max_pool2d

from ssl_studio.analysis.receptive import Field, receptive_field
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.images.cache import PixelCache
from ssl_studio.images.geometry import eval_boxes
from ssl_studio.networks.backbone import Backbone
from ssl_studio.training.extraction import ViewSpec, eval_batches, evaluating
from ssl_studio.training.settings import Precision, autocast

HEAT_CELLS = 16
"""Largest side of the maps that are kept: finer is not seen on a picture in a window."""
MAP_BYTES = 96 << 20  # of the largest map of a batch; a forward pass holds about three of them
LARGEST_BATCH = 256
_HALF = float(np.finfo(np.float16).max)


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


@dataclass(frozen=True, slots=True)
class UnitSurvey:
    """How the units of a layer answer to many images.

    Attributes:
        units: Numbers of the units, int64 (C,).
        pictures: The best of each unit, by unit and rank.
        activations: float16 (N, C), each image's largest activation over all places.
        maps: float16 (C, r, h, w), the activation map on each of the best pictures; a cell
            holds the largest value of its places. Maps cover the network's view, which is the
            picture's centre square.
    """

    units: npt.NDArray[np.int64]
    pictures: list[BestPicture]
    activations: npt.NDArray[np.float16]
    maps: npt.NDArray[np.float16]


def survey_units(
    encoder: Backbone,
    cache: PixelCache,
    view: ViewSpec,
    device: torch.device,
    layer: str,
    *,
    units: Sequence[int] | None = None,
    top: int = 9,
    batch_size: int | None = None,
    precision: Precision = "fp32",
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> UnitSurvey:
    """One pass over the images: the `top` of each unit, each image once, and all activations.

    Batches are as large as `MAP_BYTES` allows, whatever the layer; beside them N * C * 2 bytes
    are held. The box of a picture is what the unit's receptive field covers at the place of the
    largest activation, exactly; the whole view for layers without places, and the patch for
    transformers. Units of the whole layer when `units` is None. Raises AnalysisError for a unit
    that is not there, and without images.
    """
    total = len(cache)
    if not total:
        raise AnalysisError("There are no images to look at.")
    encoder.to(device)
    best, rows = _Running(top), []
    size = batch_size or batch_for(encoder, layer, device)
    with evaluating(encoder), autocast(device, precision):
        for index, views in eval_batches(cache, view, device, batch_size=size):
            if cancel is not None:
                cancel.check()
            maps = encoder.maps(views, [layer])[layer].float()
            if units is not None:
                maps = maps[:, _checked(units, maps.shape[1], layer)]
            rows.append(_halved(best.take(maps, index.to(device))))
            report(Progress(min(best.seen, total), total, "Looking for the best pictures"))
    names = np.arange(maps.shape[1]) if units is None else np.asarray(units, np.int64)
    aspects = torch.as_tensor(cache.aspect).float().cpu()
    found = best.records(names.tolist(), receptive_field(encoder, layer), aspects, view.size)
    return UnitSurvey(names, found, np.concatenate(rows), best.kept_maps())


def batch_for(encoder: Backbone, layer: str, device: torch.device) -> int:
    """How many images at a time keep the largest map on the way to `layer` within bounds."""
    side, up_to = encoder.image_size, encoder.layers[: encoder.layers.index(layer) + 1]
    with evaluating(encoder):
        blank = torch.zeros(1, encoder.spec.channels, side, side, device=device)
        largest = max(found.numel() for found in encoder.maps(blank, up_to).values())
    return max(1, min(LARGEST_BATCH, MAP_BYTES // (4 * largest)))


class _Running:
    """The largest activations so far: (r, C) values, positions of images and cells, and maps."""

    def __init__(self, top: int) -> None:
        self.top = top
        self.seen = 0
        self.grid = (1, 1)
        self._values: Tensor | None = None
        self._positions = self._cells = self._maps = torch.empty(0)

    def take(self, maps: Tensor, index: Tensor) -> Tensor:
        """Let the (B, C, H, W) maps of the images at `index` compete; gives their (B, C) best."""
        self.seen += len(maps)
        self.grid = (int(maps.shape[2]), int(maps.shape[3]))
        largest, cells = maps.flatten(2).max(dim=2)
        positions = index[:, None].expand_as(cells)
        small = adaptive_max_pool2d(maps, tuple(min(HEAT_CELLS, side) for side in self.grid))
        values = largest
        if self._values is not None:
            values = torch.cat([self._values, largest])
            positions = torch.cat([self._positions, positions])
            cells = torch.cat([self._cells, cells])
            small = torch.cat([self._maps, small])
        # Stable, so that of equal activations the earlier image stays.
        order = values.sort(dim=0, descending=True, stable=True).indices[: self.top]
        self._values = values.gather(0, order)
        self._positions = positions.gather(0, order)
        self._cells = cells.gather(0, order)
        self._maps = small[order, torch.arange(small.shape[1], device=order.device)]
        return largest

    def kept_maps(self) -> npt.NDArray[np.float16]:
        """The maps of the winners, (C, r, h, w)."""
        return _halved(self._maps.transpose(0, 1))

    def records(
        self, names: Sequence[int], field: Field | None, aspects: Tensor, size: int
    ) -> list[BestPicture]:
        """The winners of each unit, best first, with their boxes in the true picture."""
        assert self._values is not None
        values, cells = self._values.cpu(), self._cells.cpu()
        positions = self._positions.cpu()
        view_boxes = eval_boxes(aspects[positions.flatten()], size).view(*positions.shape, 4)
        records = []
        for column, unit in enumerate(names):
            for rank in range(len(values)):
                row, place = divmod(int(cells[rank, column]), self.grid[1])
                box = _box(view_boxes[rank, column].tolist(), row, place, field, size)
                position, value = int(positions[rank, column]), float(values[rank, column])
                records.append(BestPicture(unit, rank, position, value, *box))
        return records


def _halved(values: Tensor) -> npt.NDArray[np.float16]:
    return values.clamp(-_HALF, _HALF).half().cpu().numpy()


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
