import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.images import ImagesPage
from ssl_studio.gui.pages.images_bar import DOUBLES
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.duplicates_view import DuplicatesView
from ssl_studio.jobs.near_duplicates import NearDuplicatesJob
from ssl_studio.project.records import DuplicateGroup
from tests.gui.conftest import settle, show_page

EXACT = DuplicateGroup("exact", (3, 5), (0.0, 0.0))
ALIKE = [
    DuplicateGroup("hash", (1, 2, 4), (0.0, 2.0, 5.0)),
    DuplicateGroup("hash", (7, 9), (0.0, 1.0)),
]


@pytest.fixture
def view(qtbot: QtBot) -> DuplicatesView:
    made = DuplicatesView()
    qtbot.addWidget(made)
    made.show_groups([EXACT], ALIKE, [], {3: "three.jpg", 1: "one.jpg"})
    return made


def test_groups_are_listed_by_kind(view: DuplicatesView) -> None:
    assert view.kinds.button(1).text() == "Alike (2)"
    assert view.model.index(0, 0).data() == "three.jpg"
    view.kinds.button(1).click()
    assert [view.model.index(row, 0).data() for row in range(2)] == ["one.jpg", "#7"]


def test_the_images_of_a_group_say_how_far_they_are(view: DuplicatesView) -> None:
    view.kinds.button(1).click()
    assert view.grid.images.ids.tolist() == [1, 2, 4]
    words = [view.grid.images.index(row, 0).data() for row in range(3)]
    assert words == ["keep", "2 bits of 64", "5 bits of 64"]


def test_all_but_the_first_are_chosen(view: DuplicatesView, qtbot: QtBot) -> None:
    view.kinds.button(1).click()
    with qtbot.waitSignal(view.chosen) as chosen:
        view.rest_button.click()
    assert chosen.args[0].tolist() == [2, 4, 9]


def test_nothing_found_says_what_to_do(view: DuplicatesView) -> None:
    view.kinds.button(2).click()
    assert "trained run" in view.empty.sentence.text()
    assert view.groups.isHidden()


def test_the_page_searches_and_lists(studio: Studio, qtbot: QtBot) -> None:
    page = ImagesPage(studio)
    show_page(page, studio, qtbot)
    page.bar.tabs.button(DOUBLES).click()
    assert page.doubles.isVisible()
    with qtbot.waitSignal(studio.job_ended) as ended:
        page.doubles.search_button.click()
    assert isinstance(ended.args[0].job, NearDuplicatesJob)
    settle(studio, qtbot)
    searched = studio.jobs.jobs[0].result
    assert len(page.doubles._groups[1]) == searched.groups  # type: ignore[union-attr]
