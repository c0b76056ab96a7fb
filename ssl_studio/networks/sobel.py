"""The frozen edge filter that DeepCluster puts before its network, against colour shortcuts."""

import torch
from torch import nn

EDGE_CHANNELS = 2

# The two filters of facebookresearch/deepcluster:models/alexnet.py, compute_sobel.
_FILTERS = (
    ((1, 0, -1), (2, 0, -2), (1, 0, -1)),
    ((1, 2, 1), (0, 0, 0), (-1, -2, -1)),
)


class Sobel(nn.Conv2d):
    """Horizontal and vertical edges of the grey image: (B, C, S, S) to (B, 2, S, S).

    The mean over channels and the two filters are one convolution. Zero padding leaves a bright
    frame of one pixel: train with it, crop it for display.
    """

    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels, EDGE_CHANNELS, kernel_size=3, padding=1, bias=False)
        filters = torch.tensor(_FILTERS, dtype=torch.float32)[:, None]
        with torch.no_grad():
            self.weight.copy_(filters.expand(-1, channels, -1, -1) / channels)
        self.requires_grad_(False)


def sobel_source(channels: int) -> str:
    """Python source that leaves the same filter under the name `edges`."""
    return (
        f"edges = nn.Conv2d({channels}, {EDGE_CHANNELS}, 3, padding=1, bias=False)\n"
        f"filters = torch.tensor({_FILTERS!r}, dtype=torch.float32)\n"
        f"edges.weight.data = filters[:, None].repeat(1, {channels}, 1, 1) / {channels}\n"
        "edges.requires_grad_(False)\n"
    )
