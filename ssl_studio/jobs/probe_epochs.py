"""Follow the figures of a run over its stored epochs, from the random initialisation on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.encoders import RunEncoder, load_encoder
from ssl_studio.jobs.pixels import open_pictures
from ssl_studio.jobs.probe_layers import PIXELS
from ssl_studio.jobs.provenance import Stopwatch, environment
from ssl_studio.jobs.score_tables import EPOCHS, Cell, store_table
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord

if TYPE_CHECKING:
    from ssl_studio.analysis.evaluation import Split

METRICS = ("knn", "nmi", "ari", "accuracy", "purity")
_RESTARTS = 5


@dataclass(frozen=True, slots=True)
class EpochsResult:
    """Figures by epoch ("0" is the random initialisation) and by name, and of raw pixels."""

    feature_set_id: int
    scores: Mapping[str, Mapping[str, float]]
    images: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbeEpochsJob:
    """kNN accuracy, and k-means against the labels, at every stored checkpoint of a run.

    At most `images` labelled images are used, the same at every epoch, drawn by the seed; k-means
    looks for as many clusters as there are classes.

    Attributes:
        feature_set_id: Features of the run and the layer that are meant.
    """

    feature_set_id: int
    images: int = 4000
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Scoring the stored epochs"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> EpochsResult:
        """Measure and store. Raises AnalysisError without labels or without an encoder."""
        from ssl_studio.analysis.evaluation import encode_labels, make_split
        from ssl_studio.analysis.features import encode, pixels
        from ssl_studio.training.settings import resolve_device

        watch, device = Stopwatch(), resolve_device("auto")
        with Project.open(project_path) as project:
            record = project.features.get(self.feature_set_id)
            first = _untrained(project, record)
            ids = self._sample(project, record)
            view = first.info.view
            pictures = open_pictures(
                project, ids, view.size, device, report, cancel, side=first.side
            )
            labels, _ = encode_labels(project.images.labels(pictures.ids))
            split = make_split(labels, None, seed=self.seed)
            by_epoch: dict[str, dict[str, float]] = {}
            for number, total, epoch, encoder in _states(project, record, first):
                cancel.check()
                report(Progress(number, total, f"epoch {epoch}"))
                values = encode(
                    encoder.network, pictures.cache, view, device, layers=[record.layer],
                    cancel=cancel,
                )[record.layer]  # fmt: skip
                by_epoch[epoch] = self._figures(values, labels, split, cancel)
            values = pixels(pictures.cache, view.size, device, cancel=cancel)
            by_epoch[PIXELS] = self._figures(values, labels, split, cancel)
            settings = {"n": len(labels), "of_images": record.count, "seed": self.seed}
            found = store_table(
                project,
                record.id,
                "clustering",
                EPOCHS,
                {m: {e: Cell(row[m]) for e, row in by_epoch.items()} for m in METRICS},
                {**settings, **environment()},
                watch.seconds,
            )
        report(Artefact("probes", found, "epochs"))
        return EpochsResult(record.id, by_epoch, len(labels), watch.seconds)

    def _sample(self, project: Project, record: FeatureSetRecord) -> np.ndarray:
        ids = project.features.image_ids(record.id)
        known = np.array([label is not None for label in project.images.labels(ids)], bool)
        order = np.random.default_rng(self.seed).permutation(ids[known])
        return np.sort(order[: self.images])

    def _figures(
        self, values: np.ndarray, labels: np.ndarray, split: "Split", cancel: Cancel
    ) -> dict[str, float]:
        from ssl_studio.analysis.evaluation import clustering_scores, headline_k, knn_scores

        quoted = headline_k(len(split.train))
        found = knn_scores(
            "", values, labels, split, ks=(quoted, 5, 1), leave_one_out=True, cancel=cancel
        )
        figures = {"knn": next(s.value for s in found if s.metric.startswith("accuracy"))}
        groups = clustering_scores(
            "", values, labels, seed=self.seed, restarts=_RESTARTS, cancel=cancel
        )
        return figures | {s.metric: s.value for s in groups if s.metric in METRICS}


def _untrained(project: Project, record: FeatureSetRecord) -> RunEncoder:
    if record.run_id is None or record.source != "run":
        raise AnalysisError(
            "Only the features of a run have epochs.", remedy="Choose those of a trained run."
        )
    return load_encoder(project, record.run_id, trained=False)


def _states(
    project: Project, record: FeatureSetRecord, first: RunEncoder
) -> Iterator[tuple[int, int, str, RunEncoder]]:
    """Number, how many, epoch and encoder of each state, one in memory at a time."""
    assert record.run_id is not None
    latest = {f"{c.epoch:g}": c for c in project.runs.checkpoints(record.run_id) if c.step > 0}
    yield 0, len(latest) + 1, "0", first
    for number, (epoch, checkpoint) in enumerate(latest.items(), start=1):
        yield number, len(latest) + 1, epoch, load_encoder(project, first.run.id, checkpoint.id)
