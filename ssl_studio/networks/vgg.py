"""VGG-16 with BatchNorm (arXiv 1409.1556): torchvision's module as DeepCluster uses it.

Its first convolution is 3x3 stride 1 whatever the image, so small images need no stem of their own.
The feature is the output of the second linear layer of 4096 before its ReLU.
"""

import torchvision
from torch import nn

from ssl_studio.networks.backbone import Backbone, BackboneSpec, register_backbone
from ssl_studio.networks.conv import ConvBackbone, classic_stages, layer_source


@register_backbone(
    "vgg16_bn",
    family="conv",
    title="VGG-16 with batch norm",
    explanation="A deep, plain network of 134 million weights; the better of the two networks of "
    "the DeepCluster paper. Slow: a ResNet gives more for the time.",
    min_side=32,
)
def vgg16_bn(spec: BackboneSpec) -> Backbone:
    """4096 features; torchvision's vgg16_bn without its last three layers.

    torchvision starts its weights as DeepCluster does: conv N(0, sqrt(2/(k*k*out))), linear
    N(0, .01), biases 0.
    """
    net = torchvision.models.vgg16_bn()
    source = "net = torchvision.models.vgg16_bn()\n"
    if spec.inputs != 3:
        net.features[0] = nn.Conv2d(spec.inputs, 64, kernel_size=3, padding=1)
        nn.init.kaiming_normal_(net.features[0].weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(net.features[0].bias)
        source += f"net.features[0] = {layer_source(net.features[0])}\n"
    for index in (4, 5, 6):
        net.classifier[index] = nn.Identity()
        source += f"net.classifier[{index}] = nn.Identity()\n"
    stages = classic_stages((6, 13, 23, 33, 43), 44, fc6=(0, 2), fc7=(2, 4))
    return ConvBackbone(spec, net, stages, width=4096, stride=16, first="features.0", source=source)
