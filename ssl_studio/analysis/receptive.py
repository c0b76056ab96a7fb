"""Which pixels a unit of a convolutional layer can see, exactly.

The forward pass is watched operation by operation: each convolution and pooling widens the field
of the tensor it gives, and where branches meet the union counts. All along one axis, since
kernels, strides and pictures are square here.
"""

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ssl_studio.networks.backbone import Backbone
from ssl_studio.training.extraction import evaluating


@dataclass(frozen=True, slots=True)
class Field:
    """Pixels that cell i of a map sees along one axis: start + i * jump, `size` of them."""

    start: float
    jump: float
    size: float

    def window(self, kernel: int, stride: int, padding: int, dilation: int) -> "Field":
        """The field behind a convolution or pooling."""
        reach = dilation * (kernel - 1)
        return Field(
            self.start - padding * self.jump, self.jump * stride, self.size + reach * self.jump
        )

    def union(self, other: "Field") -> "Field":
        """The smallest field that holds both, where two branches meet."""
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return Field(start, self.jump, end - start)

    def pixels(self, cell: int, side: int) -> tuple[int, int]:
        """First pixel and the one after the last that cell `cell` sees in a picture of `side`."""
        first = self.start + cell * self.jump
        return max(0, math.floor(first)), min(side, math.ceil(first + self.size))


def receptive_field(encoder: Backbone, layer: str) -> Field | None:
    """The field of one layer of a convolutional encoder; None where each unit sees everything.

    Squeeze-and-excitation gates look at the whole picture and scale whole channels; they are
    left out, as they do not say where something is. For a transformer, whose attention sees
    everything, the field is the unit's own patch.
    """
    side = encoder.image_size
    if encoder.family == "vit":
        return None if layer == "cls" else Field(0.0, encoder.stride, encoder.stride)
    device = next(encoder.parameters()).device
    watch = _Watch()
    with evaluating(encoder):
        picture = torch.zeros(1, encoder.spec.channels, side, side, device=device)
        watch.note(picture, Field(0.0, 1.0, 1.0))
        with watch:
            maps = encoder.maps(picture, [layer])[layer]
        return watch.field_of(maps)


class _Watch(TorchFunctionMode):
    """Keeps the field of every tensor that a forward pass makes."""

    def __init__(self) -> None:
        super().__init__()
        # Tensors are held so that no id is used twice.
        self._known: dict[int, tuple[Tensor, Field | None]] = {}

    def note(self, tensor: Tensor, field: Field | None) -> None:
        """Remember the field of a tensor; None stands for the whole picture."""
        self._known[id(tensor)] = (tensor, field)

    def field_of(self, tensor: Tensor) -> Field | None:
        """The field of a tensor that was seen, or None."""
        return self._known.get(id(tensor), (tensor, None))[1]

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and getattr(func, "__name__", "") != "__get__":
            self.note(result, self._derive(func.__name__, args, kwargs or {}, result))
        return result

    def _derive(
        self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], result: Tensor
    ) -> Field | None:
        if result.dim() != 4:
            return None
        inputs = [a for a in args if isinstance(a, Tensor) and a.dim() == 4]
        known = [a for a in inputs if id(a) in self._known]
        if not known:
            return None
        first = self.field_of(known[0])
        if name in _WINDOWS:
            return first and first.window(*_WINDOWS[name](args, kwargs))
        # What is of another size scales whole channels (a gate) and does not say where.
        same = [self.field_of(a) for a in known if a.shape[-2:] == result.shape[-2:]]
        return functools.reduce(_union, same) if same else None


def _union(a: Field | None, b: Field | None) -> Field | None:
    return None if a is None or b is None else a.union(b)


def _one(value: Any) -> int:
    """A size that is the same along both axes."""
    if isinstance(value, int):
        return value
    first, *others = value
    if any(other != first for other in others):
        raise ValueError(f"a window of {tuple(value)} is not square")
    return int(first)


def _conv(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[int, int, int, int]:
    def given(place: int, name: str, default: Any) -> Any:
        return args[place] if len(args) > place else kwargs.get(name, default)

    weight = given(1, "weight", None)
    return (
        _one(tuple(weight.shape[-2:])),
        _one(given(3, "stride", 1)),
        _one(given(4, "padding", 0)),
        _one(given(5, "dilation", 1)),
    )


def _pool(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[int, int, int, int]:
    def given(place: int, name: str, default: Any) -> Any:
        return args[place] if len(args) > place else kwargs.get(name, default)

    kernel = given(1, "kernel_size", None)
    stride = given(2, "stride", None)
    return (
        _one(kernel),
        _one(kernel if stride is None or stride == [] else stride),
        _one(given(3, "padding", 0)),
        _one(given(4, "dilation", 1)),
    )


def _average(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[int, int, int, int]:
    kernel, stride, padding, _ = _pool(args[:4], kwargs)
    return kernel, stride, padding, 1


_WINDOWS: dict[str, Callable[[Sequence[Any], Mapping[str, Any]], tuple[int, int, int, int]]] = {
    "conv2d": _conv,
    "max_pool2d": _pool,
    "_max_pool2d": _pool,
    "boolean_dispatch": _pool,
    "avg_pool2d": _average,
}
