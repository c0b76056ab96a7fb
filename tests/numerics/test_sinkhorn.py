import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from lightly.loss.swav_loss import sinkhorn as lightlys
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import normalize

from ssl_studio.numerics.sinkhorn import power_law, sinkhorn


def cosines(samples: int = 64, prototypes: int = 10, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    z, c = (torch.randn(n, 128, generator=generator) for n in (samples, prototypes))
    return normalize(z) @ normalize(c).T


def loop(scores: Tensor, epsilon: float, iterations: int) -> Tensor:
    """The alternation as SwAV writes it (2006.09882, algorithm 1), in fp64."""
    plan = torch.exp(scores.double() / epsilon).T
    plan /= plan.sum()
    prototypes, samples = plan.shape
    for _ in range(iterations):
        plan /= plan.sum(dim=1, keepdim=True) * prototypes
        plan /= plan.sum(dim=0, keepdim=True) * samples
    return (plan * samples).T


@pytest.mark.parametrize("epsilon", [0.5, 0.05, 0.03])
@pytest.mark.parametrize("iterations", [1, 3, 20])
def test_equals_the_loop(epsilon: float, iterations: int) -> None:
    scores = cosines()
    expected = loop(scores, epsilon, iterations).float()
    torch.testing.assert_close(
        sinkhorn(scores, epsilon, iterations), expected, atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("iterations", [1, 3, 10])
def test_equals_lightlys(iterations: int) -> None:
    scores = cosines()
    expected = lightlys(scores, iterations=iterations, epsilon=0.05)
    torch.testing.assert_close(sinkhorn(scores, 0.05, iterations), expected, atol=1e-5, rtol=1e-4)


def test_rows_sum_to_one_and_columns_balance() -> None:
    plan = sinkhorn(cosines(), 0.05, 100)
    torch.testing.assert_close(plan.sum(dim=1), torch.ones(64), atol=1e-6, rtol=0)
    torch.testing.assert_close(plan.sum(dim=0), torch.full((10,), 6.4), atol=1e-4, rtol=0)


def test_a_constant_changes_nothing() -> None:
    scores = cosines()
    torch.testing.assert_close(sinkhorn(scores + 0.3), sinkhorn(scores), atol=1e-5, rtol=1e-4)


def test_small_epsilon_neither_overflows_nor_vanishes() -> None:
    scores = cosines()
    plan = sinkhorn(scores, 0.001, 50)
    assert torch.isfinite(plan).all()
    torch.testing.assert_close(plan.sum(dim=1), torch.ones(64), atol=1e-5, rtol=0)
    assert torch.isfinite(sinkhorn(scores.half(), 0.01)).all()


def test_collapsed_embeddings_get_uniform_codes() -> None:
    plan = sinkhorn(torch.full((64, 10), 0.9), 0.05)
    entropy = -(plan * plan.log()).sum(dim=1).mean() / math.log(10)
    assert entropy.item() == pytest.approx(1)


def test_no_gradient_passes() -> None:
    assert not sinkhorn(cosines().requires_grad_()).requires_grad


def test_hard_codes_are_the_largest() -> None:
    scores = cosines()
    hard = sinkhorn(scores, hard=True)
    assert torch.equal(hard.sum(dim=1), torch.ones(64))
    assert torch.equal(hard.argmax(dim=1), sinkhorn(scores).argmax(dim=1))


def test_columns_follow_the_prior() -> None:
    prior = power_law(10, 0.25)
    assert prior.sum().item() == pytest.approx(1)
    plan = sinkhorn(cosines(), 0.05, 200, prior=prior)
    torch.testing.assert_close(plan.sum(dim=0), 64 * prior, atol=1e-3, rtol=0)


def test_fp32_under_autocast() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert sinkhorn(cosines().bfloat16()).dtype == torch.float32


WORKER = """
import sys
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from ssl_studio.numerics.sinkhorn import sinkhorn
folder, rank = sys.argv[1], int(sys.argv[2])
dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
scores = load_file(f"{folder}/scores")["scores"].chunk(2)[rank]
save_file({"plan": sinkhorn(scores)}, f"{folder}/out{rank}")
dist.destroy_process_group()
"""


def test_two_processes_balance_their_common_batch(tmp_path: Path) -> None:
    scores = cosines()
    save_file({"scores": scores}, tmp_path / "scores")
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    workers = [subprocess.Popen([*command, str(rank)]) for rank in (0, 1)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    joined = torch.cat([load_file(tmp_path / f"out{rank}")["plan"] for rank in (0, 1)])
    torch.testing.assert_close(joined, sinkhorn(scores), atol=1e-6, rtol=1e-5)
