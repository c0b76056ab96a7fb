"""The pixels of images of the project, ready for a network. What all jobs with encoders share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Report
from ssl_studio.project.file import Project

if TYPE_CHECKING:
    import torch

    from ssl_studio.images.cache import PixelCache


@dataclass(frozen=True, slots=True)
class Pictures:
    """Images that can be read now, with their pixels.

    Attributes:
        ids: int64 (N,), in the order of the cache.
        side: Side of the cached squares in pixels.
    """

    ids: np.ndarray
    cache: "PixelCache"
    side: int


def open_pictures(
    project: Project,
    ids: np.ndarray,
    training_side: int,
    device: "torch.device",
    report: Report,
    cancel: Cancel,
    *,
    side: int | None = None,
) -> Pictures:
    """The pixels of `ids` for views of `training_side` px; what cannot be read is left out.

    `side` asks for the cache of an earlier run, so that its encoder sees what it was trained on.
    Raises AnalysisError for images that the project does not have, or could never read.
    """
    from ssl_studio.images.cache import build_cache, cache_side

    found = project.images.hashes(ids)
    if not all(found):
        ids, found = ids[[bool(digest) for digest in found]], [d for d in found if d]
        if not found:
            raise AnalysisError(
                "None of these images can be read.",
                "The project does not have them, or has never read them.",
                "Choose images that its list shows as sound.",
            )
    hashes = [digest or "" for digest in found]
    if side is None:
        records = project.images.get(ids)
        areas = [(record.width or 1) * (record.height or 1) for record in records]
        side = cache_side(training_side, round(float(np.median(areas)) ** 0.5))
    paths = project.images.full_paths(ids)
    cache = build_cache(paths, hashes, side, device, report, cancel)
    if bool(cache.valid.all()):
        return Pictures(np.asarray(ids, np.int64), cache, side)
    kept = cache.positions
    return Pictures(np.asarray(ids, np.int64)[kept.numpy()], cache.only(kept), side)


def class_numbers(project: Project, ids: np.ndarray) -> np.ndarray | None:
    """Int64 (N,) numbers of the labels of `ids`, -1 for none; None with fewer than two classes."""
    from ssl_studio.analysis.evaluation import encode_labels

    numbers, names = encode_labels(project.images.labels(ids))
    return numbers if len(names) > 1 else None
