"""ResNet-18 and ResNet-50 (arXiv 1512.03385): torchvision's modules, with stems for small images.

stem     images        first layers                                  pixels per last cell
small    up to 64 px   3x3 stride 1, no pooling                      8
medium   65-112 px     3x3 stride 1, then 2x2 max-pool               16
full     above         torchvision's 7x7 stride 2, 3x3 max-pool      32

The small one is what SimCLR's appendix B.9 and SCAN use for CIFAR, the medium one SCAN's for STL-10
(wvangansbeke/Unsupervised-Classification:models/resnet_stl.py).
"""

import torchvision
from torch import nn

from ssl_studio.networks.backbone import Backbone, BackboneSpec, Stem, register_backbone
from ssl_studio.networks.conv import ConvBackbone, Stage, layer_source

_STAGES = (
    Stage("conv1", ("conv1", "bn1", "relu")),
    Stage("conv2", ("maxpool", "layer1")),
    Stage("conv3", ("layer2",)),
    Stage("conv4", ("layer3",)),
    Stage("conv5", ("layer4",)),
)
_STRIDES = {"small": 8, "medium": 16, "full": 32}


def choose_stem(stem: Stem, image_size: int) -> Stem:
    """The stem for an image size, unless one is asked for."""
    if stem != "auto":
        return stem
    if image_size <= 64:
        return "small"
    return "medium" if image_size <= 112 else "full"


@register_backbone(
    "resnet18",
    family="conv",
    title="ResNet-18",
    explanation="The usual choice on a graphics card: 11 million weights, quick, and well studied "
    "with every method. Images up to 64 px get a gentler first layer by themselves.",
    min_side=8,
)
def resnet18(spec: BackboneSpec) -> Backbone:
    """512 features."""
    return _resnet(spec, width=512)


@register_backbone(
    "resnet50",
    family="conv",
    title="ResNet-50",
    explanation="The network of most published results: 23 million weights and about four times "
    "the time of ResNet-18. Worth it with a good graphics card and many images.",
    min_side=8,
)
def resnet50(spec: BackboneSpec) -> Backbone:
    """2048 features."""
    return _resnet(spec, width=2048)


def _resnet(spec: BackboneSpec, width: int) -> Backbone:
    net = getattr(torchvision.models, spec.name)(zero_init_residual=spec.zero_gamma)
    net.fc = nn.Identity()
    source = f"net = torchvision.models.{spec.name}()\nnet.fc = nn.Identity()\n"
    stem = choose_stem(spec.stem, spec.image_size)
    if stem != "full" or spec.inputs != 3:
        net.conv1 = _first_conv(spec.inputs, full=stem == "full")
        source += f"net.conv1 = {layer_source(net.conv1)}\n"
    if stem != "full":
        net.maxpool = nn.MaxPool2d(2) if stem == "medium" else nn.Identity()
        source += f"net.maxpool = {layer_source(net.maxpool)}\n"
    return ConvBackbone(
        spec, net, _STAGES, width=width, stride=_STRIDES[stem], first="conv1", source=source
    )


def _first_conv(inputs: int, *, full: bool) -> nn.Conv2d:
    kernel, stride = (7, 2) if full else (3, 1)
    conv = nn.Conv2d(inputs, 64, kernel, stride, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")  # as torchvision's
    return conv
