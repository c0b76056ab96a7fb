"""Curves that grow, as arrays: what a plot shows of a run."""

import time
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ssl_studio.events import Metric
from ssl_studio.gui.text import tr, words

Floats = NDArray[np.float64]
FIRST_CAPACITY = 256

AGREEMENT = ("knn_accuracy", "cluster_accuracy", "nmi")
LAST = ("learning_rate", "gradient_norm", "images_per_second", "memory_gb")


class XAxis(StrEnum):
    """What a curve is drawn over."""

    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"


_ROW = {XAxis.STEP: 0, XAxis.EPOCH: 1, XAxis.TIME: 2}


class Series:
    """Points (step, epoch, seconds, value) at the end of an array that doubles when it is full."""

    def __init__(self, points: Floats | None = None) -> None:
        self._points = np.empty((4, FIRST_CAPACITY))
        self._count = 0
        if points is not None:
            self.extend(points)

    def __len__(self) -> int:
        return self._count

    def extend(self, points: Floats) -> None:
        """Add points (4, n)."""
        needed = self._count + points.shape[1]
        if needed > self._points.shape[1]:
            larger = np.empty((4, max(needed, 2 * self._points.shape[1])))
            larger[:, : self._count] = self._points[:, : self._count]
            self._points = larger
        self._points[:, self._count : needed] = points
        self._count = needed

    def over(self, axis: XAxis) -> tuple[Floats, Floats]:
        """All points so far as x and y; views, valid until the next `extend`."""
        return self._points[_ROW[axis], : self._count], self._points[3, : self._count]

    def after(self, step: float) -> Floats:
        """The points (4, n) later than a step."""
        points = self._points[:, : self._count]
        return points[:, int(np.searchsorted(points[0], step, side="right")) :]

    @property
    def last(self) -> float:
        """The newest value, NaN without any."""
        return float(self._points[3, self._count - 1]) if self._count else float("nan")

    @property
    def first(self) -> float:
        """The oldest value, NaN without any."""
        return float(self._points[3, 0]) if self._count else float("nan")

    @property
    def last_step(self) -> float:
        """The step of the newest value, -1 without any."""
        return float(self._points[0, self._count - 1]) if self._count else -1.0

    @property
    def last_seconds(self) -> float:
        """The time of the newest value since the run began, 0 without any."""
        return float(self._points[2, self._count - 1]) if self._count else 0.0


class RunCurves:
    """The figures of one run, first as stored, then as they come.

    News carry no time: until the run is read again, they get that of their arrival.
    """

    def __init__(self, stored: Mapping[str, Floats] | None = None) -> None:
        self.series = {name: Series(points) for name, points in (stored or {}).items()}
        self._clock_at = max((s.last_seconds for s in self.series.values()), default=0.0)
        self._clock_since: float | None = None

    def last(self, name: str) -> float:
        """The newest value of a figure, NaN where there is none."""
        series = self.series.get(name)
        return series.last if series is not None else float("nan")

    def take(self, events: Iterable[object]) -> bool:
        """Add the metrics among some events; whether there were any.

        A figure that is already there (read from the project a moment ago) is left out.
        """
        came = False
        for event in events:
            if isinstance(event, Metric):
                seconds = self._tick()
                for name, value in event.values.items():
                    series = self.series.setdefault(name, Series())
                    if event.step > series.last_step:
                        point = (event.step, event.epoch, seconds, value)
                        series.extend(np.array(point, np.float64)[:, None])
                        came = True
        return came

    def go_on_with(self, later: "RunCurves") -> None:
        """Add what others have that is newer: it came while these were read."""
        for name, series in later.series.items():
            mine = self.series.setdefault(name, Series())
            mine.extend(series.after(mine.last_step))
        self._clock_at = max(self._clock_at, later._seconds() if later.series else 0.0)

    def pause(self) -> None:
        """The run waits: its time stands still."""
        self._clock_at = self._seconds()
        self._clock_since = None

    def _seconds(self) -> float:
        since = self._clock_since
        return self._clock_at + (time.monotonic() - since if since is not None else 0.0)

    def _tick(self) -> float:
        """The time now; the clock starts with the first news."""
        if self._clock_since is None:
            self._clock_since = time.monotonic()
        return self._seconds()


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
