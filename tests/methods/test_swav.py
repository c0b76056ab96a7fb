"""SwAV's loss and codes against lightly's; prototypes, freeze and queue."""

import math

import pytest
import torch
from lightly.loss import SwaVLoss
from lightly.loss.swav_loss import sinkhorn as published_sinkhorn
from torch.nn.functional import normalize

from ssl_studio.images.batch import Draw
from ssl_studio.methods.clustering import swav
from ssl_studio.methods.clustering.swav import swapped_prediction
from ssl_studio.methods.health import relative_entropy
from ssl_studio.numerics.sinkhorn import sinkhorn
from tests.methods.toys import ToyWork, build, clock, data_info, one_step, pictures

B, K, D = 24, 7, 16


def cosines(views, rows=B, seed=0):
    generator = torch.Generator().manual_seed(seed)
    prototypes = normalize(torch.randn(K, D, generator=generator), dim=1)
    z = normalize(torch.randn(views, rows, D, generator=generator), dim=2)
    return list((z @ prototypes.T).unbind())


def codes_of(scores):
    return [sinkhorn(s, 0.05, 3) for s in scores[:2]]


def queued(length=32, **settings):
    return build("swav", data_info(batch=16), queue=length, queue_from=0.0, **settings)


@pytest.mark.parametrize("views", [2, 5])
def test_the_loss_is_lightlys(views):
    scores = cosines(views)
    published = SwaVLoss()(scores[:2], scores[2:])
    ours = swapped_prediction(scores, codes_of(scores), 0.1)
    torch.testing.assert_close(ours, published.squeeze(), atol=1e-5, rtol=0)


def test_codes_are_lightlys_with_rows_of_a_queue_too():
    batch, queue = cosines(1)[0], cosines(1, rows=40, seed=1)[0]
    published = published_sinkhorn(torch.cat([batch, queue]))[:B]
    ours = sinkhorn(torch.cat([queue, batch]), 0.05, 3)[-B:]
    torch.testing.assert_close(ours, published, atol=1e-5, rtol=0)


def test_equal_scores_score_the_chance_value():
    scores = [torch.full((B, K), 0.3)] * 3
    loss = swapped_prediction(scores, codes_of(scores), 0.1)
    assert loss.item() == pytest.approx(math.log(K), abs=1e-5)


def test_two_views_may_change_places():
    first, second = cosines(2)
    one = swapped_prediction([first, second], codes_of([first, second]), 0.1)
    other = swapped_prediction([second, first], codes_of([second, first]), 0.1)
    torch.testing.assert_close(one, other)


def test_the_loss_is_never_below_the_entropy_of_the_codes():
    scores = cosines(4)
    codes = codes_of(scores)
    floor = relative_entropy(torch.cat(codes)) * math.log(K)
    assert swapped_prediction(scores, codes, 0.1) >= floor


def test_copies_of_a_view_do_not_change_the_scale():
    view, codes = cosines(1)[0], codes_of(cosines(2, seed=3))
    losses = [swapped_prediction([view] * v, codes, 0.1) for v in (2, 3, 8)]
    torch.testing.assert_close(losses[0], losses[1])
    torch.testing.assert_close(losses[0], losses[2])


def test_gradients_flow_through_predictions_alone():
    scores = [s.requires_grad_() for s in cosines(3)]
    codes = codes_of(scores)
    assert not any(code.requires_grad for code in codes)
    swapped_prediction(scores, codes, 0.1).backward()
    chance = (scores[2].detach() / 0.1).softmax(dim=1)
    expected = sum(chance - code for code in codes) / (0.1 * B * 4)
    torch.testing.assert_close(scores[2].grad, expected, atol=1e-6, rtol=0)


def test_views_have_the_sizes_and_number_of_the_settings():
    method = build("swav", small_crops=3)
    views = method.views(pictures(4), Draw(0, 4))
    assert [v.shape[-1] for v in views] == [32, 32, 16, 16, 16]


def test_small_crops_are_never_below_half_a_stride():
    method = build("swav", small_side=0.11)
    assert method.views(pictures(1), Draw(0, 1))[-1].shape[-1] > method.backbone.stride / 2


def test_two_crops_alone_work_too():
    method, batch = build("swav", small_crops=0), pictures(8)
    assert math.isfinite(one_step(method, batch, clock()).loss.item())


def test_crops_of_one_size_pass_the_backbone_together_and_all_pass_the_head():
    method, batch = build("swav", small_crops=3), pictures(4)
    body, head = [], []
    method.backbone.register_forward_pre_hook(lambda _m, x: body.append(tuple(x[0].shape)))
    method.head.register_forward_pre_hook(lambda _m, x: head.append(len(x[0])))
    one_step(method, batch, clock())
    assert body == [(8, 3, 32, 32), (12, 3, 16, 16)]
    assert head == [20]


def test_prototypes_have_unit_length_before_a_step():
    method = build("swav")
    with torch.no_grad():
        method.prototypes.weight.mul_(3)
    method.before_step(clock())
    torch.testing.assert_close(method.prototypes.weight.norm(dim=1), torch.ones(12))


def test_prototypes_stand_still_at_first_despite_decay_and_momentum():
    method, batch = build("swav", freeze_epochs=0.5), pictures(16)
    optimiser = torch.optim.AdamW(method.parameters(), lr=0.01, weight_decay=0.1)
    before = method.prototypes.weight.clone()
    moved = []
    for step in range(3):  # half an epoch is two steps
        at = clock(step)
        one_step(method, batch, at, views=method.views(batch, Draw(step, 16))).loss.backward()
        method.after_backward(at)
        optimiser.step()
        optimiser.zero_grad()
        moved.append(bool((method.prototypes.weight - before).abs().max() > 1e-6))
    assert moved == [False, False, True]


def test_the_queue_waits_until_it_is_full(monkeypatch):
    method, batch = queued(32), pictures(16)
    rows = []

    def listening(scores, epsilon, iterations, *, hard):
        rows.append(len(scores))
        return sinkhorn(scores, epsilon, iterations, hard=hard)

    monkeypatch.setattr(swav, "sinkhorn", listening)
    for step in range(4):
        one_step(method, batch, clock(step))
    assert rows == [16, 16, 16, 16, 48, 48, 48, 48]


def test_the_queue_holds_the_last_embeddings_newest_first():
    method, batch = queued(32), pictures(16)
    embeddings = [one_step(method, batch, clock(step)).embedding for step in range(4)]
    newest = method.queues[0].newest_first()
    assert torch.equal(newest, torch.cat([embeddings[3], embeddings[2]]))


def test_the_queue_brings_no_row_of_the_current_batch(monkeypatch):
    method, batch = queued(32), pictures(16)
    for step in range(2):
        one_step(method, batch, clock(step))
    brought = []
    monkeypatch.setattr(
        method.prototypes,
        "forward",
        lambda z: brought.append(z) or z @ method.prototypes.weight.T,
    )
    now = one_step(method, batch, clock(2)).embedding
    queue_rows = [z for z in brought if len(z) == 32]
    assert len(queue_rows) == 2
    distance = torch.cdist(queue_rows[0], now)
    assert distance.min() > 1e-6


def test_the_queue_begins_at_its_share_of_the_training():
    method = build("swav", data_info(batch=16), queue=32, queue_from=0.5)
    batch = pictures(16)
    one_step(method, batch, clock(19))
    assert len(method.queues[0]) == 0
    one_step(method, batch, clock(20))
    assert len(method.queues[0]) == 16


@pytest.mark.parametrize(("asked", "length"), [(0, None), (15, None), (40, 32)])
def test_the_queue_has_whole_batches(asked, length):
    method = queued(asked)
    assert [len(q.rows) for q in method.queues] == ([length] * 2 if length else [])


def test_an_epoch_tells_how_prototypes_were_used():
    method, batch = build("swav"), pictures(16)
    work = ToyWork(batch, method)
    assert not method.before_epoch(clock(0), work).figures
    for step in range(4):
        one_step(method, batch, clock(step))
    figures = method.before_epoch(clock(4), work).figures
    assert 1 <= figures["n_used"] <= 12
    assert figures["max_share"] <= 1
    assert method.counts.sum() == 0


def test_decay_acts_on_everything():
    groups = build("swav").param_groups(None)
    assert [g.weight_decay for g in groups] == [None]


def test_a_small_batch_gets_a_queue():
    cls = type(build("swav"))
    few = cls.propose(data_info(images=1_500, device="cuda"))
    many = cls.propose(data_info(images=50_000, device="cuda"))
    assert "queue" not in few
    assert many["queue"].value == 2048
    assert many["queue"].value % many["batch_size"].value == 0
