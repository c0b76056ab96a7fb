"""A method at work on chosen images, as fast as one can ask: networks and pixels stay in memory.

Qt-free. One object belongs to one thread and to one project. The window keeps one beside its
Exhibits page: paint a mask and see it filled in, shuffle anew and see it solved, at any checkpoint.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Report, ignore
from ssl_studio.jobs.encoders import load_method, trained_facts
from ssl_studio.jobs.pixels import Pictures, open_pictures
from ssl_studio.project.file import Project
from ssl_studio.project.records import CheckpointRecord

if TYPE_CHECKING:
    import torch

    from ssl_studio.images.batch import ImageBatch
    from ssl_studio.methods.base import Method

KEPT_METHODS = 3
MOST_IMAGES = 48
"""Images that are held at a time; what is chosen beyond is left out, and the page says so."""

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a run can show, and where it can be seen from.

    Attributes:
        reconstructs: It fills in hidden patches, so that a mask can be painted.
        shows: It has exhibits of its own, which can be drawn anew.
        grid: Rows and columns of patches, (0, 0) where there are none.
        ratio: Share of patches that training hides.
        true_statistics: The true brightness and contrast of patches are lent to show them.
        note: What must be said to show a reconstruction honestly.
        checkpoints: By step; the last one is the latest.
        ids: int64, images that can be shown, in the order asked for.
        left_out: Images that were asked for and are not among them.
    """

    run_id: int
    title: str
    reconstructs: bool
    shows: bool
    grid: tuple[int, int]
    ratio: float
    true_statistics: bool
    note: str
    checkpoints: tuple[CheckpointRecord, ...]
    ids: npt.NDArray[np.int64]
    left_out: int


@dataclass(frozen=True, slots=True)
class LiveReconstruction:
    """One picture with some of it hidden, and filled in.

    Attributes:
        full, composite, original: uint8 (s, s, 3); `composite` keeps what is visible.
        mask: bool (R, L), True where hidden.
        error: float32 (R, L), loss of each patch, 0 where nothing was hidden.
        seconds: Time of the network alone.
    """

    full: Bytes
    composite: Bytes
    original: Bytes
    mask: npt.NDArray[np.bool_]
    error: npt.NDArray[np.float32]
    seconds: float

    @property
    def mean_error(self) -> float:
        """Loss over the hidden patches; NaN where none is hidden."""
        return float(self.error[self.mask].mean()) if self.mask.any() else float("nan")


@dataclass(frozen=True, slots=True)
class LiveExhibit:
    """What a method shows of its working on some images.

    Attributes:
        panels: Names of the pictures that stand side by side.
        pictures: For each image one picture per panel, uint8 (h, w, 3).
        captions: A line per image.
        ids: Of the images, int64.
    """

    kind: str
    panels: tuple[str, ...]
    pictures: tuple[tuple[Bytes, ...], ...]
    captions: tuple[str, ...]
    note: str
    ids: npt.NDArray[np.int64]


class LiveExhibits:
    """Methods and pictures that are kept at hand, within bounds."""

    def __init__(self) -> None:
        self._report: Report = ignore
        self._cancel = Cancel()
        self._methods: OrderedDict[int, Method] = OrderedDict()
        self._pictures: tuple[tuple[int, int, tuple[int, ...]], Pictures] | None = None

    def under(self, report: Report, cancel: Cancel) -> Self:
        """From now on say here how far a question is, and stop when asked to."""
        self._report, self._cancel = report, cancel
        return self

    # -- questions -----------------------------------------------------------------------------

    def abilities(self, project: Project, run_id: int, ids: npt.NDArray[np.int64]) -> Abilities:
        """What a run can show on these images (the first of them that there is room for).

        Raises StudioError when the run has no checkpoint or no image can be read.
        """
        from ssl_studio.analysis.reconstructions import reconstruct
        from ssl_studio.methods.base import Reconstructs, ShowsItsWork

        checkpoints = project.runs.checkpoints(run_id)
        if not checkpoints:
            trained_facts(project.runs.get(run_id))
            raise AnalysisError(
                "This run has no checkpoint yet.", remedy="Train it for an epoch or so first."
            )
        method = self._method(project, checkpoints[-1].id)
        pictures = self._open(project, run_id, ids[:MOST_IMAGES])
        grid, ratio, lent, note = (0, 0), 0.0, False, ""
        if isinstance(method, Reconstructs):
            tried = reconstruct(method, pictures.cache, [0], self._device(), seed=0)[0]
            grid = (tried.mask.shape[0], tried.mask.shape[1])
            ratio, lent, note = float(tried.mask.mean()), tried.true_statistics, tried.note
        return Abilities(
            run_id,
            method.title,
            isinstance(method, Reconstructs),
            isinstance(method, ShowsItsWork),
            grid,
            ratio,
            lent,
            note,
            tuple(checkpoints),
            pictures.ids,
            len(ids) - len(pictures.ids),
        )

    def reconstruct(
        self,
        project: Project,
        checkpoint_id: int,
        ids: npt.NDArray[np.int64],
        image_id: int,
        mask: npt.NDArray[np.bool_],
    ) -> LiveReconstruction:
        """Fill in what `mask` (R, L) hides of one of the images `ids`, which are kept at hand.

        Raises StudioError when the image cannot be read or the method does not do this.
        """
        from ssl_studio.analysis.reconstructions import reconstruct

        method = self._method(project, checkpoint_id)
        pictures = self._open(project, project.runs.checkpoint(checkpoint_id).run_id, ids)
        place = np.flatnonzero(pictures.ids == image_id)
        if not len(place):
            raise AnalysisError(
                "This image cannot be read any more.", remedy="Choose another image."
            )
        began = time.perf_counter()
        made = reconstruct(
            method, pictures.cache, [int(place[0])], self._device(), seed=0, mask=mask
        )[0]
        seconds = time.perf_counter() - began
        return LiveReconstruction(
            made.output, made.pasted, made.original, made.mask, made.error, seconds
        )

    def show(
        self, project: Project, checkpoint_id: int, ids: npt.NDArray[np.int64], seed: int
    ) -> list[LiveExhibit]:
        """The method's own exhibits on these images, all that is random drawn from `seed`."""
        import torch

        from ssl_studio.images.batch import Draw
        from ssl_studio.methods.base import ShowsItsWork
        from ssl_studio.training.extraction import evaluating

        method = self._method(project, checkpoint_id)
        if not isinstance(method, ShowsItsWork):
            raise AnalysisError(
                f"{method.title} has no pictures of its own working.",
                remedy="Choose a run of another method.",
            )
        pictures = self._open(project, project.runs.checkpoint(checkpoint_id).run_id, ids)
        batch = _on(pictures.cache.take(torch.arange(len(pictures.ids))), self._device())
        with evaluating(method):
            made = method.exhibits(batch, Draw(seed, len(batch), device=self._device()))
        return [
            LiveExhibit(
                exhibit.kind,
                tuple(panel.name for panel in exhibit.panels),
                tuple(zip(*(_bytes(panel.pictures) for panel in exhibit.panels), strict=True)),
                tuple(exhibit.captions),
                exhibit.note,
                pictures.ids,
            )
            for exhibit in made
        ]

    # -- what is kept --------------------------------------------------------------------------

    @staticmethod
    def _device() -> "torch.device":
        from ssl_studio.training.settings import resolve_device

        return resolve_device("auto")

    def _method(self, project: Project, checkpoint_id: int) -> "Method":
        if checkpoint_id not in self._methods:
            run_id = project.runs.checkpoint(checkpoint_id).run_id
            method = load_method(project, run_id, checkpoint_id).to(self._device())
            self._methods[checkpoint_id] = method
        self._methods.move_to_end(checkpoint_id)
        while len(self._methods) > KEPT_METHODS:
            self._methods.popitem(last=False)
        return self._methods[checkpoint_id]

    def _open(self, project: Project, run_id: int, ids: npt.NDArray[np.int64]) -> Pictures:
        """The pixels of the images, as the run's network saw them in training."""
        if not len(ids):
            raise AnalysisError("No image was chosen.", remedy="Choose at least one image.")
        facts = trained_facts(project.runs.get(run_id))
        size, side = int(facts["encoder"]["view"]["size"]), int(facts["cache_side"])
        key = (size, side, tuple(ids.tolist()))
        if self._pictures is None or self._pictures[0] != key:
            opened = open_pictures(
                project, ids, size, self._device(), self._report, self._cancel, side=side
            )
            self._pictures = (key, opened)
        return self._pictures[1]


def _on(batch: "ImageBatch", device: "torch.device") -> "ImageBatch":
    from ssl_studio.images.batch import ImageBatch

    return ImageBatch(batch.pixels.to(device), batch.aspect.to(device), batch.index.to(device))


def _bytes(pictures: "torch.Tensor") -> list[Bytes]:
    """uint8 (h, w, 3) for each of float (B, 3, h, w) in [0, 1]."""
    levels = (pictures.float().clamp(0, 1) * 255).round().byte()
    return list(levels.permute(0, 2, 3, 1).cpu().numpy())
