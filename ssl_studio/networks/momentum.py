"""A slow copy of a network: the teacher, target or key encoder (EMA of the weights)."""

import copy
from collections.abc import Collection, Iterator

import torch
from torch import Tensor, nn


@torch.no_grad()
def ema_update(
    target: nn.Module, source: nn.Module, momentum: float, *, extras: Collection[str] = ()
) -> None:
    """target <- momentum * target + (1 - momentum) * source, over parameters, in place.

    Parameters are paired by name. `extras` are names (or prefixes ending in a dot) that only one of
    the two has. Buffers are left alone: each network keeps the running statistics of its own
    passes. The target must be fp32: near 1 - momentum = 0.001 bf16 would not move at all.
    """
    slow, quick = _named(target, extras), _named(source, extras)
    assert slow.keys() == quick.keys(), sorted(slow.keys() ^ quick.keys())
    assert all(p.dtype == torch.float32 for p in slow.values() if p.is_floating_point())
    now = [quick[name].to(slow[name]) for name in slow]
    torch._foreach_lerp_(list(slow.values()), now, 1 - momentum)


class MomentumCopy(nn.Module):
    """A deep copy of a network that follows it slowly and takes no gradient.

    It keeps the mode (train or eval) it is put in; which one belongs to the method. Its weights are
    fp32 and in the state_dict under `module.`. Copy before compiling.
    """

    def __init__(self, source: nn.Module) -> None:
        super().__init__()
        self.module = copy.deepcopy(source).float().requires_grad_(False)

    @torch.no_grad()
    def forward(self, *inputs: Tensor) -> Tensor:
        """What the copy makes of the inputs, without gradient."""
        output: Tensor = self.module(*inputs)
        return output

    def update(self, source: nn.Module, momentum: float) -> None:
        """Move towards the source's present weights, by 1 - momentum."""
        ema_update(self.module, source, momentum)

    @torch.no_grad()
    def reset(self, source: nn.Module) -> None:
        """Take over the source's weights and buffers as they are."""
        self.module.load_state_dict(source.state_dict())


def _named(module: nn.Module, extras: Collection[str]) -> dict[str, Tensor]:
    return dict(_kept(module, tuple(extras)))


def _kept(module: nn.Module, extras: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
    prefixes = tuple(extra for extra in extras if extra.endswith("."))
    for name, parameter in module.named_parameters():
        if name not in extras and not name.startswith(prefixes or ("\0",)):
            yield name, parameter
