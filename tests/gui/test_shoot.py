from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from ssl_studio.errors import ForeignFile
from ssl_studio.events import Cancel, Report
from ssl_studio.gui.shoot import shoot
from ssl_studio.jobs.catalogue import Catalogue, DescribeMethodsJob
from tests.gui.fakes import small_catalogue
from tests.gui.sample import Sample

PAGES = {
    "images", "train", "train-new", "clusters", "clusters-open", "map", "neighbours",
    "reconstructions", "filters", "evaluate", "palette", "keys", "welcome",
}  # fmt: skip


def describe(_self: object, _path: Path, _report: Report, _cancel: Cancel) -> Catalogue:
    return small_catalogue()


def colours(path: Path) -> int:
    image = QImage(str(path)).scaled(160, 100)
    return len({image.pixel(x, y) for x in range(0, 160, 2) for y in range(0, 100, 2)})


@pytest.mark.gui
def test_every_page_has_a_picture_in_both_themes(
    qapp: object, sample_project: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DescribeMethodsJob, "run", describe)
    files = shoot(sample_project.path, tmp_path / "pictures", sizes=((1000, 640),))
    names = {path.stem for path in files}
    assert names >= {f"{page}-{look}-1000x640" for page in PAGES for look in ("light", "dark")}
    assert all(colours(path) > 12 for path in files)


@pytest.mark.gui
def test_a_file_that_is_no_project_is_refused(qapp: object, tmp_path: Path) -> None:
    path = tmp_path / "letter.sslstudio"
    path.write_text("Dear reader, " * 100)
    with pytest.raises(ForeignFile):
        shoot(path, tmp_path)
