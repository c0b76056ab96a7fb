import math

import pytest
import torch
from torch import nn

from ssl_studio.networks.backbone import Backbone, create_backbone


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return create_backbone("alexnet_bn", 224, sobel=True, seed=0).eval()


def test_layers_have_the_papers_sizes(backbone: Backbone) -> None:
    maps = backbone.maps(torch.zeros(1, 3, 224, 224), backbone.layers)
    shapes = {layer: tuple(found.shape[1:]) for layer, found in maps.items()}
    assert shapes == {
        "conv1": (96, 55, 55),
        "conv2": (256, 27, 27),
        "conv3": (384, 13, 13),
        "conv4": (384, 13, 13),
        "conv5": (256, 13, 13),
        "fc6": (4096, 1, 1),
        "fc7": (4096, 1, 1),
    }


def test_feature_is_signed(backbone: Backbone) -> None:
    feature = backbone(torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)))
    assert feature.shape == (1, 4096)
    assert feature.min() < 0 < feature.max()


def test_weights_start_as_in_deepcluster(backbone: Backbone) -> None:
    for module in backbone.net.modules():
        if isinstance(module, nn.Conv2d):
            kernel = module.kernel_size[0]
            expected = math.sqrt(2 / (kernel * kernel * module.out_channels))
            assert module.weight.std().item() == pytest.approx(expected, rel=0.03)
        if isinstance(module, nn.Linear):
            assert module.weight.std().item() == pytest.approx(0.01, rel=0.03)
            assert (module.bias == 0).all()


def test_small_images_keep_places() -> None:
    small = create_backbone("alexnet_bn", 32, seed=0).eval()
    found = small.maps(torch.zeros(1, 3, 32, 32), ["conv5"])["conv5"]
    assert found.shape[-2:] == (7, 7)
