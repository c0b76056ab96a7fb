"""All runs side by side: which settings differ, what they score, what they cost. Light."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ssl_studio.jobs.score_tables import is_table
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord, ProbeRecord, RunRecord

SCORES = {
    "knn": "kNN accuracy",
    "linear": "linear probe",
    "nmi": "k-means NMI",
    "ari": "k-means ARI",
    "accuracy": "k-means accuracy",
}
COSTS = {
    "seconds": "time (s)",
    "images_per_second": "images/s",
    "memory_gb": "memory (GB)",
    "images_seen": "images seen",
    "epochs": "epochs",
}
_LOOKS = {"knn": "knn_accuracy", "nmi": "nmi", "accuracy": "cluster_accuracy"}
_UNIMPORTANT = {
    "backbone",
    "checkpoint_minutes",
    "compile",
    "device",
    "epochs",
    "evaluate_every",
    "exhibit_every",
}


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One line: a run, or a reference that was not trained.

    Attributes:
        run_id: None for a reference.
        differing: Settings whose values are not the same in all runs, as text.
        scores: Names of `SCORES`; what was not measured is missing.
        costs: Names of `COSTS`.
        live: Names of scores that come from the training's own looks on a sample, because the
            features have not been evaluated.
    """

    run_id: int | None
    name: str
    method: str
    backbone: str
    status: str
    differing: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    live: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """All lines, runs first, and the names of the settings that differ."""

    lines: Sequence[ComparedRun] = ()
    settings: Sequence[str] = ()

    def header(self) -> list[str]:
        """Titles of the columns of a table."""
        first = ["run", "method", "backbone", "status"]
        return [*first, *self.settings, *SCORES.values(), *COSTS.values()]

    def cells(self, line: ComparedRun) -> list[str | float | None]:
        """The values of a line under `header`; None where there is none."""
        return [
            line.name,
            line.method,
            line.backbone,
            line.status,
            *(line.differing.get(name) for name in self.settings),
            *(line.scores.get(name) for name in SCORES),
            *(line.costs.get(name) for name in COSTS),
        ]


def read_comparison(project: Project) -> Comparison:
    """Every run with its newest scores and its costs, then the references."""
    runs = project.runs.all()
    values = [_flat(run) for run in runs]
    names = _differing(values)
    sets = project.features.all()
    lines = []
    for run, own in zip(runs, values, strict=True):
        scores, live = _scores_of_run(project, run, sets)
        lines.append(
            ComparedRun(
                run.id,
                run.name,
                run.method,
                run.backbone,
                run.status,
                {name: own[name] for name in names},
                scores,
                _costs(project, run),
                live,
            )
        )
    return Comparison([*lines, *_references(project, sets)], names)


def _flat(run: RunRecord) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in {**run.training, **run.settings}.items()
        if name not in _UNIMPORTANT
    }


def _differing(values: Sequence[Mapping[str, str]]) -> list[str]:
    """Names of settings that all runs have and not all agree on."""
    if len(values) < 2:
        return []
    shared = [name for name in values[0] if all(name in own for own in values)]
    return [name for name in shared if len({own[name] for own in values}) > 1]


def _scores_of_run(
    project: Project, run: RunRecord, sets: Sequence[FeatureSetRecord]
) -> tuple[dict[str, float], frozenset[str]]:
    """Of the latest features that were evaluated; what is missing from the training's own looks."""
    own = [record for record in sets if record.run_id == run.id and record.source == "run"]
    scores: dict[str, float] = {}
    for record in sorted(own, key=lambda r: (r.epoch or 0, r.id), reverse=True):
        for name, value in headline_scores(project.features.probes(record.id)).items():
            scores.setdefault(name, value)
    looked = project.runs.last_metrics(run.id)
    live = {
        name: looked[metric]
        for name, metric in _LOOKS.items()
        if name not in scores and np.isfinite(looked.get(metric, np.nan))
    }
    return scores | live, frozenset(live)


def headline_scores(probes: Sequence[ProbeRecord]) -> dict[str, float]:
    """The newest figure of each of `SCORES`; of kNN the k that is quoted."""
    scores: dict[str, float] = {}
    for probe in probes:
        if is_table(probe):
            continue
        if probe.kind == "knn":
            value = _quoted_knn(probe)
            scores |= {} if value is None else {"knn": value}
        elif probe.kind == "linear" and "accuracy" in probe.scores:
            scores["linear"] = probe.scores["accuracy"]
        elif probe.kind == "clustering":
            scores |= {n: probe.scores[n] for n in ("nmi", "ari", "accuracy") if n in probe.scores}
    return scores


def _quoted_knn(probe: ProbeRecord) -> float | None:
    """Accuracy at k = 20, or at 5 where fewer than 1,000 images vote."""
    few = 0 < _number(probe.settings.get("n")) < 1000
    return quoted_knn(probe.scores, 5 if few and "accuracy@5" in probe.scores else 20)


def quoted_knn(scores: Mapping[str, float], most: int) -> float | None:
    """Of the kNN accuracies by name that with the largest k up to `most`; None without any."""
    found = {
        int(name.removeprefix("accuracy@")): value
        for name, value in scores.items()
        if name.removeprefix("accuracy@").isdigit()
    }
    fitting = [k for k in found if k <= most]
    return found[max(fitting)] if fitting else None


def _costs(project: Project, run: RunRecord) -> dict[str, float]:
    told = project.runs.metrics(run.id, ["images_per_second", "memory_gb"])
    rates, memory = (values[np.isfinite(values)] for _, _, values in told.values())
    costs: dict[str, float] = {}
    if run.seconds > 0:
        costs["seconds"] = run.seconds
    if len(rates):
        costs["images_per_second"] = float(np.median(rates))
    if len(memory):
        costs["memory_gb"] = float(memory.max())
    batch = _number(run.training.get("batch_size"))
    if run.step > 0:
        costs["epochs"] = run.epoch
        costs |= {"images_seen": run.step * batch} if batch > 0 else {}
    return costs


def _references(project: Project, sets: Sequence[FeatureSetRecord]) -> list[ComparedRun]:
    """The newest of each kind of reference."""
    found: dict[tuple[str, str, str], ComparedRun] = {}
    untrained = {(r.backbone, r.layer) for r in sets if r.source == "random"}
    for record in sets:
        if record.source == "run":
            continue
        name = "Raw pixels" if record.source == "pixels" else "Random initialisation"
        if sum(backbone == record.backbone for backbone, _layer in untrained) > 1:
            name = f"{name}, {record.layer}"
        found[record.source, record.backbone, record.layer] = ComparedRun(
            None,
            name,
            "",
            record.backbone,
            "reference",
            scores=headline_scores(project.features.probes(record.id)),
        )
    return list(found.values())


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
