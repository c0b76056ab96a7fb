"""Maps of one set of images at several epochs that can be followed from one to the next.

Letters: E epochs, N images, D features. Every map is honest by itself: PCA and UMAP of the features
of its own epoch. What is free in a map is chosen so that as little as possible moves:

* PCA's plane is turned and mirrored onto the next epoch's (orthogonal Procrustes, no scaling).
* UMAP begins at the next epoch's layout instead of the spectral one, goes on at a quarter of the
  learning rate, and is turned likewise. This is the chain of warm starts that keeps a series
  coherent without the mutual springs of AlignedUMAP, whose extra loss pulls each map towards the
  others and so shows less change than there was.

Both go backwards from the last epoch, so that the film ends in the map that is known already. The
price of a warm start: groups that an early network cannot tell apart yet are mixed by UMAP's
attraction, but lie where they will lie later.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from ssl_studio.analysis.projection import Floats, Projection, pca_map, turned_to, umap_map
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Event, Progress, Report, ignore

Series = Literal["pca", "umap"]


def aligned_maps(
    features: Sequence[npt.NDArray[np.float32]],
    algorithm: Series,
    *,
    seed: int = 0,
    last: npt.NDArray[np.float32] | None = None,
    neighbours: int = 15,
    min_dist: float = 0.1,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> list[Projection]:
    """A map for each epoch's features, all (N, D) in the same order of images, oldest first.

    `last` (N, 2) is a map of the last epoch that the series is to end in; it is drawn anew
    otherwise. Raises AnalysisError where the epochs are not of the same images.
    """
    if len({len(values) for values in features}) != 1:
        raise AnalysisError(
            "Maps can be aligned only where all epochs have the same images.",
            remedy="Compute the features of these epochs again.",
        )
    count = len(features)
    made: list[Projection] = []
    target = None if last is None else np.asarray(last, np.float32)
    for done, values in enumerate(reversed(features)):
        if cancel is not None:
            cancel.check()
        if done == 0 and target is not None:
            made.append(Projection(algorithm, target, seed, {"start": "known map"}))
        elif algorithm == "pca":
            made.append(_turned(pca_map(values), target))
        else:
            made.append(
                umap_map(
                    values,
                    seed=seed,
                    neighbours=neighbours,
                    min_dist=min_dist,
                    start=target,
                    report=_as_part(report, done, count),
                    cancel=cancel,
                )
            )
        target = made[-1].coordinates
        report(Progress(len(made), count, "Aligning the maps"))
    return made[::-1]


def _turned(made: Projection, target: Floats | None) -> Projection:
    if target is None:
        return made
    settings = {**made.settings, "start": "turned to the next epoch"}
    return Projection("pca", turned_to(made.coordinates, target), made.seed, settings)


def _as_part(report: Report, done: int, count: int) -> Report:
    """Tells the progress of one map as that of the whole series, in thousandths of a map."""

    def tell(event: Event) -> None:
        if isinstance(event, Progress):
            share = event.done / event.total if event.total else 0.0
            event = Progress(int(1000 * (done + share)), 1000 * count, event.note, True)
        report(event)

    return tell
