"""What rows of the project file come back as: frozen records, safe to hand to any thread.

Times are ISO 8601 texts in UTC (`2025-03-01T12:00:00.123Z`), `seconds` are durations,
`modified_ns` is the file's own time stamp in nanoseconds. Every `..._array` is the id of a
matrix in the array store.
"""

from dataclasses import dataclass
from typing import Literal

ImageStatus = Literal["ok", "bad", "missing"]
RunStatus = Literal["queued", "running", "paused", "stopped", "finished", "failed"]
CheckpointKind = Literal["start", "epoch", "timed", "final"]
FeatureSource = Literal["run", "random", "pixels"]
ProjectionAlgorithm = Literal["pca", "umap", "tsne"]
ProbeKind = Literal["knn", "linear", "clustering"]
Duplicates = Literal["show", "hide", "only", "exact", "near", "hide_near"]
NearKind = Literal["hash", "features"]
SortKey = Literal[
    "path", "label", "date", "size", "pixels", "added", "cluster", "distance", "margin", "group"
]
Json = dict[str, object]
Blob = bytes  # some records have a column named bytes


@dataclass(frozen=True, slots=True)
class RootRecord:
    """A folder of images. `path` is where it lies now, as far as that is known."""

    id: int
    path: str
    added_at: str
    label_source: str


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One picture file. `path` is relative to its root, with `/`; `problem` says why it is bad."""

    id: int
    root_id: int
    path: str
    bytes: int
    modified_ns: int
    content_hash: str | None
    width: int | None
    height: int | None
    mode: str | None
    format: str | None
    label: str | None
    split: str | None
    status: ImageStatus
    problem: str | None
    duplicate_of: int | None
    captured_at: str | None
    camera: str | None
    added_at: str


@dataclass(frozen=True, slots=True)
class ScannedImage:
    """What a scan found out about one file; `problem` is None where the picture is sound."""

    path: str
    bytes: int
    modified_ns: int
    content_hash: str | None
    width: int | None
    height: int | None
    mode: str | None
    format: str | None
    problem: str | None = None
    captured_at: str | None = None
    camera: str | None = None
    thumbnail: Blob | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which images to keep; what is left empty asks for nothing.

    Attributes:
        text: part of the path, in any case.
        labels: one of these; None among them means "without a label".
        splits, formats, root_ids, cluster_ids: one of these.
        duplicates: "show" everything; "hide" exact copies or show "only" those; "exact" shows
            copies with what they are copies of, "near" every group of near duplicates, and
            "hide_near" keeps one image of each such group.
        min_side_px, max_side_px: shorter side at least, or at most, so long; 0 asks for nothing.
        tag_ids: one of these; None among them means "without a tag".
        statuses: one of these instead of the status that a page asks for by itself.
        cameras: one of these; None among them means "camera unknown".
        dated_from, dated_to: first and last day (or longer start of an ISO time) of the shot,
            or of the file where no shot is known; both inclusive.
        min_bytes, max_bytes: size of the file.
        image_ids: these only; None asks for nothing, an empty tuple for no image.
        min_distance, max_distance: to the centre of the own cluster in `clustering_id`.
        clustering_id: what distances are measured in; without one they ask for nothing.
    """

    text: str = ""
    labels: tuple[str | None, ...] = ()
    splits: tuple[str | None, ...] = ()
    formats: tuple[str, ...] = ()
    root_ids: tuple[int, ...] = ()
    cluster_ids: tuple[int, ...] = ()
    duplicates: Duplicates = "show"
    min_side_px: int = 0
    max_side_px: int = 0
    tag_ids: tuple[int | None, ...] = ()
    statuses: tuple[ImageStatus, ...] = ()
    cameras: tuple[str | None, ...] = ()
    dated_from: str = ""
    dated_to: str = ""
    min_bytes: int = 0
    max_bytes: int = 0
    image_ids: tuple[int, ...] | None = None
    min_distance: float | None = None
    max_distance: float | None = None
    clustering_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every image passes."""
        return self == ImageFilter()


@dataclass(frozen=True, slots=True)
class ImageSort:
    """In which order images come; where two are equal, in that of their ids.

    Attributes:
        by: path; label; date of the shot, or of the file; size of the file; pixels; as added;
            number of the cluster; distance to its centre (large is an outlier); margin to the
            second cluster (small is borderline); group of duplicates, the best of each first.
        clustering_id: of which cluster, distance and margin are; without one they are not known.
    """

    by: SortKey = "path"
    descending: bool = False
    clustering_id: int | None = None


@dataclass(frozen=True, slots=True)
class TagRecord:
    """A word for images. `key` is the digit that assigns it; `images` bear it."""

    id: int
    name: str
    colour: str
    key: int | None
    images: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A value that images can be filtered by, and how many of the sound ones have it."""

    value: str | None
    images: int


@dataclass(frozen=True, slots=True)
class NearSearch:
    """A search for near duplicates: by `hash` of the thumbnails, or by `features`.

    Attributes:
        threshold: up to this distance two images count as alike: bits of 64, or 1 - cosine.
        images: how many were looked at.
    """

    id: int
    kind: NearKind
    feature_set_id: int | None
    threshold: float
    images: int
    groups: int
    seconds: float
    created_at: str


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Images that are alike, the one to keep first.

    Attributes:
        distances: to the first image; 0 where they are the same file, or look the same.
    """

    kind: Literal["exact", "hash", "features"]
    image_ids: tuple[int, ...]
    distances: tuple[float, ...]


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
