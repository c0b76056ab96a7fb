import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ssl_studio.analysis.unit_scores import selectivity, unit_figures


def halves(*columns: list[float]) -> np.ndarray:
    return np.array(columns, np.float16).T


def test_selectivity_is_the_area_under_the_roc_curve() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 3, 60)
    activations = np.maximum(rng.normal(size=(60, 5)), 0).astype(np.float16)
    found = selectivity(activations, groups, 3)
    for unit in range(5):
        for group in range(3):
            expected = roc_auc_score(groups == group, activations[:, unit].astype(float))
            assert found[unit, group] == pytest.approx(expected, abs=1e-6)


def test_images_without_a_group_do_not_count() -> None:
    activations = halves([-3, 5, 1, 2, 9])
    groups = np.array([0, 1, 0, 1, -1])
    assert selectivity(activations, groups, 2)[0].tolist() == [0.0, 1.0]


def test_ties_and_minus_zero_are_chance() -> None:
    assert selectivity(halves([0.0, -0.0, 0.0, -0.0]), np.array([0, 1, 0, 1]), 2)[0, 0] == 0.5


def test_a_group_without_images_has_no_selectivity() -> None:
    found = selectivity(halves([1, 2, 3]), np.array([0, 0, 1]), 3)
    assert np.isnan(found[0]).tolist() == [False, False, True]
    assert np.isnan(selectivity(halves([1, 2]), np.array([0, 0]), 1)).all()


def test_sparseness_tells_the_generalist_from_the_specialist() -> None:
    figures = unit_figures(halves([1] * 10, [0] * 9 + [4], [0] * 10, [-1] * 5 + [1] * 5))
    assert figures.sparseness[:3] == pytest.approx([0, 1, 1], abs=1e-6)
    assert 0 < figures.sparseness[3] < 1
    assert figures.silent == pytest.approx([0, 0.9, 1, 0.5])
    assert figures.largest.tolist() == [1, 4, 0, 1]
    assert figures.mean[1] == pytest.approx(0.4)
