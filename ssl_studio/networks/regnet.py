"""RegNetY (arXiv 2003.13678): torchvision's modules, from small ones to those of SEER (2103.01988).

Images up to 64 px get a first convolution of stride 1 in place of stride 2.
"""

import math

import torch
import torchvision
from torch import nn

from ssl_studio.networks.backbone import Backbone, BackboneSpec, register_backbone
from ssl_studio.networks.conv import ConvBackbone, Stage, layer_source
from ssl_studio.networks.resnet import choose_stem

_STAGES = (
    Stage("conv1", ("stem",)),
    *(Stage(f"conv{i + 1}", (f"trunk_output.block{i}",)) for i in range(1, 5)),
)
# torchvision's name: title, millions of weights without the classifier, what to say about it
_SIZES = {
    "regnet_y_400mf": ("RegNetY 0.4", 4, "A lean modern network, smaller than a ResNet-18."),
    "regnet_y_800mf": ("RegNetY 0.8", 6, "A lean modern network, half as large as a ResNet-18."),
    "regnet_y_1_6gf": ("RegNetY 1.6", 10, "As large as a ResNet-18 and better with large images."),
    "regnet_y_3_2gf": ("RegNetY 3.2", 18, "A modern network a little smaller than a ResNet-50."),
    "regnet_y_8gf": ("RegNetY 8", 37, "The smallest network of SEER; wants a large card."),
    "regnet_y_16gf": ("RegNetY 16", 81, "A network of SEER; wants a large card and many images."),
    "regnet_y_32gf": ("RegNetY 32", 141, "A network of SEER; for millions of images."),
    "regnet_y_128gf": ("RegNetY 128", 637, "The large network of SEER; for a room of machines."),
}


def _regnet(spec: BackboneSpec) -> Backbone:
    net = getattr(torchvision.models, spec.name)()
    width = net.fc.in_features
    net.fc = nn.Identity()
    source = f"net = torchvision.models.{spec.name}()\nnet.fc = nn.Identity()\n"
    small = choose_stem(spec.stem, spec.image_size) == "small"
    if small or spec.inputs != 3:
        net.stem[0] = _first_conv(spec.inputs, net.stem[0].out_channels, stride=1 if small else 2)
        source += f"net.stem[0] = {layer_source(net.stem[0])}\n"
    if spec.zero_gamma:
        _zero_gammas(net)
    return ConvBackbone(
        spec,
        net,
        _STAGES,
        width=width,
        stride=16 if small else 32,
        first="stem.0",
        source=source,
    )


def _first_conv(inputs: int, out: int, stride: int) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, out, kernel_size=3, stride=stride, padding=1, bias=False)
    nn.init.normal_(conv.weight, std=math.sqrt(2 / (9 * out)))  # as torchvision's
    return conv


def _zero_gammas(net: nn.Module) -> None:
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if name.endswith("f.c.1.weight"):  # BatchNorm behind the last convolution of a block
                parameter.zero_()


for _name, (_title, _millions, _words) in _SIZES.items():
    register_backbone(
        _name,
        family="conv",
        title=_title,
        explanation=f"{_words} {_millions} million weights.",
        min_side=16,
    )(_regnet)
