import numpy as np

from ssl_studio.events import Metric, Progress
from ssl_studio.gui.models.series import RunCurves, Series, plot_groups


def test_a_series_grows_beyond_its_first_room() -> None:
    series = Series()
    for start in range(0, 1000, 100):
        series.extend(np.arange(start, start + 100.0), np.ones(100))
    x, _y = series.curve
    assert x.tolist() == list(range(1000))
    assert series.last == 1


def test_metrics_are_added_and_other_events_left_out() -> None:
    curves = RunCurves()
    assert curves.take([Metric(1, 0.1, {"loss": 2.0}), Progress(1, 2), Metric(2, 0.2, {"loss": 1})])
    assert curves.series["loss"].curve[1].tolist() == [2, 1]
    assert not curves.take([Progress(2, 2)])


def test_what_was_read_from_the_project_does_not_come_twice() -> None:
    stored = {"loss": (np.array([1, 2]), np.array([0.1, 0.2]), np.array([3.0, 2.0]))}
    curves = RunCurves(stored)
    curves.take([Metric(2, 0.2, {"loss": 2.0}), Metric(3, 0.3, {"loss": 1.0})])
    assert curves.series["loss"].curve[1].tolist() == [3, 2, 1]


def test_the_loss_comes_first_and_costs_last() -> None:
    names = ["memory_gb", "effective_rank", "nmi", "loss", "learning_rate", "knn_accuracy"]
    assert plot_groups(names) == [
        ("loss",),
        ("knn_accuracy", "nmi"),
        ("effective_rank",),
        ("learning_rate",),
        ("memory_gb",),
    ]
