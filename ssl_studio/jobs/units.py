"""Look at what the units of one layer answer to: their best images, and figures over all."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Note, Progress, Report
from ssl_studio.jobs.encoders import RunEncoder, load_encoder
from ssl_studio.jobs.pixels import Pictures, open_pictures
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project
from ssl_studio.project.records import UnitImage
from ssl_studio.project.units import UnitAnswers, UnitRecord

if TYPE_CHECKING:
    from ssl_studio.analysis.units import UnitSurvey

IMAGES = 10_000
"""Looked at unless told otherwise: best images hardly change beyond, time does."""
KEPT_IMAGES = 20_000
"""Images whose activations are kept; 512 units take 20 MB."""


@dataclass(frozen=True, slots=True)
class UnitsResult:
    """The survey that was stored."""

    survey_id: int
    layer: str
    units: int
    images: int
    seconds: float


@dataclass(frozen=True, slots=True)
class UnitsJob:
    """Survey the units of a layer; an earlier survey of the same encoder and layer is replaced.

    Attributes:
        layer: None takes the layer that features come from.
        checkpoint_id: None takes the latest.
        trained: False looks at the network as it was before training.
        images: At most so many, evenly spread over the project; 0 takes all.
        top: Best images kept for each unit.
    """

    run_id: int
    layer: str | None = None
    checkpoint_id: int | None = None
    trained: bool = True
    images: int = IMAGES
    top: int = 9

    @property
    def title(self) -> str:
        """What it does."""
        where = f"of {self.layer} " if self.layer else ""
        return f"Looking at the units {where}of run {self.run_id}"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> UnitsResult:
        """Compute and store. Raises AnalysisError without images or an encoder."""
        from ssl_studio.analysis.units import survey_units
        from ssl_studio.training.settings import resolve_device

        watch, device = Stopwatch(), resolve_device("auto")
        report(Progress(0, None, "Loading the encoder"))
        with Project.open(project_path) as project:
            encoder = load_encoder(project, self.run_id, self.checkpoint_id, trained=self.trained)
            view, layer = encoder.info.view, self.layer or encoder.info.layer
            chosen, total = self._chosen(project, report)
            pictures = open_pictures(
                project, chosen, view.size, device, report, cancel, side=encoder.side
            )
            survey = survey_units(
                encoder.network, pictures.cache, view, device, layer,
                top=self.top, report=report, cancel=cancel,
            )  # fmt: skip
            report(Progress(0, None, "Storing what was found"))
            found = self._store(project, encoder, pictures, layer, survey, total, watch)
        report(Artefact("units", found))
        return UnitsResult(found, layer, len(survey.units), len(pictures.ids), watch.seconds)

    def _chosen(self, project: Project, report: Report) -> tuple[np.ndarray, int]:
        ids = project.images.ids()
        if not len(ids):
            raise AnalysisError("There are no images.", remedy="Scan a folder first.")
        chosen = spread(ids, self.images or len(ids))
        if len(chosen) < len(ids):
            report(Note("info", f"Looking at {len(chosen):,} of {len(ids):,} images."))
        return chosen, len(ids)

    def _store(
        self,
        project: Project,
        encoder: RunEncoder,
        pictures: Pictures,
        layer: str,
        survey: "UnitSurvey",
        total: int,
        watch: Stopwatch,
    ) -> int:
        checkpoint = encoder.checkpoint.id if encoder.checkpoint else None
        kept = spread(np.arange(len(pictures.ids)), KEPT_IMAGES)
        best = unit_images(layer, survey, pictures)
        with project.write():
            project.exhibits.set_units(self.run_id, checkpoint, layer, best)
            return project.units.add_survey(
                self.run_id, checkpoint, layer,
                of_images=total, image_ids=pictures.ids[kept], units=_answers(survey, kept),
                seconds=watch.seconds,
            )  # fmt: skip


def unit_images(layer: str, survey: "UnitSurvey", pictures: Pictures) -> list[UnitImage]:
    """The images that excite units most, as the project stores them."""
    return [
        UnitImage(
            layer, one.unit, one.rank, int(pictures.ids[one.position]), one.activation,
            one.x0, one.y0, one.x1, one.y1,
        )
        for one in survey.pictures
    ]  # fmt: skip


def spread(values: np.ndarray, count: int) -> np.ndarray:
    """At most `count` of the values, evenly spread over them."""
    if len(values) <= count:
        return values
    return np.asarray(values[np.linspace(0, len(values) - 1, count).astype(int)])


def _answers(survey: "UnitSurvey", kept: np.ndarray) -> list[UnitAnswers]:
    """Each unit with figures over all images, and activations on those that are kept."""
    from ssl_studio.analysis.unit_scores import unit_figures

    figures, activations = unit_figures(survey.activations), survey.activations[kept]
    return [
        UnitAnswers(
            UnitRecord(
                int(unit),
                float(figures.mean[i]),
                float(figures.largest[i]),
                float(figures.silent[i]),
                float(figures.sparseness[i]),
            ),
            activations[:, i],
            survey.maps[i],
        )
        for i, unit in enumerate(survey.units)
    ]
