import pytest
import torch

from ssl_studio.errors import NotFinite
from ssl_studio.training.guards import CollapseAlarm, FiniteGuard, is_out_of_memory

HEALTHY = {"embedding_std": 0.9, "effective_rank": 60.0}


def test_three_looks_at_a_collapsed_embedding_raise_one_alarm():
    alarm = CollapseAlarm("try this")
    alarm.observe(0, HEALTHY)
    notes = [alarm.observe(s, {"embedding_std": 0.01, "effective_rank": 60.0}) for s in range(5)]
    assert [n is not None for n in notes] == [False, False, True, False, False]
    assert notes[2] is not None
    assert notes[2].level == "alarm"
    assert "try this" in notes[2].text


def test_few_directions_warn_although_the_spread_is_healthy():
    alarm = CollapseAlarm("x")
    notes = [alarm.observe(s, {"embedding_std": 0.9, "effective_rank": 1.5}) for s in range(3)]
    assert notes[-1] is not None
    assert "directions" in notes[-1].text


def test_features_that_lose_two_thirds_of_their_directions_warn():
    alarm = CollapseAlarm("x")
    ranks = (75.0, 54.0, 17.0, 16.0, 40.0, 12.0)
    notes = [alarm.look({"feature_rank": rank}) for rank in ranks]
    assert [n is not None for n in notes] == [False, False, True, False, False, True]


def test_recovery_arms_the_alarm_again():
    alarm, bad = CollapseAlarm("x"), {"embedding_std": 0.01}
    first = [alarm.observe(s, bad) for s in range(3)][-1]
    alarm.observe(4, HEALTHY)
    second = [alarm.observe(s, bad) for s in range(5, 8)][-1]
    assert first is not None
    assert second is not None


def test_the_alarm_waits_for_the_grace_steps():
    alarm = CollapseAlarm("x", grace_steps=10)
    assert all(alarm.observe(s, {"embedding_std": 0.01}) is None for s in range(9))
    assert alarm.observe(10, {"embedding_std": 0.01}) is not None


def test_the_alarm_survives_a_checkpoint():
    alarm = CollapseAlarm("x")
    alarm.observe(0, HEALTHY)
    alarm.observe(1, {"embedding_std": 0.01})
    alarm.look({"feature_rank": 60.0})
    alarm.look({"feature_rank": 6.0})
    assert alarm.is_poor
    again = CollapseAlarm("x")
    again.load(alarm.state())
    assert again == alarm


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops(value):
    guard = FiniteGuard()
    guard.observe(torch.tensor(1.0))
    guard.check(1)
    guard.observe(torch.tensor(value))
    with pytest.raises(NotFinite, match="step 2"):
        guard.check(2)


def test_memory_errors_are_recognised():
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: not enough memory: you tried"))
    assert not is_out_of_memory(RuntimeError("shapes do not match"))
