"""Tags: every edit is stored at once, and its undo brings back exactly what was there."""

from collections.abc import Callable

import pytest

from ssl_studio.errors import ProjectError
from ssl_studio.project import Changes, Project
from ssl_studio.project.records import ImageFilter
from tests.project.made import Filled, fill


@pytest.fixture
def tagged(project: Project) -> Filled:
    """Images of which the first three are tagged "sharp"; there is an unused tag "later"."""
    filled = fill(project)
    project.edits.add_tag("sharp", filled.images[:3])
    project.edits.add_tag("later")
    return filled


def state(project: Project) -> object:
    tags = project.tags.all()
    return [(tag, project.tags.images(tag.id).tolist()) for tag in tags]


EDITS: dict[str, Callable[[Filled], Changes]] = {
    "add": lambda f: f.project.edits.add_tag("new", f.images[5:7]),
    "tag": lambda f: f.project.edits.tag_images(f.images[2:5], 1),
    "untag": lambda f: f.project.edits.tag_images(f.images[1:5], 1, on=False),
    "toggle on": lambda f: f.project.edits.toggle_tag(f.images[2:5], 1),
    "toggle off": lambda f: f.project.edits.toggle_tag(f.images[:2], 1),
    "rename": lambda f: f.project.edits.rename_tag(1, "Crisp"),
    "recolour": lambda f: f.project.edits.recolour_tag(1, "#102030"),
    "key": lambda f: f.project.edits.set_tag_key(2, 1),
    "no key": lambda f: f.project.edits.set_tag_key(1, None),
    "delete": lambda f: f.project.edits.delete_tag(1),
}


@pytest.mark.parametrize("name", EDITS)
def test_undo_and_redo_are_exact(tagged: Filled, name: str) -> None:
    edits, before = tagged.project.edits, state(tagged.project)
    changes = EDITS[name](tagged)
    after = state(tagged.project)
    assert after != before
    assert edits.undo() == changes
    assert state(tagged.project) == before
    assert edits.redo() == changes
    assert state(tagged.project) == after
    assert tagged.project.check() == []


def test_tags_are_listed_with_colours_keys_and_counts(tagged: Filled) -> None:
    later, sharp = tagged.project.tags.all()
    assert (sharp.name, sharp.key, sharp.images) == ("sharp", 1, 3)
    assert (later.name, later.key, later.images) == ("later", 2, 0)
    assert sharp.colour != later.colour


def test_the_tenth_tag_has_no_key(tagged: Filled) -> None:
    for number in range(8):
        tagged.project.edits.add_tag(f"tag {number}")
    keys = sorted(tag.key or 0 for tag in tagged.project.tags.all())
    assert keys == list(range(10))


def test_words_of_an_edit_count_what_it_changed(tagged: Filled) -> None:
    tagged.project.edits.tag_images(tagged.images[:4], 1)
    assert tagged.project.edits.undo_note == "Tag 1 image sharp"


def test_edits_of_clusters_and_tags_are_undone_in_one_order(tagged: Filled) -> None:
    edits = tagged.project.edits
    edits.rename_cluster(tagged.clusters[0], "Moths")
    edits.delete_tag(2)
    assert edits.undo().kinds == {"tags", "edits"}
    assert edits.undo().kinds == {"clusters", "edits"}
    assert edits.undo_note == "New tag later"


def test_an_edit_without_effect_leaves_no_trace(tagged: Filled) -> None:
    before = len(tagged.project.edits.all())
    assert tagged.project.edits.tag_images(tagged.images[:2], 1).kinds == frozenset()
    assert tagged.project.edits.rename_tag(1, "sharp").kinds == frozenset()
    assert len(tagged.project.edits.all()) == before


@pytest.mark.parametrize("name", ["SHARP", "  sharp ", "", " ", "x" * 101])
def test_names_are_unique_and_short(tagged: Filled, name: str) -> None:
    with pytest.raises(ProjectError):
        tagged.project.edits.add_tag(name)


def test_the_name_of_a_deleted_tag_is_free_again(tagged: Filled) -> None:
    edits = tagged.project.edits
    edits.delete_tag(1)
    edits.add_tag("Sharp")
    found = tagged.project.tags.named("sharp")
    assert found is not None
    assert found.images == 0
    edits.undo()
    edits.undo()
    found = tagged.project.tags.named("sharp")
    assert found is not None
    assert found.images == 3


def test_a_rename_may_take_the_name_of_a_deleted_tag(tagged: Filled) -> None:
    edits = tagged.project.edits
    edits.delete_tag(1)
    edits.rename_tag(2, "sharp")
    edits.undo()
    edits.undo()
    assert [tag.name for tag in tagged.project.tags.all()] == ["later", "sharp"]


def test_a_name_given_away_comes_back_by_undo(tagged: Filled) -> None:
    edits, before = tagged.project.edits, state(tagged.project)
    edits.rename_tag(1, "crisp")
    edits.add_tag("sharp", tagged.images[5:6])
    after = state(tagged.project)
    edits.undo()
    edits.undo()
    assert state(tagged.project) == before
    edits.redo()
    edits.redo()
    assert state(tagged.project) == after


def test_undo_wins_a_name_back_from_a_tag_that_an_older_version_deleted(tagged: Filled) -> None:
    tagged.project.edits.rename_tag(1, "crisp")
    with tagged.project.write():
        tagged.project._sql.run("INSERT INTO tags VALUES (9, 'Sharp', '#000000', NULL, 1)")
    tagged.project.edits.undo()
    assert [tag.name for tag in tagged.project.tags.all()] == ["later", "sharp"]


def test_the_words_for_taking_a_key_away(tagged: Filled) -> None:
    assert tagged.project.edits.set_tag_key(1, None).note == "No key for tag sharp"


def test_undo_skips_images_that_left_the_project(tagged: Filled) -> None:
    tagged.project.edits.delete_tag(1)
    with tagged.project.write():
        tagged.project._sql.run("DELETE FROM images WHERE id = ?", (tagged.images[0],))
    tagged.project.edits.undo()
    assert tagged.project.tags.images(1).tolist() == tagged.images[1:3]


def test_tags_of_images_by_name(tagged: Filled) -> None:
    tagged.project.edits.tag_images(tagged.images[:1], 2)
    found = tagged.project.tags.of(tagged.images[:2] + tagged.images[8:])
    assert found == {tagged.images[0]: ("later", "sharp"), tagged.images[1]: ("sharp",)}


def test_images_are_found_by_their_tags(tagged: Filled) -> None:
    tagged.project.edits.tag_images(tagged.images[4:6], 2)
    store = tagged.project.images

    def count(*tag_ids: int | None) -> int:
        return store.count(where=ImageFilter(tag_ids=tag_ids))

    assert (count(1), count(1, 2), count(None), count(None, 1)) == (3, 5, 7, 10)


def test_a_tag_that_is_gone_is_told(tagged: Filled) -> None:
    with pytest.raises(ProjectError, match="no tag 9"):
        tagged.project.edits.tag_images(tagged.images, 9)
    with pytest.raises(ProjectError, match="no tag 9"):
        tagged.project.tags.get(9)
    with pytest.raises(ProjectError, match="digit"):
        tagged.project.edits.set_tag_key(1, 10)
