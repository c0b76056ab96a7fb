"""What an `ImageSort` asks of the table of images, as SQL."""

from typing import Literal

from ssl_studio.project.records import ImageSort

Order = Literal["path", "label", "newest", "largest", "added"]
"""Orders that have a name of their own."""

_NAMED: dict[str, ImageSort] = {
    "path": ImageSort("path"),
    "label": ImageSort("label"),
    "newest": ImageSort("date", descending=True),
    "largest": ImageSort("pixels", descending=True),
    "added": ImageSort("added"),
}
_COLUMNS: dict[str, tuple[str, ...]] = {
    "path": ("root_id", "path"),
    "label": ("label", "root_id", "path"),
    "date": ("dated_at",),
    "size": ("bytes",),
    "pixels": ("width * height",),
    "added": (),
}
_OF_MEMBERS: dict[str, tuple[str, ...]] = {
    "cluster": ("members.cluster_id", "members.distance"),
    "distance": ("members.distance",),
    "margin": ("members.margin",),
}
_GROUPS = """
LEFT JOIN (
    SELECT image_id, min(search_id) AS search, group_number, position
    FROM near_duplicates GROUP BY image_id
) AS groups ON groups.image_id = images.id"""
_BY_GROUP = (
    "groups.search IS NULL, groups.search, groups.group_number, groups.position,"
    " coalesce(duplicate_of, images.id), duplicate_of IS NOT NULL, images.id"
)


def as_sort(order: Order | ImageSort) -> ImageSort:
    """An order by its name, or as it is."""
    return order if isinstance(order, ImageSort) else _NAMED[order]


def ordering(sort: ImageSort) -> tuple[str, str, list[object]]:
    """What to join to images and what to order by, as SQL; and the join's parameters.

    What has no distance or margin comes last in either direction.
    """
    down = " DESC" if sort.descending else ""
    if sort.by == "group":
        return _GROUPS, _BY_GROUP, []
    if sort.by not in _OF_MEMBERS:
        return "", ", ".join(f"{c}{down}" for c in (*_COLUMNS[sort.by], "images.id")), []
    join = (
        " LEFT JOIN cluster_members AS members"
        " ON members.clustering_id = ? AND members.image_id = images.id"
    )
    columns = _OF_MEMBERS[sort.by]
    terms = [f"{columns[0]} IS NULL", f"{columns[0]}{down}", *columns[1:], "images.id"]
    return join, ", ".join(terms), [sort.clustering_id]
