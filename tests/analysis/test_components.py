import numpy as np

from ssl_studio.analysis import components
from ssl_studio.analysis.components import principal_components


def test_scores_are_those_of_an_svd(blobs):
    scores, shares = principal_components(blobs, 3)
    centred = blobs - blobs.mean(axis=0)
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    assert np.allclose(np.abs(scores), np.abs(centred @ axes[:3].T), atol=1e-3)
    assert np.allclose(shares, values[:3] ** 2 / (values**2).sum(), atol=1e-5)


def test_signs_do_not_depend_on_the_order_of_images(blobs):
    order = np.random.default_rng(0).permutation(len(blobs))
    straight, _ = principal_components(blobs, 3)
    shuffled, _ = principal_components(blobs[order], 3)
    assert np.allclose(straight[order], shuffled, atol=1e-4)


def test_many_features_give_the_same_by_the_randomised_solver(blobs, monkeypatch):
    exact, shares = principal_components(blobs, 2)
    monkeypatch.setattr(components, "_MOST_SOLVED_EXACTLY", 1)
    random, random_shares = principal_components(blobs, 2)
    assert np.allclose(exact, random, atol=1e-3)
    assert np.allclose(shares, random_shares, atol=1e-4)


def test_no_more_components_than_images(blobs):
    assert principal_components(blobs[:2], 5)[0].shape == (2, 2)
