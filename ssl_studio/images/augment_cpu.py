"""The views of `augment` on a processor: compiled code on as many threads as torch uses.

Imported on first use only, since numba and the first compiling (kept on disk after) take seconds.
Nothing larger than one picture is written before the finished view.

The compiled functions hold no interpreter lock and are shared out by `team`: numba's own thread
pool ends the process when two threads enter it.
"""

import numpy as np
import torch
from torch import Tensor

from ssl_studio.images.geometry import Crop
from ssl_studio.images.kernels import Flags, Floats, Places, render_rows
from ssl_studio.images.photometric import NO_JITTER, Colours, blur_taps, check_blur
from ssl_studio.images.team import share

VALUES_PER_THREAD = 100_000  # some 0.3 ms of work; waking a thread takes a sixth of that


def render(pixels: Tensor, crop: Crop, colours: Colours) -> Tensor:
    """(B, 3, s, s), channels last, float32 or bfloat16, out of uint8 (B, 3, S, S), in one go.

    Pixels that lie on their sides in memory, as those of the cache, need no copy.
    """
    rows, size = len(pixels), crop.size
    check_blur(colours.kernel, size)
    half = colours.dtype == torch.bfloat16
    out = torch.empty(rows, size, size, 3, dtype=torch.bfloat16 if half else torch.float32)
    arguments = (
        pixels.mT.contiguous().numpy(),
        crop.boxes.float().contiguous().numpy(),
        _flags(crop.flip, rows),
        crop.bicubic,
        *_colour_arrays(colours, rows),
        size,
        np.empty((0, 0, 0, 3), np.float32) if half else out.numpy(),
        out.view(torch.uint16).numpy() if half else np.empty((0, 0, 0, 3), np.uint16),
    )
    threads = min(torch.get_num_threads(), rows, 1 + out.numel() // VALUES_PER_THREAD)
    share(lambda start, stop: render_rows(*arguments, start, stop), rows, threads)
    return out.permute(0, 3, 1, 2)


def _colour_arrays(
    colours: Colours, rows: int
) -> tuple[Floats, Places, Flags, Flags, Floats, Flags, Floats, Floats]:
    """Left-out steps become numbers that do nothing: compiled code has one signature."""
    if colours.jitter is None:
        factors, order = torch.tensor(NO_JITTER).repeat(rows, 1), torch.zeros(rows, 4).long()
    else:
        factors, order = colours.jitter.factors, colours.jitter.order
    sigma = torch.zeros(rows) if colours.sigma is None else colours.sigma
    return (
        factors.contiguous().numpy(),
        order.contiguous().numpy(),
        _flags(colours.grey, rows),
        (sigma > 0).numpy(),
        blur_taps(sigma, colours.kernel).numpy(),
        _flags(colours.solarise, rows),
        np.array([1 / d for d in colours.std], np.float32),
        np.array([-m / d for m, d in zip(colours.mean, colours.std, strict=True)], np.float32),
    )


def _flags(flags: Tensor | None, rows: int) -> Flags:
    return np.zeros(rows, np.bool_) if flags is None else flags.contiguous().numpy()
