import pytest
import torch

from ssl_studio.methods.health import centred, mean_cosine, relative_entropy, spread_figures


def test_even_clusters():
    figures = spread_figures(torch.tensor([5, 5, 5, 5]))
    assert figures == {
        "n_used": 4,
        "empty": 0,
        "eff_k": pytest.approx(4),
        "imbalance": pytest.approx(1),
        "max_share": 0.25,
    }


def test_one_cluster_that_holds_all():
    figures = spread_figures(torch.tensor([0, 9, 0]))
    assert (figures["n_used"], figures["empty"]) == (1, 2)
    assert figures["eff_k"] == pytest.approx(1)
    assert figures["imbalance"] == pytest.approx(3)


def test_centred_features_have_no_common_part():
    x = torch.rand(8, 3, requires_grad=True) + 3
    out = centred(x)
    assert not out.requires_grad
    torch.testing.assert_close(out.mean(dim=0), torch.zeros(3), atol=1e-5, rtol=0)


def test_even_codes_have_full_entropy_and_single_ones_none():
    assert relative_entropy(torch.full((3, 7), 1 / 7)).item() == pytest.approx(1)
    assert relative_entropy(torch.eye(7)).item() == 0


def test_mean_cosine_is_one_for_equal_and_none_for_orthogonal_rows():
    assert mean_cosine(torch.eye(5)).item() == pytest.approx(0, abs=1e-6)
    assert mean_cosine(3 * torch.ones(5, 4)).item() == pytest.approx(1, abs=1e-6)
