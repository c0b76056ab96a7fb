import numpy as np
import pytest

from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel
from ssl_studio.numerics.neighbours import Metric, nearest, nearest_others


def cloud(n: int = 300, d: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def all_distances(a: np.ndarray, b: np.ndarray, metric: Metric) -> np.ndarray:
    a, b = a.astype(np.float64), b.astype(np.float64)
    if metric == "l2":
        return np.linalg.norm(a[:, None] - b[None], axis=2)
    a, b = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (a, b))
    return 1 - a @ b.T


@pytest.mark.parametrize("metric", ["cosine", "l2"])
def test_equals_brute_force(metric: Metric) -> None:
    x, queries = cloud(), cloud(40, seed=1)
    distances, indices = nearest(x, queries, 7, metric)
    everything = all_distances(queries, x, metric)
    np.testing.assert_array_equal(indices, everything.argsort(axis=1)[:, :7])
    np.testing.assert_allclose(distances, np.sort(everything, axis=1)[:, :7], atol=1e-5)


@pytest.mark.parametrize("metric", ["cosine", "l2"])
def test_itself_is_left_out(metric: Metric) -> None:
    x = cloud()
    _, indices = nearest_others(x, 5, metric)
    everything = all_distances(x, x, metric)
    np.fill_diagonal(everything, np.inf)
    np.testing.assert_array_equal(indices, everything.argsort(axis=1)[:, :5])


def test_ties_fall_to_the_lower_index() -> None:
    x = np.repeat(cloud(30), 4, axis=0)[np.random.default_rng(0).permutation(120)]
    distances, indices = nearest(x, x, 4)
    for row, (near, found) in enumerate(zip(distances, indices, strict=True)):
        twins = np.flatnonzero((x == x[row]).all(axis=1))
        np.testing.assert_array_equal(found, twins)
        assert (near == 0).all()


def test_duplicates_stay_beside_the_row_itself() -> None:
    x = np.repeat(cloud(10), 2, axis=0)
    _, indices = nearest_others(x, 1)
    np.testing.assert_array_equal(indices[:, 0], np.arange(20) ^ 1)


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    x = cloud(500, 3)
    whole = nearest_others(x, 3)[1]
    monkeypatch.setattr("ssl_studio.numerics.neighbours._MOST_QUERIES", 7)
    np.testing.assert_array_equal(nearest_others(x, 3)[1], whole)
    np.testing.assert_array_equal(nearest(x, x[400:], 4)[1][:, 1:], whole[400:])


def test_many_duplicates_leave_room_for_the_row_itself() -> None:
    x = np.ones((50, 3), np.float32)
    _, indices = nearest_others(x, 4)
    assert indices.shape == (50, 4)
    assert not (indices == np.arange(50)[:, None]).any()


def test_more_neighbours_than_rows() -> None:
    assert nearest(cloud(4), cloud(2), 9)[0].shape == (2, 4)
    assert nearest_others(cloud(4), 9)[1].shape == (4, 3)


def test_rows_of_zeros_are_far_from_all_under_cosine() -> None:
    x = cloud(5)
    x[2] = 0
    distances, _ = nearest(x, x[2:3], 5)
    assert np.isfinite(distances).all()


def test_it_can_be_stopped() -> None:
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        nearest(cloud(), cloud(), 3, check=cancel.check)


def test_what_cannot_be_searched_is_told_in_words() -> None:
    with pytest.raises(AnalysisError, match="no features"):
        nearest(cloud(0), cloud(1), 1)
    with pytest.raises(AnalysisError, match="not finite"):
        nearest(np.full((3, 2), np.nan), cloud(1, 2), 1)
