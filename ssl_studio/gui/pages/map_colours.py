"""What the points of a map can be coloured by: groups with a legend, or numbers with a scale.

Letters: N points of the map, K groups. Everything here runs in the background.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ssl_studio.gui import text
from ssl_studio.gui.studio import Ids
from ssl_studio.gui.text import tr
from ssl_studio.project.columns import Column, columns_in_use, image_column, member_scores
from ssl_studio.project.columns import outlierness as mean_distances
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter

LEVELS = 64
"""Shades of a colour scale; one more stands for points without a number."""
TAILS = 0.01
"""Share of the smallest and of the largest numbers that get the end colours."""
GREY = ""
"""The colour of what has no group; the theme says which grey."""


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A line of the legend. `css` is "" for a colour of the palette, and for grey at the end.

    `filter` shows this group on every page, where the shared filter can say so.
    """

    name: str
    css: str
    count: int
    filter: ImageFilter | None = None
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers by colour: what the two ends and the middle stand for."""

    low: str
    middle: str
    high: str
    missing: int


@dataclass(frozen=True, slots=True)
class Colouring:
    """Which group or shade each point has.

    Attributes:
        groups: (N,), positions in `entries`; with a `scale` shades, LEVELS where there is none.
    """

    field: str
    groups: NDArray[np.int32]
    entries: tuple[GroupEntry, ...] = ()
    scale: Scale | None = None

    def hidden(self, switched_off: frozenset[int], part: tuple[float, float]) -> NDArray[np.bool_]:
        """Points of groups that are switched off, or outside a part of the scale, (N,)."""
        if self.scale is None:
            return np.isin(self.groups, list(switched_off))
        if part == (0.0, 1.0):
            return np.zeros(len(self.groups), bool)
        share = self.groups / (LEVELS - 1)
        return np.asarray((share < part[0]) | (share > part[1]) | (self.groups == LEVELS))


@dataclass(frozen=True, slots=True)
class MapContext:
    """What a colouring is of."""

    image_ids: Ids
    feature_set_id: int
    clustering_id: int | None


def titles() -> dict[str, str]:
    """All that can be coloured by, in order."""
    return {
        "cluster": tr("Cluster"),
        "label": tr("Label"),
        "tag": tr("Tag"),
        "folder": tr("Folder"),
        "camera": tr("Camera"),
        "split": tr("Split"),
        "format": tr("File format"),
        "captured_at": tr("Date taken"),
        "bytes": tr("File size"),
        "pixels": tr("Picture size"),
        "shape": tr("Width to height"),
        "distance": tr("Distance to the centre"),
        "margin": tr("How clearly in its cluster"),
        "outlierness": tr("Outlierness"),
    }


def about(field: str) -> str:
    """What the numbers of a field mean, where their title does not say it all."""
    return {
        "distance": tr("How far each image is from the middle of its own cluster."),
        "margin": tr("How much farther the next cluster is than its own: 0 is between the two."),
        "outlierness": tr(
            "Mean distance to the ten nearest images: the larger, the less is anything like it."
        ),
        "shape": tr("Width divided by height: below 1 upright, above 1 broad."),
    }.get(field, "")


def read_fields(project: Project, context: MapContext) -> list[str]:
    """What of `titles` says something about these images."""
    columns: tuple[Column, ...] = (
        "label", "camera", "split", "format", "captured_at", "bytes", "width", "height",
    )  # fmt: skip
    found: set[str] = set(columns_in_use(project, columns))
    if {"width", "height"} & found:
        found |= {"pixels", "shape"}
    if context.clustering_id is not None:
        found |= {"cluster", "distance", "margin"}
    if project.tags.all():
        found.add("tag")
    if project.features.neighbours(context.feature_set_id) is not None:
        found.add("outlierness")
    if len({_folder(path) for path in image_column(project, "path", context.image_ids)}) > 1:
        found.add("folder")
    return [field for field in titles() if field in found]


def read_colouring(project: Project, field: str, context: MapContext) -> Colouring:
    """The colouring of a field; one grey group where it says nothing."""
    ids = context.image_ids
    if field == "cluster" and context.clustering_id is not None:
        return _by_cluster(project, context.clustering_id, ids)
    if field == "tag":
        return _by_tag(project, ids)
    if field in ("label", "camera", "split", "format"):
        values = cast("list[str | None]", image_column(project, cast(Column, field), ids))
        return by_names(field, values)
    if field == "folder":
        paths = image_column(project, "path", ids)
        return by_names(field, [_folder(path) for path in paths])
    values_and_words = _numbers(project, field, context)
    if values_and_words is None:
        return by_names(field, [None] * len(ids))
    return by_numbers(field, *values_and_words)


def by_names(field: str, values: Sequence[str | None]) -> Colouring:
    """A group for each name, the largest first, and one for those without."""
    sizes = Counter(values)
    missing = sizes.pop(None, 0)
    names = [name for name, _ in sorted(sizes.items(), key=lambda item: (-item[1], str(item[0])))]
    places: dict[str | None, int] = {name: place for place, name in enumerate(names)}
    places[None] = len(names)
    entries = [GroupEntry(str(n), GREY, sizes[n], _filter_for(field, n)) for n in names]
    if missing:
        entries.append(
            GroupEntry(tr("none"), GREY, missing, _filter_for(field, None), is_rest=True)
        )
    groups = np.fromiter((places[value] for value in values), np.int32, len(values))
    return Colouring(field, groups, tuple(entries))


def by_numbers(field: str, values: NDArray[np.float64], words: Callable[[float], str]) -> Colouring:
    """Shades from the smallest to the largest; a few at both ends share the end colours."""
    known = values[np.isfinite(values)]
    groups = np.full(len(values), LEVELS, np.int32)
    if not len(known):
        return Colouring(field, groups, scale=Scale("", "", "", len(values)))
    low, high = np.quantile(known, [TAILS, 1 - TAILS]).tolist()
    if high <= low:
        low, high = float(known.min()), float(known.max())
    shares = (values - low) / max(high - low, 1e-30)
    is_known = np.isfinite(values)
    groups[is_known] = (shares[is_known].clip(0, 1) * (LEVELS - 1)).round().astype(np.int32)
    missing = int((~is_known).sum())
    scale = Scale(words(low), words((low + high) / 2), words(high), missing)
    return Colouring(field, groups, scale=scale)


def _filter_for(field: str, name: str | None) -> ImageFilter | None:
    if field == "label":
        return ImageFilter(labels=(name,))
    if field == "split":
        return ImageFilter(splits=(name,))
    if field == "camera":
        return ImageFilter(cameras=(name,))
    if field == "format" and name is not None:
        return ImageFilter(formats=(name,))
    if field == "folder" and name:
        return ImageFilter(text=f"{name}/")
    return None


def _by_cluster(project: Project, clustering_id: int, ids: Ids) -> Colouring:
    clustered, own = project.clusterings.assignment(clustering_id)
    clusters = sorted(project.clusterings.clusters(clustering_id), key=lambda c: c.id)
    found = _joined(ids, clustered, own.astype(np.float64))
    known = np.array([c.id for c in clusters], np.int64)
    wanted = np.nan_to_num(found, nan=-1).astype(np.int64)
    places = np.searchsorted(known, wanted).clip(0, max(len(known) - 1, 0))
    is_known = known[places] == wanted if len(known) else np.zeros(len(ids), bool)
    groups = np.where(is_known, places, len(known)).astype(np.int32)
    sizes = np.bincount(groups, minlength=len(known) + 1)
    entries = [
        GroupEntry(c.name, c.colour, int(size), ImageFilter(cluster_ids=(c.id,)))
        for c, size in zip(clusters, sizes, strict=False)
    ]
    if sizes[len(known)]:
        entries.append(GroupEntry(tr("no cluster"), GREY, int(sizes[len(known)]), is_rest=True))
    return Colouring("cluster", groups, tuple(entries))


def _by_tag(project: Project, ids: Ids) -> Colouring:
    """An image with several tags has the colour of the first by name; the legend says so."""
    tags = project.tags.all()
    groups = np.full(len(ids), len(tags), np.int32)
    entries = []
    for place, tag in reversed(list(enumerate(tags))):
        groups[np.isin(ids, project.tags.images(tag.id))] = place
    for place, tag in enumerate(tags):
        shown = int((groups == place).sum())
        entries.append(GroupEntry(tag.name, tag.colour, shown, ImageFilter(tag_ids=(tag.id,))))
    rest = int((groups == len(tags)).sum())
    entries.append(GroupEntry(tr("no tag"), GREY, rest, ImageFilter(tag_ids=(None,)), is_rest=True))
    return Colouring("tag", groups, tuple(entries))


class Words:
    """How a number of a field is said."""

    def __init__(self, field: str) -> None:
        self._field = field

    def __call__(self, value: float) -> str:
        """In words, with its unit."""
        if self._field == "captured_at":
            return datetime.fromtimestamp(value, UTC).date().isoformat()
        if self._field == "bytes":
            return text.size(round(10**value))
        if self._field == "pixels":
            return tr("{n:.2g} MP").format(n=10**value / 1e6)
        if self._field == "shape":
            return f"{2**value:.2f}"
        return f"{value:.3g}"


def _numbers(
    project: Project, field: str, context: MapContext
) -> tuple[NDArray[np.float64], Words] | None:
    ids, words = context.image_ids, Words(field)
    if field in ("distance", "margin") and context.clustering_id is not None:
        members, _clusters, distances, margins = member_scores(project, context.clustering_id)
        return _joined(ids, members, distances if field == "distance" else margins), words
    if field == "outlierness":
        scores = mean_distances(project, context.feature_set_id)
        own = project.features.image_ids(context.feature_set_id)
        return None if scores is None else (_joined(ids, own, scores), words)
    if field == "captured_at":
        taken = image_column(project, "captured_at", ids)
        return np.array([_seconds(value) for value in taken]), words
    if field == "bytes":
        return np.log10(np.maximum(_floats(image_column(project, "bytes", ids)), 1)), words
    if field in ("pixels", "shape"):
        width = np.maximum(_floats(image_column(project, "width", ids)), 1)
        height = np.maximum(_floats(image_column(project, "height", ids)), 1)
        made = np.log10(width * height) if field == "pixels" else np.log2(width / height)
        return made, words
    return None


def _joined(ids: Ids, own: Ids, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of `own` images in the order of `ids`; NaN for those that are not among them."""
    if not len(own):
        return np.full(len(ids), np.nan)
    order = np.argsort(own)
    places = order[np.searchsorted(own, ids, sorter=order).clip(0, len(own) - 1)]
    return np.where(own[places] == ids, values[places], np.nan)


def _floats(values: Sequence[object]) -> NDArray[np.float64]:
    return np.array([v if isinstance(v, int | float) else np.nan for v in values], np.float64)


def _seconds(value: object) -> float:
    if not isinstance(value, str):
        return float("nan")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return float("nan")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _folder(path: object) -> str | None:
    return str(path).rpartition("/")[0] or None if path is not None else None
