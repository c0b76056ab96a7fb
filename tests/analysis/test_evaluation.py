import numpy as np
import pytest

from ssl_studio.analysis.evaluation import (
    Split,
    encode_labels,
    evaluate,
    headline_k,
    knn_predictions,
    knn_scores,
    layer_scores,
    linear_scores,
    make_split,
)
from ssl_studio.analysis.layer_probe import LayerProbe
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel


@pytest.fixture
def many() -> np.ndarray:
    return np.repeat(np.arange(4), 100)


@pytest.fixture
def one_hot(many: np.ndarray) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[many]


def test_labels_are_numbered_by_name_and_missing_ones_are_minus_one():
    coded, names = encode_labels(["dog", None, "cat", "dog"])
    assert names == ["cat", "dog"]
    assert coded.tolist() == [1, -1, 0, 1]


def test_a_given_split_is_kept():
    labels = np.array([0, 1, 0, 1, -1])
    split = make_split(labels, ["train", "train", "test", "test", "train"], seed=0)
    assert split.how == "given"
    assert split.train.tolist() == [0, 1]
    assert split.test.tolist() == [2, 3]


def test_a_drawn_split_is_seeded_and_holds_a_fifth_of_each_class(many):
    split = make_split(many, [None] * 400, seed=1)
    assert split.how == "drawn"
    assert np.bincount(many[split.test]).tolist() == [20] * 4
    assert not np.intersect1d(split.train, split.test).size
    assert np.array_equal(split.test, make_split(many, None, seed=1).test)
    assert not np.array_equal(split.test, make_split(many, None, seed=2).test)


def test_one_class_cannot_be_evaluated():
    with pytest.raises(AnalysisError, match="two classes"):
        make_split(np.zeros(10, np.int64), None, seed=0)


def test_every_probe_is_perfect_on_one_hot_features(one_hot, many):
    split = make_split(many, None, seed=0)
    table = evaluate({"one hot": one_hot}, many, split, seed=0)
    assert table.value("one hot", "knn", "accuracy@20") == 1
    assert table.value("one hot", "linear", "accuracy") == 1
    assert table.value("one hot", "clustering", "ari") == 1
    probed = layer_scores({"layer": one_hot}, many, split, seed=0, plan=LayerProbe(epochs=10))
    assert [score.value for score in probed if score.metric == "accuracy"] == [1]


def test_every_probe_is_at_chance_on_shuffled_labels(many):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 16)).astype(np.float32)
    shuffled = rng.permutation(many)
    split = make_split(shuffled, None, seed=0)
    plan = LayerProbe(epochs=5)
    scores = [
        *knn_scores("noise", features, shuffled, split, ks=(20,)),
        *linear_scores("noise", features, shuffled, split, seed=0),
        *layer_scores({"noise": features}, shuffled, split, seed=0, plan=plan),
    ]
    three_sigma = 3 * (0.25 * 0.75 / len(split.test)) ** 0.5
    assert len(scores) == 3
    assert all(abs(score.value - 0.25) < three_sigma for score in scores)


def test_references_stand_in_the_same_table(one_hot, many):
    noise = np.random.default_rng(0).normal(size=one_hot.shape).astype(np.float32)
    split = make_split(many, None, seed=0)
    table = evaluate({"run": one_hot, "raw pixels": noise}, many, split, seed=0, protocols=["knn"])
    assert table.chance == 0.25
    assert table.value("run", "knn", "accuracy@5") > table.value("raw pixels", "knn", "accuracy@5")
    assert all(score.low <= score.value <= score.high for score in table.scores)


def test_the_nearest_of_the_bank_itself_is_itself(blobs, labels):
    shuffled = np.random.default_rng(0).permutation(labels)
    predicted = knn_predictions(blobs, shuffled, blobs, [1])
    assert np.array_equal(predicted[:, 0], shuffled)


def test_leaving_one_out_does_not_let_an_image_vote_for_itself(blobs, labels):
    shuffled = np.random.default_rng(0).permutation(labels)
    predicted = knn_predictions(blobs, shuffled, None, [1])
    assert (predicted[:, 0] == shuffled).mean() < 0.6


def test_a_small_tau_is_one_neighbour_and_a_large_tau_a_plain_majority():
    angles = np.array([0.1, 0.2, 0.21])
    bank = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    query = np.array([[1, 0]], np.float32)
    labels = np.array([1, 0, 0])
    assert knn_predictions(bank, labels, query, [3], tau=1e-6).tolist() == [[1]]
    assert knn_predictions(bank, labels, query, [3], tau=1e6).tolist() == [[0]]


def test_knn_of_test_images_stops_when_asked(one_hot, many):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        knn_predictions(one_hot, many, one_hot, (1,), cancel=cancel)


def test_scale_of_features_does_not_matter_to_knn(blobs, labels):
    near = knn_predictions(blobs[::2], labels[::2], blobs[1::2], [5])
    far = knn_predictions(1000 * blobs[::2], labels[::2], blobs[1::2], [5])
    assert np.array_equal(near, far)


def test_k_stays_below_half_of_the_bank(blobs, labels):
    split = Split(np.arange(0, 120, 2), np.arange(1, 120, 2), "given")
    scores = knn_scores("blobs", blobs, labels, split)
    assert [score.settings["k"] for score in scores] == [1, 5, 20]
    assert (headline_k(60), headline_k(5000)) == (5, 20)


def test_uneven_classes_add_balanced_figures():
    labels = np.array([0] * 90 + [1] * 10)
    features = np.eye(2, dtype=np.float32)[labels]
    split = make_split(labels, None, seed=0)
    metrics = {score.metric for score in linear_scores("x", features, labels, split, seed=0)}
    assert metrics == {"accuracy", "balanced_accuracy", "macro_f1"}


def test_twenty_classes_add_the_top_five():
    labels = np.repeat(np.arange(20), 10)
    split = make_split(labels, None, seed=0)
    features = np.eye(20, dtype=np.float32)[labels]
    scores = linear_scores("x", features, labels, split, seed=0)
    assert {score.metric: score.value for score in scores}["top5_accuracy"] == 1


def test_features_of_other_images_are_refused(one_hot, many):
    split = make_split(many, None, seed=0)
    with pytest.raises(AnalysisError, match="399 images"):
        evaluate({"short": one_hot[:-1]}, many, split, seed=0)
