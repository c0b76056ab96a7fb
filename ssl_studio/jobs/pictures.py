"""Pictures as the rows that the project keeps: PNG bytes with where they belong."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ssl_studio.project.records import ExhibitRecord

if TYPE_CHECKING:
    from ssl_studio.methods.base import Exhibit


@dataclass(frozen=True, slots=True)
class Moment:
    """When in a run a picture was made."""

    run_id: int
    step: int
    epoch: float
    checkpoint_id: int | None = None

    def picture(
        self,
        kind: str,
        panel: str,
        position: int,
        pixels: np.ndarray,
        *,
        image_id: int | None = None,
        caption: str = "",
    ) -> ExhibitRecord:
        """A picture, uint8 (H, W, 3), as a row that is not stored yet."""
        return ExhibitRecord(
            0,
            self.run_id,
            self.checkpoint_id,
            self.step,
            self.epoch,
            kind,
            image_id,
            panel,
            position,
            caption,
            png(pixels),
        )

    def pictures(self, exhibit: "Exhibit", image_ids: Sequence[int]) -> list[ExhibitRecord]:
        """All pictures of a method's exhibit, whose images are `image_ids`."""
        captions = [f"{caption} {exhibit.note}".strip() for caption in exhibit.captions]
        records = []
        for panel in exhibit.panels:
            levels = (panel.pictures.float().clamp(0, 1) * 255).round().byte()
            for i, pixels in enumerate(levels.permute(0, 2, 3, 1).cpu().numpy()):
                records.append(
                    self.picture(
                        exhibit.kind,
                        panel.name,
                        i,
                        pixels,
                        image_id=image_ids[i],
                        caption=captions[i],
                    )
                )
        return records


def png(pixels: np.ndarray) -> bytes:
    """A PNG of uint8 (H, W, 3)."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG")
    return buffer.getvalue()
