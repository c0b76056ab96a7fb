import numpy as np

from ssl_studio.numerics.power_iteration import _graph, _pointers, pic
from ssl_studio.numerics.whitening import pca_whiten


def two_blobs(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    side = np.arange(n) % 2
    x = np.random.default_rng(0).normal(size=(n, 6)) + 30 * side[:, None]
    return x.astype(np.float32), side


def test_values_are_a_distribution() -> None:
    found = pic(two_blobs()[0])
    assert found.values.sum() == 1 or abs(found.values.sum() - 1) < 1e-12
    assert (found.values > 0).all()


def test_every_chain_of_pointers_ends_in_a_root() -> None:
    found = pic(two_blobs()[0])
    place = np.arange(len(found.pointers))
    for _ in range(len(place)):
        place = found.pointers[place]
    np.testing.assert_array_equal(found.pointers[place], place)
    climbing = found.pointers != np.arange(len(place))
    assert (found.values[found.pointers] > found.values)[climbing].all()


def test_clusters_never_mix_far_blobs() -> None:
    x, side = two_blobs()
    labels = pic(x).labels
    assert all(len(set(side[labels == label])) == 1 for label in set(labels))


def test_labels_are_numbered_from_zero_by_first_row() -> None:
    labels = pic(two_blobs()[0]).labels
    _, first = np.unique(labels, return_index=True)
    assert labels[0] == 0
    assert (np.diff(first) > 0).all()


def test_no_row_is_alone_beside_a_cluster() -> None:
    x = np.random.default_rng(1).normal(size=(500, 16)).astype(np.float32)
    labels = pic(pca_whiten(x, 8)).labels
    assert np.bincount(labels).min() > 1


def test_adapted_width_leaves_fewer_roots_than_the_fixed_one() -> None:
    x = pca_whiten(np.random.default_rng(1).normal(size=(800, 256)), 256)
    adapted, fixed = pic(x), pic(x, sigma=0.2)
    roots = [int((p.pointers == np.arange(800)).sum()) for p in (adapted, fixed)]
    assert 2 * roots[0] < roots[1]


def test_a_constant_on_all_values_moves_no_pointer() -> None:
    rng = np.random.default_rng(2)
    graph = _graph(rng.random((50, 3)), rng.integers(0, 50, (50, 3)), 1.0)
    values = rng.random(50)
    np.testing.assert_array_equal(_pointers(graph, values), _pointers(graph, values + 0.5))


def test_duplicates_share_a_cluster() -> None:
    x = np.repeat(np.random.default_rng(3).normal(size=(60, 4)), 2, axis=0).astype(np.float32)
    labels = pic(x).labels
    np.testing.assert_array_equal(labels[::2], labels[1::2])


def test_identical_rows_do_not_break_it() -> None:
    assert len(pic(np.ones((20, 3), np.float32)).labels) == 20
