import csv
from pathlib import Path

import pytest

from ssl_studio.errors import ExportError
from ssl_studio.events import Cancel, ignore
from ssl_studio.jobs.curves import ExportCurvesJob
from ssl_studio.project.file import Project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "p.sslstudio"
    with Project.create(path) as made:
        for name in ("a", "b"):
            run_id = made.runs.create(name, "simclr", "light")
            made.runs.add_metrics(run_id, 1, 0.5, 2.0, {"loss": 4.25, "nmi": 0.1})
    return path


def test_every_figure_of_every_run_is_a_line(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "curves.csv"
    ExportCurvesJob((1, 2), target).run(project, ignore, Cancel())
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert rows[0] == {
        "run": "1", "name": "a", "figure": "loss", "step": "1", "epoch": "0.5",
        "seconds": "2.0", "value": "4.25",
    }  # fmt: skip


def test_nothing_is_overwritten_unasked(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "curves.csv"
    target.write_text("mine")
    with pytest.raises(ExportError, match="there already"):
        ExportCurvesJob((1,), target).run(project, ignore, Cancel())
    assert target.read_text() == "mine"
    ExportCurvesJob((1,), target, overwrite=True).run(project, ignore, Cancel())
    assert "loss" in target.read_text()
