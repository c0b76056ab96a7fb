import math

import pytest
import torch
from torch import Tensor

from ssl_studio.errors import SettingsError
from ssl_studio.networks.backbone import BackboneSpec, create_backbone
from ssl_studio.networks.vit import VitBackbone, choose_patch_size, sincos_positions


def make_vit(side: int = 32, **options: object) -> VitBackbone:
    backbone = create_backbone("vit_micro", side, seed=0, **options)  # type: ignore[arg-type]
    assert isinstance(backbone, VitBackbone)
    return backbone.eval()


def images(side: int) -> Tensor:
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("side", "patch"), [(32, 4), (48, 4), (64, 8), (96, 8), (100, 10), (128, 16), (224, 16)]
)
def test_patch_size_follows_the_image_size(side: int, patch: int) -> None:
    assert choose_patch_size(BackboneSpec("vit_tiny", side)) == patch


def test_patches_that_do_not_tile_are_told_in_words() -> None:
    with pytest.raises(SettingsError, match="multiple of 7"):
        choose_patch_size(BackboneSpec("vit_tiny", 32, patch_size=7))
    with pytest.raises(SettingsError, match="Choose 96 px"):
        choose_patch_size(BackboneSpec("vit_tiny", 97))


def test_shapes() -> None:
    vit = make_vit()
    tokens = vit.embed(images(32))
    assert tokens.shape == (2, 64, 128)
    assert vit.encode(tokens[:, :16]).shape == (2, 17, 128)
    assert (vit.grid, vit.patch_size, vit.num_prefix) == (8, 4, 1)


def test_feature_equals_torchvisions_own_pass() -> None:
    vit = make_vit()
    torch.testing.assert_close(vit(images(32)), vit.net(images(32)))


def test_hidden_patches_do_not_matter() -> None:
    vit, x = make_vit(), images(32)
    changed = x.clone()
    changed[:, :, :4, :4] += 1  # patch 0
    first, second = (vit.encode(vit.embed(each)[:, 1:]) for each in (x, changed))
    assert torch.equal(first, second)


def test_maps_keep_the_places() -> None:
    vit, x = make_vit(), images(32)
    maps = vit.maps(x, ["block6", "mean", "cls"])
    assert [tuple(found.shape) for found in maps.values()] == [
        (2, 128, 8, 8),
        (2, 128, 8, 8),
        (2, 128, 1, 1),
    ]
    tokens = vit.encode(vit.embed(x))
    torch.testing.assert_close(maps["mean"][:, :, 2, 5], tokens[:, 1 + 2 * 8 + 5])
    torch.testing.assert_close(vit.pooled(x, "mean"), tokens[:, 1:].mean(dim=1))


def test_sincos_rows_have_one_length_and_differ() -> None:
    table = sincos_positions(128, 8, 8)
    torch.testing.assert_close(table.square().sum(dim=1), torch.full((64,), 64.0))
    assert torch.unique(table, dim=0).shape[0] == 64


def test_sincos_codes_the_column_first() -> None:
    table = sincos_positions(16, 2, 3)
    torch.testing.assert_close(table[1, 0], torch.tensor(math.sin(1)))  # row 0, column 1
    torch.testing.assert_close(table[3, 8], torch.tensor(math.sin(1)))  # row 1, column 0
    assert table[3, 0] == 0


def test_fixed_positions_do_not_learn_and_learned_ones_do() -> None:
    fixed, learned = make_vit(), make_vit(positions="learned")
    assert not fixed.net.encoder.pos_embedding.requires_grad
    assert (fixed.net.encoder.pos_embedding[:, 0] == 0).all()
    assert learned.net.encoder.pos_embedding.requires_grad


def test_its_own_grid_is_taken_as_it_is() -> None:
    vit = make_vit(positions="learned")
    assert torch.equal(vit.positions(8, 8), vit.net.encoder.pos_embedding[:, 1:])


@pytest.mark.parametrize("side", [16, 48])
def test_other_sizes_are_read(side: int) -> None:
    assert make_vit().maps(images(side), ["mean"])["mean"].shape[-1] == side // 4


def test_interpolated_positions_keep_their_place() -> None:
    vit = make_vit()
    double = vit.positions(16, 16).reshape(16, 16, -1)
    own = vit.positions(8, 8).reshape(8, 8, -1)
    mean = double.reshape(8, 2, 8, 2, -1).mean(dim=(1, 3))
    inner = (slice(1, -1), slice(1, -1))
    torch.testing.assert_close(mean[inner], own[inner], atol=0.15, rtol=0)


def test_weights_of_another_grid_are_taken_over() -> None:
    small, large = make_vit(32, patch_size=4), make_vit(48, patch_size=4)
    large.load_encoder_state(small.encoder_state())
    assert torch.equal(large.net.conv_proj.weight, small.net.conv_proj.weight)
    assert torch.equal(large.positions(12, 12), small.positions(12, 12))


def test_weights_whose_places_are_no_square_are_refused_in_words() -> None:
    vit = make_vit()
    state = vit.encoder_state()
    name = next(key for key in state if key.endswith("pos_embedding"))
    for places in (1, 8):
        with pytest.raises(SettingsError, match="do not fit"):
            vit.load_encoder_state({**state, name: state[name][:, :places]})


def test_attention_rows_sum_to_one_and_lead_to_the_output() -> None:
    vit, x = make_vit(), images(32)
    weights = vit.attention(x)
    assert weights.shape == (2, 4, 65, 65)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 4, 65))


def test_weights_start_as_in_mae() -> None:
    net = make_vit().net
    bound = (6 / (128 + 3 * 128)) ** 0.5
    qkv = net.encoder.layers[0].self_attention.in_proj_weight
    assert 0.95 * bound < qkv.abs().max().item() <= bound
    assert (net.conv_proj.bias == 0).all()
