import numpy as np
import pytest

from ssl_studio.errors import AnalysisError
from ssl_studio.numerics.whitening import fit_whitening, pca_whiten


def stretched(n: int = 500, d: int = 12, rank: int = 12) -> np.ndarray:
    """Rows of very unequal variance, off centre."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, rank)) * np.logspace(1, -1, rank) @ rng.normal(size=(rank, d))
    return (x + 5).astype(np.float32)


def test_kept_directions_get_one_variance() -> None:
    x = stretched()
    whitening = fit_whitening(x, 6)
    turned = (x - whitening.mean) @ whitening.matrix
    np.testing.assert_allclose(np.cov(turned.T, bias=True), np.eye(6), atol=1e-3)


def test_rows_have_unit_length() -> None:
    x = pca_whiten(stretched(), 6)
    assert (x.shape, x.dtype) == ((500, 6), np.float32)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-6)


def test_agrees_with_faiss() -> None:
    import faiss

    x = stretched()
    matrix = faiss.PCAMatrix(12, 6, -0.5)
    matrix.train(x)
    theirs = matrix.apply_py(x) if hasattr(matrix, "apply_py") else matrix.apply(x)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    signs = np.sign((theirs * pca_whiten(x, 6)).sum(axis=0))
    np.testing.assert_allclose(pca_whiten(x, 6) * signs, theirs, atol=1e-3)


def test_directions_of_noise_are_dropped() -> None:
    assert pca_whiten(stretched(rank=3), 12).shape == (500, 3)


def test_few_rows_give_few_directions() -> None:
    assert pca_whiten(stretched(n=5), 12).shape == (5, 4)


def test_equal_features_are_told_in_words() -> None:
    with pytest.raises(AnalysisError, match="same features"):
        pca_whiten(np.ones((20, 4), np.float32), 2)
