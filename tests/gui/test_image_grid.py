import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from ssl_studio.gui.widgets.image_grid import ImageGrid


@pytest.fixture
def grid(qtbot: QtBot) -> ImageGrid:
    made = ImageGrid("Images")
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.images.set_ids(np.arange(10, 110))
    made.show()
    return made


def test_a_place_and_its_item_agree(grid: ImageGrid) -> None:
    for row in grid.visible_rows():
        index = grid.images.index(row, 0)
        assert grid.indexAt(grid.visualRect(index).center()) == index


def test_between_tiles_there_is_nothing(grid: ImageGrid) -> None:
    assert not grid.indexAt(QPoint(1, 1)).isValid()


def test_a_million_images_cost_no_more_than_a_screenful(grid: ImageGrid) -> None:
    grid.images.set_ids(np.arange(1_000_000))
    last = grid.images.index(999_999, 0)
    grid.scrollTo(last)
    assert grid.viewport().rect().contains(grid.visualRect(last).center())
    assert len(grid.visible_rows()) < 60


def test_choosing_says_which_images(grid: ImageGrid, qtbot: QtBot) -> None:
    place = grid.visualRect(grid.images.index(2, 0)).center()
    with qtbot.waitSignal(grid.selection_made) as made:
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert made.args[0].tolist() == [12]


def test_following_a_selection_is_silent(grid: ImageGrid, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(grid.selection_made):
        grid.follow_selection([11, 12, 40, 9999])
    assert grid.selected_ids().tolist() == [11, 12, 40]


def test_arrows_walk_in_two_directions(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.setCurrentIndex(grid.images.index(0, 0))
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert grid.currentIndex().row() == 1 + grid.columns()
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    assert grid.currentIndex().row() == 0


def test_enter_looks_and_n_asks_for_neighbours(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.setCurrentIndex(grid.images.index(3, 0))
    with qtbot.waitSignal(grid.look_wanted) as opened:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    with qtbot.waitSignal(grid.neighbours_wanted) as asked:
        qtbot.keyClick(grid, Qt.Key.Key_N)
    assert opened.args == asked.args == [13]


def test_all_none_and_inverted(grid: ImageGrid) -> None:
    grid.do("select_all")
    assert len(grid.selected_ids()) == 100
    grid.do("select_none")
    grid.follow_selection([10])
    grid.do("invert_selection")
    assert len(grid.selected_ids()) == 99


def test_zooming_keeps_the_current_image_in_view(grid: ImageGrid) -> None:
    current = grid.images.index(60, 0)
    grid.setCurrentIndex(current)
    grid.set_tile_width(300)
    assert grid.viewport().rect().intersects(grid.visualRect(current))
    assert grid.columns() == 2


def test_rows_that_are_added_keep_what_is_chosen(grid: ImageGrid) -> None:
    grid.follow_selection([12])
    grid.images.set_ids(np.arange(10, 200))
    assert grid.selected_ids().tolist() == [12]
