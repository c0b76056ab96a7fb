"""Help in choosing the number of clusters: judge several, keep the figures, suggest one."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ssl_studio.events import Artefact, Cancel, Report
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project


@dataclass(frozen=True, slots=True)
class KRow:
    """The figures of one number of clusters; see `analysis/choose_k.py` for what they mean."""

    k: int
    silhouette: float
    stability: float
    inertia: float
    size_entropy: float


@dataclass(frozen=True, slots=True)
class KChoice:
    """A suggestion, why, and the figures, from `looked_at` of the `images`."""

    k: int
    why: str
    elbow: int | None
    looked_at: int
    images: int
    whiten: int
    seconds: float
    table: tuple[KRow, ...]


@dataclass(frozen=True, slots=True)
class ChooseKJob:
    """Judge several numbers of clusters; the figures are kept with the feature set.

    Attributes:
        candidates: The numbers to try; None: twenty from 2 to 100.
        whiten: As `ClusterJob` will be told.
    """

    feature_set_id: int
    candidates: tuple[int, ...] | None = None
    seed: int = 0
    whiten: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Trying numbers of clusters"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> KChoice:
        """Judge and store. Raises AnalysisError where there are too few images."""
        with Project.open(project_path) as project:
            values = project.features.values(self.feature_set_id)
            labels = project.images.labels(project.features.image_ids(self.feature_set_id))
            found = choose_k(
                project, self.feature_set_id, values, len({*labels} - {None}), self.candidates,
                self.seed, self.whiten, report, cancel,
            )  # fmt: skip
        report(Artefact("project_info", self.feature_set_id))
        return found


def choose_k(
    project: Project,
    feature_set_id: int,
    values: np.ndarray,
    classes: int,
    candidates: Sequence[int] | None,
    seed: int,
    whiten: int,
    report: Report,
    cancel: Cancel,
) -> KChoice:
    """Judge several numbers of clusters of a feature set and keep the outcome."""
    from ssl_studio.analysis.choose_k import propose_k

    watch = Stopwatch()
    made = propose_k(
        values,
        seed=seed,
        candidates=candidates,
        classes=classes,
        whiten=whiten,
        report=report,
        cancel=cancel,
    )
    found = KChoice(
        made.k, made.why, made.elbow, made.looked_at, made.images, whiten, watch.seconds,
        tuple(KRow(**asdict(score)) for score in made.table),
    )  # fmt: skip
    project.set_info(_key(feature_set_id), json.dumps(asdict(found)))
    return found


def stored_choice(project: Project, feature_set_id: int) -> KChoice | None:
    """What was found for a feature set, or None; also where the stored text is not ours."""
    text = project.info().get(_key(feature_set_id))
    try:
        fields = json.loads(text) if text else None
        if not isinstance(fields, dict):
            return None
        table = tuple(KRow(**row) for row in fields.pop("table"))
        return KChoice(**fields, table=table)
    except (ValueError, TypeError, KeyError):
        return None


def _key(feature_set_id: int) -> str:
    return f"number_of_clusters:{feature_set_id}"
