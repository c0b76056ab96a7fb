"""Convolutional networks behind the Backbone face: a module and a table of its stages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssl_studio.networks.backbone import Backbone, BackboneSpec

FLATTEN = "flatten"  # stands for torch.flatten, which torchvision calls without a module


@dataclass(frozen=True, slots=True)
class Stage:
    """One named layer and the parts of the net, by path, that lead to it from the layer before."""

    layer: str
    parts: tuple[str, ...]


class ConvBackbone(Backbone):
    """A net that runs from the image to the last stage in one line.

    `stages` name the parts, so that a deep copy runs its own; `first` is the path of the first
    convolution; `source` is Python that leaves the net under the name `net`.
    """

    def __init__(
        self,
        spec: BackboneSpec,
        net: nn.Module,
        stages: Sequence[Stage],
        *,
        width: int,
        stride: int,
        first: str,
        source: str,
    ) -> None:
        layers = tuple(stage.layer for stage in stages)
        super().__init__(
            spec,
            net,
            family="conv",
            width=width,
            layers=layers,
            default_layer=layers[-1],
            stride=stride,
        )
        self._stages = tuple(stages)
        self._first = first
        self._source = source

    @property
    def narrowest_px(self) -> int:
        """Side of the smallest view of which the last strided layer still sees two places."""
        return self.stride // 2 + 2

    def forward(self, x: Tensor) -> Tensor:
        """The (B, D) feature of (B, C, S, S) images."""
        with self._sound_gradients(x) as x:
            return super().forward(x)

    def maps(self, x: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The (B, C, H, W) map of each asked layer; stops at the highest one."""
        with self._sound_gradients(x) as x:
            return self._maps(self.edges(x), layers)

    @contextmanager
    def _sound_gradients(self, x: Tensor) -> Iterator[Tensor]:
        """The images, in full precision where half would spoil what is learnt.

        On CPUs the gradients of a strided convolution over one place are undefined in bf16 (oneDNN
        in torch 2.15).
        """
        is_narrow = x.device.type == "cpu" and min(x.shape[-2:]) < self.narrowest_px
        if not (is_narrow and torch.is_autocast_enabled("cpu")):
            yield x
            return
        with torch.autocast("cpu", enabled=False):
            yield x.float()

    def _maps(self, x: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        wanted = {self._known(layer) for layer in layers}
        found: dict[str, Tensor] = {}
        for stage in self._stages:
            x = self._run(stage, x)
            if stage.layer in wanted:
                found[stage.layer] = x if x.dim() == 4 else x[:, :, None, None]
            if len(found) == len(wanted):
                break
        return {layer: found[layer] for layer in layers}

    def _run(self, stage: Stage, x: Tensor) -> Tensor:
        for path in stage.parts:
            x = x.flatten(1) if path == FLATTEN else self.net.get_submodule(path)(x)
        return x

    def _first_layer(self) -> nn.Conv2d:
        layer = self.net.get_submodule(self._first)
        assert isinstance(layer, nn.Conv2d)
        return layer

    def _net_source(self) -> str:
        return self._source

    def _encoder_source(self, layer: str) -> str:
        edges = ["edges"] if self.spec.sobel else []
        if layer == self.default_layer:
            return f"encoder = nn.Sequential({', '.join([*edges, 'net'])})\n"
        parts = [*edges, *self._parts_source(layer)]
        if "nn.Flatten()" not in parts:
            parts += ["nn.AdaptiveAvgPool2d(1)", "nn.Flatten()"]
        return f"encoder = nn.Sequential({', '.join(parts)})\n"

    def _parts_source(self, layer: str) -> Iterator[str]:
        for stage in self._stages:
            for path in stage.parts:
                yield "nn.Flatten()" if path == FLATTEN else f"net.get_submodule({path!r})"
            if stage.layer == layer:
                return


def layer_source(layer: nn.Module) -> str:
    """The Python call that makes a plain torch layer of the same shape."""
    return f"nn.{layer!r}"


def classic_stages(
    ends: Sequence[int], features: int, fc6: tuple[int, int], fc7: tuple[int, int]
) -> tuple[Stage, ...]:
    """The stages of an AlexNet or VGG: conv1.. inside `features`, then fc6 and fc7.

    `ends` are the indices in `features` behind the last ReLU of each layer; `features` is how many
    parts there are; `fc6` and `fc7` are index ranges in `classifier`.
    """
    starts = (0, *ends[:-1])
    stages = [
        Stage(f"conv{number}", tuple(f"features.{i}" for i in range(start, end)))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    ]
    to_fc6 = [f"features.{i}" for i in range(ends[-1], features)]
    to_fc6 += ["avgpool", FLATTEN, *(f"classifier.{i}" for i in range(*fc6))]
    to_fc7 = tuple(f"classifier.{i}" for i in range(*fc7))
    return (*stages, Stage("fc6", tuple(to_fc6)), Stage("fc7", to_fc7))
