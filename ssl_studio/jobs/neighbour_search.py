"""Neighbours of one picture after another: what has been loaded for one query is kept for the next.

Qt-free. One object belongs to one thread and to one project. The window keeps one beside its
Neighbours page, the command line makes one for its only query.
"""

import io
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Report, ignore
from ssl_studio.images.colour import BACKGROUND
from ssl_studio.jobs.encoders import load_encoder
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from ssl_studio.analysis.neighbours import Searcher
    from ssl_studio.jobs.encoders import RunEncoder

KEPT_BYTES = 512 * 2**20
"""Features that are kept for the next query; at least one set always is."""
KEPT_ENCODERS = 4
PREVIEW_PX = 512
GROUND = BACKGROUND
"""The RGB colour behind transparent pixels, of queries as of files."""


@dataclass(frozen=True, slots=True)
class ImageQuery:
    """An image of the project."""

    image_id: int


@dataclass(frozen=True, slots=True)
class FileQuery:
    """A picture file from anywhere."""

    path: str

    @property
    def name(self) -> str:
        """Its name without its folder."""
        return Path(self.path).name


@dataclass(frozen=True, slots=True)
class PixelsQuery:
    """Pixels from a clipboard: `rgb` holds 3 * width * height bytes, row by row."""

    name: str
    width: int
    height: int
    rgb: bytes


OutsideQuery = FileQuery | PixelsQuery
Query = ImageQuery | OutsideQuery


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture from outside as it is shown: uint8 (h, w, 3), and the size of the whole."""

    pixels: npt.NDArray[np.uint8]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Found:
    """What lies nearest to a query in one feature set, the nearest first.

    Attributes:
        ids: int64 (k,).
        distances: float32 (k,), by `metric`.
    """

    feature_set_id: int
    ids: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float32]
    labels: tuple[str | None, ...]
    metric: str


class NeighbourSearch:
    """Exact search in any feature set; encoders and features stay in memory within bounds."""

    def __init__(self) -> None:
        self._report: Report = ignore
        self._cancel = Cancel()
        self._searchers: OrderedDict[int, Searcher] = OrderedDict()
        self._encoders: OrderedDict[tuple[int, int | None, str], RunEncoder] = OrderedDict()
        self._pixels: dict[int, Callable[[torch.Tensor], torch.Tensor]] = {}

    def under(self, report: Report, cancel: Cancel) -> Self:
        """From now on say here how far a question is, and stop when asked to."""
        self._report, self._cancel = report, cancel
        return self

    def find(self, project: Project, feature_set_id: int, query: Query, k: int) -> Found:
        """The k nearest images; an image of the project is left out of its own list.

        Raises StudioError when the picture cannot be read or the features cannot be made.
        """
        record = project.features.get(feature_set_id)
        ids = project.features.image_ids(record.id)
        row = None
        if isinstance(query, ImageQuery):
            rows = np.flatnonzero(ids == query.image_id)
            row = int(rows[0]) if len(rows) else None
        stored = self._stored(project, record, row, k)
        if stored is not None:
            near, distances = stored
        else:
            positions, distances = self._search(project, record, query, row, k)
            near = ids[positions]
        near = np.asarray(near, np.int64)
        return Found(record.id, near, distances, tuple(project.images.labels(near)), "cosine")

    def preview(self, query: OutsideQuery) -> Preview:
        """A picture from outside, small enough to be shown. Raises UnreadableImage."""
        from ssl_studio.images.decode import open_picture

        found = open_picture(_data(query), name=query.name, long_side=PREVIEW_PX)
        return Preview(np.asarray(found.image), found.width, found.height)

    @staticmethod
    def _stored(
        project: Project, record: FeatureSetRecord, row: int | None, k: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]] | None:
        """Neighbours that a job has stored, where they are enough."""
        found = project.features.neighbours(record.id, min(k, record.count - 1))
        if row is None or found is None:
            return None
        ids, distances = project.features.neighbour_rows(found, row, row + 1)
        return ids[0, :k], distances[0, :k]

    def _search(
        self, project: Project, record: FeatureSetRecord, query: Query, row: int | None, k: int
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        searcher = self._searcher(project, record)
        vector = searcher.row(row) if row is not None else self._vector(project, record, query)
        found = searcher.nearest(vector, k, leave_out=row)
        return found.positions[0], found.distances[0]

    def _searcher(self, project: Project, record: FeatureSetRecord) -> "Searcher":
        from ssl_studio.analysis.neighbours import Searcher

        if record.id not in self._searchers:
            self._searchers[record.id] = Searcher(project.features.values(record.id))
        self._searchers.move_to_end(record.id)
        while len(self._searchers) > 1 and self._held_bytes() > KEPT_BYTES:
            self._searchers.popitem(last=False)
        return self._searchers[record.id]

    def _held_bytes(self) -> int:
        return sum(searcher.nbytes for searcher in self._searchers.values())

    # -- pictures that are not in the feature set ----------------------------------------------

    def _vector(
        self, project: Project, record: FeatureSetRecord, query: Query
    ) -> npt.NDArray[np.float32]:
        """Features (D,) of a picture, as those of the images of the set were made."""
        if isinstance(query, ImageQuery):
            query = FileQuery(str(project.images.full_path(query.image_id)))
        if record.source == "pixels":
            return self._pixel_vector(project, record, query)
        if record.run_id is None:
            raise AnalysisError(
                "Pictures from outside cannot be compared with these features.",
                "The run whose network made them is gone.",
                "Choose the features of another run.",
            )
        return self._encoded(project, record, query)

    def _encoded(
        self, project: Project, record: FeatureSetRecord, query: OutsideQuery
    ) -> npt.NDArray[np.float32]:
        from ssl_studio.analysis.features import encode
        from ssl_studio.analysis.queries import one_picture
        from ssl_studio.training.settings import resolve_device

        encoder = self._encoder(project, record)
        picture = one_picture(_data(query), encoder.side, query.name)
        device = resolve_device("auto")
        rows = encode(encoder.network, picture, encoder.info.view, device, layers=[record.layer])
        return np.asarray(rows[record.layer][0])

    def _encoder(self, project: Project, record: FeatureSetRecord) -> "RunEncoder":
        assert record.run_id is not None
        key = (record.run_id, record.checkpoint_id, record.source)
        if key not in self._encoders:
            self._encoders[key] = load_encoder(
                project, record.run_id, record.checkpoint_id, trained=record.source == "run"
            )
        self._encoders.move_to_end(key)
        while len(self._encoders) > KEPT_ENCODERS:
            self._encoders.popitem(last=False)
        return self._encoders[key]

    def _pixel_vector(
        self, project: Project, record: FeatureSetRecord, query: OutsideQuery
    ) -> npt.NDArray[np.float32]:
        from ssl_studio.analysis.queries import one_picture, pixel_row
        from ssl_studio.training.settings import resolve_device

        size, side = (int(str(record.settings[name])) for name in ("image_size", "cache_side"))
        device = resolve_device("auto")
        if record.id not in self._pixels:
            self._pixels[record.id] = self._pixel_forward(project, record, size, side, device)
        picture = one_picture(_data(query), side, query.name)
        return pixel_row(picture, size, device, self._pixels[record.id])

    def _pixel_forward(
        self, project: Project, record: FeatureSetRecord, size: int, side: int,
        device: "torch.device",
    ) -> "Callable[[torch.Tensor], torch.Tensor]":  # fmt: skip
        """The components that the set was reduced by, fitted again on the same images."""
        from ssl_studio.analysis.features import pixel_forward
        from ssl_studio.jobs.pixels import open_pictures

        if record.dimension == 3 * size * size:
            return lambda x: x.flatten(1)
        ids = project.features.image_ids(record.id)
        pictures = open_pictures(project, ids, size, device, self._report, self._cancel, side=side)
        return pixel_forward(pictures.cache, size, device, cancel=self._cancel)


def _data(query: OutsideQuery) -> bytes:
    """The bytes of a picture file; pixels are given the plainest of formats."""
    if isinstance(query, PixelsQuery):
        buffer = io.BytesIO()
        Image.frombytes("RGB", (query.width, query.height), query.rgb).save(buffer, "BMP")
        return buffer.getvalue()
    from ssl_studio.images.decode import read_file

    return read_file(Path(query.path))
