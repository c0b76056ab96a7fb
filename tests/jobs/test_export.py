import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import ExportError
from ssl_studio.events import Cancel, ignore
from ssl_studio.jobs.cluster import ClusterJob
from ssl_studio.jobs.embed import EmbedJob
from ssl_studio.jobs.export import ExportClustersJob, ExportEncoderJob, ExportFeaturesJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import run


@pytest.fixture
def clustered(trained: Path) -> Path:
    run(EmbedJob(1), trained)
    run(ClusterJob(1), trained)
    return trained


def test_encoder_says_where_it_comes_from(trained: Path, tmp_path: Path) -> None:
    result, _ = run(ExportEncoderJob(1, tmp_path / "encoder", onnx=False), trained)
    about = json.loads((tmp_path / "encoder/encoder.json").read_text())
    assert (tmp_path / "encoder/encoder.safetensors") in result.files
    assert about["provenance"]["step"] == 6
    assert about["method"] == "SimCLR"


def test_features_leave_with_their_paths(clustered: Path, tmp_path: Path) -> None:
    result, _ = run(ExportFeaturesJob(1, tmp_path / "out"), clustered)
    with Project.open(clustered) as project:
        values = project.features.values(1)
    assert np.array_equal(np.load(tmp_path / "out/features-1.npy"), values)
    assert {path.suffix for path in result.files} == {".npy", ".csv", ".json", ".parquet"}


def test_clusters_leave_as_table_and_tree(clustered: Path, tmp_path: Path) -> None:
    run(ExportClustersJob(1, tmp_path / "out", "symlink"), clustered)
    with (tmp_path / "out/clusters-1.csv").open() as table:
        rows = list(csv.DictReader(table))
    links = list((tmp_path / "out/clusters-1").rglob("*.jpg"))
    assert len(rows) == len(links) == 72
    assert all(link.resolve().is_file() for link in links)


def test_nothing_is_overwritten_unasked(clustered: Path, tmp_path: Path) -> None:
    run(ExportFeaturesJob(1, tmp_path / "out"), clustered)
    with pytest.raises(ExportError, match="there already"):
        ExportFeaturesJob(1, tmp_path / "out").run(clustered, ignore, Cancel())
