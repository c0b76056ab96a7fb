import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.gui.widgets.curve_plot import CurvePlot, Line, Look

X = np.arange(1.0, 101.0)
Y = np.exp(-X / 30) + 0.1 * np.cos(X)


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    made = CurvePlot("Loss")
    qtbot.addWidget(made)
    made.resize(500, 240)
    made.show()
    return made


def test_one_curve_reads_out_beside_its_title(plot: CurvePlot) -> None:
    plot.show_lines([Line("Loss", X, X)], Look(axis="step"))
    assert plot.readout.text() == "100"
    plot.show_cursor(42.4)
    assert plot.readout.text() == "step 42: 42"
    plot.show_cursor(None)
    assert plot.readout.text() == "100"


def test_several_curves_have_a_legend_that_hides_them(plot: CurvePlot, qtbot: QtBot) -> None:
    lines = [Line("first", X, Y), Line("second", X, Y + 1, 1)]
    plot.show_lines(lines, Look())
    assert plot.names == ["first", "second"]
    with qtbot.waitSignal(plot.toggled) as heard:
        plot.legend.linkActivated.emit("1")
    assert heard.args == ["second"]
    plot.show_lines(lines, Look(), frozenset({"second"}))
    assert plot.names == ["first"]
    assert "line-through" in plot.legend.text()


def test_smoothing_is_drawn_and_the_raw_curve_behind_it(plot: CurvePlot) -> None:
    noisy = np.where(X % 2, 0.0, 2.0)
    plot.show_lines([Line("Loss", X, noisy)], Look(smoothing=0.9))
    _x, y = plot.drawn("Loss")
    assert 0.8 < y[-1] < 1.2
    assert plot.curve("Loss")[1].tolist() == noisy.tolist()
    assert plot._drawn["Loss"].raw_item.isVisible()


def test_few_points_are_neither_smoothed_nor_thinned(plot: CurvePlot) -> None:
    plot.show_lines([Line("kNN", X[:5], X[:5])], Look(smoothing=0.9))
    assert plot.drawn("kNN")[1].tolist() == [1, 2, 3, 4, 5]


def test_a_logarithmic_axis_where_all_values_are_above_zero(plot: CurvePlot) -> None:
    plot.show_lines([Line("Loss", X, 10**X)], Look(log=True))
    assert plot.is_log
    assert plot.drawn("Loss")[1][-1] == pytest.approx(100)
    plot.show_lines([Line("Loss", X, X - 50)], Look(log=True))
    assert not plot.is_log
    assert plot.drawn("Loss")[1][-1] == 50


def test_a_hundred_thousand_points_are_drawn_as_few_with_their_peak(plot: CurvePlot) -> None:
    x = np.arange(100_000.0)
    y = np.ones(100_000)
    y[31_415] = 99.0
    plot.show_lines([Line("Loss", x, y)], Look(axis="step"))
    drawn_x, drawn_y = plot.drawn("Loss")
    assert len(drawn_x) < 6 * plot.plot.width()
    assert drawn_y.max() == 99
    (_left, right), (_low, high) = plot.plot.box.viewRange()
    assert right > 99_999
    assert high > 99


def test_news_widen_the_view_unless_the_user_has_zoomed(plot: CurvePlot) -> None:
    box = plot.plot.box
    plot.show_lines([Line("Loss", X[:50], Y[:50])], Look())
    plot.show_lines([Line("Loss", X, Y)], Look())
    assert box.viewRange()[0][1] > 100
    box.setRange(xRange=(10, 20), padding=0)
    box.sigRangeChangedManually.emit([True, True])
    plot.show_lines([Line("Loss", np.append(X, 101.0), np.append(Y, 1.0))], Look())
    assert box.viewRange()[0] == pytest.approx([10, 20])
    plot.show_all()
    assert box.viewRange()[0][1] > 101


def test_values_that_are_no_numbers_are_left_out(plot: CurvePlot) -> None:
    y = Y.copy()
    y[10] = np.nan
    plot.show_lines([Line("Loss", X, y)], Look())
    assert len(plot.curve("Loss")[1]) == 99


def test_time_is_read_in_words(plot: CurvePlot) -> None:
    plot.show_lines([Line("Loss", X * 60, Y)], Look(axis="time"))
    plot.show_cursor(600.0)
    assert plot.readout.text().startswith("10 min")


def test_nothing_is_said_of_what_was_before_the_start(plot: CurvePlot) -> None:
    words = plot.plot.bottom.tickStrings([-0.5, 0.0, 0.5], 1.0, 0.5)
    assert words == ["", "0", "0.5"]
