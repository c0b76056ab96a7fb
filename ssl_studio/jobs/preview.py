"""Show what a method would make of some images before it is trained: its own augmented views."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.jobs.pixels import open_pictures
from ssl_studio.project.file import Project

if TYPE_CHECKING:
    from torch import Tensor

    from ssl_studio.images.cache import PixelCache
    from ssl_studio.methods.base import DataInfo, Method
    from ssl_studio.training.settings import TrainSettings

_MOST_IMAGES_TOLD = 100_000  # some methods keep a row for each image; views do not depend on it


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One kind of view: uint8 (images, h, w, 3), each in its own size."""

    name: str
    pictures: np.ndarray


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """Rows of views, the first being the pictures themselves, of these images."""

    method: str
    image_ids: tuple[int, ...]
    rows: tuple[ViewRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PreviewJob:
    """Run a method's own `views` on a few images, with the settings as they are now.

    Attributes:
        training, settings: As for `NewRunJob`.
        image_ids: Images to begin with.
        images: How many in all; a sample of the others fills up.
        seed: Another one gives other views.
        sample: Another one gives another sample.
    """

    method: str
    training: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    image_ids: tuple[int, ...] = ()
    images: int = 5
    seed: int = 0
    sample: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Drawing views"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> PreviewResult:
        """Draw the views on the CPU; nothing is stored.

        Raises SettingsError where the settings do not fit, AnalysisError without images.
        """
        import torch

        from ssl_studio.analysis.view_pictures import view_pictures
        from ssl_studio.images.batch import Draw
        from ssl_studio.training.build import build_method, parse_training

        report(Progress(0, None, "Drawing views"))
        plan = parse_training({**self.training, "device": "cpu"})
        with Project.open(project_path, read_only=True) as project:
            known = project.images.ids(status="ok")
            ids = self._chosen(known)
            pictures = open_pictures(
                project, ids, plan.image_size, torch.device("cpu"), ignore, cancel
            )
        cancel.check()
        info = _told(pictures.cache, plan, len(known))
        method = build_method(self.method, plan, self.settings, info).eval()
        cancel.check()
        draw = Draw(self.seed, len(pictures.ids))
        found = view_pictures(method, pictures.cache.take(_positions(method, pictures.ids)), draw)
        rows = tuple(ViewRow(p.name, _levels(p.pictures)) for p in found.panels)
        return PreviewResult(self.method, tuple(pictures.ids.tolist()), rows, found.notes)

    def _chosen(self, known: np.ndarray) -> np.ndarray:
        if not len(known):
            raise AnalysisError(
                "There are no images to draw views of.", remedy="Scan a folder of images first."
            )
        wanted = np.asarray(self.image_ids, np.int64)
        wanted = wanted[np.isin(wanted, known)][: self.images]
        others = known[~np.isin(known, wanted)]
        lacking = min(self.images - len(wanted), len(others))
        drawn = np.random.default_rng(self.sample).choice(others, lacking, replace=False)
        return np.concatenate([wanted, np.sort(drawn)])


def _told(cache: "PixelCache", plan: "TrainSettings", images: int) -> "DataInfo":
    """What the method is told: these pixels, but the number of images that there really are."""
    from ssl_studio.training.build import data_info

    return replace(data_info(cache, plan), images=min(images, _MOST_IMAGES_TOLD))


def _positions(method: "Method", ids: np.ndarray) -> "Tensor":
    """Positions (B,) of the pictures, or (B, F) of ordered frames that start at each."""
    import torch

    first, frames = torch.arange(len(ids)), method.needs.frames
    return first if frames == 1 else (first[:, None] + torch.arange(frames)) % len(ids)


def _levels(pictures: "Tensor") -> np.ndarray:
    levels = (pictures.float().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1)
    return np.ascontiguousarray(levels.numpy())
