"""Pictures of a run's working: reconstructions, filters, and what each unit looks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.encoders import RunEncoder, load_encoder, load_method
from ssl_studio.jobs.filters import store_filters
from ssl_studio.jobs.pictures import Moment
from ssl_studio.jobs.pixels import Pictures, open_pictures
from ssl_studio.jobs.units import spread, unit_images
from ssl_studio.project.file import Project
from ssl_studio.project.records import ExhibitRecord

if TYPE_CHECKING:
    import torch

ExhibitKind = Literal["reconstructions", "filters", "units"]
EXHIBITS: tuple[ExhibitKind, ...] = ("reconstructions", "filters", "units")


@dataclass(frozen=True, slots=True)
class ExhibitResult:
    """How many pictures of each kind were stored; kinds that the method lacks are left out."""

    run_id: int
    pictures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ExhibitJob:
    """Make and store pictures of a run at a checkpoint; earlier ones of the kind are replaced.

    Attributes:
        kinds: "reconstructions" hides patches and fills them in, "filters" shows the first
            layer at every stored epoch, "units" the images that excite each unit most.
        layer: Whose units are shown; None takes the layer that features come from.
        checkpoint_id: None takes the latest.
        image_ids: On which images to reconstruct; None takes `count`, evenly spread.
        ratio: Share of patches that a reconstruction hides; None takes the trained one.
        top: Images for each unit.
    """

    run_id: int
    kinds: tuple[ExhibitKind, ...] = EXHIBITS
    layer: str | None = None
    checkpoint_id: int | None = None
    image_ids: tuple[int, ...] | None = None
    count: int = 16
    ratio: float | None = None
    top: int = 9
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return f"Making pictures of run {self.run_id}"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ExhibitResult:
        """Make and store. Raises AnalysisError when the only kind asked for is not possible."""
        from ssl_studio.training.settings import resolve_device

        report(Progress(0, None, "Loading the encoder"))
        made: dict[str, int] = {}
        with Project.open(project_path) as project:
            encoder = load_encoder(project, self.run_id, self.checkpoint_id)
            work = _Work(self, project, encoder, resolve_device("auto"), report, cancel)
            for kind in self.kinds:
                cancel.check()
                try:
                    made[kind] = work.makers[kind]()
                except AnalysisError:
                    # Of several kinds those that fit the method are made; a single one must be.
                    if len(self.kinds) == 1:
                        raise
        report(Artefact("exhibits", self.run_id))
        return ExhibitResult(self.run_id, made)


class _Work:
    """One job at work. Each maker gives how many pictures it stored."""

    def __init__(
        self,
        job: ExhibitJob,
        project: Project,
        encoder: RunEncoder,
        device: "torch.device",
        report: Report,
        cancel: Cancel,
    ) -> None:
        assert encoder.checkpoint is not None
        self.job, self.project, self.encoder, self.device = job, project, encoder, device
        self.report, self.cancel = report, cancel
        at = encoder.checkpoint
        self.moment = Moment(job.run_id, at.step, at.epoch, at.id)
        self.makers: Mapping[ExhibitKind, Callable[[], int]] = {
            "reconstructions": self._reconstructions,
            "filters": self._filters,
            "units": self._units,
        }

    def _reconstructions(self) -> int:
        from ssl_studio.analysis.reconstructions import reconstruct

        method = load_method(self.project, self.job.run_id, self.job.checkpoint_id)
        pictures = self._pictures(self._chosen())
        found = reconstruct(
            method,
            pictures.cache,
            range(len(pictures.ids)),
            self.device,
            seed=self.job.seed,
            ratio=self.job.ratio,
            cancel=self.cancel,
        )
        records = [
            self.moment.picture(
                "reconstructions",
                panel,
                one.position,
                pixels,
                image_id=int(pictures.ids[one.position]),
                caption=one.note,
            )
            for one in found
            for panel, pixels in (
                ("masked", one.masked),
                ("reconstruction", one.pasted),
                ("network's output", one.output),
                ("original", one.original),
            )
        ]
        return self._replace("reconstructions", records)

    def _filters(self) -> int:
        return store_filters(self.project, self.job.run_id, self.report, self.cancel).filters

    def _units(self) -> int:
        from ssl_studio.analysis.units import survey_units

        layer = self.job.layer or self.encoder.info.layer
        pictures = self._pictures(self.project.images.ids())
        survey = survey_units(
            self.encoder.network,
            pictures.cache,
            self.encoder.info.view,
            self.device,
            layer,
            top=self.job.top,
            report=self.report,
            cancel=self.cancel,
        )
        units = unit_images(layer, survey, pictures)
        self.project.exhibits.set_units(self.job.run_id, self.moment.checkpoint_id, layer, units)
        return len(units)

    def _chosen(self) -> np.ndarray:
        if self.job.image_ids is not None:
            return np.array(self.job.image_ids, np.int64)
        return spread(self.project.images.ids(), self.job.count)

    def _pictures(self, ids: np.ndarray) -> Pictures:
        size, side = self.encoder.info.view.size, self.encoder.side
        return open_pictures(
            self.project, ids, size, self.device, self.report, self.cancel, side=side
        )

    def _replace(self, kind: ExhibitKind, records: list[ExhibitRecord]) -> int:
        with self.project.write():
            self.project.exhibits.delete(self.job.run_id, kind)
            self.project.exhibits.add(records)
        return len(records)
