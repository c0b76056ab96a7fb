import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.map import MapPage
from ssl_studio.gui.studio import Studio
from tests.gui.conftest import settle, show_page
from tests.gui.sample import Sample


@pytest.fixture
def page(studio: Studio, qtbot: QtBot) -> MapPage:
    made = MapPage(studio)
    show_page(made, studio, qtbot)
    return made


def test_every_image_is_a_point_coloured_by_cluster(page: MapPage) -> None:
    assert len(page.shown_ids()) == 36
    assert page.legend.count() == 6
    assert page.algorithm_box.currentText() == "PCA"


def test_colouring_by_label(page: MapPage) -> None:
    page.colour_box.setCurrentIndex(1)
    page.colour_box.activated.emit(1)
    names = [page.legend.item(row).text().split()[0] for row in range(page.legend.count())]
    assert names == ["circles", "squares", "stripes"]


def test_choosing_points_chooses_images_for_all_pages(page: MapPage, studio: Studio) -> None:
    page.plot.chosen.emit(np.array([0, 5]))
    assert studio.selection.tolist() == page.shown_ids()[[0, 5]].tolist()


def test_a_choice_elsewhere_is_ringed_here(page: MapPage, studio: Studio) -> None:
    studio.select(page.shown_ids()[7:9])
    assert page.plot._marked.tolist() == [7, 8]


def test_opening_a_point_asks_for_its_neighbours(page: MapPage, studio: Studio) -> None:
    page.plot.opened.emit(4)
    assert studio.query == page.shown_ids()[4]


def test_a_hovered_point_shows_its_picture(page: MapPage, studio: Studio, qtbot: QtBot) -> None:
    page.plot.hovered.emit(3)
    qtbot.waitUntil(page.hover.isVisible)
    page.plot.hovered.emit(-1)
    assert not page.hover.isVisible()


def test_features_without_a_map_offer_to_draw_one(
    page: MapPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    studio.set_feature_set(sample_project.feature_set_id + 1)
    settle(studio, qtbot)
    assert page.is_empty
    assert "No map" in page.empty.heading.text()
