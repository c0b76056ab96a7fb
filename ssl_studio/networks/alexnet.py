"""AlexNet: DeepCluster's with BatchNorm (arXiv 1807.05520), and torchvision's.

The feature is the output of the second linear layer of 4096 before its ReLU: signed, as
DeepCluster clusters it. A method that trains a classifier on top puts the ReLU back.

Images up to 64 px get a 5x5 stride 1 first convolution in place of 11x11 stride 4, which would
leave nothing of them.
"""

from collections import OrderedDict

import torchvision
from torch import nn

from ssl_studio.networks.backbone import Backbone, BackboneSpec, register_backbone
from ssl_studio.networks.conv import ConvBackbone, classic_stages, layer_source

_WIDTH = 4096
_SMALL_SIDE = 64
# facebookresearch/deepcluster:models/alexnet.py: channels, kernel, stride, padding, pool behind it
_CONVS = (
    (96, 11, 4, 2, True),
    (256, 5, 1, 2, True),
    (384, 3, 1, 1, False),
    (384, 3, 1, 1, False),
    (256, 3, 1, 1, True),
)


@register_backbone(
    "alexnet",
    family="conv",
    title="AlexNet",
    explanation="The network of 2012 that started it all, for comparison with old results. Large "
    "(57 million weights) for what it can do.",
    min_side=32,
)
def alexnet(spec: BackboneSpec) -> Backbone:
    """4096 features; torchvision's alexnet without its last two layers."""
    net = torchvision.models.alexnet()
    source = "net = torchvision.models.alexnet()\n"
    if _is_small(spec) or spec.inputs != 3:
        net.features[0] = _first_conv(spec, 64)
        source += f"net.features[0] = {layer_source(net.features[0])}\n"
    net.classifier[5] = net.classifier[6] = nn.Identity()
    source += "net.classifier[5] = net.classifier[6] = nn.Identity()\n"
    return _backbone(spec, net, ends=(2, 5, 8, 10, 12), source=source)


@register_backbone(
    "alexnet_bn",
    family="conv",
    title="AlexNet with batch norm",
    explanation="The AlexNet of the DeepCluster paper, with batch normalisation. With the Sobel "
    "filter in front it cannot cluster by colour alone.",
    min_side=32,
)
def alexnet_bn(spec: BackboneSpec) -> Backbone:
    """4096 features, DeepCluster's layout and starting weights."""
    parts: OrderedDict[str, nn.Module] = OrderedDict(
        features=_features(spec),
        avgpool=nn.AdaptiveAvgPool2d(6),
        flatten=nn.Flatten(),
        classifier=_classifier(),
    )
    net = nn.Sequential(parts)
    initialise(net)
    source = "net = nn.Sequential()\n"
    for name, part in parts.items():
        source += f"net.add_module('{name}', {_source(part)})\n"
    return _backbone(spec, net, ends=(3, 7, 11, 14, 17), source=source)


def initialise(net: nn.Module) -> None:
    """DeepCluster's starting weights: conv N(0, sqrt(2/(k*k*out))), linear N(0, .01), biases 0."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
        if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)


def _features(spec: BackboneSpec) -> nn.Sequential:
    parts: list[nn.Module] = []
    channels = spec.inputs
    for out, kernel, stride, padding, pooled in _CONVS:
        parts += [nn.Conv2d(channels, out, kernel, stride, padding), nn.BatchNorm2d(out)]
        parts += [nn.ReLU(inplace=True)]
        parts += [nn.MaxPool2d(3, 2)] if pooled else []
        channels = out
    if _is_small(spec):
        parts[0] = _first_conv(spec, _CONVS[0][0])
    return nn.Sequential(*parts)


def _classifier() -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(256 * 6 * 6, _WIDTH),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(_WIDTH, _WIDTH),
    )


def _backbone(
    spec: BackboneSpec, net: nn.Module, *, ends: tuple[int, ...], source: str
) -> Backbone:
    return ConvBackbone(
        spec,
        net,
        classic_stages(ends, ends[-1] + 1, fc6=(0, 3), fc7=(3, 5)),
        width=_WIDTH,
        stride=4 if _is_small(spec) else 16,
        first="features.0",
        source=source,
    )


def _is_small(spec: BackboneSpec) -> bool:
    if spec.stem == "auto":
        return spec.image_size <= _SMALL_SIDE
    return spec.stem != "full"


def _first_conv(spec: BackboneSpec, out: int) -> nn.Conv2d:
    if _is_small(spec):
        return nn.Conv2d(spec.inputs, out, kernel_size=5, padding=2)
    return nn.Conv2d(spec.inputs, out, kernel_size=11, stride=4, padding=2)


def _source(part: nn.Module) -> str:
    if isinstance(part, nn.Sequential):
        return f"nn.Sequential({', '.join(layer_source(layer) for layer in part)})"
    return layer_source(part)
