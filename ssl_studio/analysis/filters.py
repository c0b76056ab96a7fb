"""The filters of the first layer as pictures.

Letters: n filters, k side of a filter.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ssl_studio.errors import AnalysisError
from ssl_studio.networks.backbone import Backbone

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
