"""Filters and orders of images, each against what plain Python would choose."""

import pytest

from ssl_studio.project import ImageFilter, Project, ScannedImage
from ssl_studio.project.records import ImageSort, SortKey
from tests.project.made import JPEG, Filled, fill

DAY_NS = 86_400 * 10**9


def scan(number: int, **facts: object) -> ScannedImage:
    values: dict[str, object] = {
        "path": f"{number}.jpg", "bytes": 100 * number, "modified_ns": number * DAY_NS,
        "content_hash": f"hash {number}", "width": 10 * number, "height": 64 - number,
        "mode": "RGB", "format": "JPEG", "thumbnail": JPEG,
        "thumbnail_width": 1, "thumbnail_height": 1,
    }  # fmt: skip
    return ScannedImage(**(values | facts))  # type: ignore[arg-type]


@pytest.fixture
def five(project: Project) -> list[int]:
    """Images 1 to 5: larger files later, number 4 shot long ago by a camera, 5 is a copy of 2."""
    rows = [scan(n) for n in (1, 2, 3)]
    rows.append(scan(4, captured_at="1969-05-06T10:00:00", camera="Lumen One"))
    rows.append(scan(5, content_hash="hash 2"))
    ids = project.images.upsert(project.images.add_root(project.path.parent), rows)
    project.images.find_duplicates()
    return ids


def numbers(project: Project, found: object) -> list[int]:
    paths = [image.path for image in project.images.get(found)]  # type: ignore[arg-type]
    return [int(path.removesuffix(".jpg")) for path in paths]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("path", [1, 2, 3, 4, 5]),
        ("date", [4, 1, 2, 3, 5]),
        ("size", [1, 2, 3, 4, 5]),
        ("pixels", [1, 2, 3, 4, 5]),
        ("added", [1, 2, 3, 4, 5]),
        ("group", [2, 5, 1, 3, 4]),
    ],
)
def test_orders(project: Project, five: list[int], by: SortKey, expected: list[int]) -> None:
    assert numbers(project, project.images.ids(order=ImageSort(by))) == expected
    if by != "group":
        backwards = project.images.ids(order=ImageSort(by, descending=True))
        assert numbers(project, backwards) == expected[::-1]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (ImageFilter(dated_from="1970-01-03"), [2, 3, 5]),
        (ImageFilter(dated_to="1970-01-03"), [1, 2, 4]),
        (ImageFilter(dated_from="1969", dated_to="1969"), [4]),
        (ImageFilter(min_bytes=300, max_bytes=400), [3, 4]),
        (ImageFilter(min_side_px=20, max_side_px=30), [2, 3]),
        (ImageFilter(cameras=("Lumen One",)), [4]),
        (ImageFilter(cameras=(None,)), [1, 2, 3, 5]),
        (ImageFilter(duplicates="hide"), [1, 2, 3, 4]),
        (ImageFilter(duplicates="only"), [5]),
        (ImageFilter(duplicates="exact"), [2, 5]),
        (ImageFilter(duplicates="near"), []),
        (ImageFilter(image_ids=()), []),
        (ImageFilter(labels=(None,)), [1, 2, 3, 4, 5]),
    ],
)
def test_filters(
    project: Project, five: list[int], where: ImageFilter, expected: list[int]
) -> None:
    assert numbers(project, project.images.ids(where=where)) == expected
    assert project.images.count(where=where) == len(expected)


def test_statuses_of_the_filter_come_before_that_of_the_page(
    project: Project, five: list[int]
) -> None:
    project.images.mark_missing(five[:2])
    assert project.images.count("ok", ImageFilter(statuses=("missing",))) == 2
    assert project.images.count("ok", ImageFilter(statuses=("missing", "ok"))) == 5


def test_only_these_images(project: Project, five: list[int]) -> None:
    assert project.images.ids(where=ImageFilter(image_ids=tuple(five[1:3]))).tolist() == five[1:3]


@pytest.fixture
def clustered(project: Project) -> Filled:
    """Twelve images in three clusters, distances 0/12 to 11/12 in the order of the images."""
    return fill(project)


def test_outliers_first_and_images_without_a_cluster_last(
    project: Project, clustered: Filled
) -> None:
    extra = project.images.upsert(clustered.root, [scan(77)])
    sort = ImageSort("distance", descending=True, clustering_id=clustered.clustering)
    found = project.images.ids(order=sort).tolist()
    assert found == clustered.images[::-1] + extra
    closest = ImageSort("distance", clustering_id=clustered.clustering)
    assert project.images.ids(order=closest).tolist() == clustered.images + extra
    borderline = ImageSort("margin", clustering_id=clustered.clustering)
    assert project.images.ids(order=borderline).tolist() == clustered.images[::-1] + extra


def test_by_cluster_and_distance(project: Project, clustered: Filled) -> None:
    sort = ImageSort("cluster", clustering_id=clustered.clustering)
    expected = [clustered.images[i] for start in range(3) for i in range(start, 12, 3)]
    assert project.images.ids(order=sort).tolist() == expected


def test_distance_to_the_centre_as_a_filter(project: Project, clustered: Filled) -> None:
    far = ImageFilter(min_distance=0.5, clustering_id=clustered.clustering)
    assert set(project.images.ids(where=far).tolist()) == set(clustered.images[6:])
    assert project.images.count(where=far) == 6
    between = ImageFilter(min_distance=0.5, max_distance=0.7, clustering_id=clustered.clustering)
    assert project.images.count(where=between) == 3


def test_facets_count_what_there_is(project: Project, five: list[int]) -> None:
    assert [(f.value, f.images) for f in project.facets.labels()] == [(None, 5)]
    assert [(f.value, f.images) for f in project.facets.cameras()] == [("Lumen One", 1)]
    assert [(f.value, f.images) for f in project.facets.formats()] == [("JPEG", 5)]
    assert project.facets.dates() == ("1969-05-06", "1970-01-06")


def test_labels_of_an_empty_project(project: Project) -> None:
    assert project.facets.labels() == []
    assert project.facets.dates() is None


def test_labels_are_sorted_without_regard_to_case(project: Project, five: list[int]) -> None:
    root = project.images.roots()[0].id
    names = {1: "bass", 2: "Faces", 3: "airplanes"}
    project.images.set_labels(root, {f"{n}.jpg": (name, None) for n, name in names.items()})
    found = [facet.value for facet in project.facets.labels()]
    assert found == [None, "airplanes", "bass", "Faces"]
