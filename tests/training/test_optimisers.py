import pytest
import torch
from torch import nn

from ssl_studio.methods.base import Clock, OptimiserSpec, ParamGroup, Stage, decay_groups
from ssl_studio.training.optimisers import (
    build_optimiser,
    check_groups,
    load_optimiser_state,
    optimiser_state,
    set_rates,
)


def matrix(scale: float = 1.0) -> nn.Parameter:
    return nn.Parameter(scale * torch.tensor([[3.0, 0.0], [0.0, 4.0]]))


def spec(kind, **changes):
    values = {"kind": kind, "rate": 0.5, "weight_decay": 0.0, "momentum": 0.9} | changes
    return OptimiserSpec(**values)


def one_step(kind, weight, gradient, *, adapt=True, **changes):
    group = ParamGroup("all", [("w", weight)], adapt=adapt)
    optimiser = build_optimiser(spec(kind, **changes), [group])
    weight.grad = gradient.clone()
    optimiser.step()
    return optimiser


def test_lars_step_is_trust_times_the_norm_ratio():
    weight, gradient = matrix(), torch.tensor([[0.0, 2.0], [0.0, 0.0]])
    before = weight.detach().clone()
    one_step("lars", weight, gradient, trust=0.001)
    torch.testing.assert_close(before - weight.detach(), 0.5 * 0.001 * 5.0 / 2.0 * gradient)


def test_larc_rate_is_the_smaller_of_local_and_global():
    small, large = torch.full((2, 2), 1e-3), torch.full((2, 2), 1e3)
    weight = matrix()
    before = weight.detach().clone()
    one_step("larc", weight, small)  # the local rate is huge: the global one rules
    torch.testing.assert_close(before - weight.detach(), 0.5 * small, rtol=1e-4, atol=1e-6)
    weight = matrix()
    one_step("larc", weight, large)
    local = 0.02 * 5.0 / (large.norm() + 1e-8)
    torch.testing.assert_close(before - weight.detach(), local * large, rtol=1e-4, atol=1e-6)


def test_larc_with_decay_uses_the_sum_of_both_norms():
    weight, gradient = matrix(), torch.full((2, 2), 10.0)
    before = weight.detach().clone()
    one_step("larc", weight, gradient, weight_decay=0.1)
    local = 0.02 * 5.0 / (gradient.norm() + 0.1 * 5.0 + 1e-8)
    expected = local * (gradient + 0.1 * before)
    torch.testing.assert_close(before - weight.detach(), expected, rtol=1e-4, atol=1e-6)


def test_lars_weight_step_ignores_the_scale_of_gradients_but_biases_follow_it():
    steps = {}
    for scale in (1.0, 1000.0):
        weight, bias = matrix(), nn.Parameter(torch.ones(2))
        groups = decay_groups([("w", weight), ("b", bias)])
        optimiser = build_optimiser(spec("lars"), groups)
        weight.grad, bias.grad = scale * torch.ones(2, 2), scale * torch.ones(2)
        optimiser.step()
        steps[scale] = ((weight - matrix()).detach(), (bias - 1).detach())
    torch.testing.assert_close(steps[1.0][0], steps[1000.0][0], rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(1000 * steps[1.0][1], steps[1000.0][1])


def test_lars_momentum_multiplies_the_rate_into_the_velocity():
    weight = matrix()
    group = ParamGroup("all", [("w", weight)], adapt=False)
    optimiser = build_optimiser(spec("lars"), [group])
    for rate in (0.5, 0.1):
        optimiser.param_groups[0]["lr"] = rate
        weight.grad = torch.ones(2, 2)
        optimiser.step()
    torch.testing.assert_close(matrix() - weight, torch.full((2, 2), 0.5 + (0.45 + 0.1)))


@pytest.mark.parametrize("kind", ["sgd", "adamw", "lars", "larc"])
def test_a_parameter_without_gradient_does_not_move(kind):
    weight, other = matrix(), matrix()
    groups = [ParamGroup("all", [("w", weight), ("o", other)])]
    optimiser = build_optimiser(spec(kind, weight_decay=0.1), groups)
    weight.grad, other.grad = torch.ones(2, 2), torch.ones(2, 2)
    optimiser.step()
    before = weight.detach().clone()
    weight.grad, other.grad = None, torch.ones(2, 2)
    optimiser.step()
    assert torch.equal(weight, before)


@pytest.mark.parametrize("kind", ["sgd", "adamw", "lars", "larc"])
def test_state_comes_back_by_name(kind):
    torch.manual_seed(0)
    gradients = torch.randn(6, 2, 2)

    def make():
        weight = matrix()
        return weight, build_optimiser(spec(kind), [ParamGroup("all", [("w", weight)])])

    def walk(weight, optimiser, steps):
        for g in steps:
            weight.grad = g.clone()
            optimiser.step()

    straight, optimiser = make()
    walk(straight, optimiser, gradients)
    first, before = make()
    walk(first, before, gradients[:3])
    second, after = make()
    second.data.copy_(first.data)
    load_optimiser_state(after, optimiser_state(before))
    walk(second, after, gradients[3:])
    assert torch.equal(straight, second)


def clock(step, steps=100, per_epoch=10):
    return Clock(step, 0, Stage("s", steps // per_epoch), step, steps, per_epoch, 0)


def test_constant_groups_leave_the_schedule_out():
    fixed = ParamGroup("head", [("h", matrix())], constant_rate=True, rate_scale=2.0)
    optimiser = build_optimiser(spec("sgd"), [ParamGroup("body", [("w", matrix())]), fixed])
    rate = set_rates(optimiser, spec("sgd"), clock(99))
    body, head = (group["lr"] for group in optimiser.param_groups)
    assert body == rate < 0.01
    assert head == 1.0


def test_weight_decay_follows_its_cosine_where_there_is_decay():
    recipe = spec("adamw", weight_decay=0.04, weight_decay_end=0.4)
    groups = decay_groups([("w", matrix()), ("b", nn.Parameter(torch.ones(2)))])
    optimiser = build_optimiser(recipe, groups)
    set_rates(optimiser, recipe, clock(50))
    assert [g["weight_decay"] for g in optimiser.param_groups] == pytest.approx([0.22, 0.0])


def test_groups_must_hold_each_parameter_once():
    weight, other = matrix(), matrix()
    check_groups([ParamGroup("a", [("w", weight)])], [("w", weight)])
    with pytest.raises(ValueError, match="other"):
        check_groups([ParamGroup("a", [("w", weight)])], [("w", weight), ("other", other)])
    with pytest.raises(ValueError, match="two groups"):
        check_groups([ParamGroup("a", [("w", weight), ("w", weight)])], [("w", weight)])


@pytest.mark.parametrize("kind", ["sgd", "adamw", "lars", "larc"])
def test_the_layout_of_a_gradient_does_not_change_the_step(kind):
    torch.manual_seed(0)
    start, gradient = torch.randn(4, 3, 2, 2), torch.randn(4, 3, 2, 2)
    results = []
    for layout in (torch.contiguous_format, torch.channels_last):
        weight = nn.Parameter(start.clone(memory_format=torch.channels_last))
        optimiser = build_optimiser(spec(kind), [ParamGroup("all", [("w", weight)])])
        for _ in range(2):
            weight.grad = gradient.clone(memory_format=layout)
            optimiser.step()
        results.append(weight.detach())
    torch.testing.assert_close(results[0], results[1])
