"""What rows of the project file come back as: frozen records, safe to hand to any thread.

Times are ISO 8601 texts in UTC (`2025-03-01T12:00:00.123Z`), `seconds` are durations,
`modified_ns` is the file's own time stamp in nanoseconds. Every `..._array` is the id of a
matrix in the array store.
"""

from dataclasses import dataclass
from typing import Literal

from ssl_studio.project.image_records import (
    DuplicateGroup,
    Duplicates,
    Facet,
    ImageFilter,
    ImageRecord,
    ImageSort,
    ImageStatus,
    NearKind,
    NearSearch,
    RootRecord,
    ScannedImage,
    SortKey,
    TagRecord,
)

__all__ = [
    "ArrayInfo", "Blob", "CheckpointKind", "CheckpointRecord", "ClusterRecord",
    "ClusteringRecord", "DuplicateGroup", "Duplicates", "EditRecord", "ExhibitRecord", "Facet",
    "FeatureSetRecord", "FeatureSource", "ImageFilter", "ImageRecord", "ImageSort",
    "ImageStatus", "Json", "LogRow", "Member", "MetricRow", "NearKind", "NearSearch",
    "NeighbourSetRecord", "ProbeKind", "ProbeRecord", "ProjectionAlgorithm", "ProjectionRecord",
    "RootRecord", "RunRecord", "RunStatus", "ScannedImage", "SortKey", "TagRecord", "UnitImage",
]  # fmt: skip

RunStatus = Literal["queued", "running", "paused", "stopped", "finished", "failed"]
CheckpointKind = Literal["start", "epoch", "timed", "final"]
FeatureSource = Literal["run", "random", "pixels"]
ProjectionAlgorithm = Literal["pca", "umap", "tsne"]
ProbeKind = Literal["knn", "linear", "clustering"]
Json = dict[str, object]
Blob = bytes  # some records have a column named bytes


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One training: `settings` are the method's, `training` the trainer's."""

    id: int
    name: str
    method: str
    backbone: str
    status: RunStatus
    settings: Json
    training: Json
    images_array: int | None
    start_from: int | None
    step: int
    epoch: float
    epochs: int
    steps_per_epoch: int
    seconds: float
    created_at: str
    started_at: str | None
    finished_at: str | None
    notes: str
    problem: str | None
    environment: Json


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One figure of a run; `value` is NaN where the figure was not a number."""

    run_id: int
    step: int
    epoch: float
    seconds: float
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class LogRow:
    """A sentence that a run left: info, warning or alarm."""

    id: int
    run_id: int
    at: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    """The full state of a run at a step; its bytes lie in the array store."""

    id: int
    run_id: int
    step: int
    epoch: float
    kind: CheckpointKind
    array_id: int
    bytes: int
    created_at: str


@dataclass(frozen=True, slots=True)
class FeatureSetRecord:
    """Features of `count` images, each of `dimension` numbers, under one encoder at one layer."""

    id: int
    run_id: int | None
    checkpoint_id: int | None
    source: FeatureSource
    backbone: str
    layer: str
    dimension: int
    count: int
    images_array: int
    values_array: int
    epoch: float | None
    settings: Json
    seed: int
    seconds: float
    created_at: str
    environment: Json


@dataclass(frozen=True, slots=True)
class NeighbourSetRecord:
    """The k nearest images of each image of a feature set; both arrays are (count, k)."""

    id: int
    feature_set_id: int
    k: int
    metric: str
    ids_array: int
    distances_array: int
    seconds: float
    created_at: str


@dataclass(frozen=True, slots=True)
class ClusteringRecord:
    """A feature set cut into groups."""

    id: int
    feature_set_id: int
    algorithm: str
    k: int
    seed: int
    settings: Json
    scores: Json
    seconds: float
    created_at: str


@dataclass(frozen=True, slots=True)
class ClusterRecord:
    """One group: `number` counts from 0 within its clustering, `colour` is `#rrggbb`."""

    id: int
    clustering_id: int
    number: int
    name: str
    colour: str
    note: str
    size: int


@dataclass(frozen=True, slots=True)
class Member:
    """An image in a cluster.

    Attributes:
        distance: to the centre that the clustering gave it.
        margin: how much nearer that centre is than the second; small is borderline.
    """

    image_id: int
    cluster_id: int
    distance: float
    margin: float


@dataclass(frozen=True, slots=True)
class ProjectionRecord:
    """A map of a feature set; the coordinates array is float32 (count, 2)."""

    id: int
    feature_set_id: int
    algorithm: ProjectionAlgorithm
    settings: Json
    images_array: int | None
    coordinates_array: int
    seed: int
    seconds: float
    created_at: str


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """How well a feature set answers a question whose answers are known."""

    id: int
    feature_set_id: int
    kind: ProbeKind
    settings: Json
    scores: dict[str, float]
    seconds: float
    created_at: str


@dataclass(frozen=True, slots=True)
class ExhibitRecord:
    """A picture (PNG bytes) that a method shows of its own working.

    A `kind` (say, reconstruction) has panels (masked, reconstruction, original); the pictures
    of one `position` belong side by side. An `id` of 0 is not stored yet.
    """

    id: int
    run_id: int
    checkpoint_id: int | None
    step: int
    epoch: float
    kind: str
    image_id: int | None
    panel: str
    position: int
    caption: str
    picture: bytes


@dataclass(frozen=True, slots=True)
class UnitImage:
    """An image that excites a unit of a layer, and the box that does it, in parts of the picture.

    `x0, y0, x1, y1` run from 0 to 1, from the left and from the top; rank 0 excites most.
    """

    layer: str
    unit: int
    rank: int
    image_id: int
    activation: float
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """A stored matrix: `dtype` is numpy's name, `bytes` its size without overhead."""

    id: int
    dtype: str
    shape: tuple[int, ...]
    bytes: int
    chunk_bytes: int
    created_at: str


@dataclass(frozen=True, slots=True)
class EditRecord:
    """A user's edit, done or undone; `clustering_id` is None for edits of tags."""

    id: int
    clustering_id: int | None
    at: str
    kind: str
    note: str
    done: bool
