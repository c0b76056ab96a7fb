"""Records of images, of what groups them, and of asking for some of them; see `records`."""

from dataclasses import dataclass
from typing import Literal

ImageStatus = Literal["ok", "bad", "missing"]
Duplicates = Literal["show", "hide", "only", "exact", "near", "hide_near"]
NearKind = Literal["hash", "features"]
SortKey = Literal[
    "path", "label", "date", "size", "pixels", "added", "cluster", "distance", "margin", "group"
]
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
