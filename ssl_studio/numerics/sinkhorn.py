"""Balanced soft assignments by Sinkhorn-Knopp (arXiv 1306.0895, as used in SeLA and SwAV).

Shapes: B samples of this process, K prototypes.
"""

import math

import torch
from torch import Tensor

from ssl_studio import distributed


@torch.no_grad()
def sinkhorn(
    scores: Tensor,
    epsilon: float = 0.05,
    iterations: int = 3,
    *,
    hard: bool = False,
    prior: Tensor | None = None,
) -> Tensor:
    """The (B, K) assignments of (B, K) scores: rows sum to 1, columns follow `prior`.

    Solves max Tr(Q^T S) + epsilon H(Q) over row sums 1 and column sums N * prior, N being the
    samples of all processes (equal B everywhere). The last scaling is per sample: row sums are
    exact, column sums approximate; with 3 iterations they may be off by half on a clustered batch.
    `prior` (K,) sums to 1 and is uniform when None. `hard` gives the one-hot of each row's largest.

    Works in the log domain and fp32, without gradient: exp(s / 0.05) overflows fp16, and fp32
    underflows below 0.005 otherwise.
    """
    with torch.autocast(scores.device.type, enabled=False):
        log_plan = scores.float() / epsilon
        samples, prototypes = log_plan.shape
        log_prior = _log_prior(prior, prototypes, log_plan)
        log_samples = math.log(samples * distributed.world())
        per_sample = log_plan.new_zeros(samples)
        per_prototype = log_plan.new_zeros(prototypes)
        for _ in range(iterations):
            per_prototype = log_prior - _log_sum_over_samples(log_plan + per_sample[:, None])
            per_sample = -log_samples - torch.logsumexp(log_plan + per_prototype, dim=1)
        # the last scaling, per sample, is a softmax; as one its sums stay exact
        plan = torch.softmax(log_plan + per_prototype, dim=1)
    if hard:
        return torch.nn.functional.one_hot(plan.argmax(dim=1), prototypes).float()
    return plan


def power_law(prototypes: int, exponent: float) -> Tensor:
    """The (K,) prior r_k in proportion to k^(-exponent), for folders with long tails.

    PMSN (arXiv 2210.07277) uses 0.25.
    """
    shares = torch.arange(1, prototypes + 1, dtype=torch.float64) ** -exponent
    return (shares / shares.sum()).float()


def _log_prior(prior: Tensor | None, prototypes: int, like: Tensor) -> Tensor:
    if prior is None:
        return like.new_full((prototypes,), -math.log(prototypes))
    return prior.to(like).log()


def _log_sum_over_samples(log_plan: Tensor) -> Tensor:
    """The (K,) logsumexp over the samples of all processes."""
    local = torch.logsumexp(log_plan, dim=0)
    if distributed.world() == 1:
        return local
    return torch.logsumexp(distributed.gather(local[None]), dim=0)
