import numpy as np
import pytest

from ssl_studio.analysis.choose_k import KScore, choose, elbow, in_words, propose_k
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel


def row(k: int, silhouette: float, stability: float = 0.9, inertia: float = 1.0) -> KScore:
    return KScore(k, silhouette, stability, inertia, 1.0)


def test_three_clusters_are_proposed_for_three_blobs(blobs):
    proposal = propose_k(blobs, seed=0, candidates=[2, 3, 4, 6])
    assert proposal.k == 3
    assert "3 are best separated" in proposal.why
    assert [score.k for score in proposal.table] == [2, 3, 4, 6]
    assert (proposal.looked_at, proposal.images) == (120, 120)


def test_inertia_falls_with_every_cluster(blobs):
    table = propose_k(blobs, seed=0, candidates=[2, 3, 5, 8]).table
    assert (np.diff([score.inertia for score in table]) < 0).all()


def test_number_of_labels_is_tried_as_well(blobs):
    proposal = propose_k(blobs, seed=0, candidates=[2, 5], classes=3)
    assert [score.k for score in proposal.table] == [2, 3, 5]


def test_of_equally_separate_the_larger_wins_unless_it_is_unstable():
    assert choose([row(2, 0.30), row(5, 0.29), row(9, 0.20)]).k == 5
    assert choose([row(2, 0.30), row(5, 0.29, stability=0.5)]).k == 2


def test_elbow_is_where_the_curve_bends():
    table = [row(2, 0, inertia=10), row(4, 0, inertia=3), row(8, 0, inertia=2.5),
             row(16, 0, inertia=2)]  # fmt: skip
    assert elbow(table) == 4
    assert elbow(table[:3]) is None


def test_silhouette_that_only_falls_leaves_the_largest_that_comes_back():
    table = [row(2, 0.33, 0.98), row(3, 0.26, 0.65), row(4, 0.25, 0.96), row(9, 0.21, 0.70)]
    assert choose(table).k == 4
    assert "More clusters do not come back" in in_words(table[2], table)
    assert "More clusters" not in in_words(table[3], table)


def test_groups_that_run_into_each_other_are_told():
    table = [row(2, 0.05), row(4, 0.04)]
    assert "No number stands out" in in_words(table[1], table)
    table = [row(2, 0.5), row(4, 0.1)]
    assert "No number stands out" not in in_words(table[0], table)


def test_too_few_images_are_told(blobs):
    with pytest.raises(AnalysisError, match="too few"):
        propose_k(blobs[:5], seed=0)


def test_choosing_stops_when_asked(blobs):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        propose_k(blobs, seed=0, cancel=cancel)
