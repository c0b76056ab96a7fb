import numpy as np
import pytest

from ssl_studio.analysis.cluster_scores import label_free_scores, label_scores
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel
from ssl_studio.numerics.scores import nmi

CLASSES = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])


def test_known_figures():
    found = label_scores(np.array([1, 1, 0, 0, 0, 0, 2, 2, 2, 1]), CLASSES)
    assert found["accuracy"] == pytest.approx(0.8)
    assert found["purity"] == pytest.approx(0.8)
    assert found["nmi"] == pytest.approx(0.618066, abs=1e-6)
    assert found["ari"] == pytest.approx(0.431818, abs=1e-6)


def test_names_of_clusters_and_classes_do_not_matter():
    clusters = np.array([1, 1, 0, 0, 0, 0, 2, 2, 2, 1])
    straight = label_scores(clusters, CLASSES, draws=0)
    renamed = label_scores(10 - 3 * clusters, 7 - CLASSES, draws=0)
    assert all(
        straight[name] == pytest.approx(renamed[name]) for name in ("ami", "ari", "accuracy")
    )


def test_a_perfect_clustering_scores_one_everywhere():
    found = label_scores(CLASSES, CLASSES)
    assert all(
        found[name] == pytest.approx(1) for name in ("ami", "ari", "nmi", "accuracy", "purity")
    )


def test_one_cluster_scores_nothing_but_the_majority():
    found = label_scores(np.zeros(10, np.int64), CLASSES)
    assert found["nmi"] == found["ari"] == 0
    assert found["purity"] == pytest.approx(0.4)


def test_chance_shows_in_nmi_and_its_floor_but_not_in_ami():
    rng = np.random.default_rng(0)
    found = label_scores(rng.integers(100, size=1000), rng.integers(100, size=1000), draws=2)
    assert found["nmi"] == pytest.approx(0.5, abs=0.02)
    assert found["nmi"] == pytest.approx(found["nmi_floor"], abs=0.02)
    assert abs(found["ami"]) < 0.03


def test_intervals_hold_their_figures():
    rng = np.random.default_rng(1)
    classes = rng.integers(3, size=300)
    clusters = np.where(rng.random(300) < 0.8, classes, rng.integers(3, size=300))
    found = label_scores(clusters, classes)
    for name in ("nmi", "ari", "accuracy", "purity"):
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]


def test_intervals_are_those_of_images_drawn_with_replacement():
    rng = np.random.default_rng(2)
    classes = rng.integers(3, size=300)
    clusters = np.where(rng.random(300) < 0.8, classes, rng.integers(3, size=300))
    drawn = [rng.integers(300, size=300) for _ in range(1000)]
    wanted = np.percentile([nmi(clusters[rows], classes[rows]) for rows in drawn], [2.5, 97.5])
    found = label_scores(clusters, classes, draws=1000)
    assert np.allclose([found["nmi_low"], found["nmi_high"]], wanted, atol=0.02)


def test_comparing_with_labels_stops_when_asked():
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        label_scores(CLASSES, CLASSES, cancel=cancel)


def test_images_without_labels_are_left_out():
    clusters = np.concatenate([CLASSES, [0, 1, 2]])
    assert label_scores(clusters, np.concatenate([CLASSES, [-1, -1, -1]]))["n"] == 10


def test_no_labels_no_scores():
    with pytest.raises(AnalysisError, match="label"):
        label_scores(CLASSES, np.full(10, -1))


def test_uneven_clusters_show_in_the_sizes(blobs):
    unit = blobs / np.linalg.norm(blobs, axis=1, keepdims=True)
    numbers = np.zeros(len(blobs), np.int64)
    numbers[:2] = 1
    scores = label_free_scores(unit, numbers, seed=0)
    assert scores["size_entropy"] < 0.2
    assert scores["largest_share"] == pytest.approx(118 / 120)
