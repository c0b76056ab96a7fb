import threading

import pytest
import torch

from ssl_studio.errors import NotFinite, OutOfMemory, SettingsError, TrainingError
from ssl_studio.events import Cancel, Metric, Note, Progress
from ssl_studio.methods.base import StepOutput
from ssl_studio.training.checkpoint import unpack
from tests.training.conftest import MemoryKeeper, NoiseMatch


def final_state(keeper):
    checkpoint = unpack(keeper.last)
    return checkpoint.method | {
        f"{name}:{key}": value
        for name, state in checkpoint.optimisers.items()
        for key, value in state.items()
    }


def stop_after(cancel, step):
    def hear(event):
        if isinstance(event, Metric) and event.step >= step and "loss" in event.values:
            cancel.request()

    return hear


def test_a_run_trains_and_keeps_its_checkpoints(bench):
    keeper = MemoryKeeper()
    outcome = bench.trainer(keeper=keeper, epochs=3).run()
    assert (outcome.status, outcome.step, outcome.epoch) == ("finished", 15, 3)
    assert [c[:3] for c in keeper.checkpoints] == [
        ("start", 0, 0),
        ("epoch", 5, 1),
        ("epoch", 10, 2),
        ("final", 15, 3),
    ]


def test_the_loss_falls(bench):
    bench.trainer(epochs=12).run()
    losses = [
        e.values["loss"] for e in bench.events if isinstance(e, Metric) and "loss" in e.values
    ]
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize("step", [1, 5, 7])
@pytest.mark.parametrize("changes", [{}, {"precision": "bf16"}])
def test_a_stopped_run_goes_on_bit_for_bit(bench, step, changes):
    whole = MemoryKeeper()
    bench.trainer(keeper=whole, **changes).run()
    first, cancel = MemoryKeeper(), Cancel()
    outcome = bench.trainer(
        keeper=first, cancel=cancel, hear=stop_after(cancel, step), **changes
    ).run()
    assert (outcome.status, outcome.step) == ("stopped", step)
    rest = MemoryKeeper()
    bench.trainer(keeper=rest, resume=first.last, **changes).run()
    wanted, got = final_state(whole), final_state(rest)
    assert wanted.keys() == got.keys()
    assert all(torch.equal(wanted[k], got[k]) for k in wanted)


def test_a_finished_run_has_nothing_left_to_do(bench):
    keeper = MemoryKeeper()
    bench.trainer(keeper=keeper).run()
    again = MemoryKeeper()
    assert bench.trainer(keeper=again, resume=keeper.last).run().step == 10
    assert again.checkpoints == []


def test_other_images_refuse_an_exact_resume(bench):
    keeper = MemoryKeeper()
    bench.trainer(keeper=keeper).run()
    foreign = unpack(keeper.last)
    assert foreign.fingerprint == "same"
    trainer = bench.trainer()
    object.__setattr__(trainer.data, "fingerprint", "other")
    with pytest.raises(TrainingError, match="not those"):
        trainer._resume(foreign)


def test_the_same_seed_gives_the_same_run_and_another_seed_another(bench):
    runs = []
    for seed in (1, 1, 2):
        keeper = MemoryKeeper()
        bench.trainer(keeper=keeper, seed=seed).run()
        runs.append(final_state(keeper))
    assert all(torch.equal(runs[0][k], runs[1][k]) for k in runs[0])
    assert any(not torch.equal(runs[0][k], runs[2][k]) for k in runs[0])


def test_figures_of_health_and_progress_are_told(bench):
    bench.trainer().run()
    metrics = [e for e in bench.events if isinstance(e, Metric) and "loss" in e.values]
    names = {
        "loss",
        "distance",
        "learning_rate",
        "images_per_second",
        "memory_gb",
        "gradient_norm",
        "embedding_std",
        "effective_rank",
    }
    assert names <= set(metrics[-1].values)
    assert metrics[-1].values["gradient_norm"] > 0
    last = [e for e in bench.events if isinstance(e, Progress)][-1]
    assert (last.done, last.total) == (10, 10)


def test_the_features_are_looked_at_before_and_after(bench):
    bench.trainer(evaluate_every=1).run()
    looks = [e for e in bench.events if isinstance(e, Metric) and "knn_accuracy" in e.values]
    assert [e.epoch for e in looks] == [0, 1, 2]
    assert looks[-1].values["knn_accuracy"] == 1.0
    assert {"nmi", "cluster_accuracy", "feature_rank"} <= set(looks[-1].values)


class Explodes(NoiseMatch):
    def step(self, views, index, clock):
        output = super().step(views, index, clock)
        return StepOutput(output.loss * (float("nan") if clock.step == 7 else 1.0))


def test_nan_stops_the_run_and_keeps_the_last_good_checkpoint(bench):
    keeper = MemoryKeeper()
    with pytest.raises(NotFinite, match="learning rate"):
        bench.trainer(bench.method(cls=Explodes), keeper=keeper).run()
    kind, step, _, data = keeper.checkpoints[-1]
    assert (kind, step) == ("epoch", 5)
    assert all(v.isfinite().all() for v in unpack(data).method.values())


class Hungry(NoiseMatch):
    """Has room for three pictures at a time, or for none."""

    room = 3

    def step(self, views, index, clock):
        if len(index) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().step(views, index, clock)


def test_out_of_memory_halves_the_batch_and_says_so(bench):
    trainer = bench.trainer(bench.method(cls=Hungry))
    with pytest.raises(OutOfMemory):
        trainer.run()
    Hungry.room = 4
    try:
        assert bench.trainer(bench.method(cls=Hungry)).run().step == 10
    finally:
        Hungry.room = 3
    notes = [e.text for e in bench.events if isinstance(e, Note) and e.level == "warning"]
    assert "2 parts of 4 images" in notes[0]


class Linear(NoiseMatch):
    """Without BatchNorm, dropout or comparisons: parts of a batch add up to the whole."""

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        for p in self.backbone.parameters():
            p.requires_grad_(False)
        self.head = torch.nn.Linear(3 * 32 * 32, 4)

    def views(self, batch, draw):
        return batch.pixels.float() / 255 + 0.1 * draw.normal(shape=(3, 32, 32))

    def step(self, views, index, clock):
        return StepOutput(self.head(views.flatten(1)).square().mean())


def test_accumulated_parts_make_the_same_step_as_the_whole_batch(bench):
    states = []
    for parts in (1, 2, 3):
        keeper = MemoryKeeper()
        method = bench.method(cls=Linear)
        torch.manual_seed(0)
        torch.nn.init.normal_(method.head.weight)
        bench.trainer(method, keeper=keeper, micro_batches=parts, epochs=1).run()
        states.append(final_state(keeper)["head.weight"])
    torch.testing.assert_close(states[0], states[1])
    torch.testing.assert_close(states[0], states[2])


class SignallingKeeper(MemoryKeeper):
    """Says when the state was saved because of a pause."""

    def __init__(self):
        super().__init__()
        self.paused = threading.Event()

    def checkpoint(self, kind, step, epoch, data):
        super().checkpoint(kind, step, epoch, data)
        if kind == "timed":
            self.paused.set()


def test_a_pause_saves_and_holds_the_run_and_loses_nothing(bench):
    cancel, keeper, whole = Cancel(), SignallingKeeper(), MemoryKeeper()

    def hear(event):
        if isinstance(event, Metric) and event.step == 3 and not keeper.paused.is_set():
            cancel.pause()

    worker = threading.Thread(target=bench.trainer(keeper=keeper, cancel=cancel, hear=hear).run)
    worker.start()
    assert keeper.paused.wait(60)
    assert [c[:2] for c in keeper.checkpoints] == [("start", 0), ("timed", 3)]
    cancel.proceed()
    worker.join(60)
    bench.trainer(keeper=whole).run()
    wanted, got = final_state(whole), final_state(keeper)
    assert all(torch.equal(wanted[k], got[k]) for k in wanted)


def test_a_batch_larger_than_the_folder_is_refused_in_words(bench):
    with pytest.raises(SettingsError, match="larger than the 40 images"):
        bench.trainer(batch_size=64)


class ShownNoise(NoiseMatch):
    """The same method, with nothing to show but that it was asked."""

    def exhibits(self, batch, draw):
        return []


def test_a_stopped_run_shows_how_far_it_came(bench):
    keeper, cancel = MemoryKeeper(), Cancel()
    method = bench.method(cls=ShownNoise)
    bench.trainer(method, keeper=keeper, cancel=cancel, hear=stop_after(cancel, 7)).run()
    assert keeper.shown == [(0, 0), (7, 1.4)]


def test_a_run_that_is_stopped_at_once_again_shows_nothing_twice(bench):
    keeper, cancel = MemoryKeeper(), Cancel()
    method = bench.method(cls=ShownNoise)
    bench.trainer(method, keeper=keeper, cancel=cancel, hear=stop_after(cancel, 7)).run()
    again = MemoryKeeper()
    method = bench.method(cls=ShownNoise)
    outcome = bench.trainer(method, keeper=again, resume=keeper.last, cancel=cancel).run()
    assert (outcome.status, outcome.step, again.shown) == ("stopped", 7, [])
