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
from ssl_studio.jobs.export_plans import plan_encoder
from ssl_studio.jobs.export_tables import ExportComparisonJob, ExportCurvesJob, ExportTagsJob
from ssl_studio.jobs.report import ReportJob
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


def test_a_report_holds_what_there_is_and_nothing_from_outside(
    clustered: Path, tmp_path: Path
) -> None:
    result, _ = run(ReportJob(1, tmp_path / "out"), clustered)
    text = result.files[0].read_text("utf-8")
    for heading in ("Settings", "Curves", "Clusters", "Where it comes from"):
        assert f"<h2>{heading}</h2>" in text
    assert "<h2>Map</h2>" not in text
    assert "http" not in text.replace('http-equiv="Content-Security-Policy"', "")
    with Project.open(clustered) as project:
        assert project.images.fingerprint(project.runs.training_images(1)) in text


def test_features_leave_as_one_table(clustered: Path, tmp_path: Path) -> None:
    result, _ = run(ExportFeaturesJob(1, tmp_path / "out", ("csv",)), clustered)
    (path,) = result.files
    with path.open() as table:
        rows = list(csv.DictReader(table))
    with Project.open(clustered) as project:
        values = project.features.values(1)
    assert len(rows) == 72
    assert [float(rows[5][f"f{i}"]) for i in range(4)] == pytest.approx(values[5, :4], rel=1e-5)


def test_curves_and_runs_leave_as_tables(clustered: Path, tmp_path: Path) -> None:
    curves, _ = run(ExportCurvesJob(1, tmp_path / "out"), clustered)
    runs, _ = run(ExportComparisonJob(tmp_path / "out"), clustered)
    with curves.files[0].open() as table:
        steps = [float(row["step"]) for row in csv.DictReader(table) if row["figure"] == "loss"]
    with runs.files[0].open() as table:
        (only,) = csv.DictReader(table)
    assert steps == sorted(steps)
    assert steps[-1] == 6
    assert only["run"] == "tiny"
    assert float(only["images seen"]) == 144


def test_tags_leave_with_their_images(clustered: Path, tmp_path: Path) -> None:
    result, _ = run(ExportTagsJob(tmp_path / "out"), clustered)
    assert result.files[0].read_text() == "path,label,tags\n"


def test_plans_tell_what_is_written(clustered: Path, tmp_path: Path) -> None:
    with Project.open(clustered) as project:
        plan = plan_encoder(project, tmp_path / "out", 1, None, onnx=False)
    run(ExportEncoderJob(1, tmp_path / "out", onnx=False), clustered)
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "out").iterdir()}
    planned = {file.name: file.bytes or 0 for file in plan.files}
    assert planned.keys() == sizes.keys()
    assert planned["encoder.safetensors"] == pytest.approx(sizes["encoder.safetensors"], rel=0.01)
    with Project.open(clustered) as project:
        again = plan_encoder(project, tmp_path / "out", 1, None, onnx=False)
    assert plan.clashes == []
    assert sorted(again.clashes) == sorted(sizes)
