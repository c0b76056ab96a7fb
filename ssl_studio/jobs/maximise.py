"""Paint pictures that maximise units (Olah et al. 2017; see analysis/maximisation.py)."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.encoders import RunEncoder, load_encoder
from ssl_studio.jobs.pictures import png
from ssl_studio.jobs.units import spread
from ssl_studio.project.file import Project
from ssl_studio.project.units import UnitPictureRecord

if TYPE_CHECKING:
    from ssl_studio.analysis.maximisation import Ascent, Maximisation

CHUNK = 16
"""Units at a time: what is done is stored after each chunk, and a graphics card is kept busy."""
COLOUR_IMAGES = 300


@dataclass(frozen=True, slots=True)
class MaximiseResult:
    """How many pictures were stored, and by how much they beat noise (median of the ratios)."""

    pictures: int
    over_noise: float


@dataclass(frozen=True, slots=True)
class MaximiseJob:
    """A picture for each unit; earlier ones of the same encoder and unit are replaced.

    Attributes:
        units: Their numbers; empty takes all of the layer.
        checkpoint_id: None takes the latest.
        trained: False takes the network as it was before training.
        objective: "everywhere" shows a texture, "centre" one thing in the middle.
        steps: More give clearer pictures and take longer in proportion.
    """

    run_id: int
    layer: str
    units: tuple[int, ...] = ()
    checkpoint_id: int | None = None
    trained: bool = True
    objective: Literal["everywhere", "centre"] = "everywhere"
    steps: int = 256
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        if len(self.units) == 1:
            return f"Painting what unit {self.units[0]} of {self.layer} looks for"
        return f"Painting what the units of {self.layer} look for"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> MaximiseResult:
        """Paint and store, chunk by chunk; what is stored stays when it is stopped."""
        from ssl_studio.analysis.maximisation import Ascent, maximise
        from ssl_studio.training.settings import resolve_device

        device, ratios = resolve_device("auto"), []
        report(Progress(0, None, "Loading the encoder"))
        with Project.open(project_path) as project:
            encoder = load_encoder(project, self.run_id, self.checkpoint_id, trained=self.trained)
            units = self._checked(encoder)
            ascent = Ascent(self.steps, self.seed, self.objective, image_colours(project))
            for first in range(0, len(units), CHUNK):
                report(Progress(first, len(units), "Climbing"))
                found = maximise(
                    encoder.network, self.layer, units[first : first + CHUNK],
                    encoder.info.view, device, ascent, cancel=cancel,
                )  # fmt: skip
                self._store(project, encoder, ascent, found)
                ratios += [one.activation / max(abs(one.noise), 1e-6) for one in found]
                report(Artefact("unit_pictures", self.run_id))
        report(Progress(len(units), len(units), "Climbing"))
        return MaximiseResult(len(ratios), float(np.median(ratios)))

    def _checked(self, encoder: RunEncoder) -> list[int]:
        import torch

        from ssl_studio.training.extraction import evaluating

        network = encoder.network
        blank = torch.zeros(1, network.spec.channels, network.image_size, network.image_size)
        with evaluating(network):
            count = int(network.maps(blank, [self.layer])[self.layer].shape[1])
        wrong = [unit for unit in self.units if not 0 <= unit < count]
        if wrong:
            raise AnalysisError(
                f"The layer {self.layer} has units 0 to {count - 1} only.",
                f"Asked for: {', '.join(map(str, wrong))}.",
            )
        return list(self.units) or list(range(count))

    def _store(
        self,
        project: Project,
        encoder: RunEncoder,
        ascent: "Ascent",
        found: "list[Maximisation]",
    ) -> None:
        checkpoint = encoder.checkpoint.id if encoder.checkpoint else None
        project.units.add_pictures(
            [
                UnitPictureRecord(
                    0, self.run_id, checkpoint, self.layer, one.unit, ascent.objective,
                    ascent.seed, ascent.steps, one.activation, one.start, one.noise,
                    png(one.picture),
                )
                for one in found
            ]
        )  # fmt: skip


def image_colours(project: Project) -> np.ndarray | None:
    """The root of the covariance of the images' colours, from some thumbnails; None without."""
    from ssl_studio.analysis.maximisation import colour_root
    from ssl_studio.images.perceptual import look

    ids = spread(project.images.ids(), COLOUR_IMAGES)
    seen = map(look, project.images.thumbnails(ids.tolist()).values())
    pixels = [one.reshape(-1, 3) for one in seen if one is not None]
    if not pixels:
        return None
    colours = np.concatenate(pixels) / 255
    return colour_root(colours.astype(np.float32))
