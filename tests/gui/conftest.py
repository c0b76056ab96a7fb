"""A project that looks trained, and a studio that has it open."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.gui import theme
from ssl_studio.gui.app import create_app
from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.preferences import Preferences
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.theme import ThemeChoice
from tests.gui.fakes import small_catalogue
from tests.gui.sample import Sample, make_sample


@pytest.fixture(scope="session")
def sample_template(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Made once; tests take copies."""
    return make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def sample_project(sample_template: Sample, tmp_path: Path) -> Sample:
    """A project of this test's own."""
    path = tmp_path / "shapes.sslstudio"
    shutil.copy(sample_template.path, path)
    return Sample(
        path,
        sample_template.folder,
        sample_template.run_id,
        sample_template.feature_set_id,
        sample_template.clustering_id,
        sample_template.image_ids,
    )


@pytest.fixture(scope="session", autouse=True)
def _look(qapp: object) -> None:
    """The application as users see it."""
    theme.apply(create_app([]), ThemeChoice.LIGHT)


@pytest.fixture
def empty_studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    """A studio without a project, with preferences of its own and a small catalogue."""
    preferences = Preferences()
    preferences.use_file(str(tmp_path / "preferences.ini"))
    made = Studio(preferences)
    made.methods.catalogue = small_catalogue()
    yield made
    made.shut_down()
    made.deleteLater()


@pytest.fixture
def studio(empty_studio: Studio, sample_project: Sample, qtbot: QtBot) -> Studio:
    """A studio with the sample open."""
    with qtbot.waitSignal(empty_studio.project_opened):
        empty_studio.open(sample_project.path)
    return empty_studio


@pytest.fixture
def window(studio: Studio, qtbot: QtBot) -> Iterator[MainWindow]:
    """The whole window on the sample."""
    made = MainWindow(studio)
    made.show()
    settle(studio, qtbot)
    yield made
    made.close_now()
    made.deleteLater()


def settle(studio: Studio, qtbot: QtBot) -> None:
    """Wait until nothing is on its way."""
    qtbot.waitUntil(lambda: studio.is_settled, timeout=30_000)


def show_page(page: Page, studio: Studio, qtbot: QtBot) -> None:
    """Show a page by itself and wait until it is complete."""
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    settle(studio, qtbot)
