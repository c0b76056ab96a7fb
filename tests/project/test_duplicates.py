import numpy as np
import pytest

from ssl_studio.project import ImageFilter, Project
from ssl_studio.project.duplicates import NearGroups
from ssl_studio.project.records import ImageSort
from tests.project.made import Filled, fill, scanned


@pytest.fixture
def filled(project: Project) -> Filled:
    return fill(project)


def groups(*members: list[int]) -> NearGroups:
    sizes = [len(ids) for ids in members]
    ids = np.concatenate([np.asarray(m) for m in members])
    return NearGroups(ids, np.repeat(np.arange(len(sizes)), sizes), np.zeros(len(ids)))


def test_hashes_survive_the_sign_of_sqlite(filled: Filled) -> None:
    store = filled.project.duplicates
    assert store.unhashed().tolist() == filled.images
    store.add_hashes(filled.images[:2], np.array([2**64 - 1, 5], np.uint64))
    ids, hashes = store.hashes()
    assert dict(zip(ids.tolist(), hashes.tolist(), strict=True)) == {
        filled.images[0]: 2**64 - 1,
        filled.images[1]: 5,
    }
    assert store.unhashed().tolist() == filled.images[2:]


def test_a_changed_file_has_to_be_hashed_again(filled: Filled) -> None:
    filled.project.duplicates.add_hashes(filled.images, np.arange(12, dtype=np.uint64))
    filled.project.images.upsert(filled.root, [scanned("a/000.jpg", "another content")])
    assert filled.project.duplicates.unhashed().tolist() == [filled.images[0]]
    assert len(filled.project.duplicates.hashes()[0]) == 11


def test_groups_come_back_and_replace_those_of_their_kind(filled: Filled) -> None:
    store, ids = filled.project.duplicates, filled.images
    store.replace("hash", groups(ids[:2]), threshold=6, images=12)
    store.replace("features", groups(ids[4:7]), threshold=0.02, images=12)
    store.replace("hash", groups(ids[2:4], ids[5:8]), threshold=4, images=12)
    assert [g.image_ids for g in store.near_groups("hash")] == [tuple(ids[2:4]), tuple(ids[5:8])]
    assert [g.image_ids for g in store.near_groups("features")] == [tuple(ids[4:7])]
    assert [(s.kind, s.groups, s.threshold) for s in store.searches()] == [
        ("features", 1, 0.02),
        ("hash", 2, 4.0),
    ]


def test_filters_and_the_order_by_group(filled: Filled) -> None:
    ids, images = filled.images, filled.project.images
    found = groups([ids[9], ids[0]], [ids[5], ids[4], ids[3]])
    filled.project.duplicates.replace("hash", found, threshold=6, images=12)
    near = ImageFilter(duplicates="near")
    ordered = images.ids(where=near, order=ImageSort("group")).tolist()
    assert ordered == [ids[9], ids[0], ids[5], ids[4], ids[3]]
    assert images.count(where=ImageFilter(duplicates="hide_near")) == 9


def test_exact_groups_lead_with_the_original(filled: Filled) -> None:
    copies = filled.project.images.upsert(
        filled.root, [scanned(f"copy{n}.jpg", "hash of 'a/002.jpg'") for n in range(2)]
    )
    filled.project.images.find_duplicates()
    (group,) = filled.project.duplicates.exact_groups()
    assert group.image_ids == (filled.images[2], *copies)


def test_a_group_of_which_one_image_is_left_is_none(filled: Filled) -> None:
    filled.project.duplicates.replace("hash", groups(filled.images[:2]), threshold=6, images=12)
    filled.project.images.mark_missing(filled.images[:1])
    assert filled.project.duplicates.near_groups("hash") == []


def test_the_best_of_equals_comes_first(filled: Filled) -> None:
    filled.project.images.upsert(filled.root, [scanned("a/000.jpg", "hash of 'a/000.jpg'")])
    with filled.project.write():
        filled.project._sql.run("UPDATE images SET width = 99 WHERE id = ?", (filled.images[7],))
    best = filled.project.duplicates.best_first(np.array(filled.images[6:9]))
    assert best.tolist() == [filled.images[7], filled.images[6], filled.images[8]]


def test_nothing_found_is_stored_too(filled: Filled) -> None:
    none = NearGroups(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    filled.project.duplicates.replace("hash", none, threshold=6, images=12)
    assert filled.project.duplicates.searches()[0].groups == 0
