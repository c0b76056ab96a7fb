from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, ignore
from ssl_studio.jobs.cluster import ClusterJob
from ssl_studio.jobs.comparison import quoted_knn, read_comparison
from ssl_studio.jobs.embed import EmbedJob
from ssl_studio.jobs.evaluate import EvaluateJob, references
from ssl_studio.jobs.probe import ProbeJob
from ssl_studio.jobs.probe_epochs import ProbeEpochsJob
from ssl_studio.jobs.probe_layers import ProbeLayersJob
from ssl_studio.jobs.score_tables import (
    EPOCHS,
    FEW_LABELS,
    LAYERS,
    Cell,
    read_cluster_confusion,
    read_confusion,
    read_table,
    store_table,
)
from ssl_studio.project.file import Project
from tests.jobs.tiny import run


@pytest.fixture
def embedded(trained: Path) -> Path:
    run(EmbedJob(1), trained)
    return trained


def test_a_table_comes_back_in_its_order(embedded: Path) -> None:
    series = {"b": {"conv2": Cell(0.5, 0.4, 0.6), "conv10": Cell(0.7)}, "a": {"conv2": Cell(0.1)}}
    with Project.open(embedded) as project:
        store_table(project, 1, "knn", LAYERS, series, {"n": 3}, 0.1)
        found = read_table(project.features.probes(1), LAYERS, "knn")
    assert found is not None
    assert list(found.points) == ["conv2", "conv10"]
    assert list(found.series) == ["b", "a"]
    assert found.series["b"]["conv2"] == Cell(0.5, 0.4, 0.6)
    assert list(found.series["a"]) == ["conv2"]


def test_confusion_adds_up_to_the_accuracy(embedded: Path) -> None:
    result, _ = run(ProbeJob(1), embedded)
    with Project.open(embedded) as project:
        knn = read_confusion(project, 1, "knn")
        linear = read_confusion(project, 1, "linear")
        few = read_table(project.features.probes(1), FEW_LABELS, "knn")
        assert project.check() == []
    assert knn is not None
    assert linear is not None
    assert np.trace(knn.counts()) / knn.counts().sum() == pytest.approx(result.knn)
    accuracy = np.trace(linear.counts()) / linear.counts().sum()
    assert accuracy == pytest.approx(result.scores["linear"]["accuracy"])
    assert sorted(knn.images(0).tolist()) == sorted(
        i for column in range(3) for i in knn.images(0, column).tolist()
    )
    assert few is not None
    assert list(few.points) == ["1", "2", "5", "10", "20"]


def test_predictions_go_with_their_features(embedded: Path) -> None:
    run(ProbeJob(1, ("knn",)), embedded)
    with Project.open(embedded) as project:
        (kept,) = [
            p.settings["predictions_array"]
            for p in project.features.probes(1)
            if "predictions_array" in p.settings
        ]
        project.features.delete(1)
        with pytest.raises(Exception, match="no array"):
            project.arrays.info(int(str(kept)))


def test_clusters_stand_in_the_order_of_their_classes(embedded: Path) -> None:
    run(ClusterJob(1, 3), embedded)
    with Project.open(embedded) as project:
        found = read_cluster_confusion(project, 1)
        labels = project.images.labels(found.images(1)) if found is not None else []
    assert found is not None
    counts = found.counts()
    assert counts.sum() == 72
    assert set(labels) == {found.rows[1]}
    ways = [counts[:, order].trace() for order in ([0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 1, 0])]
    assert ways[0] == max(ways)


def test_every_layer_stands_beside_the_untrained_one(embedded: Path) -> None:
    result, _ = run(ProbeLayersJob(1, images=60, epochs=3), embedded)
    assert result.images + result.tested <= 62
    for kind in ("knn", "linear"):
        scores = result.scores[kind]
        assert list(scores) == ["trained", "random initialisation", "raw pixels"]
        assert list(scores["trained"]) == ["conv1", "conv2", "conv3", "conv4", "conv5"]
        assert scores["trained"].keys() == scores["random initialisation"].keys()
    with Project.open(embedded) as project:
        table = read_table(project.features.probes(1), LAYERS, "linear")
    assert table is not None
    cell = table.series["trained"]["conv3"]
    assert cell.low <= cell.value <= cell.high


def test_epochs_begin_untrained(embedded: Path) -> None:
    result, _ = run(ProbeEpochsJob(1), embedded)
    assert [next(iter(result.scores)), list(result.scores)[-1]] == ["0", "raw pixels"]
    with Project.open(embedded) as project:
        table = read_table(project.features.probes(1), EPOCHS, "clustering")
    assert table is not None
    assert set(table.series) == {"knn", "nmi", "ari", "accuracy", "purity"}
    assert table.points[0] == "0"


def test_pixels_have_neither_layers_nor_epochs(embedded: Path) -> None:
    made, _ = run(EmbedJob(1, source="pixels"), embedded)
    for job in (ProbeLayersJob(made.feature_set_id), ProbeEpochsJob(made.feature_set_id)):
        with pytest.raises(AnalysisError):
            job.run(embedded, ignore, Cancel())


def test_references_are_made_once(embedded: Path) -> None:
    first, _ = run(EvaluateJob(1, ("knn",)), embedded)
    second, _ = run(EvaluateJob(1, ("knn",)), embedded)
    assert len(first.results) == 3
    assert len(second.results) == 1
    with Project.open(embedded) as project:
        record = project.features.get(1)
        assert len(references(project, record, "random")) == 1
        assert len(references(project, record, "pixels")) == 1
        compared = read_comparison(project)
    assert [line.name for line in compared.lines] == [
        "tiny", "Random initialisation", "Raw pixels",
    ]  # fmt: skip
    tiny = compared.lines[0]
    assert tiny.costs["images_seen"] == 6 * 24
    assert tiny.scores["knn"] == pytest.approx(first.results[0][1].knn)
    assert compared.settings == []


def test_references_are_measured_again_with_another_seed(embedded: Path) -> None:
    run(EvaluateJob(1, ("knn",)), embedded)
    other, _ = run(EvaluateJob(1, ("knn",), seed=1), embedded)
    assert len(other.results) == 3


def test_the_knn_that_is_quoted_has_as_many_neighbours_as_there_are() -> None:
    assert quoted_knn({"accuracy@1": 0.5, "accuracy@5": 0.6, "accuracy@20": 0.7}, 5) == 0.6
    assert quoted_knn({"accuracy@1": 0.5, "accuracy@3": 0.4, "mean": 0.9}, 20) == 0.4
    assert quoted_knn({"accuracy@10": 0.5}, 5) is None
