import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from pytestqt.qtbot import QtBot

from ssl_studio.gui.widgets import scatter_plot
from ssl_studio.gui.widgets.scatter_plot import ScatterPlot


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


def test_few_points_are_drawn_one_by_one(plot: ScatterPlot) -> None:
    assert not plot.is_density
    assert len(plot.rows_in_view) == 4


def test_many_points_are_all_in_the_density(
    plot: ScatterPlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scatter_plot, "POINT_LIMIT", 100)
    points = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32)
    plot.set_points(points)
    picture = plot.grab().toImage()
    assert plot.is_density
    assert len(plot.rows_in_view) == 5000
    ground = picture.pixelColor(1, 1)
    assert picture.pixelColor(200, 150) != ground


def test_a_click_chooses_the_point(plot: ScatterPlot, qtbot: QtBot) -> None:
    x, y = plot._placed[1].round().astype(int).tolist()
    with qtbot.waitSignal(plot.chosen) as chosen:
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    assert chosen.args[0].tolist() == [1]


def test_a_box_holds_what_is_in_it(plot: ScatterPlot) -> None:
    assert plot.rows_in(QRect(0, 0, 400, 300)).tolist() == [0, 1, 2, 3]
    assert plot.rows_in(QRect(200, 0, 200, 300)).tolist() == [1, 2]


def test_hidden_groups_are_not_drawn(plot: ScatterPlot) -> None:
    plot.hide_groups(frozenset({1}))
    plot.grab()
    assert plot.rows_in_view.tolist() == [0, 1]


def test_zooming_in_leaves_fewer_points(plot: ScatterPlot, qtbot: QtBot) -> None:
    for _ in range(20):
        qtbot.keyClick(plot, Qt.Key.Key_Plus)
    plot.grab()
    assert len(plot.rows_in_view) == 0
    qtbot.keyClick(plot, Qt.Key.Key_0)
    plot.grab()
    assert len(plot.rows_in_view) == 4
