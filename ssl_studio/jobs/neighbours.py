"""Nearest neighbours: of all images, kept in the project, or of one picture, from anywhere."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.encoders import load_encoder
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord, ImageFilter

if TYPE_CHECKING:
    from ssl_studio.analysis.neighbours import Neighbours

METRIC = "cosine"


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
    k: int = 50

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
        from ssl_studio.analysis.neighbours import nearest_to

        with Project.open(project_path, read_only=True) as project:
            record = project.features.get(self.feature_set_id)
            values = project.features.values(record.id)
            ids = project.features.image_ids(record.id)
            known = _image_id(project, self.image)
            if known is not None and known in ids:
                # The picture finds itself first; one more is asked for and it is left out.
                found = nearest_to(values, values[ids == known], self.k + 1)
            else:
                query = _encode_file(project, record, Path(self.image), report, cancel)
                found = nearest_to(values, query, self.k)
            near = [
                (int(ids[row]), float(distance))
                for row, distance in zip(found.positions[0], found.distances[0], strict=True)
                if ids[row] != known
            ][: self.k]
            images = project.images.get([image_id for image_id, _ in near])
        return FoundNeighbours(
            tuple(
                Neighbour(image.id, distance, image.label, image.path)
                for image, (_, distance) in zip(images, near, strict=True)
            )
        )


def _image_id(project: Project, path: str) -> int | None:
    candidates = project.images.get(project.images.ids(where=ImageFilter(text=path)))
    return next((image.id for image in candidates if image.path == path), None)


def _encode_file(
    project: Project, record: FeatureSetRecord, path: Path, report: Report, cancel: Cancel
) -> np.ndarray:
    """Float32 (1, D): a picture from outside, seen by the encoder of the feature set."""
    from ssl_studio.analysis.features import encode
    from ssl_studio.images.cache import build_cache
    from ssl_studio.training.settings import resolve_device

    if not path.is_file():
        raise AnalysisError(
            f"There is no picture “{path}”.",
            "It is neither an image of the project nor a file.",
            "Give its path as the project lists it, or that of a picture file.",
        )
    if record.source == "pixels" or record.run_id is None:
        raise AnalysisError(
            "Pictures from outside can be compared with an encoder's features only.",
            "These features are raw pixels.",
            "Choose the feature set of a run.",
        )
    report(Progress(0, None, "Loading the encoder"))
    encoder = load_encoder(
        project, record.run_id, record.checkpoint_id, trained=record.source == "run"
    )
    device = resolve_device("auto")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    cache = build_cache([path], [digest], encoder.side, device, report, cancel)
    found = encode(encoder.network, cache, encoder.info.view, device, layers=[record.layer])
    return found[record.layer]
