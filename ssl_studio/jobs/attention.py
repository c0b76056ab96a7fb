"""Show where the attention of a vision transformer goes on chosen images."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.encoders import load_encoder
from ssl_studio.jobs.pixels import open_pictures
from ssl_studio.project.file import Project
from ssl_studio.project.units import AttentionMaps

if TYPE_CHECKING:
    from ssl_studio.analysis.attention import BlockAttention


@dataclass(frozen=True, slots=True)
class AttentionResult:
    """What was stored."""

    images: int
    blocks: int
    heads: int


@dataclass(frozen=True, slots=True)
class AttentionJob:
    """Store the attention of all blocks and heads on some images.

    Attributes:
        image_ids: On which; they need not be among those the run trained on.
        checkpoint_id: None takes the latest.
        trained: False takes the network as it was before training.
    """

    run_id: int
    image_ids: tuple[int, ...]
    checkpoint_id: int | None = None
    trained: bool = True

    @property
    def title(self) -> str:
        """What it does."""
        return f"Following the attention of run {self.run_id}"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> AttentionResult:
        """Compute and store. Raises AnalysisError for networks that are no transformers."""
        import torch

        from ssl_studio.analysis.attention import attention_of
        from ssl_studio.training.extraction import eval_batches

        if not self.image_ids:
            raise AnalysisError("No image is chosen.", remedy="Choose one on any page.")
        device, found = torch.device("cpu"), []
        report(Progress(0, len(self.image_ids), "Loading the encoder"))
        with Project.open(project_path) as project:
            encoder = load_encoder(project, self.run_id, self.checkpoint_id, trained=self.trained)
            checkpoint = encoder.checkpoint.id if encoder.checkpoint else None
            view, ids = encoder.info.view, np.array(self.image_ids, np.int64)
            pictures = open_pictures(
                project, ids, view.size, device, report, cancel, side=encoder.side
            )
            for index, views in eval_batches(pictures.cache, view, device, batch_size=1):
                position = int(index[0])
                report(Progress(position, len(pictures.ids), "Following attention"))
                found = list(attention_of(encoder.network, views, cancel=cancel))
                project.units.set_attention(
                    self.run_id, checkpoint, int(pictures.ids[position]), _maps(found)
                )
        report(Artefact("attention_maps", self.run_id))
        heads = int(found[0].from_patches.shape[1])
        return AttentionResult(len(pictures.ids), len(found), heads)


def _maps(found: "list[BlockAttention]") -> list[AttentionMaps]:
    """The attention on the one image of a batch, as it is stored."""
    maps = []
    for one in found:
        if one.from_class is not None:
            maps.append(AttentionMaps(one.block, "class", one.from_class[0].half().numpy()))
        maps.append(AttentionMaps(one.block, "patches", one.from_patches[0].half().numpy()))
        maps.append(AttentionMaps(one.block, "rollout", one.rollout.half().numpy()))
    return maps
