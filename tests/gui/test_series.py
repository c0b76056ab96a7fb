import numpy as np
import pytest

from ssl_studio.events import Metric, Progress
from ssl_studio.gui.models import series as series_file
from ssl_studio.gui.models.series import RunCurves, Series, XAxis, plot_groups


def points(*steps: int, value: float = 1.0) -> np.ndarray:
    return np.array([(s, s / 10, s * 2.0, value) for s in steps], float).T


def test_a_series_grows_beyond_its_first_room() -> None:
    series = Series()
    for start in range(0, 1000, 100):
        series.extend(points(*range(start, start + 100)))
    x, _y = series.over(XAxis.STEP)
    assert x.tolist() == list(range(1000))
    assert series.last == 1


def test_a_curve_goes_over_steps_epochs_or_time() -> None:
    series = Series(points(10, 20))
    assert series.over(XAxis.EPOCH)[0].tolist() == [1, 2]
    assert series.over(XAxis.TIME)[0].tolist() == [20, 40]


def test_metrics_are_added_and_other_events_left_out() -> None:
    curves = RunCurves()
    assert curves.take([Metric(1, 0.1, {"loss": 2.0}), Progress(1, 2), Metric(2, 0.2, {"loss": 1})])
    assert curves.series["loss"].over(XAxis.EPOCH)[1].tolist() == [2, 1]
    assert not curves.take([Progress(2, 2)])


def test_what_was_read_from_the_project_does_not_come_twice() -> None:
    curves = RunCurves({"loss": points(1, 2, value=3.0)})
    curves.take([Metric(2, 0.2, {"loss": 2.0}), Metric(3, 0.3, {"loss": 1.0})])
    assert curves.series["loss"].over(XAxis.STEP)[1].tolist() == [3, 3, 1]


def test_news_get_the_time_since_the_last_stored_one_without_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(series_file.time, "monotonic", lambda: now[0])
    curves = RunCurves({"loss": points(5)})
    curves.take([Metric(6, 0.6, {"loss": 1.0})])
    now[0] += 4
    curves.take([Metric(7, 0.7, {"loss": 1.0})])
    curves.pause()
    now[0] += 500
    curves.take([Metric(8, 0.8, {"loss": 1.0})])
    assert curves.series["loss"].over(XAxis.TIME)[0].tolist() == [10, 10, 14, 14]


def test_the_loss_comes_first_and_costs_last() -> None:
    names = ["memory_gb", "effective_rank", "nmi", "loss", "learning_rate", "knn_accuracy"]
    assert plot_groups(names) == [
        ("loss",),
        ("knn_accuracy", "nmi"),
        ("effective_rank",),
        ("learning_rate",),
        ("memory_gb",),
    ]
