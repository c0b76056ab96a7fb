"""Small networks meant for CPUs: a chain of convolutions and a mean over places.

Each is a plain nn.Sequential of torch's and torchvision's pieces. Larger images get a stem with a
larger stride and then more stages, so that they cost little more than their stem.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn
from torchvision.ops import Conv2dNormActivation

from ssl_studio.networks.backbone import Backbone, BackboneSpec, register_backbone
from ssl_studio.networks.conv import ConvBackbone, Stage

_BASE_SIDE = 32  # the tables below are for this side


@dataclass(frozen=True, slots=True)
class Row:
    """One convolution with BatchNorm and ReLU."""

    channels: int
    kernel: int
    stride: int


_LIGHT = (Row(32, 4, 2), Row(64, 3, 2), Row(128, 3, 1), Row(128, 3, 2), Row(256, 3, 1))
_LIGHT6 = (
    Row(32, 3, 1),
    Row(64, 3, 2),
    Row(64, 3, 1),
    Row(128, 3, 2),
    Row(128, 3, 1),
    Row(256, 3, 2),
)


@register_backbone(
    "light",
    family="conv",
    title="Light",
    explanation="A few small convolutions, made for processors: the quickest first look at a "
    "folder. With a graphics card a ResNet finds finer groups.",
    min_side=16,
)
def light(spec: BackboneSpec) -> Backbone:
    """256 features."""
    return _chain(spec, _LIGHT)


@register_backbone(
    "light6",
    family="conv",
    title="Light, six layers",
    explanation="Six convolutions that keep more detail than Light, for processors with time: "
    "about three times the work for each image.",
    min_side=16,
)
def light6(spec: BackboneSpec) -> Backbone:
    """256 features."""
    return _chain(spec, _LIGHT6)


def rows_for(rows: Sequence[Row], image_size: int) -> tuple[Row, ...]:
    """The table for an image side.

    The first doubling of 32 px doubles kernel and stride of the stem, as maps of half the side
    would cost as much as the rest of the network; each further one adds a stage after it.
    """
    doublings = max(0, (image_size // _BASE_SIDE).bit_length() - 1)
    if doublings == 0:
        return tuple(rows)
    stem, *others = rows
    wide = Row(stem.channels, 2 * stem.kernel, 2 * stem.stride)
    return (wide, *[Row(stem.channels, 3, 2)] * (doublings - 1), *others)


def _chain(spec: BackboneSpec, table: Sequence[Row]) -> Backbone:
    rows = rows_for(table, spec.image_size)
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    source, channels, stride = "net = nn.Sequential()\n", spec.inputs, 1
    for number, row in enumerate(rows, start=1):
        shape = (channels, row.channels, row.kernel, row.stride)
        parts[f"conv{number}"] = Conv2dNormActivation(*shape, padding=(row.kernel - 1) // 2)
        call = f"{', '.join(map(str, shape))}, padding={(row.kernel - 1) // 2}"
        source += f"net.add_module('conv{number}', torchvision.ops.Conv2dNormActivation({call}))\n"
        channels, stride = row.channels, stride * row.stride
    stages = [Stage(name, (name,)) for name in parts]
    parts["pool"], parts["flatten"] = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    source += "net.add_module('pool', nn.AdaptiveAvgPool2d(1))\n"
    source += "net.add_module('flatten', nn.Flatten())\n"
    net = nn.Sequential(parts)
    _initialise(net)
    return ConvBackbone(
        spec, net, stages, width=channels, stride=stride, first="conv1.0", source=source
    )


def _initialise(net: nn.Module) -> None:
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
