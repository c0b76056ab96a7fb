"""Curves that grow, as arrays: what a plot shows of a run."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ssl_studio.events import Metric
from ssl_studio.gui.text import tr, words

Floats = NDArray[np.float64]
FIRST_CAPACITY = 256

AGREEMENT = ("knn_accuracy", "cluster_accuracy", "nmi")
LAST = ("learning_rate", "gradient_norm", "images_per_second", "memory_gb")


class Series:
    """Points at the end of an array that doubles when it is full."""

    def __init__(self) -> None:
        self._points = np.empty((2, FIRST_CAPACITY))
        self._count = 0

    def extend(self, x: Floats, y: Floats) -> None:
        """Add points."""
        needed = self._count + len(x)
        if needed > self._points.shape[1]:
            larger = np.empty((2, max(needed, 2 * self._points.shape[1])))
            larger[:, : self._count] = self._points[:, : self._count]
            self._points = larger
        self._points[0, self._count : needed] = x
        self._points[1, self._count : needed] = y
        self._count = needed

    @property
    def curve(self) -> tuple[Floats, Floats]:
        """All points so far; a view, valid until the next `extend`."""
        return self._points[0, : self._count], self._points[1, : self._count]

    @property
    def last(self) -> float:
        """The newest value, NaN without any."""
        return float(self._points[1, self._count - 1]) if self._count else float("nan")

    @property
    def last_x(self) -> float:
        """Where the newest value is."""
        return float(self._points[0, self._count - 1]) if self._count else -1.0


class RunCurves:
    """The figures of one run over epochs, first as stored, then as they come."""

    def __init__(
        self, stored: Mapping[str, tuple[NDArray[np.int64], Floats, Floats]] | None = None
    ) -> None:
        self.series: dict[str, Series] = {}
        for name, (_steps, epochs, values) in (stored or {}).items():
            self.series.setdefault(name, Series()).extend(epochs, values)

    def take(self, events: Iterable[object]) -> bool:
        """Add the metrics among some events; whether there were any.

        A figure that is already there (read from the project a moment ago) is left out.
        """
        came = False
        for event in events:
            if isinstance(event, Metric):
                for name, value in event.values.items():
                    series = self.series.setdefault(name, Series())
                    if event.epoch > series.last_x:
                        series.extend(np.array([event.epoch]), np.array([value]))
                        came = True
        return came


def plot_groups(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Which figures share a plot: the loss first, agreement with labels together, costs last."""
    rest = sorted(set(names))
    groups: list[tuple[str, ...]] = []
    if "loss" in rest:
        groups.append(("loss",))
    agreement = tuple(name for name in AGREEMENT if name in rest)
    if agreement:
        groups.append(agreement)
    known = {"loss", *AGREEMENT, *LAST}
    groups += [(name,) for name in rest if name not in known]
    groups += [(name,) for name in LAST if name in rest]
    return groups


def group_title(group: Sequence[str]) -> str:
    """The heading of a plot."""
    if group[0] in AGREEMENT:
        return tr("Agreement with labels")
    titles = {
        "loss": tr("Loss"),
        "embedding_std": tr("Spread of the embeddings"),
        "effective_rank": tr("Effective rank"),
        "images_per_second": tr("Images per second"),
        "memory_gb": tr("Memory, GB"),
        "feature_std": tr("Spread of the features"),
        "feature_rank": tr("Rank of the features"),
    }
    return titles.get(group[0], words(group[0]))


def curve_name(name: str) -> str:
    """The name of a curve in its legend."""
    return {
        "knn_accuracy": tr("kNN"),
        "cluster_accuracy": tr("clusters"),
        "nmi": "NMI",
    }.get(name, words(name))


def group_help(group: Sequence[str]) -> str:
    """What the figures of a plot tell, in a sentence."""
    return {
        "loss": tr("What the training makes small. It has to fall; how low is up to the method."),
        "knn_accuracy": tr(
            "How often the nearest images carry the same label. Labels are used for looking only."
        ),
        "embedding_std": tr(
            "How different the images look to the network. Towards 0 it has collapsed: all images "
            "look the same."
        ),
        "effective_rank": tr(
            "In how many directions the embeddings differ. A few only is a sign of collapse."
        ),
        "learning_rate": tr("The step size of the optimiser."),
        "gradient_norm": tr("How hard the loss pulls at the weights. Jumps warn of instability."),
    }.get(group[0], "")
