import numpy as np
import pytest

from ssl_studio.gui.models import health
from ssl_studio.gui.models.health import health_figures, verdict
from ssl_studio.gui.models.series import RunCurves


def curves(**last: float) -> RunCurves:
    """Thirty points of each figure that end at a value."""
    steps = np.arange(30.0)
    return RunCurves(
        {name: np.stack((steps, steps, steps, np.full(30, v))) for name, v in last.items()}
    )


def test_the_bounds_are_those_of_the_alarm() -> None:
    from ssl_studio.training import guards

    for name in ("PARTIAL_SPREAD", "COLLAPSED_SPREAD", "FEWEST_DIRECTIONS", "RANK_SHARE"):
        assert getattr(health, name) == getattr(guards, name)


@pytest.mark.parametrize(
    ("figures", "tone", "words"),
    [
        ({"loss": 2.0, "embedding_std": 0.9, "effective_rank": 40.0}, "good", "Healthy"),
        ({"loss": 2.0, "embedding_std": 0.02, "effective_rank": 40.0}, "danger", "Collapsed"),
        ({"loss": 2.0, "embedding_std": 0.2, "effective_rank": 40.0}, "danger", "Collapsing"),
        ({"loss": 2.0, "embedding_std": 0.9, "effective_rank": 1.2}, "danger", "Collapsing"),
        ({"loss": float("nan"), "embedding_std": 0.9}, "danger", "no number"),
        ({"loss": 2.0}, "", "nothing about collapse"),
        ({}, "", "Too early"),
    ],
)
def test_a_sentence_sums_up(figures: dict[str, float], tone: str, words: str) -> None:
    assert verdict(curves(**figures))[0] == tone
    assert words in verdict(curves(**figures))[1]


def test_lost_directions_are_noticed() -> None:
    falling = np.stack((*([np.arange(30.0)] * 3), np.linspace(60, 10, 30)))
    run = curves(loss=1.0, embedding_std=1.0, effective_rank=50.0)
    run.series |= RunCurves({"feature_rank": falling}).series
    assert "fewer directions" in verdict(run)[1]


def test_only_figures_that_there_are_are_shown() -> None:
    shown = {f.title: f for f in health_figures(curves(loss=2.5, knn_accuracy=0.5), 90.0)}
    assert list(shown) == ["Time left", "Loss", "kNN accuracy"]
    assert shown["Time left"].value == "2 min"
    assert shown["kNN accuracy"].value == "50.0 %"


def test_a_bad_spread_stands_out() -> None:
    shown = {f.title: f.tone for f in health_figures(curves(embedding_std=0.1))}
    assert shown["Spread"] == "danger"
