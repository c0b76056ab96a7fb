import numpy as np
import pytest

from ssl_studio.gui.models.smoothing import Smoother, nearest, smooth, thin


@pytest.mark.parametrize("weight", [0.3, 0.9, 0.99])
@pytest.mark.parametrize("count", [2, 63, 64, 65, 1000])
def test_smoothing_is_the_moving_average_one_value_after_the_other(
    weight: float, count: int
) -> None:
    values = np.random.default_rng(0).normal(size=count)
    expected, state = [], 0.0
    for number, value in enumerate(values, start=1):
        state = weight * state + (1 - weight) * value
        expected.append(state / (1 - weight**number))
    assert smooth(values, weight) == pytest.approx(np.array(expected))


def test_smoothing_starts_at_the_first_value_and_keeps_a_level() -> None:
    assert smooth(np.full(500, 3.0), 0.97) == pytest.approx(np.full(500, 3.0))


def test_no_weight_leaves_values_as_they_are() -> None:
    values = np.arange(5.0)
    assert smooth(values, 0.0) is values


def test_a_peak_of_one_point_in_a_hundred_thousand_is_kept() -> None:
    x = np.arange(100_000.0)
    y = np.zeros(100_000)
    y[54_321], y[77_777] = 9.0, -4.0
    thin_x, thin_y = thin(x, y, 0, 100_000, 600)
    assert len(thin_x) < 5 * 600
    assert (thin_y.max(), thin_y.min()) == (9.0, -4.0)
    assert thin_x[thin_y.argmax()] == 54_321
    assert (np.diff(thin_x) > 0).all()
    assert (thin_x[0], thin_x[-1]) == (0, 99_999)


def test_zoomed_in_every_point_is_kept_and_one_beyond_each_end() -> None:
    x = np.arange(100_000.0)
    thin_x, _y = thin(x, x, 500, 600, 600)
    assert thin_x.tolist() == list(range(499, 602))


def test_short_curves_stay_whole() -> None:
    x = np.array([1.0, 2.0, 5.0])
    assert thin(x, x * 2, 0, 9, 600)[1].tolist() == [2, 4, 10]


def test_nearest_looks_to_both_sides() -> None:
    x = np.array([0.0, 10.0, 20.0])
    assert [nearest(x, place) for place in (-5, 4, 6, 19, 99)] == [0, 0, 1, 2, 2]


def test_a_curve_that_grows_is_smoothed_like_one_that_came_at_once() -> None:
    values = np.random.default_rng(1).normal(size=700)
    smoother = Smoother()
    for count in (5, 64, 65, 300, 700):
        assert smoother.smooth(values[:count], 0.9) == pytest.approx(smooth(values[:count], 0.9))


def test_other_values_or_another_weight_start_anew() -> None:
    values = np.arange(100.0)
    smoother = Smoother()
    smoother.smooth(values, 0.9)
    assert smoother.smooth(values[::-1], 0.9) == pytest.approx(smooth(values[::-1], 0.9))
    assert smoother.smooth(values[::-1], 0.5) == pytest.approx(smooth(values[::-1], 0.5))
    assert smoother.smooth(values[:10], 0.5) == pytest.approx(smooth(values[:10], 0.5))
