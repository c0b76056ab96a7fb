"""SimCLR's loss against lightly's and a double loop; what the loss must not depend on."""

import math

import pytest
import torch
from lightly.loss import NTXentLoss
from torch.nn.functional import normalize

from ssl_studio import distributed
from ssl_studio.images.batch import Draw
from ssl_studio.methods.contrastive.simclr import nt_xent, pair_cosines, pair_figures
from tests.methods.toys import build, data_info, pictures


def random_pair(rows=12, d=8, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, rows, d, generator=generator, dtype=dtype).unbind()


def loss_of(first, second, temperature=0.5, **options):
    return nt_xent(pair_cosines(first, second), temperature, **options)


def by_double_loop(first, second, temperature, *, decoupled=False):
    """-s_ip + log sum_{j != i} exp(s_ij), view by view, in float64."""
    z = normalize(torch.cat([first, second]).double(), dim=1)
    losses = []
    for i in range(len(z)):
        partner = (i + len(first)) % len(z)
        crowd = [j for j in range(len(z)) if j != i and not (decoupled and j == partner)]
        total = sum(torch.exp(z[i] @ z[j] / temperature) for j in crowd)
        losses.append(total.log() - z[i] @ z[partner] / temperature)
    return torch.stack(losses).mean()


@pytest.mark.parametrize("temperature", [0.07, 0.5, 1.0])
@pytest.mark.parametrize("rows", [2, 17])
def test_the_loss_is_lightlys(rows, temperature):
    first, second = random_pair(rows)
    published = NTXentLoss(temperature=temperature)(first, second)
    torch.testing.assert_close(loss_of(first, second, temperature), published, atol=1e-5, rtol=0)


@pytest.mark.parametrize("decoupled", [False, True])
def test_the_loss_and_its_gradient_are_those_of_a_double_loop(decoupled):
    first, second = (x.requires_grad_() for x in random_pair())
    ours = loss_of(first, second, 0.2, decoupled=decoupled)
    reference = by_double_loop(first, second, 0.2, decoupled=decoupled)
    torch.testing.assert_close(ours.double(), reference, atol=1e-5, rtol=0)
    gradient = torch.autograd.grad(ours, first)[0]
    expected = torch.autograd.grad(reference, first)[0]
    torch.testing.assert_close(gradient, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 3.0])
def test_equal_views_score_the_chance_value(temperature):
    same = torch.ones(16, 8)
    loss = loss_of(same, same, temperature).item()
    assert loss == pytest.approx(math.log(2 * 16 - 1), abs=1e-5)


def test_the_views_may_change_places():
    first, second = random_pair()
    torch.testing.assert_close(loss_of(first, second), loss_of(second, first))


def test_neither_order_nor_length_of_the_rows_matters():
    first, second = random_pair()
    order = torch.randperm(12, generator=torch.Generator().manual_seed(1))
    scale = torch.rand(12, 1, generator=torch.Generator().manual_seed(2)) + 0.1
    other = loss_of(first[order] * scale, second[order] / scale)
    torch.testing.assert_close(loss_of(first, second), other)


def test_the_gradient_is_orthogonal_to_each_row():
    first, second = random_pair()
    first.requires_grad_()
    loss_of(first, second).backward()
    inner = (first.grad * first).sum(dim=1)
    torch.testing.assert_close(inner, torch.zeros(12), atol=1e-6, rtol=0)


def test_the_partner_is_never_the_row_itself():
    pairs = pair_cosines(*random_pair())
    rows = torch.arange(24)
    assert (pairs.own != pairs.partner).all()
    torch.testing.assert_close(pairs.cosine[rows, pairs.own], torch.ones(24))
    assert torch.equal(pairs.partner[pairs.partner], rows)


def test_two_processes_together_give_the_loss_and_gradient_of_one(monkeypatch):
    first, second = (x.requires_grad_() for x in random_pair())
    expected = loss_of(first, second)
    shares = [torch.cat([first[r : r + 6], second[r : r + 6]]) for r in (0, 6)]
    gathered = normalize(torch.cat(shares), dim=1)
    monkeypatch.setattr(distributed, "gather_with_gradient", lambda _local: gathered)
    losses = []
    for rank, rows in enumerate((slice(0, 6), slice(6, 12))):
        monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
        losses.append(loss_of(first[rows], second[rows]))
    together = torch.stack(losses).mean()
    torch.testing.assert_close(together, expected)
    for tensor in (first, second):
        ours = torch.autograd.grad(together, tensor, retain_graph=True)[0]
        whole = torch.autograd.grad(expected, tensor, retain_graph=True)[0]
        torch.testing.assert_close(ours, whole, atol=1e-7, rtol=0)


def test_figures_of_perfect_and_of_random_views():
    first, second = random_pair(rows=64, d=64)
    perfect = pair_figures(pair_cosines(first, first))
    assert perfect["inbatch_top1"] == 1
    assert perfect["pos_sim"] == pytest.approx(1, abs=1e-6)
    chance = pair_figures(pair_cosines(first, second))
    assert chance["inbatch_top1"] < 0.1
    assert abs(chance["neg_sim"]) < 0.02


def test_negative_similarity_leaves_out_self_and_partner():
    first = torch.eye(3)
    figures = pair_figures(pair_cosines(first, first))
    assert figures["neg_sim"] == pytest.approx(0, abs=1e-7)


def test_both_views_pass_the_network_together():
    method = build("simclr")
    sizes = []
    method.backbone.register_forward_pre_hook(lambda _m, x: sizes.append(len(x[0])))
    batch = pictures(6)
    method.step(method.views(batch, Draw(0, 6)), batch.index, None)
    assert sizes == [12]


def test_both_views_pass_gradients_on():
    method = build("simclr")
    batch = pictures(8)
    views = [v.requires_grad_() for v in method.views(batch, Draw(0, 8))]
    method.step(views, batch.index, None).loss.backward()
    assert all(v.grad.abs().max() > 0 for v in views)


def test_photos_get_blur_and_a_warm_up():
    small = type(build("simclr")).propose(data_info(images=5_000, side=32))
    large = type(build("simclr")).propose(data_info(images=5_000, side=96))
    assert "blur" not in small
    assert large["blur"].value is True
    assert large["warmup_epochs"].value > 0
