import torch
from torch import nn

from ssl_studio.networks.heads import Prototypes, mlp


def kinds(head: nn.Sequential) -> list[str]:
    return [type(part).__name__ for part in head]


def test_mlp_of_two_layers() -> None:
    head = mlp(8, 16, 4)
    assert kinds(head) == ["Linear", "BatchNorm1d", "ReLU", "Linear"]
    assert head(torch.ones(3, 8)).shape == (3, 4)


def test_mlp_with_last_norm_has_no_idle_bias() -> None:
    head = mlp(8, 16, 4, layers=3, last_norm=True, last_affine=False)
    assert kinds(head)[-2:] == ["Linear", "BatchNorm1d"]
    assert [part.bias is None for part in head if isinstance(part, nn.Linear)] == [True] * 3
    assert not head[-1].affine


def test_mlp_without_norm() -> None:
    assert kinds(mlp(8, 16, 4, batch_norm=False, activation=nn.GELU)) == [
        "Linear",
        "GELU",
        "Linear",
    ]


def test_one_layer_is_linear() -> None:
    assert kinds(mlp(8, 16, 4, layers=1)) == ["Linear"]


def test_prototypes_score_cosines() -> None:
    prototypes = Prototypes(8, 5)
    with torch.no_grad():
        prototypes.weight.mul_(3)
    prototypes.normalise()
    torch.testing.assert_close(prototypes.weight.norm(dim=1), torch.ones(5))
    scores = prototypes(nn.functional.normalize(prototypes.weight[:2].detach(), dim=1))
    torch.testing.assert_close(scores.diagonal(), torch.ones(2))


def test_prototypes_stay_in_fp32_under_autocast() -> None:
    prototypes = Prototypes(8, 5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert prototypes(torch.ones(2, 8, dtype=torch.bfloat16)).dtype == torch.float32


def test_prototypes_have_no_bias() -> None:
    assert list(Prototypes(8, 5).state_dict()) == ["weight"]
