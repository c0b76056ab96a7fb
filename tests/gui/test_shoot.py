from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from ssl_studio.errors import ForeignFile, StudioError
from ssl_studio.events import Cancel, Report
from ssl_studio.gui.shoot import is_about_to_act, shoot
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


@pytest.mark.gui
def test_some_pages_alone(qapp: object, sample_project: Sample, tmp_path: Path) -> None:
    files = shoot(sample_project.path, tmp_path, ((1000, 640),), ("dark",), ["map"], run_id=1)
    assert files
    assert all(path.name.startswith("map") for path in files)
    with pytest.raises(StudioError, match="no page"):
        shoot(sample_project.path, tmp_path, pages=["atlas"])


def test_what_waits_for_calm_is_about_to_act(qapp: object) -> None:
    widget = QWidget()
    timer = QTimer(widget, singleShot=True, interval=60_000)
    assert not is_about_to_act(widget)
    timer.start()
    assert is_about_to_act(widget)
