import shutil
from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import DamagedProject, FolderError, ProjectError
from ssl_studio.project import ImageFilter, Project
from tests.project.made import JPEG, Filled, fill, scanned


@pytest.fixture
def root(project: Project) -> int:
    folder = project.path.parent / "pictures"
    folder.mkdir()
    return project.images.add_root(folder)


def test_a_folder_is_registered_once(project: Project, root: int) -> None:
    assert project.images.add_root(project.path.parent / "pictures") == root
    (found,) = project.images.roots()
    assert Path(found.path) == project.path.parent / "pictures"
    assert found.label_source == "folders"


def test_images_come_back_in_the_order_asked(project: Project, root: int) -> None:
    ids = project.images.upsert(root, [scanned("b.jpg"), scanned("a.jpg")])
    assert [image.path for image in project.images.get(ids)] == ["b.jpg", "a.jpg"]
    assert [image.path for image in project.images.get(ids[::-1])] == ["a.jpg", "b.jpg"]
    assert project.images.get([999]) == []


def test_ids_are_in_order_of_path(project: Project, root: int) -> None:
    b, a = project.images.upsert(root, [scanned("b.jpg"), scanned("a.jpg")])
    found = project.images.ids()
    assert found.tolist() == [a, b]
    assert found.dtype == np.int64


def test_a_known_path_keeps_its_id_and_its_label(project: Project, root: int) -> None:
    (first,) = project.images.upsert(root, [scanned("a.jpg", "x")], {"a.jpg": ("cat", "test")})
    (again,) = project.images.upsert(root, [scanned("a.jpg", "y")])
    assert again == first
    (image,) = project.images.get([first])
    assert (image.content_hash, image.label, image.split) == ("y", "cat", "test")


def test_labels_that_leave_an_image_out_take_its_label(project: Project, root: int) -> None:
    ids = project.images.upsert(root, [scanned("a.jpg")], {"a.jpg": ("cat", None)})
    project.images.upsert(root, [scanned("a.jpg")], {})
    assert project.images.labels(ids) == [None]


def test_labels_of_known_images(project: Project, root: int) -> None:
    ids = project.images.upsert(root, [scanned("a.jpg"), scanned("b.jpg")])
    labels = {"b.jpg": ("dog", "train"), "c.jpg": ("cat", None)}
    assert project.images.set_labels(root, labels) == 1
    assert project.images.labels(ids) == [None, "dog"]
    assert project.images.splits(ids) == [None, "train"]


def test_a_moved_file_keeps_its_id(filled: Filled) -> None:
    images, moved = filled.project.images, filled.images[0]
    (before,) = images.get([moved])
    (filled.folder / before.path).rename(filled.folder / "moved.jpg")
    found = images.upsert(filled.root, [scanned("moved.jpg", before.content_hash)])
    assert found == [moved]
    assert images.get(found)[0].path == "moved.jpg"
    assert images.count() == len(filled.images)


def test_a_copied_file_is_a_new_image(filled: Filled) -> None:
    (before,) = filled.project.images.get([filled.images[0]])
    found = filled.project.images.upsert(filled.root, [scanned("copy.jpg", before.content_hash)])
    assert found[0] not in filled.images


def test_two_copies_cannot_take_the_same_id(filled: Filled) -> None:
    (before,) = filled.project.images.get([filled.images[0]])
    (filled.folder / before.path).unlink()
    rows = [scanned(name, before.content_hash) for name in ("x.jpg", "y.jpg")]
    one, two = filled.project.images.upsert(filled.root, rows)
    assert one == before.id
    assert two not in filled.images


def test_copies_in_a_renamed_folder_keep_their_ids(project: Project, root: int) -> None:
    before = project.images.upsert(root, [scanned(f"old/{i}.jpg", "same") for i in range(3)])
    after = project.images.upsert(root, [scanned(f"new/{i}.jpg", "same") for i in range(3)])
    assert after == before
    assert project.images.count(None) == 3


def test_known_images_by_path(project: Project, root: int) -> None:
    name = "odd\udcff.jpg"
    (image,) = project.images.upsert(root, [scanned(name)])
    assert project.images.known(root) == {name: (100, 1, image, "ok")}
    assert project.images.full_path(image).name == name


def test_missing_and_back(filled: Filled) -> None:
    images = filled.project.images
    images.mark_missing(filled.images[:2])
    assert images.status_counts() == {"ok": 10, "bad": 0, "missing": 2}
    assert [image.id for image in images.problems()] == filled.images[:2]
    images.mark_present(filled.images[:1])
    assert images.count() == 11


def test_bad_images_have_a_reason_and_no_thumbnail(project: Project, root: int) -> None:
    project.images.upsert(root, [scanned("a.jpg")])
    (bad,) = project.images.upsert(root, [scanned("a.jpg", problem="cut off")])
    assert project.images.problems()[0].problem == "cut off"
    assert project.images.thumbnails([bad]) == {}
    assert project.images.count("bad") == 1
    assert project.images.count(None) == 1


def test_thumbnails(filled: Filled) -> None:
    assert filled.project.images.thumbnails(filled.images[:2]) == dict.fromkeys(
        filled.images[:2], JPEG
    )


def test_duplicates_point_at_the_first(project: Project, root: int) -> None:
    rows = [scanned(f"{i}.jpg", "same" if i % 2 else None) for i in range(6)]
    ids = project.images.upsert(root, rows)
    assert project.images.find_duplicates() == 2
    found = [image.duplicate_of for image in project.images.get(ids)]
    assert found == [None, None, None, ids[1], None, ids[1]]
    project.images.upsert(root, [scanned("3.jpg", "changed")])
    assert project.images.find_duplicates() == 1


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (ImageFilter(text="A/00"), 5),
        (ImageFilter(text="%"), 0),
        (ImageFilter(labels=("a",)), 6),
        (ImageFilter(labels=("a", None)), 6),
        (ImageFilter(labels=(None,)), 0),
        (ImageFilter(splits=("test",)), 0),
        (ImageFilter(formats=("JPEG", "PNG")), 12),
        (ImageFilter(root_ids=(1,), text="a/"), 6),
        (ImageFilter(duplicates="hide"), 12),
        (ImageFilter(duplicates="only"), 0),
        (ImageFilter(min_side_px=24), 12),
        (ImageFilter(min_side_px=25), 0),
        (ImageFilter(labels=("'; DROP TABLE images; --",)), 0),
        (ImageFilter(), 12),
    ],
)
def test_filters(filled: Filled, where: ImageFilter, expected: int) -> None:
    images = filled.project.images
    assert images.count(where=where) == expected
    assert len(images.ids(where=where)) == expected
    assert where.is_empty == (where == ImageFilter())


def test_filter_by_cluster(filled: Filled) -> None:
    found = filled.project.images.ids(where=ImageFilter(cluster_ids=tuple(filled.clusters[:2])))
    images, clusters = filled.project.clusterings.assignment(filled.clustering)
    assert sorted(found) == images[clusters != filled.clusters[2]].tolist()


@pytest.mark.parametrize("order", ["path", "label", "newest", "largest", "added"])
def test_every_order_has_every_image(filled: Filled, order: str) -> None:
    found = filled.project.images.ids(order=order)  # type: ignore[arg-type]  # one of them each
    assert sorted(found) == filled.images


def test_many_labels_at_once_and_few_agree(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [filled.images[3], 999, filled.images[0]]
    few = filled.project.images.labels(wanted)
    monkeypatch.setattr("ssl_studio.project.images._MANY", 0)
    assert few == filled.project.images.labels(wanted) == ["b", None, "a"]


def test_classes(filled: Filled) -> None:
    assert filled.project.images.classes() == ["a", "b"]


def test_no_classes(project: Project) -> None:
    assert project.images.classes() == []


def test_the_fingerprint_follows_content_and_order(filled: Filled) -> None:
    images = filled.project.images
    before = images.fingerprint(filled.images)
    assert images.fingerprint(filled.images) == before
    assert images.fingerprint(filled.images[::-1]) != before
    (image,) = images.get(filled.images[:1])
    images.upsert(filled.root, [scanned(image.path, "changed")])
    assert images.fingerprint(filled.images) != before


def test_project_and_folder_move_together(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with Project.create(tmp_path / "here" / "demo.sslstudio") as project:
        filled = fill(project)
    shutil.move(tmp_path / "here", tmp_path / "there")
    with Project.open(tmp_path / "there" / "demo.sslstudio") as project:
        assert project.images.full_path(filled.images[0]).is_file()
    # The way from the root of the disk was brought up to date too: now the file moves alone.
    (tmp_path / "there" / "demo.sslstudio").rename(tmp_path / "demo.sslstudio")
    with Project.open(tmp_path / "demo.sslstudio") as project:
        assert project.images.full_path(filled.images[0]).is_file()


def test_a_folder_that_moved_alone_is_located_again(filled: Filled, tmp_path: Path) -> None:
    images = filled.project.images
    elsewhere = filled.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(FolderError, match="not there"):
        images.root_folder(filled.root)
    with pytest.raises(FolderError, match="not a folder"):
        images.relocate_root(filled.root, filled.folder)
    images.relocate_root(filled.root, elsewhere)
    assert images.full_path(filled.images[0]).is_file()
    assert images.ids().tolist() == sorted(filled.images, key=lambda i: images.get([i])[0].path)


def test_no_such_root(project: Project) -> None:
    with pytest.raises(ProjectError, match="no folder 7"):
        project.images.root_folder(7)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE images SET path = '../../etc/passwd'",
        "UPDATE images SET path = '/etc/passwd'",
    ],
)
def test_paths_that_leave_the_folder_are_not_followed(filled: Filled, damage: str) -> None:
    with filled.project.write():
        filled.project._sql.run(f"{damage} WHERE id = {filled.images[0]}")
    with pytest.raises(DamagedProject, match="outside"):
        filled.project.images.full_path(filled.images[0])


def test_100_000_images_are_found_through_indices(project: Project) -> None:
    def plan(sql: str) -> str:
        return " ".join(str(row[3]) for row in project._sql.rows(f"EXPLAIN QUERY PLAN {sql}"))

    ordered = plan("SELECT id FROM images WHERE status = 'ok' ORDER BY root_id, path")
    assert "COVERING INDEX images_in_order" in ordered
    assert "TEMP B-TREE" not in ordered
    labelled = "SELECT id FROM images WHERE status = 'ok' AND label = 'a' ORDER BY root_id, path"
    assert "COVERING INDEX images_by_label" in plan(labelled)
    members = "SELECT image_id FROM cluster_members WHERE cluster_id = 1 ORDER BY distance LIMIT 9"
    assert "TEMP B-TREE" not in plan(members)
