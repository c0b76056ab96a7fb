"""A project with pictures, and one with a trained run, made once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from ssl_studio.events import Cancel, ignore
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import SETTINGS, TRAINING
from tests.pictures import draw_folder


@pytest.fixture(scope="session")
def _scanned_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("scanned")
    draw_folder(home / "pictures", per_class=24)
    Project.create(home / "p.sslstudio").close()
    ScanJob(home / "pictures").run(home / "p.sslstudio", ignore, Cancel())
    return home


@pytest.fixture(scope="session")
def _trained_once(_scanned_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("trained") / "home"
    shutil.copytree(_scanned_once, home)
    project = home / "p.sslstudio"
    made = NewRunJob("simclr", TRAINING, SETTINGS, "tiny").run(project, ignore, Cancel())
    TrainJob(made.run_id).run(project, ignore, Cancel())
    return home


@pytest.fixture
def scanned(_scanned_once: Path, tmp_path: Path) -> Path:
    """A project with 72 pictures in three groups; they lie in `pictures` beside it."""
    shutil.copytree(_scanned_once, tmp_path / "home")
    return tmp_path / "home" / "p.sslstudio"


@pytest.fixture
def trained(_trained_once: Path, tmp_path: Path) -> Path:
    """The same with run 1, SimCLR trained for two epochs."""
    shutil.copytree(_trained_once, tmp_path / "home")
    return tmp_path / "home" / "p.sslstudio"
