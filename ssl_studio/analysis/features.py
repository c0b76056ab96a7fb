"""Features of all images under one encoder, or of the raw pixels as a reference.

Letters: N images, B images of a batch, C channels of a layer, D numbers per image, s side of a
view in pixels. Every image is seen in its deterministic view by a network in eval mode.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from ssl_studio.analysis.components import principal_axes
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.images.cache import PixelCache
from ssl_studio.networks.backbone import Backbone
from ssl_studio.training.extraction import ViewSpec, evaluating, extract
from ssl_studio.training.settings import Precision

Floats = npt.NDArray[np.float32]

PIXEL_DIMENSIONS = 128
_MOST_PIXELS = 3 * 32 * 32
_FIT_SAMPLE = 5000
_FIT_NUMBERS = 1 << 27


def encode(
    encoder: Backbone,
    cache: PixelCache,
    view: ViewSpec,
    device: torch.device,
    *,
    layers: Sequence[str] = (),
    positions: npt.NDArray[np.int64] | None = None,
    batch_size: int = 512,
    precision: Precision = "fp32",
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> dict[str, Floats]:
    """Float32 (N, C) for each layer, the mean over places, all layers in one pass.

    The encoder's default layer when `layers` is empty; all images when `positions` is None.
    The encoder stays on `device` and keeps its mode.
    """
    chosen = tuple(layers) or (encoder.default_layer,)

    def forward(x: Tensor) -> Tensor:
        maps = encoder.maps(x, chosen)
        return torch.cat([maps[layer].float().mean(dim=(2, 3)) for layer in chosen], dim=1)

    return _split_by_layer(
        _run(
            encoder, forward, cache, view, device, positions, batch_size, precision, report, cancel
        ),
        chosen,
        [int(m.shape[1]) for m in _shapes(encoder, view, device, chosen)],
    )


def probe_features(
    encoder: Backbone,
    cache: PixelCache,
    view: ViewSpec,
    device: torch.device,
    *,
    layers: Sequence[str] = (),
    budget: int = 2048,
    positions: npt.NDArray[np.int64] | None = None,
    batch_size: int = 512,
    precision: Precision = "fp32",
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> dict[str, Floats]:
    """Float32 (N, C t t) for each layer: its map averaged down to t x t places and flattened.

    t is the side that brings each layer nearest to `budget` numbers, so that a linear probe
    compares layers at equal size. All layers of the encoder when `layers` is empty.
    """
    chosen = tuple(layers) or encoder.layers
    shapes = [m.shape[1:] for m in _shapes(encoder, view, device, chosen)]
    sides = [probe_side(budget, *shape) for shape in shapes]

    def forward(x: Tensor) -> Tensor:
        maps = encoder.maps(x, chosen)
        return torch.cat([pooled_flat(maps[c], t) for c, t in zip(chosen, sides, strict=True)], 1)

    widths = [int(shape[0]) * t * t for shape, t in zip(shapes, sides, strict=True)]
    return _split_by_layer(
        _run(
            encoder, forward, cache, view, device, positions, batch_size, precision, report, cancel
        ),
        chosen,
        widths,
    )


def probe_side(budget: int, channels: int, height: int, width: int) -> int:
    """Side t of the pooled map: C t t comes near `budget`, and t fits into the map."""
    return int(np.clip(round(math.sqrt(budget / channels)), 1, min(height, width)))


def pooled_flat(maps: Tensor, side: int) -> Tensor:
    """(B, C side side) out of (B, C, H, W)."""
    return adaptive_avg_pool2d(maps.float(), side).flatten(1)


def pixels(
    cache: PixelCache,
    size: int,
    device: torch.device,
    *,
    dimensions: int | None = None,
    seed: int = 0,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> Floats:
    """Raw pixels of the deterministic view as features: the reference that needs no network.

    Args:
        size: Side of the view in pixels.
        dimensions: Principal components that are kept, fitted on at most 5,000 images; 0 keeps
            all 3 s s values. None: all up to 32 px, 128 above.
        seed: Draws the images that the components are fitted on.
    """
    if len(cache) == 0:
        raise AnalysisError("There are no images to take pixels from.")
    forward = pixel_forward(cache, size, device, dimensions=dimensions, seed=seed, cancel=cancel)

    def progress(done: int, total: int) -> None:
        report(Progress(done, total, "Reading pixels"))

    view = _plain_view(size)
    return extract(forward, cache, view, device, cancel=cancel, progress=progress).numpy()


def pixel_forward(
    cache: PixelCache,
    size: int,
    device: torch.device,
    *,
    dimensions: int | None = None,
    seed: int = 0,
    cancel: Cancel | None = None,
) -> Callable[[Tensor], Tensor]:
    """How `pixels` turns plain views (B, 3, s, s) in [0, 1] into rows; the same cache and seed
    give the same rows, so that a picture from outside can be compared with what is stored.
    """
    length = 3 * size * size
    keep = (
        dimensions if dimensions is not None else 0 if length <= _MOST_PIXELS else PIXEL_DIMENSIONS
    )

    def flat(x: Tensor) -> Tensor:
        return x.flatten(1)

    if not keep:
        return flat
    count = min(len(cache), max(256, min(_FIT_SAMPLE, _FIT_NUMBERS // length)))
    chosen = np.sort(np.random.default_rng(seed).permutation(len(cache))[:count])
    sample = extract(
        flat, cache, _plain_view(size), device, positions=torch.from_numpy(chosen), cancel=cancel
    )
    found = principal_axes(sample.numpy(), keep)
    mean, axes = (torch.from_numpy(a).to(device) for a in (found.centre, found.axes))
    return lambda x: (x.flatten(1) - mean) @ axes


def _plain_view(size: int) -> ViewSpec:
    return ViewSpec(size, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def _run(
    encoder: Backbone,
    forward: Callable[[Tensor], Tensor],
    cache: PixelCache,
    view: ViewSpec,
    device: torch.device,
    positions: npt.NDArray[np.int64] | None,
    batch_size: int,
    precision: Precision,
    report: Report,
    cancel: Cancel | None,
) -> Floats:
    def progress(done: int, total: int) -> None:
        report(Progress(done, total, "Computing features"))

    if not len(cache if positions is None else positions):
        raise AnalysisError("There are no images to take features from.")
    encoder.to(device)
    with evaluating(encoder):
        rows = extract(
            forward,
            cache,
            view,
            device,
            positions=None if positions is None else torch.from_numpy(positions),
            batch_size=batch_size,
            precision=precision,
            cancel=cancel,
            progress=progress,
        )
    return rows.numpy()


def _shapes(
    encoder: Backbone, view: ViewSpec, device: torch.device, layers: Sequence[str]
) -> list[Tensor]:
    """Maps of one black picture, for their shapes."""
    encoder.to(device)
    with evaluating(encoder):
        maps = encoder.maps(torch.zeros(1, 3, view.size, view.size, device=device), layers)
    return [maps[layer] for layer in layers]


def _split_by_layer(
    rows: Floats, layers: Sequence[str], widths: Sequence[int]
) -> dict[str, Floats]:
    ends = np.cumsum(widths)[:-1]
    parts = np.split(rows, ends, axis=1)
    return {layer: np.ascontiguousarray(p) for layer, p in zip(layers, parts, strict=True)}
