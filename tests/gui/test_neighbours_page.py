import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.neighbours import NeighboursPage
from ssl_studio.gui.studio import Studio
from tests.gui.conftest import settle, show_page
from tests.gui.sample import NEIGHBOURS, Sample


@pytest.fixture
def page(studio: Studio, qtbot: QtBot) -> NeighboursPage:
    made = NeighboursPage(studio)
    show_page(made, studio, qtbot)
    return made


def test_without_a_query_the_page_says_how_to_get_one(page: NeighboursPage) -> None:
    assert page.is_empty
    assert page.empty.heading.text() == "Choose an image"


def test_the_neighbours_of_a_query_come_with_distances(
    page: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    query = sample_project.image_ids[0]
    studio.set_query(query)
    settle(studio, qtbot)
    assert not page.is_empty
    assert len(page.grid.images.ids) == NEIGHBOURS
    assert query not in page.grid.images.ids
    distances = [float(caption.split()[0]) for caption in page.grid.images._captions]
    assert distances == sorted(distances)
    assert "circles" in page.agreement.text()


def test_opening_a_neighbour_makes_it_the_query_and_back_returns(
    page: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    studio.set_query(sample_project.image_ids[0])
    settle(studio, qtbot)
    page.grid.setCurrentIndex(page.grid.images.index(2, 0))
    expected = page.grid.current_id()
    qtbot.keyClick(page.grid, Qt.Key.Key_Return)
    assert studio.query == expected
    settle(studio, qtbot)
    page.back.click()
    assert studio.query == sample_project.image_ids[0]


def test_features_without_neighbours_say_so(
    page: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    studio.set_query(sample_project.image_ids[0])
    settle(studio, qtbot)
    studio.set_feature_set(sample_project.feature_set_id + 1)
    settle(studio, qtbot)
    assert "No neighbours" in page.problem.text()
    assert page.picker.currentData() == sample_project.feature_set_id + 1


def test_the_switcher_sets_the_features_of_all_pages(
    page: NeighboursPage, studio: Studio, qtbot: QtBot
) -> None:
    page.picker.setCurrentIndex(1)
    page.picker.activated.emit(1)
    assert studio.feature_set_id == page.picker.itemData(1)
