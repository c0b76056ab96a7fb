import numpy as np
import pytest

from ssl_studio.errors import AnalysisError
from ssl_studio.numerics.kmeans import kmeans
from ssl_studio.numerics.scores import ari


def cloud(n: int = 2000, d: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def three_blobs() -> tuple[np.ndarray, np.ndarray]:
    truth = np.arange(300) % 3
    return cloud(300) + 20 * np.eye(8, dtype=np.float32)[truth], truth


def test_finds_blobs() -> None:
    x, truth = three_blobs()
    assert ari(kmeans(x, 3, seed=0, redo=5).labels, truth) == 1


def test_labels_are_the_nearest_centroids() -> None:
    x = cloud()
    found = kmeans(x, 20, seed=1)
    squared = np.square(x[:, None] - found.centroids[None]).sum(axis=2)
    np.testing.assert_array_equal(found.labels, squared.argmin(axis=1))
    np.testing.assert_allclose(found.distances, squared.min(axis=1), rtol=1e-5)


@pytest.mark.parametrize("spherical", [False, True])
def test_objective_never_rises(spherical: bool) -> None:
    x = cloud()
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    found = kmeans(x, 20, seed=1, spherical=spherical)
    assert found.splits == (0,) * len(found.splits)
    assert (np.diff(found.objective) < 1e-3).all()
    assert found.objective[-1] == pytest.approx(found.distances.sum(), rel=1e-5)


def test_spherical_centroids_have_unit_length() -> None:
    x = cloud()
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    found = kmeans(x, 20, seed=1, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(found.centroids, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(found.labels, (x @ found.centroids.T).argmax(axis=1))


def test_seed_decides() -> None:
    x = cloud()
    one, two, other = (kmeans(x, 20, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.labels, two.labels)
    assert not np.array_equal(one.centroids, other.centroids)


def test_more_starts_are_no_worse() -> None:
    x = cloud(500)
    assert kmeans(x, 10, seed=3, redo=5).objective[-1] <= kmeans(x, 10, seed=3).objective[-1]


def test_all_rows_train_however_few_clusters() -> None:
    x = np.zeros((3000, 2), np.float32)  # faiss would look at 256 rows a cluster
    x[:10] = 100
    assert kmeans(x, 2, seed=0, redo=20).objective[-1] == pytest.approx(0)


def test_identical_rows_share_a_cluster_and_leave_others_empty() -> None:
    x = np.repeat(cloud(3), 10, axis=0)
    found = kmeans(x, 10, seed=0)
    assert (found.labels.reshape(3, 10) == found.labels[::10, None]).all()
    assert found.sizes.sum() == 30
    assert (found.sizes == 0).sum() == 7


def test_as_many_clusters_as_rows() -> None:
    assert sorted(kmeans(cloud(12), 12, seed=0).labels) == list(range(12))


def test_too_few_rows_are_told_in_words() -> None:
    with pytest.raises(AnalysisError, match="9 images cannot make 10 clusters"):
        kmeans(cloud(9), 10, seed=0)


def test_values_that_are_not_finite_are_told_in_words() -> None:
    x = cloud(20)
    x[3, 3] = np.nan
    with pytest.raises(AnalysisError, match="not finite"):
        kmeans(x, 2, seed=0)
