"""One picture from anywhere, seen as an encoder or a feature set of raw pixels sees images."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ssl_studio.images.augment import eval_view
from ssl_studio.images.cache import PixelCache
from ssl_studio.images.decode import open_picture


def one_picture(data: bytes, side: int, name: str) -> PixelCache:
    """The bytes of a picture file as a cache of one, stretched to a square of `side` px.

    Raises UnreadableImage.
    """
    picture = open_picture(data, name=name, exact=(side, side))
    pixels = torch.from_numpy(np.asarray(picture.image).transpose(2, 0, 1).copy())[None]
    return PixelCache(
        pixels,
        torch.tensor([picture.width / picture.height]),
        torch.ones(1, dtype=torch.bool),
        torch.zeros(3),
        torch.ones(3),
        mapped=False,
    )


def pixel_row(
    picture: PixelCache, size: int, device: torch.device, forward: Callable[[Tensor], Tensor]
) -> npt.NDArray[np.float32]:
    """Row (D,) of a picture, by what `features.pixel_forward` gave for the images it joins."""
    with torch.inference_mode():
        view = eval_view(picture.take(torch.zeros(1, dtype=torch.int64)), size).to(device)
        return forward(view)[0].float().cpu().numpy()
