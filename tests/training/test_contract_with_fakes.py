"""The trainer carries what the contract promises, shown with methods made to strain it."""

import pytest
import torch

import ssl_studio.methods  # noqa: F401  (registers all methods)
from ssl_studio.events import Cancel, Metric
from ssl_studio.images.cache import PixelCache
from ssl_studio.methods.base import DataInfo, all_methods
from ssl_studio.networks.backbone import create_backbone
from ssl_studio.training.checkpoint import unpack
from ssl_studio.training.settings import TrainSettings
from ssl_studio.training.state import TrainingData
from ssl_studio.training.trainer import Trainer
from tests.methods import fakes
from tests.methods.toys import build, data_info
from tests.training.conftest import MemoryKeeper

IMAGES, BATCH, EPOCHS = 40, 8, 4


@pytest.fixture(scope="module")
def cache() -> PixelCache:
    generator = torch.Generator().manual_seed(0)
    return PixelCache(
        pixels=torch.randint(0, 255, (IMAGES, 3, 32, 32), generator=generator).to(torch.uint8),
        aspect=torch.ones(IMAGES),
        valid=torch.ones(IMAGES, dtype=torch.bool),
        mean=torch.full((3,), 0.5),
        std=torch.full((3,), 0.25),
        mapped=False,
    )


def fake_of(cls, seed=0):
    data = DataInfo(IMAGES, 32, global_batch=BATCH)
    return fakes.build_fake(cls, data, create_backbone("light", 32, seed=seed), seed=seed)


class Hall:
    """Runs fakes on one set of pictures and remembers what came of it."""

    def __init__(self, cache):
        self.cache = cache
        self.events = []
        self.keeper = MemoryKeeper()

    def trainer(self, method, *, cancel=None, resume=None, hear=None, **changes):
        values = {"epochs": EPOCHS, "batch_size": BATCH, "precision": "fp32", "device": "cpu"}
        settings = TrainSettings(
            image_size=32, evaluate_every=0, exhibit_every=0, **(values | changes)
        )

        def report(event):
            self.events.append(event)
            if hear:
                hear(event)

        return Trainer(
            method,
            settings,
            TrainingData(self.cache, fingerprint="same"),
            report=report,
            cancel=cancel or Cancel(),
            keeper=self.keeper,
            resume=resume,
        )

    def run(self, method, **options):
        self.trainer(method, **options).run()
        return method

    def stopped_at(self, method, step):
        """The checkpoint of a run that was stopped after a step."""
        cancel = Cancel()

        def hear(event):
            if isinstance(event, Metric) and event.step >= step and "loss" in event.values:
                cancel.request()

        assert self.trainer(method, cancel=cancel, hear=hear).run().status == "stopped"
        return self.keeper.last

    def figures(self, name):
        metrics = [e for e in self.events if isinstance(e, Metric)]
        return {e.step: e.values[name] for e in metrics if name in e.values}


@pytest.fixture
def hall(cache):
    return Hall(cache)


def whole_state(data: bytes):
    checkpoint = unpack(data)
    optimisers = {
        f"{name}:{key}": value
        for name, state in checkpoint.optimisers.items()
        for key, value in state.items()
    }
    return dict(checkpoint.method) | optimisers


@pytest.mark.parametrize("cls", fakes.FAKES, ids=lambda c: c.id)
@pytest.mark.parametrize("step", [7, 11])
def test_stopping_and_going_on_equals_not_stopping(cache, cls, step):
    through, halves = Hall(cache), Hall(cache)
    through.run(fake_of(cls))
    checkpoint = halves.stopped_at(fake_of(cls), step)
    halves.run(fake_of(cls, seed=9), resume=checkpoint)
    wanted, got = whole_state(through.keeper.last), whole_state(halves.keeper.last)
    assert wanted.keys() == got.keys()
    assert [k for k in wanted if not torch.equal(wanted[k], got[k])] == []


@pytest.mark.parametrize("method_id", [cls.id for cls in all_methods()])
def test_every_method_goes_on_bit_for_bit(cache, method_id):
    data = data_info(images=IMAGES, batch=BATCH)
    through, halves = Hall(cache), Hall(cache)
    through.run(build(method_id, data))
    checkpoint = halves.stopped_at(build(method_id, data), 7)
    halves.run(build(method_id, data, seed=9), resume=checkpoint)
    wanted, got = whole_state(through.keeper.last), whole_state(halves.keeper.last)
    assert wanted.keys() == got.keys()
    assert [k for k in wanted if not torch.equal(wanted[k], got[k])] == []


@pytest.mark.parametrize("cls", fakes.FAKES, ids=lambda c: c.id)
def test_micro_batches_run_every_fake(hall, cls):
    method = fake_of(cls)
    assert hall.trainer(method, micro_batches=2, epochs=2).run().status == "finished"


def test_an_adversarys_losses_reach_their_own_parameters_only(hall):
    """One step by the trainer equals one where each gradient is taken by hand."""
    method, twin = fake_of(fakes.Adversary), fake_of(fakes.Adversary)
    taken = {}

    def after_backward(clock):
        taken.update({n: p.grad.clone() for n, p in method.named_parameters()})
        raise KeyboardInterrupt

    method.after_backward = after_backward
    seen = []
    original = method.step
    method.step = lambda views, index, clock: (
        seen.append((views, index, clock)) or original(views, index, clock)
    )
    with pytest.raises(KeyboardInterrupt):
        hall.run(method)
    output = twin.train().step(*seen[0])
    critic = dict(twin.critic.named_parameters(prefix="critic"))
    rest = {n: p for n, p in twin.named_parameters() if n not in critic}
    for loss, own in ((output.loss, rest), (output.others["critic"], critic)):
        gradients = torch.autograd.grad(loss, list(own.values()), retain_graph=True)
        for name, gradient in zip(own, gradients, strict=True):
            torch.testing.assert_close(taken[name], gradient, atol=1e-6, rtol=1e-4)


def test_both_optimisers_of_an_adversary_move(hall):
    method, fresh = fake_of(fakes.Adversary), fake_of(fakes.Adversary)
    hall.run(method)
    assert not torch.equal(method.critic.weight, fresh.critic.weight)
    assert not torch.equal(method.head.weight, fresh.head.weight)
    state = unpack(hall.keeper.last).optimisers
    assert any("exp_avg" in key for key in state["critic"])
    assert any("momentum_buffer" in key for key in state["main"])


def test_stages_have_their_own_losses_schedules_and_heads(hall):
    method = hall.run(fake_of(fakes.TwoStages))
    stretch, pull = hall.figures("stretch"), hall.figures("pull")
    assert max(stretch) <= 10 < min(pull)  # five steps an epoch, two epochs each
    rates = hall.figures("learning_rate")
    assert rates[1] < rates[3]  # warm-up
    assert {rates[s] for s in rates if s > 10} == {0.01}
    assert method.mined == 1
    assert method.head.out_features == 4


def test_a_frozen_stage_leaves_the_backbone_alone(hall):
    method = fake_of(fakes.TwoStages)
    checkpoint = hall.stopped_at(method, 10)
    at_freeze = {k: v for k, v in whole_state(checkpoint).items() if "backbone.net" in k}
    hall.run(fake_of(fakes.TwoStages), resume=checkpoint)
    after = whole_state(hall.keeper.last)
    weights = [k for k in at_freeze if k.endswith("weight") and ":" not in k]
    assert weights
    assert all(torch.equal(at_freeze[k], after[k]) for k in weights)


def test_ordered_frames_reach_the_method(hall):
    method = hall.run(fake_of(fakes.FrameOrder))
    assert method.shapes == {(3, 3, 32, 32)}
    assert len(hall.figures("order_loss")) > 0


def test_a_bank_is_written_once_a_step_and_lasts(hall):
    method = hall.run(fake_of(fakes.Bank), epochs=1, micro_batches=2)
    assert method.writes == 5
    assert method.bank.seen.all()
    state = unpack(hall.keeper.last).method
    assert torch.equal(state["bank.rows"], method.bank.rows)


def test_a_late_head_stands_still_for_its_first_steps(hall):
    fresh = fake_of(fakes.LateHead).head.weight
    still = whole_state(hall.stopped_at(fake_of(fakes.LateHead), 3))
    assert torch.equal(still["head.weight"], fresh)
    assert not [k for k in still if k.startswith("main:head.weight")]
    moved = whole_state(hall.stopped_at(fake_of(fakes.LateHead), 4))
    assert not torch.equal(moved["head.weight"], fresh)


def test_the_teacher_is_what_is_kept(hall):
    method = hall.run(fake_of(fakes.Teacher))
    assert method.updates == 20
    kept = unpack(hall.keeper.last).encoder_state()
    teacher = method.teacher.module.state_dict()
    assert kept.keys() == teacher.keys()
    assert all(torch.equal(kept[k], teacher[k]) for k in kept)
    assert not torch.equal(kept["net.conv1.0.weight"], method.backbone.net[0][0].weight)


def test_a_run_starts_from_the_encoder_of_another(cache):
    first = Hall(cache)
    first.run(fake_of(fakes.Teacher))
    encoder = unpack(first.keeper.last).encoder_state()
    second = Hall(cache)
    method = fake_of(fakes.Continues, seed=3)
    method.backbone.load_state_dict(dict(encoder))
    second.run(method)
    kept = unpack(second.keeper.last).encoder_state()
    assert torch.equal(kept["net.conv1.0.weight"], encoder["net.conv1.0.weight"])
    assert not torch.equal(method.head.weight, fake_of(fakes.Continues, seed=3).head.weight)


def test_a_replaced_head_is_trained_by_an_optimiser_of_its_own(hall):
    method = hall.run(fake_of(fakes.Relabels))
    assert method.head.out_features == 3 + EPOCHS - 1
    assert hall.figures("slots") == {0: 3, 5: 4, 10: 5, 15: 6}
    optimiser = unpack(hall.keeper.last).optimisers["head"]
    assert optimiser["head.weight/exp_avg"].shape == method.head.weight.shape
    assert optimiser["head.weight/step"] == 5  # new with every epoch
    assert unpack(hall.keeper.last).optimisers["main"]
