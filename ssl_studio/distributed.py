"""Gathers and means across the processes of one training; in one process they do nothing.

Every tensor that a method shares between processes passes through here, so that a method reads
the same with one process and with many. torch is imported on first use: light modules may name
this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter


def _active() -> bool:
    import torch.distributed as dist

    return dist.is_available() and dist.is_initialized()


def rank() -> int:
    """This process's number, from 0."""
    import torch.distributed as dist

    return dist.get_rank() if _active() else 0


def world() -> int:
    """How many processes share the training."""
    import torch.distributed as dist

    return dist.get_world_size() if _active() else 1


def is_first() -> bool:
    """Whether this process is the one that writes and reports."""
    return rank() == 0


def gather(x: Tensor) -> Tensor:
    """All processes' rows under each other, (W*B, ...), without gradient. Equal B everywhere."""
    if world() == 1:
        return x.detach()
    import torch
    import torch.distributed as dist

    x = x.detach().contiguous()
    parts = [torch.empty_like(x) for _ in range(world())]
    dist.all_gather(parts, x)
    return torch.cat(parts)


def gather_with_gradient(x: Tensor) -> Tensor:
    """Like `gather`, but gradients flow back to the rows of every process.

    With a loss that is the mean over local rows, and gradients averaged over processes, the
    result equals the gradient of the global batch.
    """
    if world() == 1:
        return x
    import torch
    import torch.distributed as dist

    class _Gather(torch.autograd.Function):
        @staticmethod
        def forward(ctx: torch.autograd.function.FunctionCtx, local: Tensor) -> Tensor:
            return gather(local)

        @staticmethod
        def backward(ctx: torch.autograd.function.FunctionCtx, grad: Tensor) -> Tensor:
            grad = grad.contiguous()
            dist.all_reduce(grad)
            return grad.chunk(world())[rank()]

    return _Gather.apply(x)  # type: ignore[no-any-return]


def total(x: Tensor) -> Tensor:
    """Sum over processes, without gradient. The argument is left as it is."""
    if world() == 1:
        return x.detach()
    import torch.distributed as dist

    x = x.detach().clone()
    dist.all_reduce(x)
    return x


def mean(x: Tensor) -> Tensor:
    """Mean over processes, without gradient. The argument is left as it is."""
    return total(x) / world()


def broadcast(x: Tensor) -> Tensor:
    """The first process's tensor, on every process. Shapes must agree."""
    if world() == 1:
        return x
    import torch.distributed as dist

    x = x.detach().clone().contiguous()
    dist.broadcast(x, 0)
    return x


def average_gradients(parameters: Iterable[Parameter]) -> None:
    """Replace every gradient by its mean over processes, in one message.

    A parameter without gradient here must be without one everywhere.
    """
    if world() == 1:
        return
    import torch
    import torch.distributed as dist

    grads = [p.grad for p in parameters if p.grad is not None]
    if not grads:
        return
    flat = torch.cat([g.reshape(-1).float() for g in grads])
    dist.all_reduce(flat)
    flat /= world()
    offset = 0
    for grad in grads:
        grad.copy_(flat[offset : offset + grad.numel()].view_as(grad))
        offset += grad.numel()
