"""Parameter groups, and SGD, AdamW, LARS and LARC by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import overload

import torch
from torch import Tensor
from torch.optim import SGD, AdamW, Optimizer

from ssl_studio.methods.base import Clock, OptimiserSpec, ParamGroup
from ssl_studio.training.schedules import cosine, warmup_constant, warmup_cosine


class LARS(Optimizer):
    """Layer-wise adaptive rate scaling (arXiv 1708.03888) in two published flavours.

    For a weight w with gradient g, u = g + wd*w:
    `lars`: q = trust * |w| / |u|, velocity v = momentum*v + rate*q*u, w -= v (SimCLR's code).
    `larc`: q = trust * |w| / (|g| + wd*|w| + 1e-8), then min(q / rate, 1), SGD on q*u.
    Rates do not transfer between the flavours. q is 1 where a norm is zero and for groups with
    `adapt` off.
    """

    def __init__(
        self,
        groups: Sequence[dict[str, object]],
        *,
        lr: float,
        momentum: float,
        weight_decay: float,
        trust: float,
        clip: bool,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "trust": trust,
            "clip": clip,
            "adapt": True,
        }
        super().__init__(groups, defaults)

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Update every parameter that has a gradient. No host synchronisation."""
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            if parameters:
                self._step_group(group, parameters)
        return closure() if closure else None

    def _step_group(self, group: dict[str, object], parameters: list[Tensor]) -> None:
        rate, decay = float(group["lr"]), float(group["weight_decay"])  # type: ignore[arg-type]
        momentum = float(group["momentum"])  # type: ignore[arg-type]
        grads = [p.grad for p in parameters if p.grad is not None]
        updates = torch._foreach_add(grads, parameters, alpha=decay)
        if group["adapt"]:
            torch._foreach_mul_(updates, self._ratios(group, parameters, grads, updates))
        torch._foreach_mul_(updates, rate)
        velocities = [self._velocity(p) for p in parameters]
        torch._foreach_mul_(velocities, momentum)
        torch._foreach_add_(velocities, updates)
        torch._foreach_sub_(parameters, velocities)

    def _ratios(
        self,
        group: dict[str, object],
        parameters: list[Tensor],
        grads: list[Tensor],
        updates: Sequence[Tensor],
    ) -> list[Tensor]:
        trust, rate = float(group["trust"]), float(group["lr"])  # type: ignore[arg-type]
        decay = float(group["weight_decay"])  # type: ignore[arg-type]
        weights = torch.stack(torch._foreach_norm(parameters))
        if group["clip"]:
            gradients = torch.stack(torch._foreach_norm(grads))
            q = trust * weights / (gradients + decay * weights + 1e-8)
            q = (q / max(rate, 1e-12)).clamp(max=1.0)
            live = (weights > 0) & (gradients > 0)
        else:
            directions = torch.stack(torch._foreach_norm(list(updates)))
            live = (weights > 0) & (directions > 0)
            q = trust * weights / directions.clamp(min=1e-30)
        return list(torch.where(live, q, torch.ones_like(q)).unbind())

    def _velocity(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        velocity: Tensor = state["momentum_buffer"]
        return velocity


def build_optimiser(spec: OptimiserSpec, groups: Sequence[ParamGroup]) -> Optimizer:
    """The optimiser of a spec over its groups. Group settings override the spec's."""
    torch_groups: list[dict[str, object]] = [
        {
            "params": [p for _, p in g.parameters],
            "names": [n for n, _ in g.parameters],
            "label": g.name,
            "weight_decay": spec.weight_decay if g.weight_decay is None else g.weight_decay,
            "rate_scale": g.rate_scale,
            "constant_rate": g.constant_rate,
            "adapt": g.adapt,
        }
        for g in groups
    ]
    # Not `fused`: on CPUs those kernels walk through memory and silently mix up the elements of
    # a channels-last weight and a gradient that lies otherwise (seen with torch 2.15).
    if spec.kind == "sgd":
        return SGD(torch_groups, lr=spec.rate, momentum=spec.momentum, foreach=True)
    if spec.kind == "adamw":
        return AdamW(torch_groups, lr=spec.rate, betas=spec.betas, foreach=True)
    clip = spec.kind == "larc"
    return LARS(
        torch_groups,
        lr=spec.rate,
        momentum=spec.momentum,
        weight_decay=spec.weight_decay,
        trust=0.02 if clip else spec.trust,
        clip=clip,
    )


def set_rates(optimiser: Optimizer, spec: OptimiserSpec, clock: Clock) -> float:
    """Set the rate and weight decay of every group for this step; returns the common rate."""
    warmup = round(spec.warmup_epochs * clock.steps_per_epoch)
    warmup = min(warmup, max(0, clock.stage_steps - 1))
    if spec.schedule == "cosine":
        rate = warmup_cosine(
            clock.stage_step,
            clock.stage_steps,
            warmup=warmup,
            peak=spec.rate,
            end=spec.final_rate,
        )
    else:
        rate = warmup_constant(clock.stage_step, warmup=warmup, peak=spec.rate)
    for group in optimiser.param_groups:
        base = spec.rate if group["constant_rate"] else rate
        group["lr"] = base * group["rate_scale"]
        if spec.weight_decay_end is not None and group["weight_decay"] > 0:
            group["weight_decay"] = cosine(
                clock.stage_step, clock.stage_steps, spec.weight_decay, spec.weight_decay_end
            )
    return rate


def optimiser_state(optimiser: Optimizer) -> dict[str, Tensor]:
    """All state tensors, keyed "<parameter name>/<state name>"."""
    state: dict[str, Tensor] = {}
    for group in optimiser.param_groups:
        for name, parameter in zip(group["names"], group["params"], strict=True):
            for key, value in optimiser.state.get(parameter, {}).items():
                if isinstance(value, Tensor):
                    state[f"{name}/{key}"] = value
    return state


def load_optimiser_state(optimiser: Optimizer, state: Mapping[str, Tensor]) -> None:
    """Put back what `optimiser_state` gave. Parameters without an entry start afresh."""
    for group in optimiser.param_groups:
        for name, parameter in zip(group["names"], group["params"], strict=True):
            prefix = f"{name}/"
            found = {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}
            if found:
                optimiser.state[parameter] = {
                    # Adam keeps its step count as float32 on the parameter's device.
                    k: v.to(parameter.device).clone()
                    for k, v in found.items()
                }


def check_groups(groups: Sequence[ParamGroup], trainable: Sequence[tuple[str, Tensor]]) -> None:
    """Raise ValueError unless every trainable parameter is in exactly one group."""
    grouped = [id(p) for g in groups for _, p in g.parameters]
    wanted = {id(p): n for n, p in trainable}
    twice = [wanted.get(i, "?") for i in grouped if grouped.count(i) > 1]
    missing = [n for i, n in wanted.items() if i not in set(grouped)]
    if twice or missing:
        raise ValueError(f"parameters in two groups: {twice}; in none: {missing}")


def group_table(groups: Sequence[ParamGroup], specs: Mapping[str, OptimiserSpec]) -> str:
    """The groups in words, for the run's log."""
    lines = []
    for g in groups:
        decay = specs[g.optimiser].weight_decay if g.weight_decay is None else g.weight_decay
        count = sum(p.numel() for _, p in g.parameters)
        lines.append(
            f"{g.optimiser}/{g.name}: {len(g.parameters)} tensors, {count:,} numbers, "
            f"{specs[g.optimiser].kind}, weight decay {decay:g}"
        )
    return "\n".join(lines)
