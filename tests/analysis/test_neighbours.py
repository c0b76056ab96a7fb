import numpy as np
import pytest

from ssl_studio.analysis.neighbours import Searcher, nearest_to, neighbours_of_all, overlap
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel


def test_neighbours_are_those_of_brute_force(blobs):
    found = neighbours_of_all(blobs, 5)
    unit = blobs / np.linalg.norm(blobs, axis=1, keepdims=True)
    distances = 1 - unit @ unit.T
    np.fill_diagonal(distances, np.inf)
    assert np.allclose(found.distances, np.sort(distances, axis=1)[:, :5], atol=1e-5)
    assert (found.positions != np.arange(len(blobs))[:, None]).all()


def test_duplicates_stay_each_others_neighbours(blobs):
    twice = np.concatenate([blobs, blobs])
    found = neighbours_of_all(twice, 1)
    assert (found.positions[:, 0] == np.roll(np.arange(len(twice)), len(blobs))).all()
    assert found.distances.max() < 1e-6


def test_with_self_puts_every_image_first_at_distance_zero(blobs):
    found = neighbours_of_all(blobs, 4).with_self()
    assert found.k == 5
    assert (found.positions[:, 0] == np.arange(len(blobs))).all()
    assert (found.distances[:, 0] == 0).all()


def test_k_shrinks_where_there_are_few_images(blobs):
    assert neighbours_of_all(blobs[:3], 50).k == 2


def test_a_vector_from_outside_finds_its_image(blobs):
    assert nearest_to(blobs, 3 * blobs[7], 1).positions.tolist() == [[7]]


def test_a_vector_of_another_encoder_is_refused(blobs):
    with pytest.raises(AnalysisError, match="same encoder"):
        nearest_to(blobs, blobs[0, :5], 1)


def test_the_search_can_be_stopped(blobs):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        neighbours_of_all(blobs, 3, cancel=cancel)


def test_one_query_after_another_finds_what_the_search_of_all_finds(blobs):
    twice = np.concatenate([blobs, 2 * blobs])  # every row has a twin in another length
    every, searcher = neighbours_of_all(twice, 6), Searcher(twice)
    for position in (0, 57, 130):
        found = searcher.nearest(twice[position], 6, leave_out=position)
        assert np.array_equal(found.positions[0], every.positions[position])
        assert np.allclose(found.distances[0], every.distances[position], atol=1e-6)


def test_a_query_from_outside_finds_its_twin_first(blobs):
    found = Searcher(blobs).nearest(5 * blobs[7], 3)
    assert found.positions[0, 0] == 7
    assert found.distances[0, 0] < 1e-6


def test_a_set_of_one_has_no_neighbours(blobs):
    assert Searcher(blobs[:1]).nearest(blobs[0], 5, leave_out=0).k == 0


def test_queries_of_another_encoder_and_broken_features_are_refused(blobs):
    with pytest.raises(AnalysisError, match="same encoder"):
        Searcher(blobs).nearest(np.ones(5, np.float32), 3)
    with pytest.raises(AnalysisError, match="finite"):
        Searcher(np.full((2, 3), np.nan, np.float32))


def test_overlap_is_the_share_of_common_neighbours_in_any_order():
    first = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [1, 2, 3, 4]])
    second = np.array([[4, 3, 2, 1], [5, 9, 7, 2], [5, 6, 7, 8]])
    assert overlap(first, second).tolist() == [1.0, 0.5, 0.0]
