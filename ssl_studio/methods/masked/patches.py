"""Pictures as rows of patches, and errors over the hidden ones.

Letters: B images, L patches = h * w, p side of a patch, k chosen tokens, D width of a token.
"""

import torch
from torch import Tensor

VARIANCE_FLOOR = 1e-6


def patchify(images: Tensor, patch: int) -> Tensor:
    """(B, 3, h*p, w*p) to patches (B, h*w, p*p*3), row by row, colours of a pixel together."""
    b, c, height, width = images.shape
    x = images.reshape(b, c, height // patch, patch, width // patch, patch)
    return torch.einsum("nchpwq->nhwpqc", x).reshape(b, -1, patch * patch * c)


def unpatchify(patches: Tensor, patch: int, grid: tuple[int, int]) -> Tensor:
    """The inverse of `patchify` for a grid of (h, w) patches."""
    x = patches.reshape(len(patches), *grid, patch, patch, -1)
    b, h, w, p, q, c = x.shape
    return torch.einsum("nhwpqc->nchpwq", x).reshape(b, c, h * p, w * q)


def patch_statistics(patches: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (B, L, 1) over the numbers of each patch.

    The variance is the unbiased one, lifted by 1e-6 against flat patches.
    """
    variance, mean = torch.var_mean(patches, dim=-1, keepdim=True)
    return mean, (variance + VARIANCE_FLOOR).sqrt()


def patch_errors(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error (B, L) of each patch, in float32."""
    return (prediction.float() - target).square().mean(dim=-1)


def masked_mean(values: Tensor, hidden: Tensor) -> Tensor:
    """Mean of values (B, L) over the patches where `hidden` (B, L) is True."""
    return (values * hidden).sum() / hidden.sum()


def take_tokens(tokens: Tensor, positions: Tensor) -> Tensor:
    """Tokens (B, k, D) at positions (B, k) of (B, L, D)."""
    return tokens.gather(1, positions[:, :, None].expand(-1, -1, tokens.shape[2]))
