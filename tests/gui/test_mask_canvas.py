import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from ssl_studio.gui.widgets.mask_canvas import MaskCanvas, cells_between, random_mask

CELL_PX = 40


@pytest.fixture
def canvas(qtbot: QtBot) -> MaskCanvas:
    made = MaskCanvas("Mask")
    qtbot.addWidget(made)
    made.resize(4 * CELL_PX, 4 * CELL_PX)
    made.show_image(QImage(16, 16, QImage.Format.Format_RGB888))
    made.set_hidden(np.zeros((4, 4), bool))
    made.show()
    made.setFocus()
    return made


def at(row: int, column: int) -> QPoint:
    return QPoint(column * CELL_PX + CELL_PX // 2, row * CELL_PX + CELL_PX // 2)


def stroke(canvas: MaskCanvas, qtbot: QtBot, *cells: tuple[int, int], button=None) -> None:
    button = button or Qt.MouseButton.LeftButton
    qtbot.mousePress(canvas, button, pos=at(*cells[0]))
    for cell in cells[1:]:
        qtbot.mouseMove(canvas, at(*cell))
    qtbot.mouseRelease(canvas, button, pos=at(*cells[-1]))


def test_dragging_hides_every_patch_on_the_way(canvas: MaskCanvas, qtbot: QtBot) -> None:
    with qtbot.waitSignal(canvas.mask_changed):
        stroke(canvas, qtbot, (0, 0), (0, 3), (2, 3))
    expected = np.zeros((4, 4), bool)
    expected[0, :] = expected[:3, 3] = True
    assert np.array_equal(canvas.hidden, expected)


def test_a_stroke_that_begins_on_a_hidden_patch_shows(canvas: MaskCanvas, qtbot: QtBot) -> None:
    canvas.hide_all()
    stroke(canvas, qtbot, (1, 0), (1, 3))
    assert canvas.hidden.sum() == 12
    assert not canvas.hidden[1].any()


def test_eraser_and_right_button_never_hide(canvas: MaskCanvas, qtbot: QtBot) -> None:
    canvas.eraser = True
    stroke(canvas, qtbot, (0, 0), (0, 3))
    canvas.eraser = False
    stroke(canvas, qtbot, (1, 0), (1, 3), button=Qt.MouseButton.RightButton)
    assert not canvas.hidden.any()


def test_a_wide_brush_covers_a_square_and_stays_inside(canvas: MaskCanvas, qtbot: QtBot) -> None:
    canvas.brush = 3
    stroke(canvas, qtbot, (0, 0))
    expected = np.zeros((4, 4), bool)
    expected[:2, :2] = True
    assert np.array_equal(canvas.hidden, expected)


def test_all_can_be_done_with_keys(canvas: MaskCanvas, qtbot: QtBot) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space):
        qtbot.keyClick(canvas, key)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert np.argwhere(canvas.hidden).tolist() == [[1, 1], [1, 2]]
    assert "2 of 16 patches are hidden. Row 2, column 3: hidden" in canvas.accessibleDescription()
    qtbot.keyClick(canvas, Qt.Key.Key_I)
    assert canvas.hidden.sum() == 14
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert canvas.hidden.sum() == 0
    qtbot.keyClick(canvas, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert canvas.hidden.all()
    with qtbot.waitSignal(canvas.random_wanted):
        qtbot.keyClick(canvas, Qt.Key.Key_R)


def test_a_given_mask_is_no_change_by_hand(canvas: MaskCanvas, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(canvas.mask_changed):
        canvas.set_hidden(np.ones((2, 2), bool))
        qtbot.mouseMove(canvas, at(1, 1))
    assert canvas.hidden.shape == (2, 2)


def test_a_stroke_has_no_holes() -> None:
    assert list(cells_between((0, 0), (3, 1))) == [(0, 0), (1, 0), (2, 1), (3, 1)]
    assert list(cells_between((2, 2), (2, 2))) == [(2, 2), (2, 2)]


def test_a_larger_share_hides_the_same_patches_and_more() -> None:
    less, more = random_mask((8, 8), 0.25, 3), random_mask((8, 8), 0.75, 3)
    assert (less.sum(), more.sum()) == (16, 48)
    assert (more[less]).all()
    assert not np.array_equal(less, random_mask((8, 8), 0.25, 4))
