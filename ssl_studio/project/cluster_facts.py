"""What a page or an analysis is told about the images of clusters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What is known about the images of a clustering; all sequences go by image."""

    image_ids: tuple[int, ...]
    cluster_ids: tuple[int, ...]
    root_ids: tuple[int, ...]
    paths: tuple[str, ...]
    labels: tuple[str | None, ...]
    cameras: tuple[str | None, ...]
    captured: tuple[str | None, ...]
    widths: tuple[int | None, ...]
    heights: tuple[int | None, ...]
    formats: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class ClusterFaces:
    """Images to show a cluster by: nearest to its centre, and nearest to another cluster."""

    closest: tuple[int, ...]
    borderline: tuple[int, ...]
