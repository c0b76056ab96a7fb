import copy

import pytest
import torch
from torch import Tensor, nn

from ssl_studio.errors import SettingsError
from ssl_studio.networks.backbone import (
    Backbone,
    BackboneSpec,
    backbone_card,
    backbone_names,
    build,
    create_backbone,
    seeded_weights,
)

SMALL = ("light", "light6", "resnet18", "regnet_y_400mf", "vit_micro")
"""One network a family, cheap enough to build in every test."""


def images(side: int, batch: int = 2, channels: int = 3) -> Tensor:
    return torch.randn(batch, channels, side, side, generator=torch.Generator().manual_seed(0))


def alive(name: str, side: int = 32, **options: object) -> Backbone:
    """A backbone in eval mode whose running statistics are not the ones it starts with."""
    backbone = create_backbone(name, side, seed=3, **options)  # type: ignore[arg-type]
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1, generator=torch.Generator().manual_seed(1))
            module.running_var.uniform_(0.5, 2, generator=torch.Generator().manual_seed(2))
    return backbone.eval()


def rebuilt(backbone: Backbone, layer: str | None = None) -> tuple[nn.Module, nn.Module]:
    """What the snippet makes in an empty namespace: the net and the encoder."""
    names: dict[str, nn.Module] = {}
    exec(compile(backbone.build_snippet(layer), "snippet", "exec"), names)
    return names["net"], names["encoder"]


def test_the_names() -> None:
    assert set(backbone_names()) >= {
        *("alexnet", "alexnet_bn", "vgg16_bn", "resnet18", "resnet50", "light"),
        *("regnet_y_400mf", "regnet_y_128gf", "vit_micro", "vit_tiny", "vit_small", "vit_base"),
    }


@pytest.mark.parametrize("name", backbone_names())
def test_cards_speak_to_an_analyst(name: str) -> None:
    card = backbone_card(name)
    assert card.title
    assert len(card.explanation) > 30
    assert card.explanation.endswith(".")


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("side", [32, 48, 96])
def test_feature_is_the_pooled_default_layer(name: str, side: int) -> None:
    backbone = alive(name, side)
    x = images(side)
    with torch.no_grad():
        feature = backbone(x)
        assert feature.shape == (2, backbone.width)
        torch.testing.assert_close(backbone.pooled(x, backbone.default_layer), feature)


@pytest.mark.parametrize("name", SMALL)
def test_maps_come_in_the_order_asked(name: str) -> None:
    backbone = alive(name)
    asked = [backbone.layers[-1], backbone.layers[0]]
    maps = backbone.maps(images(32), asked)
    assert list(maps) == asked
    assert all(found.dim() == 4 for found in maps.values())


@pytest.mark.parametrize("name", SMALL)
def test_stride_is_pixels_per_cell_of_the_last_map(name: str) -> None:
    backbone = alive(name, 64)
    with_places = "mean" if backbone.family == "vit" else backbone.default_layer
    assert backbone.maps(images(64), [with_places])[with_places].shape[-1] == 64 / backbone.stride


@pytest.mark.parametrize(
    ("name", "sobel"),
    [*((name, False) for name in SMALL), ("vit_micro", True), ("alexnet_bn", True)],
)
def test_snippet_rebuilds_the_network(name: str, sobel: bool) -> None:
    backbone = alive(name, sobel=sobel)
    net, encoder = rebuilt(backbone)
    net.load_state_dict(backbone.encoder_state(), strict=True)
    assert torch.equal(encoder(images(32)), backbone(images(32)))


@pytest.mark.parametrize(
    ("name", "layer"),
    [("resnet18", "conv3"), ("light", "conv2"), ("vit_micro", "mean"), ("vit_micro", "block2")],
)
def test_snippet_of_another_layer(name: str, layer: str) -> None:
    backbone = alive(name, sobel=True)
    net, encoder = rebuilt(backbone, layer)
    net.load_state_dict(backbone.encoder_state(), strict=True)
    torch.testing.assert_close(encoder(images(32)), backbone.pooled(images(32), layer))


@pytest.mark.parametrize("name", SMALL)
def test_snippet_knows_other_channels(name: str) -> None:
    backbone = alive(name, channels=1)
    net, encoder = rebuilt(backbone)
    net.load_state_dict(backbone.encoder_state(), strict=True)
    x = images(32, channels=1)
    assert torch.equal(encoder(x), backbone(x))


@pytest.mark.parametrize("name", SMALL)
def test_a_deep_copy_runs_its_own_weights(name: str) -> None:
    backbone = alive(name)
    layer, x = backbone.layers[-1], images(32)
    before = backbone.pooled(x, layer)
    twin = copy.deepcopy(backbone)
    with torch.no_grad():
        for parameter in backbone.parameters():
            parameter.mul_(1.5)
    torch.testing.assert_close(twin.pooled(x, layer), before)


def test_seed_fixes_the_weights_and_leaves_the_random_state() -> None:
    state = torch.get_rng_state()
    one, two = (create_backbone("light", 32, seed=5).encoder_state() for _ in range(2))
    other = create_backbone("light", 32, seed=6).encoder_state()
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["conv1.0.weight"], other["conv1.0.weight"])


def test_without_seed_the_caller_decides() -> None:
    with seeded_weights(5):
        inside = create_backbone("light", 32).encoder_state()
    seeded = create_backbone("light", 32, seed=5).encoder_state()
    assert torch.equal(inside["conv1.0.weight"], seeded["conv1.0.weight"])


def test_a_spec_builds_the_same_again() -> None:
    backbone = create_backbone("vit_micro", 48, positions="learned", patch_size=6, seed=0)
    again = build(BackboneSpec(**{f: getattr(backbone.spec, f) for f in backbone.spec.__slots__}))
    again.load_encoder_state(backbone.encoder_state())
    assert torch.equal(again.eval()(images(48)), backbone.eval()(images(48)))


@pytest.mark.parametrize("name", SMALL)
def test_gradient_reaches_the_first_filters(name: str) -> None:
    backbone = create_backbone(name, 32, seed=0)
    backbone(images(32)).square().sum().backward()
    grad = backbone._first_layer().weight.grad
    assert grad is not None
    assert grad.abs().max() > 0


@pytest.mark.parametrize("name", ["resnet18", "light"])
def test_channels_last_survives(name: str) -> None:
    backbone = alive(name).to(memory_format=torch.channels_last)
    x = images(32).to(memory_format=torch.channels_last)
    last = backbone.maps(x, [backbone.default_layer])[backbone.default_layer]
    assert last.is_contiguous(memory_format=torch.channels_last)


def test_unknown_names_are_told_in_words() -> None:
    with pytest.raises(SettingsError, match=r"no backbone 'resnet1'.*resnet18"):
        create_backbone("resnet1", 32)
    with pytest.raises(SettingsError, match=r"no layer 'conv9'.*conv4"):
        alive("light").pooled(images(32), "conv9")


def test_too_small_images_are_told_in_words() -> None:
    with pytest.raises(SettingsError, match="cannot read images of 16 px"):
        create_backbone("alexnet", 16)


def test_foreign_weights_are_told_in_words() -> None:
    state = create_backbone("light6", 32).encoder_state()
    with pytest.raises(SettingsError, match="do not fit the backbone light"):
        create_backbone("light", 32).load_encoder_state(state)


@pytest.mark.parametrize(
    ("name", "side", "millions"),
    [("resnet18", 32, 555), ("vit_tiny", 32, 365), ("vit_micro", 32, 84)],
)
def test_cost_of_one_image(name: str, side: int, millions: float) -> None:
    assert create_backbone(name, side).macs() / 1e6 == pytest.approx(millions, rel=0.02)


def test_counting_leaves_the_network_as_it_was() -> None:
    backbone = create_backbone("light", 32)
    before = {name: value.clone() for name, value in backbone.encoder_state().items()}
    backbone.macs()
    assert backbone.training
    assert all(torch.equal(before[name], v) for name, v in backbone.encoder_state().items())


@pytest.mark.parametrize("name", ["light", "resnet18"])
def test_narrow_views_teach_in_full_precision_on_a_processor(name: str) -> None:
    """Over one place the half-precision gradients of strided convolutions are undefined there."""
    backbone = create_backbone(name, 32, seed=0).train()
    narrow = backbone.narrowest_px - 2
    for side, alike in ((narrow, 0.999999), (backbone.narrowest_px, 0.9)):
        for learn in (backbone, lambda x: backbone.pooled(x, backbone.default_layer)):
            found = []
            for half in (False, True):
                backbone.zero_grad()
                with torch.autocast("cpu", torch.bfloat16, enabled=half):
                    learn(images(side, batch=8)).float().square().mean().backward()
                found.append(torch.cat([p.grad.flatten() for p in backbone.net.parameters()]))
            assert torch.cosine_similarity(found[0], found[1], dim=0) > alike
