import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPixmap, QPolygonF
from pytestqt.qtbot import QtBot

from ssl_studio.gui.widgets.map_choice import ADD, PLAIN, SUBTRACT, Tool
from ssl_studio.gui.widgets.scatter_plot import LOOK, NEIGHBOURS, PICTURES, TAGS, ScatterPlot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def plot(qtbot: QtBot) -> ScatterPlot:
    made = ScatterPlot("Map")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.set_points(np.array([[0, 0], [10, 0], [10, 5], [0, 5]], np.float32))
    made.set_groups(np.array([0, 0, 1, 1]), ["#ff0000", "#0000ff"])
    made.show()
    made.grab()
    return made


def at(plot: ScatterPlot, row: int) -> QPoint:
    x, y = plot.view.to_pixels(plot.cloud.points[row : row + 1], plot.height())[0].tolist()
    return QPoint(round(x), round(y))


def picture_of(plot: ScatterPlot) -> QImage:
    picture = plot.grab().toImage()
    while not plot.is_complete:
        picture = plot.grab().toImage()
    return picture


def drag(plot: ScatterPlot, qtbot: QtBot, corners: list[QPoint], held: object = None) -> None:
    keys = held or Qt.KeyboardModifier.NoModifier
    qtbot.mousePress(plot, LEFT, keys, pos=corners[0])
    for corner in corners[1:]:
        qtbot.mouseMove(plot, corner)
    qtbot.mouseRelease(plot, LEFT, keys, pos=corners[-1])


def test_points_are_dots_in_the_colours_of_their_groups(plot: ScatterPlot) -> None:
    picture = picture_of(plot)
    assert not plot.is_density
    assert picture.pixelColor(at(plot, 0)) == QColor("#ff0000")
    assert picture.pixelColor(at(plot, 2)) == QColor("#0000ff")


def test_many_points_are_all_in_the_density(plot: ScatterPlot) -> None:
    points = np.random.default_rng(0).normal(size=(50_000, 2)).astype(np.float32)
    plot.set_points(points)
    plot.grab()
    assert plot.is_density
    assert len(plot.rows_in_view) == 50_000


def test_a_click_chooses_the_point_and_a_click_beside_it_none(
    plot: ScatterPlot, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(plot.chosen) as chosen:
        qtbot.mouseClick(plot, LEFT, pos=at(plot, 1))
    assert (chosen.args[0].tolist(), chosen.args[1]) == ([1], PLAIN)
    with qtbot.waitSignal(plot.chosen) as chosen:
        qtbot.mouseClick(plot, LEFT, pos=QPoint(200, 150))
    assert chosen.args[0].tolist() == []


@pytest.mark.parametrize(
    ("held", "mode"),
    [
        (Qt.KeyboardModifier.NoModifier, PLAIN),
        (Qt.KeyboardModifier.ShiftModifier, ADD),
        (Qt.KeyboardModifier.AltModifier, SUBTRACT),
    ],
)
def test_a_box_holds_what_is_in_it(
    plot: ScatterPlot, qtbot: QtBot, held: Qt.KeyboardModifier, mode: str
) -> None:
    plot.set_tool(Tool.BOX)
    with qtbot.waitSignal(plot.chosen) as chosen:
        drag(plot, qtbot, [QPoint(200, 5), QPoint(395, 150), QPoint(395, 295)], held)
    assert (chosen.args[0].tolist(), chosen.args[1]) == ([1, 2], mode)


def test_a_lasso_holds_what_is_in_it_and_not_in_its_box(plot: ScatterPlot) -> None:
    triangle = QPolygonF([QPointF(0, 0), QPointF(400, 0), QPointF(0, 300)])
    assert plot.rows_in(triangle).tolist() == [0, 3]


def test_shift_draws_a_box_while_moving_is_the_tool(plot: ScatterPlot, qtbot: QtBot) -> None:
    before = plot.view
    shift = Qt.KeyboardModifier.ShiftModifier
    with qtbot.waitSignal(plot.chosen) as chosen:
        drag(plot, qtbot, [QPoint(2, 2), QPoint(398, 298)], shift)
    assert (len(chosen.args[0]), chosen.args[1]) == (4, ADD)
    assert plot.view == before


def test_dragging_moves_the_map(plot: ScatterPlot, qtbot: QtBot) -> None:
    before = at(plot, 0)
    drag(plot, qtbot, [QPoint(100, 100), QPoint(130, 90)])
    assert at(plot, 0) - before == QPoint(30, -10)


def test_hidden_and_dimmed_points_cannot_be_chosen(plot: ScatterPlot) -> None:
    plot.set_hidden(np.array([True, False, False, False]))
    plot.set_lit(np.array([True, True, True, False]))
    assert plot.rows_in_view.tolist() == [1, 2, 3]
    everything = QPolygonF([QPointF(0, 0), QPointF(400, 0), QPointF(400, 300), QPointF(0, 300)])
    assert plot.rows_in(everything).tolist() == [1, 2]
    assert plot.row_at(QPointF(at(plot, 3))) == -1


def test_dimmed_points_are_drawn_grey_and_chosen_ones_with_a_halo(plot: ScatterPlot) -> None:
    plot.set_lit(np.array([False, True, True, True]))
    plot.mark(np.array([2]))
    picture = picture_of(plot)
    grey = picture.pixelColor(at(plot, 0))
    assert grey.saturation() < 40
    assert picture.pixelColor(at(plot, 2) + QPoint(6, 0)).lightness() < 150
    assert picture.pixelColor(at(plot, 1) + QPoint(9, 0)).lightness() > 200


def test_zooming_in_leaves_fewer_points_and_zero_shows_all(plot: ScatterPlot, qtbot: QtBot) -> None:
    for _ in range(20):
        qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert len(plot.rows_in_view) == 0
    qtbot.keyClick(plot, Qt.Key.Key_0)
    assert len(plot.rows_in_view) == 4


def test_letters_change_the_tool(plot: ScatterPlot, qtbot: QtBot) -> None:
    with qtbot.waitSignal(plot.tool_changed):
        qtbot.keyClick(plot, Qt.Key.Key_L)
    assert plot.tool is Tool.LASSO


def test_pictures_show_where_points_are_far_apart_and_can_be_hit(plot: ScatterPlot) -> None:
    red = QPixmap(20, 20)
    red.fill(Qt.GlobalColor.green)
    plot.set_picture_source(lambda _row: red)
    picture = picture_of(plot)
    assert plot.pictures.rows == [0, 1, 2, 3]
    assert picture.pixelColor(at(plot, 0)) == QColor(Qt.GlobalColor.green)
    assert plot.row_at(QPointF(at(plot, 1) + QPoint(15, 15))) == 1


def test_moved_points_keep_view_and_looks(plot: ScatterPlot) -> None:
    from ssl_studio.gui.widgets.point_cloud import PointCloud

    before = plot.view
    plot.mark(np.array([1]))
    plot.set_cloud(PointCloud(plot.cloud.points + 1, sort=False), keep_view=True)
    picture = picture_of(plot)
    assert plot.view == before
    assert plot.marked.tolist() == [1]
    assert picture.pixelColor(at(plot, 0)) == QColor("#ff0000")


def test_another_size_keeps_what_is_in_the_middle(plot: ScatterPlot) -> None:
    plot.zoom(4)
    middle = plot.view.to_plane(200, 150, 300)
    plot.resize(600, 500)
    assert plot.view.to_plane(300, 250, 500) == pytest.approx(middle)


def test_escape_lets_go_of_a_box_and_then_of_what_is_chosen(
    plot: ScatterPlot, qtbot: QtBot
) -> None:
    qtbot.mousePress(plot, LEFT, Qt.KeyboardModifier.ShiftModifier, pos=QPoint(2, 2))
    with qtbot.assertNotEmitted(plot.chosen):
        qtbot.keyClick(plot, Qt.Key.Key_Escape)
        qtbot.mouseRelease(plot, LEFT, Qt.KeyboardModifier.ShiftModifier, pos=QPoint(390, 290))
    with qtbot.waitSignal(plot.chosen) as chosen:
        qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert (len(chosen.args[0]), chosen.args[1]) == (0, PLAIN)


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (Qt.Key.Key_Space, LOOK),
        (Qt.Key.Key_Return, LOOK),
        (Qt.Key.Key_N, NEIGHBOURS),
        (Qt.Key.Key_T, TAGS),
        (Qt.Key.Key_P, PICTURES),
    ],
)
def test_keys_that_are_about_images_are_passed_on(
    plot: ScatterPlot, qtbot: QtBot, key: Qt.Key, what: str
) -> None:
    with qtbot.waitSignal(plot.asked) as asked:
        qtbot.keyClick(plot, key)
    assert asked.args == [what]
