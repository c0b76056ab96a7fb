import numpy as np
import pytest

from ssl_studio.analysis.neighbours import nearest_to, neighbours_of_all
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
