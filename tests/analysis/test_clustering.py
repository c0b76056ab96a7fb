import numpy as np
import pytest

from ssl_studio.analysis import cluster_algorithms, clustering
from ssl_studio.analysis.clustering import carry_over, cluster, prepare
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel
from ssl_studio.numerics.scores import ari


def test_blobs_are_found(blobs, labels):
    made = cluster(blobs, 3, seed=0)
    assert ari(made.numbers, labels) == 1.0
    assert made.scores["stability"] > 0.99
    assert made.scores["silhouette"] > 0.5
    assert made.scores["size_entropy"] == pytest.approx(1.0)


def test_whitened_blobs_are_found_too(blobs, labels):
    assert ari(cluster(blobs, 3, seed=0, whiten=2, judge=False).numbers, labels) == 1.0


def test_same_seed_same_clusters(blobs):
    first, again = (cluster(blobs, 5, seed=7, restarts=2, judge=False) for _ in range(2))
    assert np.array_equal(first.numbers, again.numbers)


def test_clusters_are_numbered_by_size(blobs):
    made = cluster(blobs[:70], 4, seed=0, judge=False)
    assert (np.diff(made.sizes) <= 0).all()
    assert made.sizes.sum() == 70


def test_distances_and_margins_are_those_of_the_two_nearest_centres(blobs):
    made = cluster(blobs, 3, seed=0, judge=False)
    distances = np.linalg.norm(prepare(blobs)[:, None] - made.centres, axis=2)
    assert np.array_equal(distances.argmin(axis=1), made.numbers)
    ordered = np.sort(distances, axis=1)
    assert np.allclose(made.distances, ordered[:, 0], atol=1e-5)
    assert np.allclose(made.margins, ordered[:, 1] - ordered[:, 0], atol=1e-5)


def test_representatives_are_central_and_borderline_images_doubtful(blobs):
    made = cluster(blobs, 3, seed=0, judge=False)
    own = np.flatnonzero(made.numbers == 1)
    assert made.distances[made.representatives(1, 1)[0]] == made.distances[own].min()
    assert made.margins[made.borderline(1, 1)[0]] == made.margins[own].min()


def test_identical_images_give_fewer_clusters(blobs):
    made = cluster(np.repeat(blobs[:2], 10, axis=0), 5, seed=0, judge=False)
    assert made.k == 2
    assert made.sizes.tolist() == [10, 10]


def test_one_cluster_has_no_margins(blobs):
    made = cluster(blobs, 1, seed=0)
    assert made.margins.max() == 0


@pytest.mark.parametrize("k", [0, 121])
def test_a_number_that_does_not_fit_is_refused(blobs, k):
    with pytest.raises(AnalysisError, match="120 images"):
        cluster(blobs, k, seed=0)


def test_features_that_are_no_numbers_are_refused(blobs):
    blobs[3, 3] = np.nan
    with pytest.raises(AnalysisError, match="not numbers"):
        cluster(blobs, 3, seed=0)


def test_clustering_stops_when_asked(blobs):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        cluster(blobs, 3, seed=0, cancel=cancel)


@pytest.mark.parametrize("algorithm", ["ward", "power iteration", "hdbscan"])
def test_blobs_are_found_in_other_ways_too(blobs, labels, algorithm):
    made = cluster(blobs, 3, seed=0, algorithm=algorithm, smallest=10, judge=False)
    known = made.numbers != (-1 if made.rest is None else made.rest)
    assert known.mean() > 0.8
    for number in range(made.k):
        if number != made.rest:
            assert len(set(labels[made.numbers == number])) == 1


@pytest.mark.parametrize("algorithm", ["k-means", "ward", "power iteration"])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_handful_of_images_is_grouped_too(blobs, algorithm, count):
    found = cluster(blobs[:count], 1, seed=0, algorithm=algorithm)
    assert len(found.numbers) == count
    assert found.numbers.max() < found.k


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_handful_of_images_is_dense_nowhere(blobs, count):
    with pytest.raises(AnalysisError, match="denser"):
        cluster(blobs[:count], 1, seed=0, algorithm="hdbscan")


def test_merging_makes_no_more_groups_than_images_it_looks_at(blobs, monkeypatch):
    monkeypatch.setattr(cluster_algorithms, "_WARD_SAMPLE", 10)
    with pytest.raises(AnalysisError, match="at most 10"):
        cluster(blobs, 11, seed=0, algorithm="ward")


def test_images_that_all_belong_nowhere_are_one_rest(blobs):
    found = clustering.redescribe(blobs, np.full(len(blobs), -1), seed=0)
    assert (found.k, found.rest) == (1, 0)
    assert not found.numbers.any()
    assert not found.scores


def test_many_groups_are_judged_on_as_many_images_as_they_need(blobs, monkeypatch):
    monkeypatch.setattr(clustering, "_STABILITY_SAMPLE", 10)
    assert 0 <= cluster(blobs, 12, seed=0, restarts=1).scores["stability"] <= 1


def test_what_is_dense_nowhere_is_a_group_of_its_own_at_the_end(blobs):
    rng = np.random.default_rng(1)
    spread = 6 * rng.normal(size=(30, blobs.shape[1])).astype(np.float32)
    made = cluster(
        np.concatenate([blobs, spread]), 3, seed=0, algorithm="hdbscan", smallest=15, judge=False
    )
    assert made.rest == made.k - 1
    assert (made.numbers[120:] == made.rest).mean() > 0.5


def test_centres_of_other_ways_are_means_and_margins_may_be_negative(blobs):
    made = cluster(blobs, 8, seed=0, algorithm="ward", judge=False)
    points = prepare(blobs)
    for number in range(made.k):
        assert np.allclose(made.centres[number], points[made.numbers == number].mean(0), atol=1e-5)
    gaps = np.linalg.norm(points[:, None] - made.centres, axis=2)
    own = gaps[np.arange(len(gaps)), made.numbers]
    gaps[np.arange(len(gaps)), made.numbers] = np.inf
    assert np.allclose(made.margins, gaps.min(axis=1) - own, atol=1e-5)


def test_names_follow_their_images():
    old = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    new = np.array([5, 5, 5, 6, 6, 6, 6, 4, 3])
    assert carry_over(old, new) == {5: 0, 6: 1, 3: 2} or carry_over(old, new) == {5: 0, 6: 1, 4: 2}


def test_images_outside_of_either_clustering_carry_nothing():
    assert carry_over(np.array([-1, -1]), np.array([0, 1])) == {}
