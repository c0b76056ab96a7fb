"""Figures of health that several methods report."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from ssl_studio.numerics.scores import cluster_health


def spread_figures(counts: Tensor) -> dict[str, float]:
    """How evenly images are spread over clusters or prototypes, from the images in each, (K,).

    `n_used` hold an image and `empty` none; `eff_k` is the exponential of the entropy of the sizes
    (K when all are equal); `imbalance` is K times the sum of squared shares (1 when all are
    equal); `max_share` is the share of the largest.
    """
    sizes = counts.detach().cpu().numpy()
    health = cluster_health(np.repeat(np.arange(len(sizes)), sizes), len(sizes))
    return {
        "n_used": float(health.used),
        "empty": float(len(sizes) - health.used),
        "eff_k": health.effective,
        "imbalance": health.imbalance,
        "max_share": health.max_share,
    }


def centred(features: Tensor) -> Tensor:
    """Detached float32 features (B, D) minus their mean over the batch.

    Features behind a ReLU or of a transformer have a large common part, which would hide from
    the effective rank in how many directions images differ.
    """
    x = features.detach().float()
    return x - x.mean(dim=0)


def relative_entropy(codes: Tensor) -> Tensor:
    """Mean entropy of codes (B, K) as a share of its largest value ln K; a scalar."""
    return -torch.xlogy(codes, codes).sum(dim=1).mean() / math.log(codes.shape[1])


def mean_cosine(rows: Tensor) -> Tensor:
    """Mean cosine between different rows (K, d); above 0.5 prototypes crowd together."""
    unit = normalize(rows.detach().float(), dim=1)
    count = len(unit)
    return (unit.sum(dim=0).square().sum() - count) / (count * (count - 1))
