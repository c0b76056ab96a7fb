"""What the Images page asks of the project. Everything here runs in the background."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssl_studio.errors import StudioError
from ssl_studio.gui import text
from ssl_studio.gui.choices import Ids
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.filter_bar import Offered
from ssl_studio.gui.widgets.image_details import ImageFacts
from ssl_studio.jobs import look
from ssl_studio.jobs.cluster_names import REST_NAME
from ssl_studio.project.file import Project
from ssl_studio.project.paths import native
from ssl_studio.project.records import (
    DuplicateGroup,
    ImageFilter,
    ImageRecord,
    ImageSort,
    NearSearch,
    RootRecord,
)

MOST_PROBLEMS = 5000
"""Files that are listed with their reason; the number of all is said."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What the page shows of the project."""

    ids: Ids
    total: int
    problems: list[ImageRecord]
    problem_count: int
    folders: list[RootRecord]
    gone: list[RootRecord]


@dataclass(frozen=True, slots=True)
class Doubles:
    """All groups of images that are alike, and the searches that found them."""

    exact: list[DuplicateGroup]
    by_look: list[DuplicateGroup]
    by_features: list[DuplicateGroup]
    searches: list[NearSearch]
    names: dict[int, str]

    @property
    def count(self) -> int:
        """How many groups of all kinds."""
        return len(self.exact) + len(self.by_look) + len(self.by_features)


def read_listing(project: Project, wanted: ImageFilter, sort: ImageSort) -> Listing:
    """The images that pass, and what is wrong with others."""
    images = project.images
    counts = images.status_counts()
    roots = images.roots()
    return Listing(
        ids=images.ids("ok", wanted, sort),
        total=counts["ok"],
        problems=images.problems(MOST_PROBLEMS),
        problem_count=counts["bad"] + counts["missing"],
        folders=roots,
        gone=[root for root in roots if not os.path.isdir(native(root.path))],
    )


def read_offered(project: Project, clustering_id: int | None) -> Offered:
    """The values that images can be filtered by."""
    facets = project.facets
    labels = facets.labels()
    known = {record.id for record in project.clusterings.all()}
    clusters = project.clusterings.clusters(clustering_id) if clustering_id in known else []
    return Offered(
        labels=labels if any(facet.value is not None for facet in labels) else (),
        tags=project.tags.all(),
        clusters=clusters,
        cameras=facets.cameras(),
        formats=facets.formats(),
        splits=facets.splits(),
        dates=facets.dates(),
    )


def latest_clustering(project: Project) -> int | None:
    """The clustering that was made last."""
    found = project.clusterings.all()
    return found[-1].id if found else None


def read_doubles(project: Project) -> Doubles:
    """All groups, with the names of their first images."""
    store = project.duplicates
    exact = store.exact_groups()
    by_look, by_features = store.near_groups("hash"), store.near_groups("features")
    first = [group.image_ids[0] for group in (*exact, *by_look, *by_features)]
    names = {record.id: _name(record) for record in project.images.get(first)}
    return Doubles(exact, by_look, by_features, store.searches(), names)


def read_facts(
    project: Project, image_id: int, clustering_id: int | None = None
) -> ImageFacts | None:
    """What the details pane says of an image, without what the file itself says."""
    found = project.images.get([image_id])
    if not found:
        return None
    record = found[0]
    root = next((r.path for r in project.images.roots() if r.id == record.root_id), "")
    return ImageFacts(
        id=record.id,
        name=_name(record),
        full_path=str(Path(native(root)) / native(record.path)),
        lines=(*fact_lines(record), *_cluster_line(project, image_id, clustering_id)),
        problem=record.problem or "",
        alike=alike(project, record),
    )


def _name(record: ImageRecord) -> str:
    return record.path.rsplit("/", 1)[-1]


def fact_lines(record: ImageRecord) -> list[tuple[str, str]]:
    """What is known, as pairs of words; what is not known is left out."""
    pixels = f"{record.width} × {record.height}" if record.width and record.height else None
    lines = [
        (tr("Label"), record.label),
        (tr("Split"), record.split),
        (tr("Pixels"), pixels),
        (tr("Kind"), " ".join(part for part in (record.format, record.mode) if part) or None),
        (tr("File"), text.size(record.bytes)),
        (tr("Taken"), record.captured_at and record.captured_at.replace("T", " ")),
        (tr("Camera"), record.camera),
    ]
    return [(name, value) for name, value in lines if value]


def _cluster_line(
    project: Project, image_id: int, clustering_id: int | None
) -> list[tuple[str, str]]:
    if clustering_id is None:
        return []
    member = project.clusterings.member_of(clustering_id, image_id)
    if member is None:
        return []
    cluster = project.clusterings.cluster(member.cluster_id)
    if np.isnan(member.distance) or cluster.name == REST_NAME:  # those have no common centre
        return [(tr("Cluster"), cluster.name)]
    distance = tr("{distance} from its centre").format(distance=text.figure(member.distance))
    return [(tr("Cluster"), cluster.name), ("", distance)]


def alike(project: Project, record: ImageRecord) -> tuple[int, ...]:
    """Other images with the same content, or that look the same."""
    same = project.duplicates.alike(record.id, record.duplicate_of)
    return tuple(image_id for image_id in same if image_id != record.id)


def read_exif_lines(project: Project, image_id: int) -> list[tuple[str, str]]:
    """What the camera wrote, as pairs of words; empty where the file is gone or says nothing."""
    try:
        facts = look.exif(project.images.full_path(image_id))
    except StudioError:
        return []
    lines = [
        (tr("Lens"), facts.lens),
        (tr("Exposure"), facts.exposure),
        (tr("Aperture"), facts.aperture),
        (tr("Sensitivity"), facts.sensitivity),
        (tr("Focal length"), facts.focal_length),
        (tr("Place"), _place(facts.place)),
        (tr("Software"), facts.software),
    ]
    return [(name, value) for name, value in lines if value]


def _place(place: tuple[float, float] | None) -> str | None:
    if place is None:
        return None
    north, east = place
    return (
        f"{abs(north):.5f}° {tr('N') if north >= 0 else tr('S')}, "
        f"{abs(east):.5f}° {tr('E') if east >= 0 else tr('W')}"
    )
