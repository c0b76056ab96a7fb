import pytest
import torch
from torch import nn

from ssl_studio.networks.momentum import MomentumCopy, ema_update


def make_net(value: float) -> nn.Sequential:
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(value)
    return net


def test_closed_form_after_three_steps() -> None:
    copy, source = MomentumCopy(make_net(0)), make_net(1)
    for _ in range(3):
        copy.update(source, 0.9)
    for parameter in copy.parameters():
        torch.testing.assert_close(parameter, torch.full_like(parameter, 1 - 0.9**3))


def test_small_steps_are_not_lost() -> None:
    copy = MomentumCopy(make_net(1.0).bfloat16())
    copy.update(make_net(1.01), 0.996)
    assert copy.module[0].weight[0, 0].item() == pytest.approx(1.00004, abs=1e-7)


def test_buffers_are_left_alone() -> None:
    source = make_net(1)
    copy = MomentumCopy(source)
    source(torch.randn(4, 2, generator=torch.Generator().manual_seed(0)))
    copy.update(source, 0.0)
    assert torch.equal(copy.module[1].running_mean, torch.zeros(3))


def test_copy_shares_nothing_and_takes_no_gradient() -> None:
    source = make_net(1)
    copy = MomentumCopy(source)
    places = {p.data_ptr() for p in source.parameters()}
    assert not places & {p.data_ptr() for p in copy.parameters()}
    assert not any(p.requires_grad for p in copy.parameters())
    assert not copy(torch.ones(4, 2, requires_grad=True)).requires_grad


def test_update_keeps_the_tensors_in_place() -> None:
    copy = MomentumCopy(make_net(0))
    before = [p.data_ptr() for p in copy.parameters()]
    copy.update(make_net(1), 0.5)
    assert [p.data_ptr() for p in copy.parameters()] == before


def test_parts_of_one_network_only_are_named() -> None:
    target, source = nn.Module(), nn.Module()
    target.body, source.body = nn.Linear(2, 2), nn.Linear(2, 2)
    source.predictor = nn.Linear(2, 2)
    with pytest.raises(AssertionError, match="predictor"):
        ema_update(target, source, 0.5)
    ema_update(target, source, 0.0, extras=["predictor."])
    assert torch.equal(target.body.weight, source.body.weight)


def test_reset_takes_weights_and_buffers() -> None:
    copy, source = MomentumCopy(make_net(0)), make_net(1)
    source[1].running_mean.fill_(7)
    copy.reset(source)
    assert torch.equal(copy.module[1].running_mean, source[1].running_mean)
    assert torch.equal(copy.module[0].weight, source[0].weight)
