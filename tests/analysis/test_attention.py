import pytest
import torch

from ssl_studio.analysis.attention import attention_of
from ssl_studio.errors import AnalysisError
from ssl_studio.networks.backbone import create_backbone


@pytest.fixture
def vit():
    return create_backbone("vit_micro", 16, seed=0)


@pytest.fixture
def views():
    return torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_every_share_sums_to_one(vit, views):
    found = list(attention_of(vit, views))
    assert [one.block for one in found] == list(range(1, 7))
    for one in found:
        assert one.from_class.shape == one.from_patches.shape == (2, 4, 4, 4)
        for shares in (one.from_class, one.from_patches, one.rollout):
            assert torch.allclose(shares.sum(dim=(-2, -1)), torch.ones(shares.shape[:-2]))
            assert shares.min() >= 0


def test_shares_are_those_of_the_class_tokens_row(vit, views):
    weights = vit.eval().attention(views, 2)
    row = weights[:, :, 0, 1:]
    found = list(attention_of(vit, views))[2].from_class.flatten(2)
    assert torch.allclose(found, row / row.sum(dim=-1, keepdim=True), atol=1e-6)


def test_rollout_of_the_first_block_is_its_mean_attention(vit, views):
    first = next(iter(attention_of(vit, views)))
    mean = vit.eval().attention(views, 0).mean(dim=1)[:, 0, 1:]
    expected = mean / mean.sum(dim=-1, keepdim=True)
    assert torch.allclose(first.rollout.flatten(1), expected, atol=1e-6)


def test_convolutions_have_none():
    with pytest.raises(AnalysisError, match="no attention"):
        next(attention_of(create_backbone("light", 16, seed=0), torch.zeros(1, 3, 16, 16)))
