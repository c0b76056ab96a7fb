import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ssl_studio.events import Metric
from ssl_studio.gui.models.series import RunCurves
from ssl_studio.gui.widgets.curve_board import BoardRun, CurveBoard

NAMES = ["loss", *(f"figure_{n}" for n in range(7))]


def curves(points: int = 50) -> RunCurves:
    steps = np.arange(float(points))
    return RunCurves({name: np.stack((steps, steps / 10, steps, steps)) for name in NAMES})


@pytest.fixture
def board(qtbot: QtBot) -> CurveBoard:
    made = CurveBoard()
    qtbot.addWidget(made)
    made.resize(900, 1200)
    made.show()
    return made


def test_plots_come_one_by_one_and_leave_the_window_free_between(board: CurveBoard) -> None:
    board.show_runs([BoardRun(1, "first", 0, curves())])
    seen = []
    while board.is_behind:
        QApplication.processEvents()
        seen.append(len(board.plots))
    assert seen[-1] == len(NAMES)
    assert set(np.diff([0, *seen])) <= {0, 1}


def test_catching_up_draws_all_that_came(board: CurveBoard) -> None:
    run = BoardRun(1, "first", 0, curves())
    board.show_runs([run])
    board.catch_up()
    run.curves.take([Metric(50, 5.0, dict.fromkeys(NAMES, 7.0))])
    board.refresh_soon()
    board.catch_up()
    assert not board.is_behind
    assert {plot.curve(plot.names[0])[1][-1] for plot in board.plots.values()} == {7.0}


def test_news_that_come_in_the_middle_of_a_round_are_drawn_too(board: CurveBoard) -> None:
    run = BoardRun(1, "first", 0, curves())
    board.show_runs([run])
    while "loss" not in {name for group in board.plots for name in group}:
        board._refresh_one()
    board._refresh_one()
    run.curves.take([Metric(50, 5.0, {"loss": 7.0})])
    board.refresh_soon()
    board.catch_up()
    assert board.plots["loss",].curve("Loss")[1][-1] == 7.0


def test_while_the_slider_moves_every_plot_gets_its_turn(board: CurveBoard) -> None:
    board.show_runs([BoardRun(1, "first", 0, curves())])
    board.catch_up()
    drawn = set()
    for value in range(len(NAMES)):
        board.smoothing.setValue(10 + value)
        (next_up, *_others) = board._behind
        drawn.add(next_up)
        board._refresh_one()
    assert drawn == set(board.plots)


def test_words_of_one_plot_move_no_other(board: CurveBoard) -> None:
    board.show_runs([BoardRun(n, f"run {n}", n, curves()) for n in range(2)])
    board.catch_up()
    QApplication.processEvents()
    first, second, *_ = board.plots.values()
    before = second.mapTo(board, second.rect().topLeft())
    first.legend.setText("several<br>lines<br>of<br>words")
    QApplication.processEvents()
    assert second.mapTo(board, second.rect().topLeft()) == before
