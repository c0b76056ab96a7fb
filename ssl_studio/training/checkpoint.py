"""All that an exact resume needs, packed and unpacked in one place.

A checkpoint is one safetensors byte string: tensors of the method ("method/..."), of its
optimisers ("optimiser/<name>/...") and of the gradient scaler, and a JSON header. Random numbers
are functions of (seed, step), so none are stored.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from ssl_studio.errors import DamagedProject

FORMAT = 1
_HEADER = "ssl_studio"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands.

    Attributes:
        step, epoch: Since the run began.
        stage: Index of the stage.
        stage_step: Optimiser steps done in the stage.
        epoch_step: Steps done in the epoch; above 0 the epoch's preparations are in the state.
        seconds: Time trained so far, pauses left out.
    """

    step: int = 0
    epoch: int = 0
    stage: int = 0
    stage_step: int = 0
    epoch_step: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The full state of a run at a step, on the CPU.

    Attributes:
        encoder_prefix: Where in `method` the kept encoder's tensors begin.
        fingerprint: Of the images the run trains on; another one refuses exact resume.
        guards: Plain figures of the guards (running medians, alarms seen).
    """

    position: Position
    method: Mapping[str, Tensor]
    optimisers: Mapping[str, Mapping[str, Tensor]]
    encoder_prefix: str
    fingerprint: str = ""
    scaler: Mapping[str, float] = field(default_factory=dict)
    guards: Mapping[str, float] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)

    def encoder_state(self) -> dict[str, Tensor]:
        """Tensors of the kept encoder, in the names of its Backbone module."""
        prefix = self.encoder_prefix
        return {k[len(prefix) :]: v for k, v in self.method.items() if k.startswith(prefix)}


def pack(checkpoint: Checkpoint) -> bytes:
    """One byte string that `unpack` turns back into an equal checkpoint."""
    tensors = {f"method/{k}": _plain(v) for k, v in checkpoint.method.items()}
    for name, state in checkpoint.optimisers.items():
        tensors |= {f"optimiser/{name}/{k}": _plain(v) for k, v in state.items()}
    header = {
        "format": FORMAT,
        "position": asdict(checkpoint.position),
        "encoder_prefix": checkpoint.encoder_prefix,
        "fingerprint": checkpoint.fingerprint,
        "scaler": dict(checkpoint.scaler),
        "guards": dict(checkpoint.guards),
        "environment": dict(checkpoint.environment),
        "optimisers": list(checkpoint.optimisers),
    }
    return save(tensors, metadata={_HEADER: json.dumps(header)})


def unpack(data: bytes) -> Checkpoint:
    """The checkpoint in a byte string. Raises DamagedProject when it is none."""
    try:
        header = json.loads(_metadata(data)[_HEADER])
        tensors = load(data)
        position = Position(**header["position"])
    except Exception as error:
        raise DamagedProject(
            "A checkpoint cannot be read.",
            f"Its content is damaged ({type(error).__name__}).",
            "Go on from an earlier checkpoint of the run.",
        ) from error
    optimisers: dict[str, dict[str, Tensor]] = {name: {} for name in header["optimisers"]}
    method: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        kind, _, rest = key.partition("/")
        if kind == "method":
            method[rest] = tensor
        else:
            name, _, rest = rest.partition("/")
            optimisers[name][rest] = tensor
    return Checkpoint(
        position=position,
        method=method,
        optimisers=optimisers,
        encoder_prefix=header["encoder_prefix"],
        fingerprint=header["fingerprint"],
        scaler=header["scaler"],
        guards=header["guards"],
        environment=header["environment"],
    )


def _metadata(data: bytes) -> dict[str, str]:
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    metadata: dict[str, str] = header["__metadata__"]
    return metadata


def _plain(tensor: Tensor) -> Tensor:
    # A copy of its own: two names must not share memory in a safetensors file, and training
    # goes on while the bytes are written.
    return tensor.detach().to("cpu", copy=True).contiguous()


def state_on_cpu(module: torch.nn.Module) -> dict[str, Tensor]:
    """The module's state as plain CPU tensors, names as without torch.compile."""
    return {k.replace("_orig_mod.", ""): v.detach() for k, v in module.state_dict().items()}
