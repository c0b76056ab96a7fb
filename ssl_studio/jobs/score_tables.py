"""Scores that are tables: by layer, by epoch, by labels per class. How they are kept and read.

A table is one row of probes; the names of its figures are "<series>/<point>", and with the ends
of an interval "<series>/<point>/low" and ".../high". The order of the points stands in its
settings. Light: neither torch nor Qt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ssl_studio.project.file import Project
from ssl_studio.project.records import ProbeKind, ProbeRecord

LAYERS, EPOCHS, FEW_LABELS = "layers", "epochs", "few_labels"
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Cell:
    """A score with the ends of its interval, NaN where there is none."""

    value: float
    low: float = NAN
    high: float = NAN


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Cells by series and point; not every series has every point."""

    points: Sequence[str] = ()
    series: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    created_at: str = ""


def store_table(
    project: Project,
    feature_set_id: int,
    kind: ProbeKind,
    table: str,
    series: Mapping[str, Mapping[str, Cell]],
    settings: Mapping[str, object],
    seconds: float,
) -> int:
    """Keep a table; gives its id."""
    scores: dict[str, float] = {}
    points: dict[str, None] = {}
    for name, cells in series.items():
        for point, cell in cells.items():
            points[point] = None
            scores[f"{name}/{point}"] = cell.value
            if cell.low == cell.low:
                scores[f"{name}/{point}/low"] = cell.low
                scores[f"{name}/{point}/high"] = cell.high
    about = {**settings, "table": table, "points": list(points), "series": list(series)}
    return project.features.add_probe(feature_set_id, kind, scores, settings=about, seconds=seconds)


def is_table(probe: ProbeRecord) -> bool:
    """Whether a probe holds a table instead of plain figures."""
    return "table" in probe.settings


def read_table(probes: Sequence[ProbeRecord], table: str, kind: ProbeKind) -> ScoreTable | None:
    """The newest table of a kind among the probes of a feature set."""
    own = [p for p in probes if p.kind == kind and p.settings.get("table") == table]
    return _table(own[-1]) if own else None


def _table(probe: ProbeRecord) -> ScoreTable:
    points = _words(probe.settings["points"])
    series: dict[str, dict[str, Cell]] = {name: {} for name in _words(probe.settings["series"])}
    for name, cells in series.items():
        for point in points:
            value = probe.scores.get(f"{name}/{point}")
            if value is not None:
                low = probe.scores.get(f"{name}/{point}/low", NAN)
                high = probe.scores.get(f"{name}/{point}/high", NAN)
                cells[point] = Cell(value, low, high)
    return ScoreTable(points, series, probe.settings, probe.created_at)


@dataclass(frozen=True, slots=True)
class Confusion:
    """What images of each class were taken for.

    Attributes:
        rows: names of the true classes, and
        columns: of what they were taken for: classes, or clusters.
        image_ids, truth, taken: int64 (Q,), which image, its row, its column.
        own: For each row the column that stands for it: the same class, or the one cluster that
            it was matched with; -1 for none.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    image_ids: NDArray[np.int64]
    truth: NDArray[np.int64]
    taken: NDArray[np.int64]
    own: tuple[int, ...] = ()

    @property
    def are_classes(self) -> bool:
        """Whether images were taken for classes, and not for clusters."""
        return self.rows == self.columns

    def counts(self) -> NDArray[np.int64]:
        """int64 (rows, columns)."""
        table = np.zeros((len(self.rows), len(self.columns)), np.int64)
        np.add.at(table, (self.truth, self.taken), 1)
        return table

    def images(self, row: int | None, column: int | None = None) -> NDArray[np.int64]:
        """Ids of the images of a cell, or of a whole row or column."""
        chosen = np.ones(len(self.truth), bool)
        if row is not None:
            chosen &= self.truth == row
        if column is not None:
            chosen &= self.taken == column
        return np.asarray(self.image_ids[chosen], np.int64)


def read_confusion(project: Project, feature_set_id: int, kind: ProbeKind) -> Confusion | None:
    """What the newest probe of a kind took each image for; None where none has kept it.

    Images whose label is gone or new since then are left out.
    """
    probes = project.features.probes(feature_set_id)
    own = [p for p in probes if p.kind == kind and "predictions_array" in p.settings]
    if not own:
        return None
    table = project.arrays.get(int(str(own[-1].settings["predictions_array"])))
    names = _words(own[-1].settings["class_names"])
    return _confusion(project, table[:, 0], table[:, 1], names)


def read_cluster_confusion(project: Project, clustering_id: int) -> Confusion | None:
    """In which clusters the images of each class lie; columns in the order of their class.

    None without labels of two classes.
    """
    from ssl_studio.numerics.matching import hungarian

    clusters = project.clusterings.clusters(clustering_id)
    number = {cluster.id: place for place, cluster in enumerate(clusters)}
    ids, owners = project.clusterings.assignment(clustering_id)
    taken = np.array([number[int(owner)] for owner in owners], np.int64)
    found = _confusion(project, ids, taken, [cluster.name for cluster in clusters], False)
    if len(found.rows) < 2:
        return None
    counts = found.counts()
    own, matched = hungarian(counts.T)
    best = {int(column): int(row) for column, row in zip(own, matched, strict=True)}
    leading = counts.argmax(axis=0)
    order = sorted(
        range(len(clusters)), key=lambda c: (best.get(c, int(leading[c])), c not in best)
    )
    place = np.argsort(np.array(order))
    return Confusion(
        found.rows,
        tuple(clusters[column].name for column in order),
        found.image_ids,
        found.truth,
        place[found.taken],
        tuple(
            next((int(place[c]) for c, row in best.items() if row == number), -1)
            for number in range(len(found.rows))
        ),
    )


def _confusion(
    project: Project,
    ids: NDArray[np.int64],
    taken: NDArray[np.int64],
    names: Sequence[str],
    are_classes: bool = True,
) -> Confusion:
    labels = project.images.labels(ids)
    rows = list(names) if are_classes else sorted({x for x in labels if x is not None})
    number = {name: place for place, name in enumerate(rows)}
    truth = np.array([number.get(label or "", -1) for label in labels], np.int64)
    known = truth >= 0
    own = tuple(range(len(rows))) if are_classes else ()
    return Confusion(tuple(rows), tuple(names), ids[known], truth[known], taken[known], own)


def _words(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
