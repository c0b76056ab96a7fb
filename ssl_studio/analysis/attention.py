"""Where the heads of a vision transformer look.

Letters: B images, M heads, L patches in h rows and w columns, P tokens before the patches (the
class token).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel
from ssl_studio.networks.backbone import Backbone
from ssl_studio.networks.vit import VitBackbone
from ssl_studio.training.extraction import evaluating


@dataclass(frozen=True, slots=True)
class BlockAttention:
    """The attention of one block, counted from 1; all float32 on the CPU, shares that sum to 1.

    Attributes:
        from_class: (B, M, h, w), how the class token shares its attention among the patches;
            None in networks without one. What it keeps for itself is left out.
        from_patches: (B, M, h, w), how the patches share theirs, on average.
        rollout: (B, h, w), the same as `from_class` (else `from_patches`) when all blocks up to
            this one are followed, heads averaged: attention rollout (arXiv 2005.00928).
    """

    block: int
    from_class: Tensor | None
    from_patches: Tensor
    rollout: Tensor


def attention_of(
    encoder: Backbone, views: Tensor, *, cancel: Cancel | None = None
) -> Iterator[BlockAttention]:
    """The attention of every block on normalised views (B, 3, s, s), from the image upwards.

    Raises AnalysisError for networks that are no transformers.
    """
    if not isinstance(encoder, VitBackbone):
        raise AnalysisError(
            f"The network {encoder.name} has no attention.",
            "It is made of convolutions.",
            "Choose a run with a vision transformer; for this one look at its units.",
        )
    height, width = (side // encoder.patch_size for side in views.shape[-2:])
    paths: Tensor | None = None
    for number in range(1, encoder.size.blocks + 1):
        if cancel is not None:
            cancel.check()
        with evaluating(encoder):
            weights = encoder.attention(views, number - 1).float().cpu()
        paths = _followed(weights, paths)
        yield _summed_up(number, weights, paths, encoder.num_prefix, (height, width))


def _followed(weights: Tensor, paths: Tensor | None) -> Tensor:
    """(B, P + L, P + L): which input each token is made of, one block further up.

    Half of a token is itself, through the residual connection.
    """
    step = (weights.mean(dim=1) + torch.eye(weights.shape[-1])) / 2
    return step if paths is None else step @ paths


def _summed_up(
    number: int, weights: Tensor, paths: Tensor, prefix: int, grid: tuple[int, int]
) -> BlockAttention:
    from_class = _shares(weights[:, :, 0, prefix:], grid) if prefix else None
    from_patches = _shares(weights[:, :, prefix:, prefix:].mean(dim=2), grid)
    followed = paths[:, 0, prefix:] if prefix else paths.mean(dim=1)
    return BlockAttention(number, from_class, from_patches, _shares(followed, grid))


def _shares(weights: Tensor, grid: tuple[int, int]) -> Tensor:
    total = weights.sum(dim=-1, keepdim=True).clamp_min(1e-12)
    return (weights / total).reshape(*weights.shape[:-1], *grid)
