import pytest

from ssl_studio.training.schedules import cosine, warmup_constant, warmup_cosine


def test_cosine_starts_and_ends_where_told():
    assert cosine(0, 100, 3.0, 1.0) == pytest.approx(3.0)
    assert cosine(50, 100, 3.0, 1.0) == pytest.approx(2.0)
    assert cosine(100, 100, 3.0, 1.0) == pytest.approx(1.0)


def test_warmup_climbs_to_the_peak_and_the_cosine_goes_on_from_there():
    rates = [warmup_cosine(s, 110, warmup=10, peak=1.0) for s in range(110)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == pytest.approx(1.0)
    assert rates[10] == pytest.approx(1.0)
    assert rates[60] == pytest.approx(0.5)
    assert rates[109] < 1e-3


def test_without_warmup_the_first_step_has_the_peak():
    assert warmup_cosine(0, 10, warmup=0, peak=0.3) == pytest.approx(0.3)


def test_constant_stays_after_the_climb():
    assert [warmup_constant(s, warmup=2, peak=1.0) for s in range(4)] == [0.5, 1.0, 1.0, 1.0]
