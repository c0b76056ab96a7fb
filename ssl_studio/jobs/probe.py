"""Measure how well a feature set tells the labels apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.events import Artefact, Cancel, Report
from ssl_studio.jobs.comparison import quoted_knn
from ssl_studio.jobs.provenance import Stopwatch, environment
from ssl_studio.jobs.score_tables import FEW_LABELS, Cell, store_table
from ssl_studio.project.file import Project
from ssl_studio.project.records import ProbeKind

if TYPE_CHECKING:
    from ssl_studio.analysis.evaluation import Score, Table

PROBES: tuple[ProbeKind, ...] = ("knn", "linear", "clustering")


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Scores by kind of probe and name of the figure.

    Attributes:
        knn: The kNN accuracy that is quoted (k = 20, or 5 for few images, or what so few as there
            are allow); None if not measured.
    """

    scores: Mapping[str, Mapping[str, float]]
    knn: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbeJob:
    """Weighted kNN, a linear probe, and k-means against the labels.

    The split of the labels is used where it has "train" and "test"; else a fifth of each class
    tests the linear probe and kNN leaves one out. What each image was taken for is kept, for the
    confusion of classes; with kNN comes the curve over a few labels per class.
    """

    feature_set_id: int
    kinds: tuple[ProbeKind, ...] = PROBES
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Evaluating features"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ProbeResult:
        """Measure and store. Raises AnalysisError without labels of two classes."""
        from ssl_studio.analysis.evaluation import (
            encode_labels,
            evaluate,
            headline_k,
            make_split,
        )

        watch = Stopwatch()
        kept: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        with Project.open(project_path) as project:
            ids = project.features.image_ids(self.feature_set_id)
            values = project.features.values(self.feature_set_id)
            labels, names = encode_labels(project.images.labels(ids))
            split = make_split(labels, project.images.splits(ids), seed=self.seed)
            table = evaluate(
                {"features": values},
                labels,
                split,
                seed=self.seed,
                protocols=self.kinds,
                keep=lambda kind, rows, taken: kept.update({kind: (ids[rows], taken)}),
                report=report,
                cancel=cancel,
            )
            scores: dict[str, dict[str, float]] = {}
            for kind in self.kinds:
                own = [score for score in table.scores if score.protocol == kind]
                scores[kind] = _figures(own)
                settings = _settings(own, table, self.seed)
                with project.write():
                    if kind in kept:
                        settings |= {"predictions_array": _stored(project, kept[kind])}
                        settings |= {"class_names": names}
                    found = project.features.add_probe(
                        self.feature_set_id,
                        kind,
                        scores[kind],
                        settings=settings,
                        seconds=watch.seconds,
                    )
                report(Artefact("probes", found, kind))
            if "knn" in self.kinds:
                self._few_labels(project, values, labels, table, cancel)
        knn = quoted_knn(scores.get("knn", {}), headline_k(len(split.train)))
        return ProbeResult(scores, knn, watch.seconds)

    def _few_labels(
        self,
        project: Project,
        values: np.ndarray,
        labels: np.ndarray,
        table: "Table",
        cancel: Cancel,
    ) -> None:
        from ssl_studio.analysis.few_labels import DRAWS, few_label_curve

        watch, split = Stopwatch(), table.split
        curve = few_label_curve(
            values, labels, split.train, split.test, seed=self.seed, cancel=cancel
        )
        cells = {
            f"{point.count}": Cell(
                point.accuracy, point.accuracy - point.deviation, point.accuracy + point.deviation
            )
            for point in curve
        }
        settings = {"n": len(split.test), "draws": DRAWS, "seed": self.seed, **environment()}
        store_table(
            project,
            self.feature_set_id,
            "knn",
            FEW_LABELS,
            {"accuracy": cells},
            settings,
            watch.seconds,
        )


def _stored(project: Project, taken: tuple[np.ndarray, np.ndarray]) -> int:
    """Image ids beside the numbers of the classes that they were taken for, int64 (Q, 2)."""
    return project.arrays.put(np.stack(taken, axis=1).astype(np.int64))


def _figures(scores: Sequence["Score"]) -> dict[str, float]:
    """Values by name, with the ends of their interval as `<name>_low` and `<name>_high`."""
    found: dict[str, float] = {}
    for score in scores:
        found[score.metric] = score.value
        if score.low == score.low:  # NaN where there is no interval
            found[f"{score.metric}_low"] = score.low
            found[f"{score.metric}_high"] = score.high
    return found


def _settings(scores: Sequence["Score"], table: "Table", seed: int) -> dict[str, object]:
    chosen = {score.metric: dict(score.settings) for score in scores}
    return {
        "n": max((score.n for score in scores), default=0),
        "classes": table.classes,
        "chance": table.chance,
        "majority": table.majority,
        "split": table.split.how,
        "seed": seed,
        "chosen": chosen,
        **environment(),
    }
