import re

import numpy as np
import pytest

from ssl_studio.errors import ProjectError
from ssl_studio.project import Project
from ssl_studio.project.clusterings import colour
from tests.project.made import Filled


def test_clusters_count_their_images(filled: Filled) -> None:
    clusters = filled.project.clusterings.clusters(filled.clustering)
    assert [(c.number, c.name, c.size) for c in clusters] == [
        (0, "Cluster 1", 4),
        (1, "Cluster 2", 4),
        (2, "Cluster 3", 4),
    ]
    assert filled.project.clusterings.cluster(clusters[1].id) == clusters[1]


def test_names_colours_and_notes_are_carried_over(filled: Filled) -> None:
    ids = np.array(filled.images)
    nothing = np.zeros(12)
    clustering = filled.project.clusterings.add(
        filled.features, "kmeans", 2, 0, {}, {}, 0.0, ids, np.zeros(12, int), nothing, nothing,
        names={0: "Moths"}, colours={0: "#112233"}, notes={0: "dusty"},
    )  # fmt: skip
    moths, empty = filled.project.clusterings.clusters(clustering)
    assert (moths.name, moths.colour, moths.note) == ("Moths", "#112233", "dusty")
    assert (empty.name, empty.size) == ("Cluster 2", 0)


def test_members_in_each_order(filled: Filled) -> None:
    members = filled.project.clusterings.members
    first = filled.clusters[0]
    closest = [m.image_id for m in members(first)]
    assert closest == filled.images[::3]
    assert [m.image_id for m in members(first, "borderline")] == closest[::-1]
    by_path = [i for i in filled.project.images.ids().tolist() if i in closest]
    assert [m.image_id for m in members(first, "path")] == by_path
    assert [m.image_id for m in members(first, limit=2)] == closest[:2]


def test_assignment(filled: Filled) -> None:
    images, clusters = filled.project.clusterings.assignment(filled.clustering)
    assert images.tolist() == filled.images
    assert clusters.tolist() == filled.clusters * 4


def test_figures_that_are_not_numbers(filled: Filled) -> None:
    unknown = np.full(12, np.nan)
    clustering = filled.project.clusterings.add(
        filled.features, "kmeans", 1, 0, {}, {"nmi": float("nan")}, 0.0,
        np.array(filled.images), np.zeros(12, int), unknown, unknown,
    )  # fmt: skip
    assert filled.project.clusterings.get(clustering).scores == {"nmi": None}
    (cluster,) = filled.project.clusterings.clusters(clustering)
    assert np.isnan(filled.project.clusterings.members(cluster.id)[0].distance)


def test_deleting(filled: Filled) -> None:
    clusterings = filled.project.clusterings
    clusterings.delete(filled.clustering)
    assert clusterings.all(filled.features) == []
    with pytest.raises(ProjectError, match="no clustering"):
        clusterings.get(filled.clustering)
    with pytest.raises(ProjectError, match="no cluster "):
        clusterings.cluster(filled.clusters[0])


def test_faces_are_the_closest_and_others_from_the_border(filled: Filled) -> None:
    faces = filled.project.clusterings.faces(filled.clustering, 2, 1)
    first = faces[filled.clusters[0]]
    assert first.closest == tuple(filled.images[::3][:2])
    assert first.borderline == (filled.images[::3][-1],)
    assert len(faces) == 3


def test_labels_of_each_cluster(filled: Filled) -> None:
    counts = filled.project.clusterings.label_counts(filled.clustering)
    assert counts[filled.clusters[0]] == [("a", 2), ("b", 2)]


def test_facts_of_all_images(filled: Filled) -> None:
    facts = filled.project.clusterings.facts(filled.clustering)
    assert list(facts.image_ids) == filled.images
    assert facts.cluster_ids == tuple(filled.clusters * 4)
    assert facts.paths[:2] == ("a/000.jpg", "b/001.jpg")
    assert set(facts.widths) == {32}
    assert filled.project.clusterings.facts(999).image_ids == ()


def test_scores_and_distances_can_be_replaced(filled: Filled) -> None:
    clusterings = filled.project.clusterings
    clusterings.set_scores(filled.clustering, {"associations": [1, 2]})
    assert clusterings.get(filled.clustering).scores == {"associations": [1, 2]}
    moved = clusterings.members(filled.clusters[0])[-1].image_id
    clusterings.set_places(
        filled.clustering, np.array([moved]), np.array([0.25]), np.array([0.125])
    )
    member = clusterings.member_of(filled.clustering, moved)
    assert member is not None
    assert (member.distance, member.margin) == (0.25, 0.125)
    assert member.cluster_id == filled.clusters[0]


def test_the_state_follows_who_belongs_where(filled: Filled) -> None:
    clusterings, edits = filled.project.clusterings, filled.project.edits
    before = clusterings.state(filled.clustering)
    edits.rename_cluster(filled.clusters[0], "Other")
    assert clusterings.state(filled.clustering) == before
    edits.move_images([filled.images[0]], filled.clusters[1])
    assert clusterings.state(filled.clustering) != before
    edits.undo()
    assert clusterings.state(filled.clustering) == before


def test_clusterings_of_nothing(project: Project) -> None:
    assert project.clusterings.all() == []


def test_colours_differ() -> None:
    found = [colour(i) for i in range(50)]
    assert len(set(found)) == 50
    assert all(re.fullmatch("#[0-9a-f]{6}", c) for c in found)


def test_the_view_by_label(filled: Filled) -> None:
    rows = filled.project._sql.rows(
        "SELECT cluster, label, images, share FROM clusters_by_label ORDER BY cluster, label"
    )
    assert rows[0] == ("Cluster 1", "a", 2, 0.5)
    assert len(rows) == 6


def test_the_view_of_images(filled: Filled) -> None:
    rows = filled.project._sql.rows(
        "SELECT path, label, cluster FROM images_with_clusters ORDER BY image_id LIMIT 2"
    )
    assert rows == [("a/000.jpg", "a", "Cluster 1"), ("b/001.jpg", "b", "Cluster 2")]
