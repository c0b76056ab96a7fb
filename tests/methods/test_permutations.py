"""Permutation sets are what they claim: bijections, unique, and as far apart as declared."""

import numpy as np
import pytest

from ssl_studio.methods.pretext.permutations import distances, greedy_set, permutation_set

DECLARED = [
    ("agl72", 0, 72, 8.1127, 8),
    ("pgl504", 0, 504, 8.0159, 7),
    ("greedy", 24, 24, 8.3, 7),
    ("published", 24, 24, 8.3, 2),
]


@pytest.mark.parametrize(("name", "count", "size", "mean", "smallest"), DECLARED)
def test_a_set_is_as_declared(name, count, size, mean, smallest):
    members = permutation_set(name, count)
    assert members.shape == (size, 9)
    assert (np.sort(members, axis=1) == np.arange(9)).all()
    assert len(np.unique(members, axis=0)) == size
    found_mean, found_smallest = distances(members)
    assert found_mean == pytest.approx(mean, abs=0.05)
    assert found_smallest >= smallest
    assert found_mean <= 8 * size / (size - 1) + 1e-9


@pytest.mark.parametrize("name", ["agl72", "pgl504"])
def test_the_groups_are_closed_and_hold_the_identity(name):
    members = permutation_set(name, 0)
    known = {tuple(row) for row in members}
    assert tuple(range(9)) in known
    for i, j in [(1, 2), (5, 40), (70, 33)]:
        assert tuple(members[i][members[j]]) in known


def test_keeping_members_apart_beats_the_paper_at_its_worst_pair():
    apart, published = (greedy_set(30, keep_apart=k) for k in (True, False))
    assert distances(apart)[1] > distances(published)[1]


def test_a_set_is_the_same_every_time():
    assert np.array_equal(permutation_set("greedy", 6), permutation_set("greedy", 6))
