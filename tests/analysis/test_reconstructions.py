import numpy as np
import pytest
import torch
from torch import nn

from ssl_studio.analysis.reconstructions import reconstruct
from ssl_studio.errors import AnalysisError
from ssl_studio.images.augment import eval_view
from ssl_studio.methods.base import DataInfo, Method, Reconstruction
from ssl_studio.methods.settings import MethodSettings
from ssl_studio.networks.backbone import create_backbone

CPU = torch.device("cpu")


class Guess(Method):
    """Fills everything with grey; the error of a patch is its row number."""

    id = "guess"
    title = "Guess"
    family = "masked"

    def reconstruct(self, batch, draw, *, ratio=None, mask=None):
        assert not self.training
        original = eval_view(batch, 32)
        if mask is None:
            mask = draw.uniform(shape=(8, 8)) < (0.75 if ratio is None else ratio)
        hidden = mask.repeat_interleave(4, 1).repeat_interleave(4, 2)[:, None]
        error = torch.arange(8.0)[None, :, None].expand(len(batch), 8, 8)
        grey = torch.full_like(original, 0.5)
        return Reconstruction(original * ~hidden, grey, original, mask, error, "grey")


@pytest.fixture
def method() -> Method:
    info = DataInfo(images=24, image_size=32)
    return Guess(create_backbone("light", 32, seed=0), MethodSettings(), info)


def test_triples_show_what_was_hidden_and_paste_it_into_the_rest(method, cache):
    mask = np.zeros((8, 8), bool)
    mask[:, :4] = True
    made = reconstruct(method, cache, [3, 9], CPU, seed=0, mask=mask)
    assert [one.position for one in made] == [3, 9]
    first = made[0]
    assert first.original.shape == (32, 32, 3)
    assert first.original.dtype == np.uint8
    assert (first.masked[:, :16] == 0).all()
    assert (first.pasted[:, :16] == 128).all()
    assert np.array_equal(first.pasted[:, 16:], first.original[:, 16:])
    assert (first.error[:, 4:] == 0).all()
    assert first.note == "grey"


def test_the_same_seed_hides_the_same(method, cache):
    first, again = (reconstruct(method, cache, [1, 2], CPU, seed=5)[1].mask for _ in range(2))
    other = reconstruct(method, cache, [1, 2], CPU, seed=6)[1].mask
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_share_that_is_hidden_follows_the_ratio(method, cache):
    made = reconstruct(method, cache, range(20), CPU, seed=0, ratio=0.25)
    assert np.mean([one.mask for one in made]) == pytest.approx(0.25, abs=0.05)


def test_the_method_keeps_its_mode(method, cache):
    method.train()
    reconstruct(method, cache, [0], CPU, seed=0)
    assert method.training


def test_other_methods_are_refused_in_words(cache):
    class Plain(nn.Module):
        title = "SimCLR"

    with pytest.raises(AnalysisError, match="SimCLR does not fill in"):
        reconstruct(Plain(), cache, [0], CPU, seed=0)  # type: ignore[arg-type]


def test_no_picture_is_told_in_words(method, cache):
    with pytest.raises(AnalysisError, match="No picture"):
        reconstruct(method, cache, [], CPU, seed=0)
