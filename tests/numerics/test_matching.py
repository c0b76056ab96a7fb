from itertools import permutations

import numpy as np

from ssl_studio.numerics.matching import contingency, hungarian, match_clusters


def test_contingency_counts_and_names() -> None:
    table, rows, columns = contingency(["b", "a", "b"], [7, 7, 3])
    assert table.tolist() == [[0, 1], [1, 1]]
    assert (rows.tolist(), columns.tolist()) == (["a", "b"], [3, 7])


def test_hungarian_is_the_best_of_all_maps() -> None:
    table = np.random.default_rng(0).integers(0, 50, (5, 5))
    best = max(sum(table[i, j] for i, j in enumerate(p)) for p in permutations(range(5)))
    assert table[hungarian(table)].sum() == best


def test_hungarian_of_a_wide_table_pairs_every_row() -> None:
    rows, columns = hungarian(np.array([[1, 9, 3], [2, 8, 7]]))
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 2])


def test_names_follow_renumbered_clusters() -> None:
    old = np.arange(60) // 10
    assert match_clusters(old, 5 - old) == {5 - i: i for i in range(6)}


def test_a_split_cluster_leaves_its_name_to_the_larger_part() -> None:
    old = np.array([4] * 10)
    new = np.array([0] * 7 + [1] * 3)
    assert match_clusters(old, new) == {0: 4}


def test_clusters_that_share_little_are_not_matched() -> None:
    old, new = np.repeat([0, 1, 2, 3], 4), np.tile([0, 1, 2, 3], 4)
    assert match_clusters(old, new) == {}
