"""Compute the features of all images under an encoder, or a reference to compare them with."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.encoders import RunEncoder, load_encoder
from ssl_studio.jobs.pixels import Pictures, open_pictures
from ssl_studio.jobs.provenance import Stopwatch, environment
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord, FeatureSource

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class EmbedResult:
    """The feature set that was stored."""

    feature_set_id: int
    count: int
    dimension: int
    layer: str
    seconds: float


@dataclass(frozen=True, slots=True)
class EmbedJob:
    """Features of all sound images of the project.

    Attributes:
        run_id: The run whose encoder, image size and layer are meant.
        checkpoint_id: None takes the latest.
        layer: None takes the one that the method recommends.
        source: "run" for the trained encoder; "random" for the same network as it was
            initialised and "pixels" for the raw pixels of the same views, as references.
    """

    run_id: int
    checkpoint_id: int | None = None
    layer: str | None = None
    source: FeatureSource = "run"

    @property
    def title(self) -> str:
        """What it does."""
        return {
            "run": f"Computing features with run {self.run_id}",
            "random": "Computing features with an untrained network",
            "pixels": "Computing features out of raw pixels",
        }[self.source]

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> EmbedResult:
        """Compute and store. Raises AnalysisError when there is no image or no encoder."""
        from ssl_studio.training.settings import resolve_device

        watch, device = Stopwatch(), resolve_device("auto")
        report(Progress(0, None, "Loading the encoder"))
        with Project.open(project_path) as project:
            encoder = load_encoder(
                project, self.run_id, self.checkpoint_id, trained=self.source == "run"
            )
            ids = project.images.ids()
            if not len(ids):
                raise AnalysisError("There are no images.", remedy="Scan a folder first.")
            pictures = open_pictures(
                project, ids, encoder.info.view.size, device, report, cancel, side=encoder.side
            )
            layer, values = self._compute(encoder, pictures, device, report, cancel)
            found = self._store(project, encoder, pictures, layer, values, watch.seconds)
        report(Artefact("feature_sets", found))
        return EmbedResult(found, len(values), values.shape[1], layer, watch.seconds)

    def _compute(
        self,
        encoder: RunEncoder,
        pictures: Pictures,
        device: "torch.device",
        report: Report,
        cancel: Cancel,
    ) -> tuple[str, np.ndarray]:
        from ssl_studio.analysis.features import encode, pixels

        view = encoder.info.view
        if self.source == "pixels":
            values = pixels(pictures.cache, view.size, device, report=report, cancel=cancel)
            return "pixels", values
        layer = self.layer or encoder.info.layer
        found = encode(
            encoder.network,
            pictures.cache,
            view,
            device,
            layers=[layer],
            report=report,
            cancel=cancel,
        )
        return layer, found[layer]

    def _store(
        self,
        project: Project,
        encoder: RunEncoder,
        pictures: Pictures,
        layer: str,
        values: np.ndarray,
        seconds: float,
    ) -> int:
        checkpoint = encoder.checkpoint
        return project.features.add(
            source=self.source,
            backbone=encoder.info.backbone.name if self.source != "pixels" else "",
            layer=layer,
            image_ids=pictures.ids,
            values=values,
            run_id=self.run_id,
            checkpoint_id=checkpoint.id if checkpoint else None,
            epoch=checkpoint.epoch if checkpoint else None,
            settings={"image_size": encoder.info.view.size, "cache_side": pictures.side},
            seed=encoder.info.seed,
            seconds=seconds,
            environment=environment(encoder=encoder.info.to_json()),
        )


def known_features(
    project: Project, run_id: int, checkpoint_id: int, layer: str
) -> FeatureSetRecord | None:
    """The newest features of all today's images under a run's encoder; None: compute them."""
    ids = np.sort(project.images.ids())
    wanted = ("run", checkpoint_id, layer, len(ids))
    own = reversed(project.features.all(run_id))
    same = [r for r in own if (r.source, r.checkpoint_id, r.layer, r.count) == wanted]
    of_all = (r for r in same if np.array_equal(np.sort(project.features.image_ids(r.id)), ids))
    return next(of_all, None)
