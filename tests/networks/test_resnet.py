import pytest
import torch
from torch import nn

from ssl_studio.networks.backbone import Stem, create_backbone


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "last"),
    [(32, 3, 8, 4), (64, 3, 8, 8), (96, 3, 16, 6), (112, 3, 16, 7), (128, 7, 32, 4)],
)
def test_stem_follows_the_image_size(side: int, kernel: int, stride: int, last: int) -> None:
    backbone = create_backbone("resnet18", side, seed=0).eval()
    found = backbone.maps(torch.zeros(1, 3, side, side), ["conv5"])["conv5"]
    assert backbone.first_filters().shape[-1] == kernel
    assert (backbone.stride, found.shape[-1]) == (stride, last)


@pytest.mark.parametrize(("stem", "last"), [("small", 12), ("medium", 6), ("full", 3)])
def test_a_stem_can_be_asked_for(stem: Stem, last: int) -> None:
    backbone = create_backbone("resnet18", 96, stem=stem, seed=0).eval()
    assert backbone.maps(torch.zeros(1, 3, 96, 96), ["conv5"])["conv5"].shape[-1] == last


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_zero_gamma_makes_blocks_the_identity(name: str) -> None:
    net = create_backbone(name, 32, zero_gamma=True, seed=0).net
    last = "bn2" if name == "resnet18" else "bn3"
    gammas = [p for key, p in net.named_parameters() if key.endswith(f"{last}.weight")]
    assert gammas
    assert all((gamma == 0).all() for gamma in gammas)


def test_first_convolution_starts_like_torchvisions() -> None:
    weight = create_backbone("resnet18", 32, seed=0).net.get_submodule("conv1").weight
    assert weight.std().item() == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.05)


def test_small_stem_has_no_pooling() -> None:
    assert isinstance(create_backbone("resnet18", 32).net.get_submodule("maxpool"), nn.Identity)
