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


def test_shift_chooses_everything_from_end_to_end(grid: ImageGrid, qtbot: QtBot) -> None:
    places = [grid.visualRect(grid.images.index(row, 0)).center() for row in (1, 8)]
    left, shift = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(grid.viewport(), left, pos=places[0])
    qtbot.mouseClick(grid.viewport(), left, shift, pos=places[1])
    assert grid.selected_rows().tolist() == list(range(1, 9))


def test_control_adds_and_takes_away(grid: ImageGrid, qtbot: QtBot) -> None:
    left, control = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
    for row in (1, 4, 6, 4):
        place = grid.visualRect(grid.images.index(row, 0)).center()
        qtbot.mouseClick(grid.viewport(), left, control, pos=place)
    assert grid.selected_rows().tolist() == [1, 6]


def test_shift_and_arrows_extend(grid: ImageGrid, qtbot: QtBot) -> None:
    qtbot.mouseClick(
        grid.viewport(),
        Qt.MouseButton.LeftButton,
        pos=grid.visualRect(grid.images.index(2, 0)).center(),
    )
    qtbot.keyClick(grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert grid.selected_rows().tolist() == list(range(2, 3 + grid.columns()))


def test_a_band_chooses_what_it_touches(grid: ImageGrid, qtbot: QtBot) -> None:
    first = grid.visualRect(grid.images.index(0, 0))
    corner = grid.visualRect(grid.images.index(grid.columns() + 1, 0)).center()
    start = QPoint(first.left() - 4, first.top() - 4)
    qtbot.mousePress(grid.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(grid.viewport(), corner - QPoint(5, 5))
    qtbot.mouseMove(grid.viewport(), corner)
    assert not grid.band().isEmpty()
    qtbot.mouseRelease(grid.viewport(), Qt.MouseButton.LeftButton, pos=corner)
    columns = grid.columns()
    assert grid.selected_rows().tolist() == [0, 1, columns, columns + 1]
    assert grid.band().isEmpty()


def test_a_click_beside_the_tiles_lets_go(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.follow_selection([12])
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert not len(grid.selected_rows())


def test_only_tiles_in_view_are_visible(grid: ImageGrid) -> None:
    for offset in (0, 5, 60, 117, 300):
        grid.verticalScrollBar().setValue(offset)
        rows = [
            row for row in range(100)
            if grid.visualRect(grid.images.index(row, 0)).intersects(grid.viewport().rect())
        ]  # fmt: skip
        assert list(grid.visible_rows()) == rows


def test_zooming_at_a_place_keeps_the_tile_there(grid: ImageGrid) -> None:
    grid.verticalScrollBar().setValue(400)
    place = QPoint(300, 200)
    row = grid.indexAt(place).row()
    grid.set_tile_width(200, place)
    assert abs(grid.visualRect(grid.images.index(row, 0)).center().y() - 200) < 200
    assert grid.viewport().rect().intersects(grid.visualRect(grid.images.index(row, 0)))


@pytest.mark.parametrize("width", [400, 1500])
def test_another_width_keeps_the_first_or_the_chosen_image_in_view(
    grid: ImageGrid, qtbot: QtBot, width: int
) -> None:
    grid.verticalScrollBar().setValue(800)
    first = grid.first_visible()
    grid.resize(width, 300)
    assert first in grid.visible_rows()
    chosen = grid.visible_rows()[-1]
    grid.follow_selection([10 + chosen])
    grid.resize(700, 500)
    assert chosen in grid.visible_rows()


def test_zooming_stays_where_one_looks(grid: ImageGrid) -> None:
    grid.setCurrentIndex(grid.images.index(0, 0))
    grid.verticalScrollBar().setValue(900)
    first = grid.first_visible()
    grid.set_tile_width(220)
    assert first in grid.visible_rows()


def test_arrows_go_on_from_a_choice_made_elsewhere(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.follow_selection([50])
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert grid.selected_ids().tolist() == [51]


def test_escape_lets_go_of_what_is_chosen(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.follow_selection([12, 13])
    qtbot.keyClick(grid, Qt.Key.Key_Escape)
    assert len(grid.selected_rows()) == 0
