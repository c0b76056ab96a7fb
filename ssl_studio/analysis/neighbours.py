"""Nearest neighbours of all images of a feature set, of one of them, or of a picture from outside.

Letters: N images, D features, Q queries. Exact search by cosine; a distance is 1 - cosine, in
[0, 2]. At equal distance the lower row comes first.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.numerics.neighbours import nearest, nearest_others, unit_rows

_CHUNK = 1024
_ROUNDING = 1e-5  # of a cosine of float32 rows; what is closer than this is ranked again, exactly


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each query its k nearest images, nearest first.

    Attributes:
        positions: int32 (Q, k), rows of the feature set.
        distances: float32 (Q, k), 1 - cosine.
    """

    positions: npt.NDArray[np.int32]
    distances: npt.NDArray[np.float32]

    @property
    def k(self) -> int:
        """Neighbours for each query."""
        return int(self.positions.shape[1])

    def with_self(self) -> "Neighbours":
        """Every image as its own first neighbour at distance 0, as UMAP wants it."""
        count = len(self.positions)
        own = np.arange(count, dtype=np.int32)[:, None]
        return Neighbours(
            np.concatenate([own, self.positions], axis=1),
            np.concatenate([np.zeros((count, 1), np.float32), self.distances], axis=1),
        )


def neighbours_of_all(
    features: npt.NDArray[np.float32],
    k: int,
    *,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> Neighbours:
    """The k nearest other images of every image; fewer where N is at most k.

    An image is left out of its own list, exact duplicates of it are not. Cost: N^2 D
    multiplications.
    """
    count = len(features)
    if count < 2:
        raise AnalysisError(
            "There are too few images to have neighbours.", f"There is {count}, two are needed."
        )
    check = _counting(count, report, cancel)
    distances, positions = nearest_others(features, k, check=check)
    return Neighbours(positions.astype(np.int32), distances)


def nearest_to(
    features: npt.NDArray[np.float32],
    queries: npt.NDArray[np.float32],
    k: int,
    *,
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> Neighbours:
    """The k images nearest to each query (Q, D), or to one query (D,).

    A query that is an image of the set finds itself.
    """
    rows = np.atleast_2d(np.asarray(queries, np.float32))
    if rows.shape[1] != features.shape[1]:
        raise AnalysisError(
            f"A vector of {rows.shape[1]} numbers cannot be compared with features of "
            f"{features.shape[1]}.",
            remedy="Use the same encoder and layer for both.",
        )
    check = _counting(len(rows), report, cancel)
    distances, positions = nearest(features, rows, k, check=check)
    return Neighbours(positions.astype(np.int32), distances)


class Searcher:
    """A feature set held ready for one query after another, by exact search.

    Holds the rows at length 1: 4 N D bytes. A query costs N D multiplications, a tenth of a second
    for 100,000 images of 512 numbers; no index has to be built.
    """

    def __init__(self, features: npt.NDArray[np.float32]) -> None:
        if not np.isfinite(features).all():
            raise AnalysisError(
                "The features contain values that are not finite numbers.",
                "The training that made them has diverged.",
                "Use an earlier checkpoint, or train again with a lower learning rate.",
            )
        self._rows = unit_rows(features)

    @property
    def nbytes(self) -> int:
        """Memory that is held."""
        return int(self._rows.nbytes)

    def row(self, position: int) -> npt.NDArray[np.float32]:
        """Features (D,) of an image, at length 1."""
        row: npt.NDArray[np.float32] = self._rows[position]
        return row

    def nearest(
        self, query: npt.NDArray[np.float32], k: int, *, leave_out: int | None = None
    ) -> Neighbours:
        """The k rows nearest to a query (D,), as one row of neighbours; ties as in `nearest_to`.

        `leave_out` is the position of the query itself, where it is an image of the set.
        """
        if len(query) != self._rows.shape[1]:
            raise AnalysisError(
                f"A vector of {len(query)} numbers cannot be compared with features of "
                f"{self._rows.shape[1]}.",
                remedy="Use the same encoder and layer for both.",
            )
        unit = unit_rows(query[None])[0]
        rough = 1 - self._rows @ unit
        if leave_out is not None:
            rough[leave_out] = np.inf
        k = min(k, len(rough) - (leave_out is not None))
        if k < 1:
            return Neighbours(np.empty((1, 0), np.int32), np.empty((1, 0), np.float32))
        limit = np.partition(rough, k - 1)[k - 1] + _ROUNDING
        candidates = np.flatnonzero(rough <= limit)
        exact = np.square(self._rows[candidates] - unit).sum(axis=1) / 2
        order = np.lexsort((candidates, exact))[:k]
        return Neighbours(candidates[None, order].astype(np.int32), exact[None, order])


def overlap(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Share (N,) of the k neighbours that both lists (N, k) of a row have, in any order.

    No list names an image twice.
    """
    both = np.sort(np.concatenate([first, second], axis=1), axis=1)
    shared = (both[:, 1:] == both[:, :-1]).sum(axis=1)
    return np.asarray(shared / max(1, first.shape[1]), np.float32)


def _counting(total: int, report: Report, cancel: Cancel | None) -> Callable[[], None]:
    """What the search calls before each chunk of queries."""
    done = 0

    def check() -> None:
        nonlocal done
        if cancel is not None:
            cancel.check()
        report(Progress(min(done, total), total, "Searching neighbours"))
        done += _CHUNK

    return check
