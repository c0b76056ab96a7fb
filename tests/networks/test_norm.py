import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ssl_studio.networks.norm import SharedBatchNorm1d, synchronised

# Rank 0 holds the first 5 rows of a batch of 8, rank 1 the other 3. The loss is a sum, so that
# gradients add up over processes whatever the share of each.
WORKER = """
import sys
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import nn
from ssl_studio.networks.norm import synchronised
folder, rank = sys.argv[1], int(sys.argv[2])
dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.BatchNorm1d(144))
net.load_state_dict(load_file(f"{folder}/net"))
net = synchronised(net)
batch = load_file(f"{folder}/batch")
part = slice(0, 5) if rank == 0 else slice(5, 8)
x = batch["x"][part].requires_grad_()
y = net(x)
(y * batch["weights"][part]).sum().backward()
out = {"y": y.detach(), "x": x.grad}
out |= {f"grad {name}": p.grad for name, p in net.named_parameters()}
out |= {f"state {name}": value for name, value in net.state_dict().items()}
save_file(out, f"{folder}/out{rank}")
dist.destroy_process_group()
"""

Outcome = dict[str, Tensor]
Both = tuple[Outcome, list[Outcome]]


def make_net() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.BatchNorm1d(144)
        )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """One process with the whole batch, and two that share it."""
    folder = tmp_path_factory.mktemp("gloo")
    generator = torch.Generator().manual_seed(1)
    x = 5 + 3 * torch.randn(8, 3, 8, 8, generator=generator)
    weights = torch.randn(8, 144, generator=generator)
    net = make_net()
    save_file(net.state_dict(), folder / "net")
    save_file({"x": x, "weights": weights}, folder / "batch")
    run_two(folder)
    x.requires_grad_()
    y = net(x)
    (y * weights).sum().backward()
    assert x.grad is not None
    whole = {"y": y.detach(), "x": x.grad}
    whole |= {f"grad {name}": p.grad for name, p in net.named_parameters() if p.grad is not None}
    whole |= {f"state {name}": value for name, value in net.state_dict().items()}
    return whole, [load_file(folder / f"out{rank}") for rank in (0, 1)]


def run_two(folder: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(folder)]
    workers = [subprocess.Popen([*command, str(rank)]) for rank in (0, 1)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]


@pytest.mark.parametrize("name", ["y", "x"])
def test_outputs_and_gradients_of_inputs_equal_the_whole_batch(outcomes: Both, name: str) -> None:
    whole, parts = outcomes
    joined = torch.cat([part[name] for part in parts])
    torch.testing.assert_close(joined, whole[name], atol=1e-5, rtol=1e-4)


def test_gradients_of_weights_add_up(outcomes: Both) -> None:
    whole, (first, second) = outcomes
    names = [name for name in whole if name.startswith("grad ")]
    assert len(names) == 6
    for name in names:
        both = first[name] + second[name]
        torch.testing.assert_close(both, whole[name], atol=1e-4, rtol=1e-4)


def test_running_statistics_equal_the_whole_batch(outcomes: Both) -> None:
    whole, parts = outcomes
    for name in (name for name in whole if name.startswith("state ")):
        for part in parts:
            torch.testing.assert_close(part[name], whole[name], atol=1e-5, rtol=1e-5)


def test_alone_it_is_batch_norm() -> None:
    plain, shared = make_net(), synchronised(make_net())
    x = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    assert torch.equal(plain(x), shared(x))
    assert torch.equal(plain.eval()(x), shared.eval()(x))


def test_names_and_parameters_stay() -> None:
    net = make_net()
    before = dict(net.named_parameters())
    shared = synchronised(net)
    assert shared.state_dict().keys() == make_net().state_dict().keys()
    assert all(before[name] is p for name, p in shared.named_parameters())


def test_options_of_the_layer_stay() -> None:
    layer = nn.BatchNorm1d(3, eps=1e-3, momentum=None, affine=False).eval()
    shared = synchronised(layer)
    assert isinstance(shared, SharedBatchNorm1d)
    assert (shared.eps, shared.momentum, shared.affine, shared.training) == (
        1e-3,
        None,
        False,
        False,
    )
