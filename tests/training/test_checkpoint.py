import pytest
import torch

from ssl_studio.errors import DamagedProject
from ssl_studio.training.checkpoint import Checkpoint, Position, pack, unpack


def sample() -> Checkpoint:
    shared = torch.arange(6.0)
    return Checkpoint(
        position=Position(step=7, epoch=1, stage_step=7, epoch_step=2, seconds=1.5),
        method={"backbone.w": shared, "alias": shared, "count": torch.tensor(3)},
        optimisers={"main": {"backbone.w/momentum_buffer": torch.ones(6)}, "head": {}},
        encoder_prefix="backbone.",
        fingerprint="abc",
        guards={"first_rank": 12.0},
        environment={"view": {"size": 32}},
    )


def test_unpack_gives_back_what_was_packed():
    before, after = sample(), unpack(pack(sample()))
    assert after.position == before.position
    assert after.method.keys() == before.method.keys()
    assert torch.equal(after.method["alias"], before.method["alias"])
    assert after.method["count"].dtype == torch.int64
    assert after.optimisers.keys() == {"main", "head"}
    assert torch.equal(after.optimisers["main"]["backbone.w/momentum_buffer"], torch.ones(6))
    assert (after.fingerprint, after.guards, after.environment) == (
        "abc",
        {"first_rank": 12.0},
        {"view": {"size": 32}},
    )


def test_the_encoder_is_found_by_its_prefix():
    assert list(unpack(pack(sample())).encoder_state()) == ["w"]


@pytest.mark.parametrize("cut", [0, 5, 200])
def test_damaged_bytes_are_told_in_words(cut):
    with pytest.raises(DamagedProject, match="earlier checkpoint"):
        unpack(pack(sample())[:cut])
