from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import AnalysisError
from ssl_studio.jobs.epoch_maps import EpochMapsJob, earlier_epochs, newest_series, spread
from ssl_studio.jobs.map import MapJob, known_neighbours
from ssl_studio.jobs.neighbours import NeighboursJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import CheckpointRecord
from tests.jobs.tiny import run


def test_every_stored_epoch_gets_a_map_of_all_images(trained: Path) -> None:
    result, _ = run(EpochMapsJob(1, "pca"), trained)
    with Project.open(trained) as project:
        stored = project.runs.checkpoints(1)
        layer = project.features.all(1)[0].layer
        maps = newest_series(project, 1, layer, "pca")
        ids, points = project.features.coordinates(maps[0].projection)
        behind = earlier_epochs(project)
    assert [m.epoch for m in maps] == sorted({c.epoch for c in stored})
    assert behind == {m.projection.feature_set_id for m in maps[:-1]}
    assert [m.projection.id for m in maps] == list(result.projections.values())
    assert points.shape == (72, 2) == (len(ids), 2)


def test_features_that_are_there_are_used_again_and_the_newest_series_counts(trained: Path) -> None:
    first, _ = run(EpochMapsJob(1, "pca"), trained)
    with Project.open(trained) as project:
        sets = len(project.features.all())
    second, _ = run(EpochMapsJob(1, "pca", most=2), trained)
    with Project.open(trained) as project:
        assert len(project.features.all()) == sets
        layer = project.features.all(1)[0].layer
        maps = newest_series(project, 1, layer, "pca")
        assert newest_series(project, 1, layer, "umap") == ()
    assert [m.projection.id for m in maps] == list(second.projections.values())
    assert first.series != second.series


def test_the_series_ends_in_the_map_that_is_there(trained: Path) -> None:
    first, _ = run(EpochMapsJob(1, "pca"), trained)
    last = list(first.projections.values())[-1]
    with Project.open(trained) as project:
        feature_set = project.features.all(1)[-1].id
    run(MapJob(feature_set, "pca"), trained)
    second, _ = run(EpochMapsJob(1, "pca"), trained)
    with Project.open(trained) as project:
        maps = {
            m.id: project.features.coordinates(m)[1]
            for m in project.features.projections(feature_set)
        }
    assert np.array_equal(maps[last], maps[list(second.projections.values())[-1]])


def test_a_run_with_one_stored_epoch_has_nothing_to_play(trained: Path) -> None:
    with Project.open(trained) as project:
        only = project.runs.create("once", "simclr", "light", settings={}, training={})
    with pytest.raises(AnalysisError, match="two are needed"):
        run(EpochMapsJob(only), trained)


def test_epochs_are_spread_with_the_first_and_the_last() -> None:
    known = [CheckpointRecord(n, 1, n, float(n), "epoch", n, 1, "") for n in range(9)]
    assert [c.epoch for c in spread(known, 3)] == [0, 4, 8]
    assert spread(known, 20) == known


def test_known_neighbours_leave_the_image_itself_out(trained: Path) -> None:
    result, _ = run(EpochMapsJob(1, "pca", most=2), trained)
    assert len(result.projections) == 2
    with Project.open(trained) as project:
        feature_set = project.features.all(1)[0].id
    run(NeighboursJob(feature_set, k=10), trained)
    with Project.open(trained) as project:
        found = known_neighbours(project, feature_set, 10)
    assert found is not None
    assert found.k == 10
    assert not (found.positions == np.arange(72)[:, None]).any()


def test_a_tsne_map_is_stored(trained: Path) -> None:
    run(EpochMapsJob(1, "pca", most=2), trained)
    result, _ = run(MapJob(1, "tsne", perplexity=5), trained)
    assert set(result.projections) == {"pca", "tsne"}
