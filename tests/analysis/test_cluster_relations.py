import numpy as np
import pytest

from ssl_studio.analysis.cluster_relations import (
    beside_examples,
    centres,
    in_two,
    nearest_centres,
)
from ssl_studio.analysis.clustering import prepare


def test_centres_are_means_whatever_the_chunks(blobs, labels):
    numbers = labels.copy()
    numbers[:5] = -1
    chunks = [(start, blobs[start : start + 50]) for start in range(0, 120, 50)]
    found = centres(iter(chunks), numbers, 4)
    points = prepare(blobs)
    for number in range(3):
        assert np.allclose(found[number], points[numbers == number].mean(0), atol=1e-6)
    assert np.isnan(found[3]).all()


def test_nearest_clusters_leave_out_themselves_and_empty_ones():
    middle = np.array([[0, 0], [3, 4], [1, 0], [np.nan, np.nan]], np.float32)
    assert nearest_centres(middle, 0, 9) == [(2, 1.0), (1, 5.0)]
    assert nearest_centres(middle, 0, 1) == [(2, 1.0)]


def test_two_blobs_in_one_cluster_come_apart(blobs, labels):
    both = np.concatenate([blobs[labels == 0], blobs[labels == 1][:15]])
    half = in_two(both)
    assert half.tolist() == [0] * 40 + [1] * 15


def test_what_is_like_the_examples_goes_with_them(blobs, labels):
    both = np.concatenate([blobs[labels == 0], blobs[labels == 1]])
    found = beside_examples(both, np.array([40, 41, 42]))
    assert found[40:].mean() > 0.9
    assert found[:40].mean() == pytest.approx(0, abs=0.2)
