import pytest
import torch

from ssl_studio.methods.health import centred, spread_figures


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
