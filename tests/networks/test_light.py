import pytest
import torch
from torch import nn

from ssl_studio.networks.backbone import create_backbone


@pytest.mark.parametrize(
    ("side", "stages"), [(16, 5), (32, 5), (48, 5), (64, 5), (96, 5), (128, 6), (224, 6)]
)
def test_from_the_second_doubling_on_each_adds_a_stage(side: int, stages: int) -> None:
    backbone = create_backbone("light", side, seed=0)
    assert backbone.layers == tuple(f"conv{i + 1}" for i in range(stages))
    assert backbone.width == 256


def test_the_first_doubling_widens_the_stem() -> None:
    stems = [create_backbone("light", side, seed=0).net[0][0] for side in (32, 64, 128)]
    assert [(stem.kernel_size, stem.stride) for stem in stems] == [
        ((4, 4), (2, 2)),
        ((8, 8), (4, 4)),
        ((8, 8), (4, 4)),
    ]


def test_it_is_a_plain_sequential() -> None:
    assert type(create_backbone("light", 32).net) is nn.Sequential


def test_extra_stages_are_cheap() -> None:
    small, large = (create_backbone("light", side, seed=0).macs() for side in (32, 128))
    assert large < 7 * small  # 16 times the pixels


def test_odd_sides_are_read() -> None:
    backbone = create_backbone("light", 75, seed=0).eval()
    assert torch.isfinite(backbone(torch.zeros(1, 3, 75, 75))).all()
