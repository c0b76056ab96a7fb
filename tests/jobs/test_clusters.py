"""Clusters of drawn features: nothing is trained, so these tests are quick."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from ssl_studio.cli.commands import cli
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel, Event, Note, Progress
from ssl_studio.jobs.associations import (
    STATE,
    AssociationsJob,
    find_traits,
    find_units,
    is_old,
    stored_associations,
)
from ssl_studio.jobs.choose_k import ChooseKJob, stored_choice
from ssl_studio.jobs.cluster import ClusterJob
from ssl_studio.jobs.cluster_names import REST_NAME, names_in_words
from ssl_studio.jobs.cluster_relations import SplitJob, nearest_clusters, read_centres
from ssl_studio.project.file import Project
from ssl_studio.project.records import ScannedImage, UnitImage
from tests.jobs.tiny import run

GROUPS, EACH = 4, 40
N = GROUPS * EACH


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Four groups of features, two cameras: groups 0 and 1 by one, 2 and 3 by the other."""
    rng = np.random.default_rng(0)
    groups = np.arange(N) % GROUPS
    values = (4 * rng.normal(size=(GROUPS, 8))[groups] + rng.normal(size=(N, 8))).astype(np.float32)
    (tmp_path / "pictures").mkdir()
    path = tmp_path / "p.sslstudio"
    with Project.create(path) as project:
        root = project.images.add_root(tmp_path / "pictures")
        rows = [
            ScannedImage(
                f"{i % 5}/{i:03d}.jpg", 9, 1, f"{i:032x}", 64, 48, "RGB", "JPEG",
                captured_at=f"2024-0{1 + i % 7}-01T12:00:00", camera=f"Camera {groups[i] // 2}",
            )
            for i in range(N)
        ]  # fmt: skip
        ids = np.asarray(project.images.upsert(root, rows))
        run_id = project.runs.create("drawn", "simclr", "light", image_ids=ids)
        project.features.add(
            source="run", backbone="light", layer="pooled", image_ids=ids, values=values,
            run_id=run_id,
        )  # fmt: skip
        units = [UnitImage("pooled", u, r, int(ids[4 * r + u]), 1.0, 0, 0, 1, 1)
                 for u in range(GROUPS) for r in range(9)]  # fmt: skip
        project.exhibits.set_units(run_id, None, "pooled", units)
    return path


def test_number_of_clusters_is_suggested_and_kept(place: Path) -> None:
    found, _ = run(ChooseKJob(1, (2, 3, 4, 6)), place)
    assert found.k == 4
    assert [row.k for row in found.table] == [2, 3, 4, 6]
    with Project.open(place) as project:
        assert stored_choice(project, 1) == found
        assert stored_choice(project, 2) is None
        project.set_info("number_of_clusters:1", '{"k": 3}')
        assert stored_choice(project, 1) is None


def test_cameras_that_explain_the_clusters_are_warned_of(place: Path) -> None:
    result, events = run(ClusterJob(1, 4), place)
    warnings = [e.text for e in events if isinstance(e, Note) and e.level == "warning"]
    assert len(warnings) == 1
    assert "Your clusters are your cameras" in warnings[0]
    with Project.open(place) as project:
        scores = project.clusterings.get(result.clustering_id).scores
        stored = stored_associations(result.clustering_id, scores)
        assert stored is not None
        assert [row.attribute for row in stored.warnings] == ["camera"]
        assert {"camera", "folder", "date"} <= {row.attribute for row in stored.rows}


def test_a_stopped_search_leaves_nothing(place: Path) -> None:
    cancel = Cancel()

    def stop(event: Event) -> None:
        if isinstance(event, Progress) and "explains" in event.note:
            cancel.request()

    with pytest.raises(Cancelled):
        ClusterJob(1, 4).run(place, stop, cancel)
    with Project.open(place) as project:
        assert project.clusterings.all() == []
        assert project.check() == []


def test_labels_that_hardly_any_two_images_share_are_no_groups(place: Path) -> None:
    with Project.open(place) as project:
        paths = [record.path for record in project.images.get(project.images.ids())]
        project.images.set_labels(1, {path: (path, None) for path in paths})
    result, _ = run(ClusterJob(1), place)
    assert len(result.clusters) < 20


def test_associations_follow_edits(place: Path) -> None:
    result, _ = run(ClusterJob(1, 4), place)
    with Project.open(place) as project:
        project.edits.merge_clusters([c.id for c in result.clusters])
        assert is_old(project, result.clustering_id)
    found, _ = run(AssociationsJob(result.clustering_id), place)
    assert not found.warnings
    with Project.open(place) as project:
        assert not is_old(project, result.clustering_id)


def test_figures_that_do_not_say_of_when_they_are_are_old_after_a_move(place: Path) -> None:
    result, _ = run(ClusterJob(1, 4), place)
    with Project.open(place) as project:
        scores = project.clusterings.get(result.clustering_id).scores
        early = {name: value for name, value in scores.items() if name != STATE}
        project.clusterings.set_scores(result.clustering_id, early)
        assert not is_old(project, result.clustering_id)
        project.edits.merge_clusters([c.id for c in result.clusters[:2]])
        assert is_old(project, result.clustering_id)
        project.edits.undo()
        assert not is_old(project, result.clustering_id)


def test_scores_and_distances_follow_edits(place: Path) -> None:
    result, _ = run(ClusterJob(1, 4), place)
    first, second = (cluster.id for cluster in result.clusters[:2])
    with Project.open(place) as project:
        before = project.clusterings.get(result.clustering_id).scores
        moved = project.clusterings.members(first)[0].image_id
        was = project.clusterings.member_of(result.clustering_id, moved)
        project.edits.move_images([moved], second)
    run(AssociationsJob(result.clustering_id), place)
    with Project.open(place) as project:
        after = project.clusterings.get(result.clustering_id).scores
        member = project.clusterings.member_of(result.clustering_id, moved)
    assert was is not None
    assert member is not None
    assert member.distance > was.distance
    assert member.margin < 0 < was.margin
    assert after["silhouette"] < before["silhouette"]
    assert "stability" in before
    assert "stability" not in after


def test_traits_and_units_of_a_cluster(place: Path) -> None:
    result, _ = run(ClusterJob(1, 4), place)
    with Project.open(place) as project:
        traits = find_traits(project, result.clustering_id)
        first = result.clusters[0].id
        assert [(t.attribute, t.share) for t in traits[first]] == [("camera", 1.0)]
        units = find_units(project, result.clustering_id, first)
    assert [(unit.inside, unit.of) for unit in units] == [(9, 9)]


def test_nearest_clusters_come_from_the_images_as_they_are_assigned(place: Path) -> None:
    result, _ = run(ClusterJob(1, 4), place)
    with Project.open(place) as project:
        middles = read_centres(project, result.clustering_id)
        first = result.clusters[0].id
        near = nearest_clusters(middles, first)
        project.edits.merge_clusters([first, near[0][0]])
        merged = read_centres(project, result.clustering_id)
    assert len(near) == 3
    assert [gap for _, gap in near] == sorted(gap for _, gap in near)
    assert len(nearest_clusters(merged, first)) == 2
    assert nearest_clusters(merged, near[0][0]) == []


def test_merged_clusters_come_apart_again(place: Path) -> None:
    result, _ = run(ClusterJob(1, 4), place)
    one, two = (c.id for c in result.clusters[:2])
    with Project.open(place) as project:
        second = {m.image_id for m in project.clusterings.members(two)}
        project.edits.merge_clusters([one, two])
    halves, _ = run(SplitJob(one), place)
    assert (len(halves.leaving), halves.staying) == (EACH, EACH)
    some = tuple(sorted(second))[:3]
    by_example, _ = run(SplitJob(one, some), place)
    assert set(by_example.leaving) == second


def test_single_image_cannot_be_split(place: Path) -> None:
    result, _ = run(ClusterJob(1, 4), place)
    with Project.open(place) as project:
        own = [m.image_id for m in project.clusterings.members(result.clusters[0].id)]
        project.edits.move_images(own[1:], result.clusters[1].id)
    with pytest.raises(AnalysisError, match="single image"):
        run(SplitJob(result.clusters[0].id), place)


def test_names_are_taken_from_the_clustering_that_is_asked(place: Path) -> None:
    first, _ = run(ClusterJob(1, 4), place)
    with Project.open(place) as project:
        project.edits.rename_cluster(first.clusters[0].id, "mine")
        project.edits.rename_cluster(first.clusters[1].id, "gone")
        project.edits.move_images(
            [m.image_id for m in project.clusterings.members(first.clusters[1].id)][1:],
            first.clusters[2].id,
        )
    second, _ = run(ClusterJob(1, 4, seed=1), place)
    assert "mine" in {c.name for c in second.clusters}
    assert second.names == (
        "Names kept from the clustering before: mine. No new cluster continues gone."
    )
    run(ClusterJob(1, 4, algorithm="ward"), place)
    third, _ = run(ClusterJob(1, 2, seed=2, names_from=first.clustering_id), place)
    with Project.open(place) as project:
        assert project.clusterings.get(third.clustering_id).settings["names_from"] == 1


def test_many_names_are_counted() -> None:
    words = names_in_words({"names_kept": [f"n{i}" for i in range(12)], "names_lost": []})
    assert words.endswith("n7 and 4 more.")
    assert names_in_words({}) == ""


def test_colours_of_a_clustering_differ(place: Path) -> None:
    first, _ = run(ClusterJob(1, 4), place)
    with Project.open(place) as project:
        project.edits.recolour_cluster(first.clusters[3].id, first.clusters[0].colour)
        project.edits.recolour_cluster(first.clusters[0].id, first.clusters[3].colour)
    second, _ = run(ClusterJob(1, 6), place)
    assert len({c.colour for c in second.clusters}) == 6


@pytest.mark.parametrize("algorithm", ["ward", "power iteration", "hdbscan"])
def test_other_algorithms_are_stored_with_what_they_are(place: Path, algorithm: str) -> None:
    result, _ = run(ClusterJob(1, 4, algorithm=algorithm, smallest=10), place)  # type: ignore[arg-type]
    with Project.open(place) as project:
        record = project.clusterings.get(result.clustering_id)
    assert record.algorithm == algorithm
    assert sum(c.size for c in result.clusters) == N
    rest = record.settings["rest"]
    assert [c.name for c in result.clusters if c.number == rest] == [REST_NAME] * (rest is not None)


def test_commands_say_what_the_jobs_found(place: Path) -> None:
    def say(*words: str) -> str:
        result = CliRunner().invoke(cli, list(words), catch_exceptions=False)
        assert result.exit_code == 0
        return result.output

    said = say("choose-k", str(place), "--candidates", "2,4,6")
    assert "4 are best separated" in said
    assert "silhouette" in said
    assert '"clustering_id": 1' in say(
        "cluster", str(place), "-k", "4", "--algorithm", "ward", "--json"
    )
    said = say("associations", str(place))
    assert "Your clusters are your cameras" in said
    assert "Camera 0" in said
