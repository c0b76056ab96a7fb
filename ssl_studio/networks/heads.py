"""Heads on a backbone: projections, predictors and prototypes.

Shapes: B batch, D width of the input, d width of the output, K prototypes.
"""

import torch
from torch import Tensor, nn


def mlp(
    inputs: int,
    hidden: int,
    outputs: int,
    *,
    layers: int = 2,
    batch_norm: bool = True,
    last_norm: bool = False,
    last_affine: bool = True,
    last_bias: bool = True,
    activation: type[nn.Module] = nn.ReLU,
) -> nn.Sequential:
    """A chain of `layers` linear layers, (B, inputs) to (B, outputs).

    Between them BatchNorm (if `batch_norm`) and the activation. `last_norm` puts BatchNorm behind
    the last layer too, `last_affine=False` without learned scale and shift, as in SimSiam and
    MoCo v3. A layer in front of BatchNorm has no bias, which BatchNorm would take away.
    """
    parts: list[nn.Module] = []
    width = inputs
    for _ in range(layers - 1):
        parts.append(nn.Linear(width, hidden, bias=not batch_norm))
        if batch_norm:
            parts.append(nn.BatchNorm1d(hidden))
        parts.append(activation())
        width = hidden
    parts.append(nn.Linear(width, outputs, bias=last_bias and not last_norm))
    if last_norm:
        parts.append(nn.BatchNorm1d(outputs, affine=last_affine))
    return nn.Sequential(*parts)


class Prototypes(nn.Linear):
    """K unit vectors that embeddings are scored against: (B, d) to (B, K) cosines, in fp32.

    `weight` is (K, d), one prototype a row, without bias (SwAV, arXiv 2006.09882). Call
    `normalise` before each forward pass and before exporting. Scores are cosines where the
    embeddings have unit length.
    """

    def __init__(self, d: int, k: int) -> None:
        super().__init__(d, k, bias=False)
        self.normalise()

    def forward(self, z: Tensor) -> Tensor:
        """The (B, K) scores. Autocast is off inside: bf16 would blur s / 0.1 by up to 0.04."""
        with torch.autocast(z.device.type, enabled=False):
            return nn.functional.linear(z.float(), self.weight.float())

    @torch.no_grad()
    def normalise(self) -> None:
        """Bring every prototype back to unit length, in place."""
        self.weight.copy_(nn.functional.normalize(self.weight, dim=1))
