"""Weights leave under torchvision's own names and its models then answer the same."""

from collections.abc import Callable

import pytest
import torch
import torchvision
from torch import Tensor, nn

from ssl_studio.networks.backbone import backbone_names, create_backbone


def without_fc(model: nn.Module) -> nn.Module:
    model.fc = nn.Identity()
    return model


def without_heads(model: nn.Module) -> nn.Module:
    model.heads = nn.Identity()
    return model


def without_last(model: nn.Module) -> nn.Module:
    model.classifier[6] = nn.Identity()
    return model


def same(x: Tensor) -> Tensor:
    return x


CASES = [
    ("resnet18", "resnet18", without_fc, same),
    ("resnet50", "resnet50", without_fc, same),
    ("regnet_y_400mf", "regnet_y_400mf", without_fc, same),
    ("vit_base", "vit_b_16", without_heads, same),
    # torchvision's feature is behind the ReLU, ours before it
    ("alexnet", "alexnet", without_last, torch.relu),
    ("vgg16_bn", "vgg16_bn", without_last, torch.relu),
]


@pytest.mark.parametrize(("name", "theirs", "headless", "after"), CASES)
def test_strict_loading_and_equal_outputs(
    name: str,
    theirs: str,
    headless: Callable[[nn.Module], nn.Module],
    after: Callable[[Tensor], Tensor],
) -> None:
    backbone = create_backbone(name, 224, seed=1).eval()
    # without memory of its own: fresh weights for 134 million parameters take seconds
    with torch.device("cpu" if "regnet" in name else "meta"):
        model = headless(getattr(torchvision.models, theirs)()).eval()
    model.load_state_dict(backbone.encoder_state(), strict=True, assign=True)
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = model(x)
        assert expected.abs().max() > 0
        torch.testing.assert_close(after(backbone(x)), expected, atol=1e-5, rtol=1e-4)


def test_every_regnet_y_of_torchvision_is_there() -> None:
    theirs = set(torchvision.models.list_models(include="regnet_y_*"))
    assert {name for name in backbone_names() if name.startswith("regnet")} == theirs
