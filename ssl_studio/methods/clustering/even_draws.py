"""Drawing images evenly from clusters of uneven size. Letters: N images, m clusters with images."""

import torch
from torch import Tensor


def balanced_order(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Int64 (N,) positions such that every cluster is drawn about equally often.

    Each of the m clusters that hold images gives N // m + 1 draws, without repetition if it is
    large enough. Then they are shuffled and cut to N.

    Args:
        labels: (N,) cluster of each image, on the CPU.
        generator: Source of the draws, on the CPU.
    """
    sizes = torch.bincount(labels)
    sizes = sizes[sizes > 0]
    share = len(labels) // len(sizes) + 1
    members = torch.split(labels.argsort(stable=True), sizes.tolist())
    drawn = torch.cat([_draw_from(group, share, generator) for group in members])
    return drawn[torch.randperm(len(drawn), generator=generator)[: len(labels)]]


def _draw_from(group: Tensor, count: int, generator: torch.Generator) -> Tensor:
    if len(group) > count:
        return group[torch.randperm(len(group), generator=generator)[:count]]
    return group[torch.randint(len(group), (count,), generator=generator)]
