"""The moving parts of a training: where it stands, its optimisers, and how both are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from ssl_studio.images.cache import PixelCache
from ssl_studio.methods.base import Exhibit, Method, OptimiserSpec, ParamGroup, Stage
from ssl_studio.training.optimisers import (
    build_optimiser,
    check_groups,
    load_optimiser_state,
    optimiser_state,
)

CheckpointKind = Literal["start", "epoch", "timed", "final"]


class Keeper(Protocol):
    """Where a training puts what must outlast it."""

    def checkpoint(self, kind: CheckpointKind, step: int, epoch: int, data: bytes) -> None:
        """Keep the state of the run; when this returns it is safe on disk."""
        ...

    def exhibits(
        self, step: int, epoch: float, exhibits: Sequence[Exhibit], positions: Sequence[int]
    ) -> None:
        """Keep exhibits; `positions` are those of their images in the run's list."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The images of a run.

    Attributes:
        cache: Their pixels, in the run's fixed order.
        labels: Int64 (N,), class numbers for evaluation only, -1 where unknown; or None.
        fingerprint: Identifies the images and their order; an exact resume needs the same.
    """

    cache: PixelCache
    labels: np.ndarray | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a training ended."""

    status: Literal["finished", "stopped"]
    step: int
    epoch: int
    seconds: float


class Optimisers:
    """The optimisers of one stage, by name, with the parameters each may touch."""

    def __init__(self, method: Method, stage: Stage) -> None:
        self._method = method
        self._stage = stage
        self.specs: Mapping[str, OptimiserSpec] = {}
        self.groups: Sequence[ParamGroup] = ()
        self.by_name: dict[str, Optimizer] = {}
        self.rebuild(None)

    def rebuild(self, names: Sequence[str] | None) -> None:
        """Make the named optimisers anew (None: all), after their parameters were replaced."""
        self.specs = self._method.optimisers(self._stage)
        self.groups = self._method.param_groups(self._stage)
        check_groups(self.groups, self._method.trainable())
        for name, spec in self.specs.items():
            if names is None or name in names:
                own = [g for g in self.groups if g.optimiser == name]
                self.by_name[name] = build_optimiser(spec, own)

    def parameters(self, name: str) -> list[Tensor]:
        """The parameters that one optimiser updates."""
        return [p for group in self.by_name[name].param_groups for p in group["params"]]

    def zero(self) -> None:
        """Drop all gradients."""
        for optimiser in self.by_name.values():
            optimiser.zero_grad(set_to_none=True)

    def state(self) -> dict[str, dict[str, Tensor]]:
        """State tensors of all optimisers."""
        return {name: optimiser_state(o) for name, o in self.by_name.items()}

    def load(self, states: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Put back what `state` gave."""
        for name, optimiser in self.by_name.items():
            load_optimiser_state(optimiser, states.get(name, {}))


def scaler_state(scaler: torch.amp.GradScaler) -> dict[str, float]:
    """The gradient scaler's figures; empty when it is off."""
    return {k: float(v) for k, v in scaler.state_dict().items()}


def load_scaler(scaler: torch.amp.GradScaler, state: Mapping[str, float]) -> None:
    """Put back what `scaler_state` gave."""
    if state:
        whole = {"growth_interval", "_growth_tracker"}
        scaler.load_state_dict({k: int(v) if k in whole else v for k, v in state.items()})
