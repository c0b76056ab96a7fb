import numpy as np
import pytest
from sklearn import metrics

from ssl_studio.numerics import scores

CLASSES = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
CLUSTERS = np.array([1, 1, 0, 0, 0, 0, 2, 2, 2, 1])
BETTER = np.array([1, 1, 0, 0, 0, 0, 2, 2, 2, 2])


def groupings(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Two groupings that agree in part."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 12, n)
    b = np.where(rng.random(n) < 0.6, a % 5, rng.integers(0, 7, n))
    return a, b


def blobs(seed: int = 0, n: int = 300, d: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    return rng.normal(size=(3, d))[labels] * 2 + rng.normal(size=(n, d)), labels


def test_worked_example() -> None:
    assert scores.hungarian_accuracy(CLUSTERS, CLASSES) == pytest.approx(0.8)
    assert scores.purity(CLUSTERS, CLASSES) == pytest.approx(0.8)
    assert scores.nmi(CLUSTERS, CLASSES) == pytest.approx(0.618066, abs=1e-6)
    assert scores.ari(CLUSTERS, CLASSES) == pytest.approx(0.431818, abs=1e-6)


@pytest.mark.parametrize(
    ("mean", "value"), [("arithmetic", 0.806006), ("geometric", 0.806107), ("max", 0.793430)]
)
def test_worked_means_of_nmi(mean: scores.Mean, value: float) -> None:
    assert scores.nmi(BETTER, CLASSES, mean) == pytest.approx(value, abs=1e-6)


def test_worked_ari() -> None:
    assert scores.ari(BETTER, CLASSES) == pytest.approx(0.723247, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("mean", ["arithmetic", "geometric", "max"])
def test_nmi_equals_scikit_learn(seed: int, mean: scores.Mean) -> None:
    a, b = groupings(seed)
    theirs = metrics.normalized_mutual_info_score(a, b, average_method=mean)
    assert scores.nmi(a, b, mean) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_chance_corrected_scores_equal_scikit_learn(seed: int) -> None:
    a, b = groupings(seed)
    assert scores.ari(a, b) == pytest.approx(metrics.adjusted_rand_score(a, b), abs=1e-9)
    assert scores.ami(a, b) == pytest.approx(metrics.adjusted_mutual_info_score(a, b), abs=1e-9)


def test_names_of_groups_do_not_matter() -> None:
    renamed = np.array(["z", "y", "x"])[CLUSTERS]
    for score in (scores.nmi, scores.ami, scores.ari, scores.hungarian_accuracy, scores.purity):
        assert score(renamed, CLASSES) == score(CLUSTERS, CLASSES)


def test_perfect_clusters_score_one() -> None:
    for score in (
        scores.nmi,
        scores.ami,
        scores.ari,
        scores.hungarian_accuracy,
        scores.purity,
    ):
        assert score(CLASSES + 5, CLASSES) == pytest.approx(1)


def test_one_cluster_tells_nothing() -> None:
    one = np.zeros(10, dtype=int)
    assert scores.nmi(one, CLASSES) == 0
    assert scores.ami(one, CLASSES) == pytest.approx(0, abs=1e-9)
    assert scores.ari(one, CLASSES) == 0
    assert scores.purity(one, CLASSES) == 0.4


def test_independent_groupings_agree_by_chance_only() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 100, 1000), rng.integers(0, 100, 1000)
    assert abs(scores.ari(a, b)) < 0.02
    assert abs(scores.ami(a, b)) < 0.02
    assert scores.nmi(a, b) == pytest.approx(0.5, abs=0.05)  # why AMI is shown first


def test_surplus_clusters_count_as_wrong() -> None:
    assert scores.hungarian_accuracy([0, 1, 2, 3], [0, 0, 1, 1]) == 0.5
    assert scores.purity([0, 1, 2, 3], [0, 0, 1, 1]) == 1


def test_wilson_interval_of_no_hits() -> None:
    assert scores.wilson_interval(0, 10) == pytest.approx((0, 0.278), abs=1e-3)


def test_knn_finds_itself_unless_left_out() -> None:
    x, _ = blobs()
    odd = np.arange(len(x))  # every row a label of its own
    assert scores.knn_accuracy(x, odd, x, odd, k=1) == 1
    assert scores.knn_accuracy(x, odd, k=1) == 0


def test_cold_knn_is_one_nearest_neighbour() -> None:
    x, labels = blobs()
    bank, rest = slice(0, 200), slice(200, None)
    args = (x[bank], labels[bank], x[rest], labels[rest])
    assert scores.knn_accuracy(*args, k=20, tau=1e-6) == scores.knn_accuracy(*args, k=1)


def test_hot_knn_is_the_plain_majority() -> None:
    x, labels = blobs()
    from sklearn.neighbors import KNeighborsClassifier

    plain = KNeighborsClassifier(15, metric="cosine").fit(x[:200], labels[:200])
    theirs = plain.score(x[200:], labels[200:])
    assert scores.knn_accuracy(
        x[:200], labels[:200], x[200:], labels[200:], k=15, tau=1e6
    ) == pytest.approx(theirs)


def test_knn_does_not_see_lengths_and_takes_text_labels() -> None:
    x, labels = blobs()
    names = np.array(["cat", "dog", "owl"])[labels]
    assert scores.knn_accuracy(3 * x, names) == scores.knn_accuracy(x, labels)


def test_equal_votes_fall_to_the_first_label() -> None:
    votes = scores.knn_votes(np.array([[0.2, 0.2]]), np.array([[1, 0]]), 2, 0.07)
    assert votes[0, 0] == votes[0, 1]
    assert votes.argmax(axis=1)[0] == 0


def test_effective_rank_counts_directions() -> None:
    rng = np.random.default_rng(0)
    assert scores.effective_rank(rng.normal(size=(4000, 16))) == pytest.approx(16, rel=0.01)
    one = np.outer(rng.normal(size=50), rng.normal(size=16))
    assert scores.effective_rank(one) == pytest.approx(1, abs=1e-3)


def test_effective_rank_of_nothing_is_finite() -> None:
    assert np.isfinite(scores.effective_rank(np.zeros((5, 4))))


def test_embedding_std_tells_spread_from_collapse() -> None:
    rng = np.random.default_rng(0)
    assert scores.embedding_std(rng.normal(size=(2000, 32))) == pytest.approx(1, abs=0.02)
    assert scores.embedding_std(np.ones((20, 32)) + 1e-4 * rng.normal(size=(20, 32))) < 0.01


def test_silhouette_equals_scikit_learn() -> None:
    x, labels = blobs()
    labels[0] = 9  # alone in its cluster
    theirs = metrics.silhouette_score(x, labels, metric="cosine")
    assert scores.silhouette(x, labels) == pytest.approx(theirs, abs=1e-9)


def test_silhouette_of_a_sample_repeats() -> None:
    x, labels = blobs()
    first = scores.silhouette(x, labels, sample=100, seed=3)
    assert first == scores.silhouette(x, labels, sample=100, seed=3)
    assert first != scores.silhouette(x, labels, sample=100, seed=4)


def test_health_of_even_and_of_dead_clusters() -> None:
    even = scores.cluster_health(np.arange(100) % 10, 10)
    assert even.used == 10
    assert even.effective == pytest.approx(10)
    assert even.imbalance == pytest.approx(1)
    dead = scores.cluster_health(np.zeros(100, dtype=int), 10)
    assert (dead.used, dead.effective, dead.imbalance, dead.max_share) == (1, 1, 10, 1)


def test_churn_forgives_new_numbers() -> None:
    assert scores.churn(CLUSTERS, 2 - CLUSTERS) == 0
    assert scores.churn(CLUSTERS, BETTER) == pytest.approx(0.1)
