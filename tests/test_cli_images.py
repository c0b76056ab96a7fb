import json
from pathlib import Path

import pytest
from PIL import Image

from ssl_studio.project.file import Project
from tests.pictures import draw_folder, write_labels
from tests.test_cli import call


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Nine images, one of which is there again, smaller."""
    paths = draw_folder(tmp_path / "pictures", per_class=3, size=64)
    Image.open(paths[0]).resize((48, 48)).save(tmp_path / "pictures/smaller.jpg", quality=80)
    made = tmp_path / "p.sslstudio"
    assert call("new", made, tmp_path / "pictures").exit_code == 0
    return made


def test_duplicates_are_listed_with_what_they_are_like(project: Path) -> None:
    result = call("duplicates", project)
    assert result.exit_code == 0, result.output
    assert "smaller.jpg" in result.stdout
    told = json.loads(call("duplicates", project, "--json").stdout)
    assert told["result"]["groups"] == len(told["groups"]) >= 1
    assert any("smaller.jpg" in group for group in told["paths"])


def test_labels_from_a_table_and_back(project: Path, tmp_path: Path) -> None:
    table = write_labels(tmp_path / "pictures", tmp_path / "labels.csv")
    assert call("scan", project, "--labels", table).exit_code == 0
    with Project.open(project) as opened:
        assert opened.images.roots()[0].label_source == str(table)
    assert call("scan", project, "--folder-labels").exit_code == 0
    with Project.open(project) as opened:
        assert opened.images.roots()[0].label_source == "folders"
    assert call("scan", project, "--labels", table, "--folder-labels").exit_code == 2
