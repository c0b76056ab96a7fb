"""Nearest neighbours: of all images, kept in the project, or of one picture, from anywhere."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.neighbour_search import FileQuery, ImageQuery, NeighbourSearch
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter

if TYPE_CHECKING:
    from ssl_studio.analysis.neighbours import Neighbours

METRIC = "cosine"
STORED = 50
"""Neighbours of each image that are stored: enough for UMAP, lists and comparisons."""
_COMPARED = 16_384
"""Images compared between two looks at whether to stop."""


@dataclass(frozen=True, slots=True)
class NeighboursResult:
    """The neighbour set that was stored; k shrinks where there are few images."""

    neighbour_set_id: int
    k: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NeighboursJob:
    """The k nearest other images of every image of a feature set, exact, by cosine."""

    feature_set_id: int
    k: int = STORED

    @property
    def title(self) -> str:
        """What it does."""
        return "Searching neighbours"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> NeighboursResult:
        """Search and store. Raises AnalysisError with fewer than two images."""
        from ssl_studio.analysis.neighbours import neighbours_of_all

        watch = Stopwatch()
        with Project.open(project_path) as project:
            values = project.features.values(self.feature_set_id)
            ids = project.features.image_ids(self.feature_set_id)
            found = neighbours_of_all(values, self.k, report=report, cancel=cancel)
            stored = project.features.add_neighbours(
                self.feature_set_id,
                METRIC,
                ids[found.positions],
                found.distances,
                seconds=watch.seconds,
            )
        report(Artefact("neighbour_sets", stored))
        return NeighboursResult(stored, found.k, watch.seconds)


def stored_neighbours(project: Project, feature_set_id: int, k: int) -> "Neighbours | None":
    """Stored neighbours with every image as its own first, k in all, as UMAP wants them."""
    from ssl_studio.analysis.neighbours import Neighbours

    record = project.features.neighbours(feature_set_id, k - 1)
    if record is None:
        return None
    ids = project.features.image_ids(feature_set_id)
    others, distances = project.features.neighbour_rows(record, 0, len(ids))
    order = np.argsort(ids)
    positions = order[np.searchsorted(ids, others[:, : k - 1], sorter=order)]
    own = np.arange(len(ids))[:, None]
    return Neighbours(
        np.concatenate([own, positions], axis=1).astype(np.int32),
        np.concatenate([np.zeros((len(ids), 1), np.float32), distances[:, : k - 1]], axis=1),
    )


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An image near the asked picture; `distance` is 1 - cosine."""

    image_id: int
    distance: float
    label: str | None
    path: str


@dataclass(frozen=True, slots=True)
class FoundNeighbours:
    """The images nearest to a picture, nearest first."""

    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class FindNeighboursJob:
    """The k images nearest to one picture.

    Attributes:
        image: An image of the project by its relative path, or any picture file.
    """

    feature_set_id: int
    image: str
    k: int = 20

    @property
    def title(self) -> str:
        """What it does."""
        return f"Searching pictures like {Path(self.image).name}"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> FoundNeighbours:
        """Search; nothing is stored. Raises AnalysisError when the picture cannot be found."""
        with Project.open(project_path, read_only=True) as project:
            query = self._query(project)
            if isinstance(query, FileQuery):
                report(Progress(0, None, "Loading the encoder"))
            search = NeighbourSearch().under(report, cancel)
            found = search.find(project, self.feature_set_id, query, self.k)
            images = project.images.get(found.ids)
        return FoundNeighbours(
            tuple(
                Neighbour(image.id, float(distance), image.label, image.path)
                for image, distance in zip(images, found.distances, strict=True)
            )
        )

    def _query(self, project: Project) -> ImageQuery | FileQuery:
        """The image of the project with this path, else the file."""
        candidates = project.images.get(project.images.ids(where=ImageFilter(text=self.image)))
        known = next((image.id for image in candidates if image.path == self.image), None)
        if known is not None:
            return ImageQuery(known)
        if Path(self.image).is_file():
            return FileQuery(self.image)
        raise AnalysisError(
            f"There is no picture “{self.image}”.",
            "It is neither an image of the project nor a file.",
            "Give its path as the project lists it, or that of a picture file.",
        )


@dataclass(frozen=True, slots=True)
class NeighbourChanges:
    """How much of its neighbourhood each image keeps from one feature set to another.

    Attributes:
        ids: int64 (N,), images of both sets, the most changed first; equals in the order of ids.
        kept: float32 (N,), share of the k nearest that are the same in both.
        k: Neighbours compared; fewer than asked for where there are few images.
    """

    ids: np.ndarray
    kept: np.ndarray
    k: int

    @property
    def mean(self) -> float:
        """Share that is kept, over all images."""
        return float(self.kept.mean()) if len(self.kept) else 1.0


@dataclass(frozen=True, slots=True)
class NeighbourChangesJob:
    """Which images' neighbours differ most between two feature sets, over all images, exact.

    Neighbours that are not stored yet are searched and stored, so that the next comparison of
    either set takes a moment.
    """

    first: int
    second: int
    k: int = 20

    @property
    def title(self) -> str:
        """What it does."""
        return "Comparing neighbours"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> NeighbourChanges:
        """Search what is missing and compare. Raises AnalysisError with too few images."""
        from ssl_studio.analysis.neighbours import overlap

        for feature_set_id in (self.first, self.second):
            self._search_missing(feature_set_id, project_path, report, cancel)
        report(Progress(0, None, "Comparing neighbours"))
        with Project.open(project_path, read_only=True) as project:
            sets = [self._lists(project, each) for each in (self.first, self.second)]
        (ids, near), (other_ids, other_near) = sets
        both, rows, other_rows = np.intersect1d(ids, other_ids, return_indices=True)
        k = min(self.k, near.shape[1], other_near.shape[1])
        kept = np.empty(len(both), np.float32)
        for start in range(0, len(both), _COMPARED):
            cancel.check()
            part = slice(start, start + _COMPARED)
            kept[part] = overlap(near[rows[part], :k], other_near[other_rows[part], :k])
        order = np.argsort(kept, kind="stable")
        return NeighbourChanges(both[order], kept[order], k)

    def _search_missing(
        self, feature_set_id: int, project_path: Path, report: Report, cancel: Cancel
    ) -> None:
        with Project.open(project_path, read_only=True) as project:
            count = project.features.get(feature_set_id).count
            known = project.features.neighbours(feature_set_id, min(self.k, count - 1))
        if known is None:
            job = NeighboursJob(feature_set_id, max(self.k, STORED))
            job.run(project_path, report, cancel)

    def _lists(self, project: Project, feature_set_id: int) -> tuple[np.ndarray, np.ndarray]:
        ids = project.features.image_ids(feature_set_id)
        record = project.features.neighbours(feature_set_id, min(self.k, len(ids) - 1))
        assert record is not None
        return ids, project.features.neighbour_rows(record, 0, len(ids))[0]
