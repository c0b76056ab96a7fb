"""How a run does, in plain words: a few figures, each with its tone, and a sentence on all."""

import math
from dataclasses import dataclass

from ssl_studio.gui import text
from ssl_studio.gui.models.series import RunCurves
from ssl_studio.gui.text import tr

# The bounds of the alarm in training/guards.py, which the window does not import.
PARTIAL_SPREAD = 0.3
COLLAPSED_SPREAD = 0.05
FEWEST_DIRECTIONS = 3.0
RANK_SHARE = 1 / 3


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `tone` is "", "good", "warning" or "danger"."""

    title: str
    value: str
    tone: str
    help: str


def health_figures(curves: RunCurves, remaining_s: float | None = None) -> list[Figure]:
    """The figures that tell most, as far as the run has them."""
    made = [
        _loss(curves),
        _spread(curves.last("embedding_std")),
        _directions(curves),
        _accuracy(curves.last("knn_accuracy")),
        _plain(
            curves.last("images_per_second"),
            tr("Images/s"),
            tr("How fast it trains at the moment."),
        ),
        _plain(
            curves.last("memory_gb"),
            tr("Memory, GB"),
            tr("What the training holds: of the GPU, or of this program on a CPU."),
        ),
    ]
    if remaining_s is not None:
        made.insert(
            0,
            Figure(
                tr("Time left"),
                text.duration(remaining_s),
                "",
                tr("At the pace so far. Looks at the features may take more."),
            ),
        )
    return [figure for figure in made if figure is not None]


def verdict(curves: RunCurves) -> tuple[str, str]:
    """Tone and sentence on the health of a run."""
    spread, rank = curves.last("embedding_std"), curves.last("effective_rank")
    if spread < COLLAPSED_SPREAD:
        return "danger", tr(
            "Collapsed: nearly all images look the same to the network. Stop it and try again "
            "with a lower learning rate, a larger batch or other views."
        )
    if spread < PARTIAL_SPREAD or rank < FEWEST_DIRECTIONS:
        return "danger", tr(
            "Collapsing: the network tells images apart less and less. Watch the spread and the "
            "effective rank below; if they do not rise, stop it."
        )
    if _lost_directions(curves):
        return "danger", tr(
            "The features are losing what tells images apart: they vary in far fewer directions "
            "than at the start."
        )
    loss = curves.series.get("loss")
    if loss is None or len(loss) < 20:
        return "", tr("Too early to say how it does.")
    if not math.isfinite(loss.last):
        return "danger", tr("The loss is no number any more: the weights are worthless from here.")
    if math.isnan(spread) and math.isnan(rank):
        return "", tr("This method tells nothing about collapse; look at the loss.")
    return "good", tr("Healthy: images look different to the network, and there is no collapse.")


def _lost_directions(curves: RunCurves) -> bool:
    series = curves.series.get("feature_rank")
    return series is not None and series.last < RANK_SHARE * series.first


def _loss(curves: RunCurves) -> Figure | None:
    series = curves.series.get("loss")
    if series is None or not len(series):
        return None
    words = tr("What the training makes small: {first} at the start.").format(
        first=text.figure(series.first)
    )
    tone = "" if math.isfinite(series.last) else "danger"
    return Figure(tr("Loss"), text.figure(series.last), tone, words)


def _spread(value: float) -> Figure | None:
    if math.isnan(value):
        return None
    tone = "good" if value >= PARTIAL_SPREAD else "danger"
    return Figure(
        tr("Spread"),
        text.figure(value),
        tone,
        tr("How different images look to the network: about 1 is healthy, towards 0 is collapse."),
    )


def _directions(curves: RunCurves) -> Figure | None:
    value = curves.last("effective_rank")
    if math.isnan(value):
        return None
    return Figure(
        tr("Effective rank"),
        text.figure(value),
        "danger" if value < FEWEST_DIRECTIONS else "good",
        tr("In how many directions the embeddings differ; below 3 is as good as collapsed."),
    )


def _accuracy(value: float) -> Figure | None:
    if math.isnan(value):
        return None
    return Figure(
        tr("kNN accuracy"),
        text.percent(value),
        "",
        tr("How often the nearest images carry the same label. Labels are used for looking only."),
    )


def _plain(value: float, title: str, words: str) -> Figure | None:
    return None if math.isnan(value) else Figure(title, text.figure(value), "", words)
