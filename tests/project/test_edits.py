from collections.abc import Callable
from pathlib import Path

import pytest

from ssl_studio.errors import DamagedProject, ProjectError
from ssl_studio.project import Changes, Project
from ssl_studio.project import edits as edits_module
from tests.project.made import Filled, fill

State = list[tuple[object, ...]]


def state(project: Project) -> State:
    return [
        *project._sql.rows("SELECT id, name, colour, note, size, retired FROM clusters"),
        *project._sql.rows("SELECT clustering_id, image_id, cluster_id FROM cluster_members"),
    ]


EDITS: dict[str, Callable[[Filled], Changes]] = {
    "rename": lambda f: f.project.edits.rename_cluster(f.clusters[0], "Moths"),
    "recolour": lambda f: f.project.edits.recolour_cluster(f.clusters[0], "#102030"),
    "note": lambda f: f.project.edits.note_cluster(f.clusters[0], "dusty"),
    "merge": lambda f: f.project.edits.merge_clusters(f.clusters),
    "split": lambda f: f.project.edits.split_cluster(f.clusters[0], f.images[:4]),
    "move": lambda f: f.project.edits.move_images(f.images[:5], f.clusters[2]),
}


@pytest.mark.parametrize("name", EDITS)
def test_undo_and_redo_lead_back_and_forth(filled: Filled, name: str) -> None:
    edits, before = filled.project.edits, state(filled.project)
    changes = EDITS[name](filled)
    after = state(filled.project)
    assert after[:3] != before[:3]
    assert "clusters" in changes.kinds
    for _ in range(2):
        assert edits.undo() == changes
        if name != "split":  # the row of the new cluster stays, out of sight
            assert state(filled.project) == before
        assert edits.redo() == changes
        assert state(filled.project) == after
    assert filled.project.check() == []


def test_undo_outlives_a_restart(path: Path) -> None:
    with Project.create(path) as project:
        filled = fill(project)
        project.edits.rename_cluster(filled.clusters[0], "Moths")
        project.edits.merge_clusters(filled.clusters[:2])
    with Project.open(path) as project:
        assert project.edits.undo_note == "Merge 2 clusters into Moths"
        project.edits.undo()
        project.edits.undo()
    with Project.open(path) as project:
        assert project.edits.undo_note is None
        names = [c.name for c in project.clusterings.clusters(filled.clustering)]
        assert names == ["Cluster 1", "Cluster 2", "Cluster 3"]
        project.edits.redo()
        assert project.edits.undo_note is not None
        assert project.edits.redo_note == "Merge 2 clusters into Moths"


def test_merged_clusters_are_out_of_sight(filled: Filled) -> None:
    EDITS["merge"](filled)
    (left,) = filled.project.clusterings.clusters(filled.clustering)
    assert (left.id, left.size) == (filled.clusters[0], 12)
    with pytest.raises(ProjectError, match="no cluster"):
        filled.project.edits.rename_cluster(filled.clusters[1], "gone")


def test_split_off_images_are_in_a_cluster_of_their_own(filled: Filled) -> None:
    EDITS["split"](filled)
    *_, new = filled.project.clusterings.clusters(filled.clustering)
    assert (new.name, new.size) == ("Cluster 1 (part)", 2)
    members = filled.project.clusterings.members(new.id)
    assert [m.image_id for m in members] == [filled.images[0], filled.images[3]]


def test_moves_stay_within_a_clustering(filled: Filled) -> None:
    again = filled.project.clusterings.add(
        filled.features, "kmeans", 1, 0, {}, {}, 0.0, *_one_cluster(filled)
    )
    before = filled.project.clusterings.assignment(again)[1].tolist()
    EDITS["move"](filled)
    assert filled.project.clusterings.assignment(again)[1].tolist() == before
    (other,) = filled.project.clusterings.clusters(again)
    with pytest.raises(ProjectError, match="same clustering"):
        filled.project.edits.merge_clusters([filled.clusters[0], other.id])


def _one_cluster(filled: Filled):
    import numpy as np

    return np.array(filled.images), np.zeros(12, int), np.zeros(12), np.zeros(12)


def test_a_new_edit_ends_redoing(filled: Filled) -> None:
    EDITS["rename"](filled)
    filled.project.edits.undo()
    EDITS["note"](filled)
    assert filled.project.edits.redo_note is None
    assert [(e.kind, e.done) for e in filled.project.edits.all()] == [("note", True)]


def test_an_edit_that_changes_nothing_leaves_no_trace(filled: Filled) -> None:
    edits = filled.project.edits
    EDITS["rename"](filled)
    edits.undo()
    assert edits.rename_cluster(filled.clusters[0], "Cluster 1").kinds == frozenset()
    assert edits.move_images([filled.images[0]], filled.clusters[0]).kinds == frozenset()
    assert edits.redo_note is not None
    assert edits.undo_note is None


def test_what_makes_no_sense_is_said(filled: Filled) -> None:
    edits = filled.project.edits
    with pytest.raises(ProjectError, match="two or more"):
        edits.merge_clusters([filled.clusters[0]] * 2)
    with pytest.raises(ProjectError, match="nothing to split"):
        edits.split_cluster(filled.clusters[0], [])
    with pytest.raises(ProjectError, match="None of these"):
        edits.split_cluster(filled.clusters[0], [filled.images[1]])
    with pytest.raises(ProjectError, match="nothing to undo"):
        edits.undo()
    with pytest.raises(ProjectError, match="nothing to redo"):
        edits.redo()
    assert edits.all() == []


def test_the_log_is_bounded(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits_module, "KEPT", 3)
    for i in range(6):
        filled.project.edits.rename_cluster(filled.clusters[0], str(i))
    assert len(filled.project.edits.all()) == 3


def test_deleting_a_clustering_takes_its_edits(filled: Filled) -> None:
    EDITS["merge"](filled)
    filled.project.clusterings.delete(filled.clustering)
    assert filled.project.edits.undo_note is None


def test_a_forged_column_is_not_written(filled: Filled) -> None:
    EDITS["rename"](filled)
    with filled.project.write():
        filled.project._sql.run("PRAGMA ignore_check_constraints = ON")
        filled.project._sql.run("UPDATE edit_changes SET field = 'id = 7, name'")
    with pytest.raises(DamagedProject):
        filled.project.edits.undo()
