import numpy as np
import pytest
from scipy.optimize import brentq

from ssl_studio.analysis.projection import trustworthiness
from ssl_studio.numerics.neighbours import nearest_others
from ssl_studio.numerics.umap import closeness, fuzzy_graph, lay_out, rounds_for


def rows_on_a_sheet(count=300):
    """A bent sheet in ten dimensions, and its neighbours."""
    rng = np.random.default_rng(0)
    u, v = rng.uniform(0, 2, (2, count))
    turn = np.linalg.qr(rng.normal(size=(10, 10)))[0][:4]
    rows = (np.stack([np.cos(u), np.sin(u), v, 2 * np.ones(count)], axis=1) @ turn).astype("f4")
    distances, neighbours = nearest_others(rows, 14)
    return rows, neighbours, distances


def test_the_graph_is_the_fuzzy_union_of_the_paper():
    _, neighbours, distances = rows_on_a_sheet()
    one_way = np.zeros((len(neighbours),) * 2)
    for row, lengths in enumerate(distances.astype(np.float64)):
        gaps = lengths - lengths[0]
        width = brentq(lambda w, g=gaps: np.exp(-g / w).sum() - np.log2(15), 1e-9, 1e9)
        one_way[row, neighbours[row]] = np.exp(-gaps / width)
    union = one_way + one_way.T - one_way * one_way.T
    graph = fuzzy_graph(neighbours, distances)
    made = np.zeros_like(union)
    made[graph.heads, graph.tails] = graph.weights
    np.testing.assert_allclose(made, union, atol=1e-4)


@pytest.mark.parametrize(("min_dist", "a", "b"), [(0.0, 1.932, 0.7905), (0.1, 1.577, 0.8951)])
def test_the_curve_of_closeness_is_the_known_one(min_dist, a, b):
    assert closeness(min_dist) == pytest.approx((a, b), rel=1e-3)


def test_a_sheet_is_unfolded_without_tearing_it():
    rows, neighbours, distances = rows_on_a_sheet()
    told: list[int] = []
    start = np.random.default_rng(1).normal(size=(len(rows), 2)).astype(np.float32)
    rng = np.random.default_rng(2)
    laid = lay_out(fuzzy_graph(neighbours, distances), start, rng, min_dist=0.1, check=told.append)
    assert trustworthiness(rows, laid) > 0.95 > 0.6 > trustworthiness(rows, start)
    assert told[0] == 0
    assert told[-1] == rounds_for(len(rows))


def test_a_seed_decides_the_layout_and_the_start_is_kept():
    _, neighbours, distances = rows_on_a_sheet(60)
    graph = fuzzy_graph(neighbours, distances)
    start = np.random.default_rng(1).normal(size=(60, 2)).astype(np.float32)
    before = start.copy()
    first, again, other = (
        lay_out(graph, start, np.random.default_rng(seed), min_dist=0.1) for seed in (3, 3, 4)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(start, before)


def test_rows_that_are_all_alike_still_get_places():
    neighbours = np.array([[1, 2], [0, 2], [0, 1]])
    graph = fuzzy_graph(neighbours, np.zeros((3, 2), np.float32))
    assert np.array_equal(graph.weights, np.ones(6))
    laid = lay_out(graph, np.eye(3, 2, dtype=np.float32), np.random.default_rng(0), min_dist=0.1)
    assert np.isfinite(laid).all()
