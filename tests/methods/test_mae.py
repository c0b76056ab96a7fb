"""MAE's patches, mask and loss against lightly's pieces; what the loss may look at."""

from dataclasses import replace

import pytest
import torch
from lightly.models import utils as lightly_utils
from torch import nn
from torch.nn.functional import unfold

from ssl_studio.errors import SettingsError
from ssl_studio.images.batch import Draw
from ssl_studio.methods.base import get_method
from ssl_studio.methods.masked.patches import (
    masked_mean,
    patch_errors,
    patch_statistics,
    patchify,
    take_tokens,
    unpatchify,
)
from ssl_studio.networks.backbone import create_backbone
from tests.methods.toys import build, clock, data_info, one_step, pictures

PATCH = 8


@pytest.fixture
def images():
    return torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def method():
    return build("mae")


def test_patches_are_lightlys(images):
    assert torch.equal(patchify(images, PATCH), lightly_utils.patchify(images, PATCH))


def test_patches_hold_the_same_pixels_as_unfold(images):
    columns = unfold(images, PATCH, stride=PATCH).transpose(1, 2)
    by_channel = columns.reshape(3, 16, 3, PATCH * PATCH).transpose(2, 3).reshape(3, 16, -1)
    assert torch.equal(patchify(images, PATCH), by_channel)


def test_patches_go_back_to_the_picture(images):
    wide = torch.cat([images, images + 1], dim=3)
    assert torch.equal(unpatchify(patchify(wide, PATCH), PATCH, (4, 8)), wide)


def test_the_loss_is_lightlys(method, images):
    """Mean squared error on hidden patches, normalised by lightly's function."""
    generator = torch.Generator().manual_seed(1)
    prediction = torch.randn(3, 16, 192, generator=generator)
    hidden = torch.rand(3, 16, generator=generator) < 0.75
    ours = masked_mean(patch_errors(prediction, method.target(images)), hidden)
    target = lightly_utils.normalize_mean_var(lightly_utils.patchify(images, PATCH))
    published = nn.functional.mse_loss(prediction[hidden], target[hidden])
    torch.testing.assert_close(ours, published, atol=1e-5, rtol=0)


def test_the_loss_of_a_step_is_the_mean_over_hidden_patches(method):
    batch = pictures(4)
    views = method.views(batch, Draw(0, 4))
    order = views["noise"].argsort(dim=1)
    _, prediction = method.fill_in(views["images"], order, 4)
    hidden = torch.ones(4, 16, dtype=torch.bool).scatter(1, order[:, :4], False)
    target = method.target(views["images"])
    expected = nn.functional.mse_loss(prediction[hidden], target[hidden])
    loss = method.step(views, batch.index, clock()).loss
    torch.testing.assert_close(loss, expected)


def test_visible_patches_are_no_part_of_the_loss(images):
    hidden = torch.rand(3, 16) < 0.5
    errors = patch_errors(torch.zeros(3, 16, 192), patchify(images, PATCH))
    changed = torch.where(hidden, errors, errors + 100)
    torch.testing.assert_close(masked_mean(errors, hidden), masked_mean(changed, hidden))


@pytest.mark.parametrize(("patch", "expected"), [(4, 47 / 48), (16, 767 / 768)])
def test_predicting_nothing_scores_the_known_value(images, patch, expected):
    patches = patchify(images, patch)
    mean, deviation = patch_statistics(patches)
    target = (patches - mean) / deviation
    blank = patch_errors(torch.zeros_like(target), target).mean()
    assert blank.item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("ratio", "visible"), [(0.75, 4), (0.6, 6), (0.01, 15), (0.99, 1)])
def test_so_many_patches_stay_visible(method, ratio, visible):
    assert method.visible(ratio) == visible


def test_tokens_return_to_their_places():
    order = torch.rand(2, 9).argsort(dim=1)
    tokens = torch.arange(18.0).reshape(2, 9, 1)
    visible = take_tokens(tokens, order[:, :3])
    with_holes = torch.cat([visible, torch.full((2, 6, 1), -1.0)], dim=1)
    back = take_tokens(with_holes, order.argsort(dim=1))
    seen = torch.zeros(2, 9, dtype=torch.bool).scatter(1, order[:, :3], True)
    assert torch.equal(back.squeeze(2), torch.where(seen, tokens.squeeze(2), -1.0))


def test_the_encoder_sees_nothing_of_hidden_patches(method, images):
    method.eval()
    order = torch.rand(3, 16).argsort(dim=1)
    hidden = torch.ones(3, 16, dtype=torch.bool).scatter(1, order[:, :4], False)
    patches = patchify(images, PATCH)
    other = unpatchify(torch.where(hidden[..., None], patches + 7, patches), PATCH, (4, 4))
    before, after = method.fill_in(images, order, 4)[0], method.fill_in(other, order, 4)[0]
    assert before.shape == (3, 5, 128)
    assert torch.equal(before, after)


def test_masks_differ_between_pictures_and_repeat_with_the_seed(method):
    batch = pictures(4)
    one, again = (method.views(batch, Draw(7, 4))["noise"] for _ in range(2))
    assert torch.equal(one, again)
    assert not torch.equal(one[0].argsort(), one[1].argsort())


def test_gradients_reach_the_mask_token_and_the_patch_projection(method):
    batch = pictures(4)
    one_step(method, batch, clock()).loss.backward()
    assert method.decoder.mask_token.grad.abs().max() > 0
    assert method.backbone.net.conv_proj.weight.grad.abs().max() > 0
    assert method.backbone.net.encoder.pos_embedding.grad is None


def test_decay_spares_biases_but_not_the_mask_token(method):
    decayed = {
        n: g.weight_decay is None for g in method.param_groups(None) for n, _ in g.parameters
    }
    assert decayed["decoder.mask_token"]
    assert decayed["backbone.net.class_token"]
    assert not decayed["decoder.embed.bias"]
    assert not decayed["decoder.norm.weight"]
    assert method.main_optimiser().betas == (0.9, 0.95)


class Oracle(nn.Module):
    """A decoder that knows the answer."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, encoded, restore):
        return self.answer


@pytest.mark.parametrize("norm_pix", [True, False])
def test_a_perfect_prediction_is_shown_as_the_picture_itself(norm_pix):
    method, batch = build("mae", norm_pix=norm_pix), pictures(2)
    original = batch.pixels.float() / 255
    method.decoder = Oracle(method.target((original - 0.5) / 0.25))
    filled = method.eval().reconstruct(batch, Draw(0, 2))
    torch.testing.assert_close(filled.output, original, atol=1e-5, rtol=0)
    assert filled.error.max() < 1e-8
    assert ("true mean" in filled.note) == norm_pix


def test_a_given_mask_hides_what_it_says(method):
    mask = torch.zeros(2, 4, 4, dtype=torch.bool)
    mask[0, 0] = True  # pictures may hide different numbers of patches
    mask[1, :, :3] = True
    filled = method.eval().reconstruct(pictures(2), Draw(0, 2), mask=mask)
    assert torch.equal(filled.mask, mask)
    assert (filled.masked[0, :, :8] == 0.5).all()
    assert torch.equal(filled.masked[0, :, 8:], filled.original[0, :, 8:])
    assert torch.equal(filled.output[1, :, :, 24:], filled.original[1, :, :, 24:])


@pytest.mark.parametrize(("ratio", "hidden"), [(None, 12), (0.5, 8)])
def test_a_ratio_hides_that_share(method, ratio, hidden):
    filled = method.eval().reconstruct(pictures(2), Draw(0, 2), ratio=ratio)
    assert filled.mask.flatten(1).sum(dim=1).tolist() == [hidden, hidden]


def test_a_mask_does_not_depend_on_the_company_it_is_filled_in_with(method):
    mask = torch.zeros(2, 4, 4, dtype=torch.bool)
    mask[:, 1:3, 1:3] = True
    batch = pictures(2)
    method.eval()
    both = method.reconstruct(batch, Draw(0, 2), mask=mask).output
    alone = method.reconstruct(batch.rows(1, 2), Draw(0, 1), mask=mask[1:]).output
    torch.testing.assert_close(both[1:], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("hides", [False, True])
def test_a_mask_may_hide_nothing_or_everything(method, hides):
    mask = torch.full((1, 4, 4), hides)
    filled = method.eval().reconstruct(pictures(1), Draw(0, 1), mask=mask)
    assert torch.equal(filled.output, filled.painted if hides else filled.original)
    assert filled.painted.isfinite().all()


@pytest.mark.parametrize("norm_pix", [True, False])
def test_what_is_painted_over_visible_patches_can_be_seen_too(norm_pix):
    method = build("mae", norm_pix=norm_pix).eval()
    filled = method.reconstruct(pictures(2), Draw(0, 2))
    hidden = filled.mask.repeat_interleave(8, 1).repeat_interleave(8, 2)[:, None]
    assert torch.equal(filled.output, torch.where(hidden, filled.painted, filled.original))
    assert not torch.equal(filled.painted, filled.output)
    assert filled.true_statistics == norm_pix


def test_only_transformers_will_do():
    cls = get_method("mae")
    with pytest.raises(SettingsError, match="patches one by one"):
        cls(create_backbone("light", 32), cls.Settings(), data_info())


def test_a_decoder_that_cannot_be_divided_says_so():
    with pytest.raises(SettingsError, match="heads"):
        build("mae", decoder_width=18, decoder_heads=4)


def test_flat_pictures_leave_the_figures_finite(method):
    batch = pictures(4)
    flat = replace(batch, pixels=torch.full_like(batch.pixels, 128))
    views = method.views(flat, Draw(0, 4))
    assert torch.isfinite(method.step(views, flat.index, clock()).terms["unexplained"])
