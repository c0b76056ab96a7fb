from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Note, ignore
from ssl_studio.jobs.cluster import ClusterJob
from ssl_studio.jobs.cluster_names import suggest_names
from ssl_studio.jobs.discover import DiscoverJob
from ssl_studio.jobs.embed import EmbedJob
from ssl_studio.jobs.exhibit import ExhibitJob
from ssl_studio.jobs.filters import FILTERS
from ssl_studio.jobs.map import MapJob
from ssl_studio.jobs.neighbours import FindNeighboursJob, NeighboursJob, stored_neighbours
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.probe import ProbeJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import SETTINGS, TRAINING, run


@pytest.fixture
def embedded(trained: Path) -> Path:
    run(EmbedJob(1), trained)
    return trained


@pytest.mark.parametrize("source", ["run", "random", "pixels"])
def test_features_of_all_images_with_their_origin(trained: Path, source: str) -> None:
    result, events = run(EmbedJob(1, source=source), trained)  # type: ignore[arg-type]
    assert Artefact("feature_sets", result.feature_set_id) in events
    with Project.open(trained) as project:
        record = project.features.get(result.feature_set_id)
        assert (record.source, record.count, record.run_id) == (source, 72, 1)
        assert (record.checkpoint_id is not None) == (source == "run")
        assert "versions" in record.environment


def test_features_of_another_layer_and_checkpoint(trained: Path) -> None:
    with Project.open(trained) as project:
        first = project.runs.checkpoints(1)[0]
    result, _ = run(EmbedJob(1, first.id, "conv2"), trained)
    with Project.open(trained) as project:
        record = project.features.get(result.feature_set_id)
    assert (record.layer, record.checkpoint_id, record.epoch) == ("conv2", first.id, 0)


def test_run_that_was_never_trained_has_no_features(scanned: Path) -> None:
    made, _ = run(NewRunJob("simclr", TRAINING, SETTINGS), scanned)
    with pytest.raises(AnalysisError, match="not been trained"):
        EmbedJob(made.run_id).run(scanned, ignore, Cancel())


def test_stored_neighbours_are_what_umap_wants(embedded: Path) -> None:
    run(NeighboursJob(1, k=10), embedded)
    with Project.open(embedded) as project:
        found = stored_neighbours(project, 1, 5)
        values = project.features.values(1)
        assert stored_neighbours(project, 1, 50) is None
    assert found is not None
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    assert found.positions[:, 0].tolist() == list(range(72))
    cosines = (unit[found.positions[7]] * unit[7]).sum(axis=1)
    assert found.distances[7] == pytest.approx(1 - cosines, abs=1e-5)


def test_neighbours_of_an_image_leave_it_out(embedded: Path) -> None:
    result, _ = run(FindNeighboursJob(1, "circles/circles-0003.jpg", k=4), embedded)
    paths = [neighbour.path for neighbour in result.neighbours]
    assert len(paths) == 4
    assert "circles/circles-0003.jpg" not in paths


def test_picture_from_outside_finds_its_twin(embedded: Path, tmp_path: Path) -> None:
    inside = embedded.parent / "pictures/circles/circles-0003.jpg"
    (tmp_path / "copy.jpg").write_bytes(inside.read_bytes())
    result, _ = run(FindNeighboursJob(1, str(tmp_path / "copy.jpg"), k=1), embedded)
    assert result.neighbours[0].path == "circles/circles-0003.jpg"
    assert result.neighbours[0].distance == pytest.approx(0, abs=1e-5)


def test_unknown_picture_is_told_in_words(embedded: Path) -> None:
    with pytest.raises(AnalysisError, match="no picture"):
        FindNeighboursJob(1, "nowhere.jpg").run(embedded, ignore, Cancel())


def test_as_many_clusters_as_labels_by_default(embedded: Path) -> None:
    result, _ = run(ClusterJob(1), embedded)
    assert len(result.clusters) == 3
    assert sum(cluster.size for cluster in result.clusters) == 72
    assert {"silhouette", "label_nmi"} <= set(result.scores)


def test_clusters_are_named_after_their_majority() -> None:
    numbers = np.array([0, 0, 0, 1, 1, 2, 2, 3])
    labels = ["cat", "cat", "dog", "cat", "cat", "cat", "dog", None]
    assert suggest_names(numbers, labels) == {0: "cat", 1: "cat 2"}


def test_user_names_and_colours_survive_a_new_clustering(embedded: Path) -> None:
    first, _ = run(ClusterJob(1), embedded)
    with Project.open(embedded) as project:
        project.edits.rename_cluster(first.clusters[0].id, "mine")
        project.edits.recolour_cluster(first.clusters[0].id, "#123456")
        project.edits.note_cluster(first.clusters[0].id, "look here")
    second, _ = run(ClusterJob(1, seed=1), embedded)
    kept = [c for c in second.clusters if c.name == "mine"]
    assert [(c.colour, c.note) for c in kept] == [("#123456", "look here")]


def test_pca_map_is_stored_with_a_point_for_each_image(embedded: Path) -> None:
    result, _ = run(MapJob(1, "pca"), embedded)
    with Project.open(embedded) as project:
        record = project.features.projections(1)[0]
        ids, points = project.features.coordinates(record)
    assert result.projections == {"pca": record.id}
    assert (len(ids), points.shape) == (72, (72, 2))


def test_probes_are_stored_with_their_protocol(embedded: Path) -> None:
    result, _ = run(ProbeJob(1), embedded)
    assert result.knn is not None
    assert 0 <= result.knn <= 1
    with Project.open(embedded) as project:
        probes = [p for p in project.features.probes(1) if "table" not in p.settings]
    assert [probe.kind for probe in probes] == ["knn", "linear", "clustering"]
    assert probes[0].settings["split"] == "drawn"


def test_exhibits_show_filters_and_units(trained: Path) -> None:
    result, _ = run(ExhibitJob(1, layer="conv2", top=3), trained)
    assert set(result.pictures) == {"filters", "units"}
    with Project.open(trained) as project:
        latest = project.runs.latest_checkpoint(1)
        assert latest is not None
        units = project.exhibits.units(1, latest.id, "conv2", unit=0)
        filters = project.exhibits.all(1, "filters")
        kept = {c.step for c in project.runs.checkpoints(1)}
        assert {step for step, _epoch in project.exhibits.steps(1, "filters")} == kept | {0}
    assert [unit.rank for unit in units] == [0, 1, 2]
    assert filters[0].picture.startswith(b"\x89PNG")


def test_simclr_reconstructs_nothing(trained: Path) -> None:
    with pytest.raises(AnalysisError, match="does not fill in"):
        ExhibitJob(1, ("reconstructions",)).run(trained, ignore, Cancel())


def test_labels_that_nothing_can_be_measured_by_stop_no_discovery(trained: Path) -> None:
    with Project.open(trained) as project:
        paths = [record.path for record in project.images.get(project.images.ids())]
        project.images.set_labels(1, {path: (path, None) for path in paths})
    result, events = run(DiscoverJob(1, references=True), trained)
    assert result.figures == {}
    assert any(isinstance(e, Note) and "single image" in e.text for e in events)


def test_discover_goes_from_a_run_to_clusters(trained: Path) -> None:
    result, _ = run(DiscoverJob(1, references=True), trained)
    assert len(result.clusters) == 3
    assert list(result.figures) == ["trained", "random initialisation", "raw pixels"]
    with Project.open(trained) as project:
        assert project.features.neighbours(result.feature_set_id) is not None
        assert project.features.projections(result.feature_set_id)
        assert project.exhibits.all(1, FILTERS)
        assert project.check() == []


def test_discovering_again_takes_the_features_that_are_there(trained: Path) -> None:
    first, _ = run(DiscoverJob(1), trained)
    again, _ = run(DiscoverJob(1, k=4), trained)
    assert again.feature_set_id == first.feature_set_id
    assert len(again.clusters) == 4
