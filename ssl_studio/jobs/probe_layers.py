"""Measure every layer of a run's encoder, and those of the same network untrained."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.encoders import load_encoder
from ssl_studio.jobs.pixels import Pictures, open_pictures
from ssl_studio.jobs.provenance import Stopwatch, environment
from ssl_studio.jobs.score_tables import LAYERS, Cell, store_table
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord, ProbeKind

if TYPE_CHECKING:
    import torch

    from ssl_studio.analysis.evaluation import Score, Split
    from ssl_studio.networks.backbone import Backbone
    from ssl_studio.training.extraction import ViewSpec

TRAINED, UNTRAINED, PIXELS = "trained", "random initialisation", "raw pixels"
Series = dict[str, dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class LayersResult:
    """Accuracies by kind of probe, encoder and layer.

    Attributes:
        images: How many the probes learnt from, and
        tested: by how many they were judged.
    """

    feature_set_id: int
    scores: Mapping[str, Mapping[str, Mapping[str, float]]]
    images: int
    tested: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbeLayersJob:
    """Weighted kNN and a linear probe on every layer, trained and untrained, and on raw pixels.

    The linear probe is the one of `analysis.layer_probe` on maps averaged down to about 2,048
    numbers; kNN takes the mean over places; pixels are reduced to 128 components. At most
    `images` images are used, drawn by the seed; four fifths of them to learn from, unless the
    labels have a split.

    Attributes:
        feature_set_id: Features of the run and checkpoint that are meant.
    """

    feature_set_id: int
    images: int = 6000
    epochs: int = 60
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Probing every layer"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> LayersResult:
        """Measure and store. Raises AnalysisError without labels or without an encoder."""
        from ssl_studio.training.settings import resolve_device

        watch, device = Stopwatch(), resolve_device("auto")
        with Project.open(project_path) as project:
            record = project.features.get(self.feature_set_id)
            work = self._prepared(project, record, device, report, cancel)
            made = work.measured()
            settings: dict[str, object] = {
                "n": len(work.split.test),
                "learnt_from": len(work.split.train),
                "of_images": record.count,
                "split": work.split.how,
                "seed": self.seed,
                **environment(),
            }
            for kind, series in made.items():
                found = store_table(
                    project, record.id, kind, LAYERS, series, settings, watch.seconds
                )
                report(Artefact("probes", found, "layers"))
        scores: dict[str, Mapping[str, Mapping[str, float]]] = {
            kind: {
                name: {layer: cell.value for layer, cell in cells.items()}
                for name, cells in series.items()
            }
            for kind, series in made.items()
        }
        split = work.split
        return LayersResult(record.id, scores, len(split.train), len(split.test), watch.seconds)

    def _prepared(
        self,
        project: Project,
        record: FeatureSetRecord,
        device: "torch.device",
        report: Report,
        cancel: Cancel,
    ) -> "_Work":
        from ssl_studio.analysis.evaluation import encode_labels, make_split

        if record.run_id is None or record.source == "pixels":
            raise AnalysisError(
                "Raw pixels have no layers.", remedy="Choose the features of a trained run."
            )
        report(Progress(0, None, "Loading the encoder"))
        trained = load_encoder(project, record.run_id, record.checkpoint_id)
        untrained = load_encoder(project, record.run_id, trained=False)
        ids = project.features.image_ids(record.id)
        labels, _ = encode_labels(project.images.labels(ids))
        split = make_split(labels, project.images.splits(ids), seed=self.seed)
        chosen = self._sample(split)
        pictures = open_pictures(
            project, ids[chosen], trained.info.view.size, device, report, cancel, side=trained.side
        )
        labels, _ = encode_labels(project.images.labels(pictures.ids))
        split = make_split(labels, project.images.splits(pictures.ids), seed=self.seed)
        return _Work(
            {TRAINED: trained.network, UNTRAINED: untrained.network},
            trained.info.view,
            pictures,
            labels,
            split,
            self,
            device,
            report,
            cancel,
        )

    def _sample(self, split: "Split") -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        total = len(split.train) + len(split.test)
        share = min(1.0, self.images / total)
        parts = [
            rng.permutation(part)[: max(1, round(share * len(part)))]
            for part in (split.train, split.test)
        ]
        return np.sort(np.concatenate(parts))


@dataclass(frozen=True, slots=True)
class _Work:
    """Everything that the measuring needs."""

    encoders: Mapping[str, "Backbone"]
    view: "ViewSpec"
    pictures: Pictures
    labels: np.ndarray
    split: "Split"
    job: ProbeLayersJob
    device: "torch.device"
    report: Report
    cancel: Cancel

    def measured(self) -> dict[ProbeKind, Series]:
        """Tables of kNN and of the linear probe: layers by encoder."""
        knn: Series = {}
        linear: Series = {}
        for name, encoder in self.encoders.items():
            knn[name], linear[name] = self._of_encoder(name, encoder)
        knn[PIXELS], linear[PIXELS] = self._of_pixels()
        return {"knn": knn, "linear": linear}

    def _of_encoder(
        self, name: str, encoder: "Backbone"
    ) -> tuple[dict[str, Cell], dict[str, Cell]]:
        from ssl_studio.analysis.features import encode, probe_features

        cache, told = self.pictures.cache, self._teller(name)
        means = encode(
            encoder, cache, self.view, self.device, layers=encoder.layers, report=told,
            cancel=self.cancel,
        )  # fmt: skip
        knn = {layer: self._knn(values) for layer, values in means.items()}
        maps = probe_features(
            encoder, cache, self.view, self.device, report=told, cancel=self.cancel
        )
        linear = self._linear(name, maps)
        return knn, linear

    def _of_pixels(self) -> tuple[dict[str, Cell], dict[str, Cell]]:
        from ssl_studio.analysis.features import PIXEL_DIMENSIONS, pixels

        told = self._teller(PIXELS)
        values = pixels(
            self.pictures.cache, self.view.size, self.device, dimensions=PIXEL_DIMENSIONS,
            seed=self.job.seed,
            report=told, cancel=self.cancel,
        )  # fmt: skip
        return {PIXELS: self._knn(values)}, self._linear(PIXELS, {PIXELS: values})

    def _knn(self, values: np.ndarray) -> Cell:
        from ssl_studio.analysis.evaluation import headline_k, knn_scores

        quoted = headline_k(len(self.split.train))
        found = knn_scores(
            "", values, self.labels, self.split, ks=(quoted, 5, 1), cancel=self.cancel
        )
        return _cell(next(score for score in found if score.metric.startswith("accuracy")))

    def _linear(self, name: str, maps: Mapping[str, np.ndarray]) -> dict[str, Cell]:
        from ssl_studio.analysis.evaluation import layer_scores
        from ssl_studio.analysis.layer_probe import LayerProbe

        found = layer_scores(
            maps, self.labels, self.split, seed=self.job.seed,
            plan=LayerProbe(epochs=self.job.epochs), report=self._teller(name), cancel=self.cancel,
        )  # fmt: skip
        return {score.features: _cell(score) for score in found if score.metric == "accuracy"}

    def _teller(self, name: str) -> Report:
        def tell(event: object) -> None:
            if isinstance(event, Progress):
                self.report(Progress(event.done, event.total, f"{event.note}: {name}"))

        return tell


def _cell(score: "Score") -> Cell:
    return Cell(score.value, score.low, score.high)
