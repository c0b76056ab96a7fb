"""The fakes do what they are there for, so that the trainer's tests with them mean something."""

import pytest
import torch

from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods.base import all_methods
from ssl_studio.networks.backbone import create_backbone
from tests.methods import fakes
from tests.methods.toys import ToyWork, clock, data_info, one_step, pictures


def made(cls):
    return fakes.build_fake(cls, data_info(images=16), create_backbone("light", 32, seed=0))


@pytest.fixture
def batch():
    return pictures(16)


def frames_of(batch, rows=8):
    start = torch.arange(rows)
    index = start[:, None] + torch.arange(3)
    return ImageBatch(batch.pixels[index], batch.aspect[:rows], start)


def test_fakes_are_no_methods_of_the_product():
    assert not {cls.id for cls in fakes.FAKES} & {cls.id for cls in all_methods()}


@pytest.mark.parametrize("cls", fakes.FAKES, ids=lambda c: c.id)
def test_a_fake_steps(cls, batch):
    fake = made(cls)
    stage = fake.stages(4)[0]
    fake.enter_stage(stage)
    fake.begin_stage(stage, ToyWork(batch, fake))
    fake.before_epoch(clock(), ToyWork(batch, fake))
    given = frames_of(batch) if cls.needs.frames > 1 else batch
    output = one_step(fake, given, clock())
    output.loss.backward(retain_graph=True)
    assert output.loss.isfinite()
    trained = [n for n, p in fake.trainable() if p.grad is not None and p.grad.abs().max() > 0]
    assert trained


def test_each_loss_of_the_adversary_pulls_at_both_sides(batch):
    fake = made(fakes.Adversary)
    output = one_step(fake, batch, clock())
    critic, head = fake.critic.weight, fake.head.weight
    for loss in (output.loss, output.others["critic"]):
        gradients = torch.autograd.grad(loss, [critic, head], retain_graph=True)
        assert all(g.abs().max() > 0 for g in gradients)


def test_the_second_stage_has_another_head_and_frozen_features(batch):
    fake = made(fakes.TwoStages)
    stage = fake.stages(4)[1]
    fake.enter_stage(stage)
    fake.begin_stage(stage, ToyWork(batch, fake))
    assert fake.head.out_features == 4
    assert {n.split(".")[0] for n, _ in fake.trainable()} == {"head"}
    assert (fake.neighbour != torch.arange(16)).all()


def test_frames_come_in_order():
    fake = made(fakes.FrameOrder)
    order = fake.order(0, torch.Generator().manual_seed(0))
    assert order.shape == (fake.samples_per_epoch(), 3)
    assert (order.diff(dim=1) == 1).all()


def test_the_bank_remembers_after_the_step(batch):
    fake = made(fakes.Bank)
    before = fake.bank.rows.clone()
    one_step(fake, batch.rows(0, 4), clock())
    assert torch.equal(fake.bank.rows, before)
    fake.after_step(clock(), stepped=True)
    assert not torch.equal(fake.bank.rows[:4], before[:4])
    assert torch.equal(fake.bank.rows[4:], before[4:])


def test_the_teacher_moves_when_the_student_did(batch):
    fake = made(fakes.Teacher)
    with torch.no_grad():
        for parameter in fake.backbone.parameters():
            parameter.add_(1)
    first = fake.encoder.net[0][0].weight.clone()
    fake.after_step(clock(), stepped=False)
    assert torch.equal(fake.encoder.net[0][0].weight, first)
    fake.after_step(clock(), stepped=True)
    torch.testing.assert_close(fake.encoder.net[0][0].weight, first + 0.1)


def test_noise_is_drawn_for_each_picture(batch):
    x = fakes.noisy(batch, Draw(0, 16))
    part = fakes.noisy(batch.rows(8, 16), Draw(0, 8, offset=8, total=16))
    assert torch.equal(x[8:], part)
