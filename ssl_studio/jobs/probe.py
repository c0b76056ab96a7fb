"""Measure how well a feature set tells the labels apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssl_studio.events import Artefact, Cancel, Report
from ssl_studio.jobs.provenance import Stopwatch, environment
from ssl_studio.project.file import Project
from ssl_studio.project.records import ProbeKind

if TYPE_CHECKING:
    from ssl_studio.analysis.evaluation import Score, Table

PROBES: tuple[ProbeKind, ...] = ("knn", "linear", "clustering")


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Scores by kind of probe and name of the figure.

    Attributes:
        knn: The kNN accuracy that is quoted (k = 20, or 5 for few images); None if not measured.
    """

    scores: Mapping[str, Mapping[str, float]]
    knn: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbeJob:
    """Weighted kNN, a linear probe, and k-means against the labels.

    The split of the labels is used where it has "train" and "test"; else a fifth of each class
    tests the linear probe and kNN leaves one out.
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
        with Project.open(project_path) as project:
            ids = project.features.image_ids(self.feature_set_id)
            labels, _ = encode_labels(project.images.labels(ids))
            split = make_split(labels, project.images.splits(ids), seed=self.seed)
            table = evaluate(
                {"features": project.features.values(self.feature_set_id)},
                labels,
                split,
                seed=self.seed,
                protocols=self.kinds,
                report=report,
                cancel=cancel,
            )
            scores: dict[str, dict[str, float]] = {}
            for kind in self.kinds:
                own = [score for score in table.scores if score.protocol == kind]
                scores[kind] = _figures(own)
                settings = _settings(own, table, self.seed)
                found = project.features.add_probe(
                    self.feature_set_id,
                    kind,
                    scores[kind],
                    settings=settings,
                    seconds=watch.seconds,
                )
                report(Artefact("probes", found, kind))
        knn = scores.get("knn", {}).get(f"accuracy@{headline_k(len(split.train))}")
        return ProbeResult(scores, knn, watch.seconds)


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
