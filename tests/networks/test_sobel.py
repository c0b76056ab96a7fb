import pytest
import torch
from torch.nn.functional import conv2d

from ssl_studio.networks.backbone import create_backbone
from ssl_studio.networks.sobel import Sobel


def test_constant_images_have_no_edges_inside() -> None:
    edges = Sobel()(torch.full((1, 3, 8, 8), 0.7))
    assert edges[..., 1:-1, 1:-1].abs().max() < 1e-6
    assert edges[..., 0, :].abs().max() > 1  # zero padding makes a frame


def test_equals_grey_then_two_filters() -> None:
    x = torch.randn(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    across = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
    down = torch.tensor([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]])
    expected = conv2d(x.mean(1, keepdim=True), torch.stack([across, down])[:, None], padding=1)
    torch.testing.assert_close(Sobel()(x), expected)


def test_filters_do_not_learn() -> None:
    backbone = create_backbone("light", 32, sobel=True, seed=0)
    before = backbone.edges.weight.clone()
    optimiser = torch.optim.SGD([p for p in backbone.parameters() if p.requires_grad], lr=1.0)
    backbone(torch.rand(2, 3, 32, 32)).sum().backward()
    optimiser.step()
    assert torch.equal(backbone.edges.weight, before)
    assert "edges.weight" not in backbone.encoder_state()


@pytest.mark.parametrize("name", ["resnet18", "vit_micro", "alexnet_bn"])
def test_first_filters_are_what_the_image_meets(name: str) -> None:
    backbone = create_backbone(name, 64, sobel=True, seed=0).eval()
    first = backbone._first_layer()
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    layer = conv2d(backbone.edges(x), first.weight)
    folded = conv2d(x, backbone.first_filters())
    torch.testing.assert_close(folded, layer[..., 1:-1, 1:-1], atol=1e-4, rtol=1e-4)


def test_first_filters_without_edges() -> None:
    assert create_backbone("resnet18", 224, seed=0).first_filters().shape == (64, 3, 7, 7)
