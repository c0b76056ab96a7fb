import numpy as np
import pytest

from ssl_studio.errors import ProjectError
from ssl_studio.project import Project
from tests.project.made import Filled


def test_features_come_back(filled: Filled) -> None:
    features = filled.project.features
    record = features.get(filled.features)
    assert (record.count, record.dimension, record.source) == (12, 4, "run")
    assert features.values(filled.features).shape == (12, 4)
    assert features.values(filled.features).dtype == np.float32
    assert features.image_ids(filled.features).tolist() == filled.images
    assert features.all(filled.run) == features.all() == [record]
    assert features.all(run_id=99) == []


def test_no_such_features(project: Project) -> None:
    with pytest.raises(ProjectError, match="no feature set 7"):
        project.features.get(7)


def test_features_that_do_not_fit_their_images(project: Project) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        project.features.add(
            source="pixels",
            backbone="",
            layer="",
            image_ids=np.arange(3),
            values=np.zeros((4, 2)),
        )


def test_neighbours(filled: Filled) -> None:
    features = filled.project.features
    ids = np.tile(np.array(filled.images[:3]), (12, 1))
    assert features.neighbours(filled.features) is None
    features.add_neighbours(filled.features, "cosine", ids, np.ones((12, 3)), seconds=1.5)
    record = features.neighbours(filled.features, 2)
    assert record is not None
    assert (record.k, record.metric, record.seconds) == (3, "cosine", 1.5)
    found, distances = features.neighbour_rows(record, 4, 6)
    np.testing.assert_array_equal(found, ids[4:6])
    assert distances.dtype == np.float32
    assert features.neighbours(filled.features, 4) is None


def test_neighbours_of_the_same_kind_are_replaced(filled: Filled) -> None:
    arrays = filled.project._sql.number("SELECT count(*) FROM arrays")
    for _ in range(2):
        filled.project.features.add_neighbours(
            filled.features, "cosine", np.zeros((12, 2), int), np.zeros((12, 2))
        )
    assert filled.project._sql.number("SELECT count(*) FROM arrays") == arrays + 2


def test_maps(filled: Filled) -> None:
    features = filled.project.features
    points = np.random.default_rng(0).random((12, 2), dtype=np.float32)
    features.add_projection(filled.features, "pca", points, settings={"whiten": True})
    few = np.array(filled.images[:2])
    features.add_projection(filled.features, "umap", points[:2], image_ids=few, seed=3)
    pca, umap = features.projections(filled.features)
    assert (pca.algorithm, pca.settings, umap.seed) == ("pca", {"whiten": True}, 3)
    ids, coordinates = features.coordinates(pca)
    assert ids.tolist() == filled.images
    np.testing.assert_array_equal(coordinates, points)
    assert features.coordinates(umap)[0].tolist() == few.tolist()


def test_probes(filled: Filled) -> None:
    features = filled.project.features
    features.add_probe(filled.features, "knn", {"accuracy": 0.5}, settings={"k": 20})
    (probe,) = features.probes()
    assert (probe.kind, probe.scores, probe.settings) == ("knn", {"accuracy": 0.5}, {"k": 20})
    assert features.probes(99) == []


def test_deleting_takes_what_was_derived(filled: Filled) -> None:
    features = filled.project.features
    features.add_neighbours(filled.features, "l2", np.zeros((12, 2), int), np.zeros((12, 2)))
    features.add_projection(filled.features, "pca", np.zeros((12, 2)))
    features.delete(filled.features)
    assert features.all() == []
    assert filled.project.clusterings.all() == []
    left = filled.project._sql.rows("SELECT id FROM arrays")
    run = filled.project.runs.get(filled.run)
    checkpoint = filled.project.runs.checkpoint(filled.checkpoint)
    assert left == [(run.images_array,), (checkpoint.array_id,)]
