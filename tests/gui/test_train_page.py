"""The list of runs, and one run while it trains and afterwards."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from ssl_studio.errors import StudioError
from ssl_studio.events import Metric, Note, Progress
from ssl_studio.gui.models.run_model import RunRole, shown_status
from ssl_studio.gui.pages import run_doings
from ssl_studio.gui.pages.new_run import RunPlan
from ssl_studio.gui.pages.train import TrainPage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.curve_plot import Look
from ssl_studio.gui.widgets.run_list import TickedDelegate
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project
from tests.gui.conftest import settle
from tests.gui.fake_training import open_train_page, play
from tests.gui.fakes import ScriptedJob
from tests.gui.sample import Sample

NEWS = (
    Progress(1, 10, "epoch 1 of 2"),
    Metric(500, 20.0, {"loss": 0.5}),
    Note("alarm", "All images look the same to the network. Try a larger batch."),
)


@pytest.fixture
def page(studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> TrainPage:
    return open_train_page(studio, qtbot, monkeypatch)


def test_the_stored_run_is_shown_with_its_curves_and_log(page: TrainPage) -> None:
    panel = page.run_panel
    assert panel.name.text() == "SimCLR, light"
    assert panel.chip.text() == "finished"
    x, y = panel.plots["loss",].curve("Loss")
    assert len(x) == len(y) == 200
    assert len(panel.log.rows) == 2


def test_starting_makes_a_run_trains_it_and_looks_at_it(
    page: TrainPage, studio: Studio, qtbot: QtBot
) -> None:
    play(ScriptedJob())
    page.show_new_run()
    settle(studio, qtbot)
    titles: list[str] = []
    studio.job_added.connect(lambda running: titles.append(running.title))
    page.new_run.name.setText("Mine")
    page.new_run.start_button.click()
    qtbot.waitUntil(lambda: titles == ["Preparing", "Training Mine", "Discover", "Exhibit"])
    settle(studio, qtbot)
    assert page.list.hasFocus()
    assert page.run_panel.name.text() == "Mine"


def test_news_of_the_training_reach_curves_log_and_alarm(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    job = play(ScriptedJob(NEWS, waits=True))
    page.train(sample_project.run_id)
    qtbot.waitUntil(lambda: page.run_panel.alarm.isVisible())
    panel = page.run_panel
    qtbot.waitUntil(lambda: panel.plots["loss",].curve("Loss")[1][-1] == 0.5)
    assert "Try a larger batch" in panel.alarm_text.text()
    assert "epoch 1 of 2" in panel.line.text()
    assert "epoch 20 of" in page.runs.index(0, 0).data(RunRole.LINE)
    job.release.set()
    settle(studio, qtbot)


def test_pause_go_on_and_stop(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    play(ScriptedJob(waits=True))
    page.train(sample_project.run_id)
    panel = page.run_panel
    panel.pause_button.click()
    assert panel.chip.text() == "paused"
    panel.pause_button.click()
    assert panel.chip.text() == "training"
    panel.stop_button.click()
    assert panel.chip.text() == "stopping …"
    settle(studio, qtbot)
    assert not page.doings.statuses()


def test_a_second_run_waits_behind_the_first(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    job = play(ScriptedJob(waits=True))
    page.train(sample_project.run_id)
    assert page.new_run.start_button.text().strip() == "Add to the queue"
    page._start(RunPlan("simclr", {}, {}, "Second"))
    qtbot.waitUntil(lambda: len(page.doings.statuses()) == 2)
    job.release.set()
    settle(studio, qtbot)


def test_a_failed_training_shows_its_words(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    error = StudioError("The loss became infinite.", "", "Lower the rate.")
    play(ScriptedJob(error=error))
    with qtbot.waitSignal(studio.job_ended):
        page.train(sample_project.run_id)
    assert page.strip.title.text() == "The loss became infinite."
    assert "Lower the rate" in page.strip.detail.text()


def test_renaming_a_run(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    page.doings.rename(sample_project.run_id, "Best")
    qtbot.waitUntil(lambda: page.run_panel.name.text() == "Best")


def test_a_run_that_nobody_trains_was_interrupted(sample_project: Sample) -> None:
    with Project.open(sample_project.path) as project:
        project.runs.update(sample_project.run_id, status="running")
        run = project.runs.get(sample_project.run_id)
    assert shown_status(run, {}) == "interrupted"
    assert shown_status(run, {run.id: "running"}) == "running"


@pytest.fixture
def second_run(sample_project: Sample, studio: Studio, page: TrainPage, qtbot: QtBot) -> int:
    """Another run, with curves and never trained here."""

    def add(project: Project) -> Changes:
        run_id = project.runs.create("Second", "mae", "vit_tiny", epochs=4)
        project.runs.add_metrics(run_id, 10, 1.0, 5.0, {"loss": 9.0})
        project.runs.add_metrics(run_id, 20, 2.0, 10.0, {"loss": 8.0})
        return Changes(frozenset({"runs"}))

    studio.write(add)
    qtbot.waitUntil(lambda: page.runs.rowCount() == 2)
    return page.runs.runs[0].id


def test_ticked_runs_are_drawn_in_one_plot_in_their_colours(
    page: TrainPage, second_run: int, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    studio.set_run(sample_project.run_id)
    page.runs.set_compared(second_run, True)
    panel = page.run_panel
    qtbot.waitUntil(lambda: panel.plots["loss",].names == ["SimCLR, light", "Second"])
    assert page.run_panel.plots["loss",].curve("Second")[1].tolist() == [9, 8]
    assert page.runs.colour(sample_project.run_id) != page.runs.colour(second_run)
    page.run_panel.board.toggle("Second")
    assert page.run_panel.plots["loss",].names == ["SimCLR, light"]
    page.runs.set_compared(second_run, False)
    assert page.run_panel.plots["loss",].names == ["Loss"]


def test_the_box_of_a_row_ticks_and_does_not_choose(
    page: TrainPage, second_run: int, qtbot: QtBot
) -> None:
    page.list.setCurrentIndex(page.runs.index(1, 0))
    row = page.list.visualRect(page.runs.index(0, 0))
    box = TickedDelegate.box(row).center()
    qtbot.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=box)
    assert page.runs.compared == {second_run}
    assert page.list.currentIndex().row() == 1
    qtbot.keyClick(page.list, Qt.Key.Key_Space)
    assert page.runs.compared == {second_run, page.runs.runs[1].id}


def test_curves_go_over_steps_epochs_or_time(page: TrainPage) -> None:
    board = page.run_panel.board
    for axis, last in (("step", 200), ("epoch", 10), ("time", 80)):
        board.axis.setCurrentIndex(board.axis.findData(axis))
        assert page.run_panel.plots["loss",].curve("Loss")[0][-1] == pytest.approx(last)


def test_the_look_of_the_curves_is_kept(page: TrainPage, studio: Studio) -> None:
    board = page.run_panel.board
    board.smoothing.setValue(60)
    board.log.setChecked(True)
    board.axis.setCurrentIndex(board.axis.findData("time"))
    other = TrainPage(studio)
    assert other.run_panel.board.look() == Look(0.6, True, "time")
    other.deleteLater()


def test_waiting_runs_change_places_and_leave_the_queue(
    page: TrainPage, second_run: int, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    def add(project: Project) -> Changes:
        project.runs.create("Third", "simclr", "light", epochs=2)
        return Changes(frozenset({"runs"}))

    studio.write(add)
    qtbot.waitUntil(lambda: page.runs.rowCount() == 3)
    third = page.runs.runs[0].id
    job = play(ScriptedJob(waits=True))
    for run_id in (sample_project.run_id, second_run, third):
        page.train(run_id)
    assert page.queue.isVisible()
    assert [page.runs.place(run_id) for run_id in (second_run, third)] == [1, 2]
    page.queue.list.setCurrentRow(1)
    page.queue.earlier.click()
    assert [page.runs.place(run_id) for run_id in (second_run, third)] == [2, 1]
    assert page.queue.key == third
    page.queue.out.click()
    assert page.doings.statuses() == {sample_project.run_id: "running", second_run: "waiting"}
    assert page.runs.status(page.runs.run(third)) == "ready"
    page.doings.stop(second_run)
    assert not page.queue.isVisible()
    job.release.set()
    settle(studio, qtbot)


def test_notes_are_kept_by_themselves(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    notes = page.run_panel.notes
    notes.setPlainText("Blurry views helped.")
    notes.store()
    qtbot.waitUntil(lambda: page.shown_run().notes == "Blurry views helped.")
    notes.setPlainText("Half a sent")
    page.refresh()
    settle(studio, qtbot)
    assert notes.toPlainText() == "Half a sent"
    notes.store()
    settle(studio, qtbot)


def test_deleting_asks_first(
    page: TrainPage,
    second_run: int,
    studio: Studio,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    studio.set_run(second_run)
    monkeypatch.setattr(run_doings.dialogs, "ask_delete", lambda *_a: False)
    assert page.do("delete")
    settle(studio, qtbot)
    assert page.runs.rowCount() == 2
    monkeypatch.setattr(run_doings.dialogs, "ask_delete", lambda *_a: True)
    page.do("delete")
    qtbot.waitUntil(lambda: page.runs.rowCount() == 1)
    assert page.run_panel.name.text() == "SimCLR, light"


def test_figures_and_plots_leave_as_files(
    page: TrainPage, studio: Studio, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(["curves.csv", "curves"])
    monkeypatch.setattr(
        run_doings.QFileDialog,
        "getSaveFileName",
        lambda *_a: (str(tmp_path / next(names)), ""),
    )
    page.run_panel.board.csv_wanted.emit()
    page.run_panel.board.picture_wanted.emit()
    settle(studio, qtbot)
    assert (tmp_path / "curves.csv").read_text().count(",loss,") == 200
    picture = QImage(str(tmp_path / "curves.png"))
    assert picture.width() == round(2 * page.run_panel.board.sheet.width())


def test_health_is_said_in_words_with_figures(page: TrainPage) -> None:
    panel = page.run_panel
    assert panel.figures.texts()["Effective rank"]
    assert "ollaps" in panel.verdict.text()


def test_the_queue_takes_no_more_height_than_its_rows(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    job = play(ScriptedJob(waits=True))
    page.train(sample_project.run_id)
    page._start(RunPlan("simclr", {}, {}, "Second"))
    qtbot.waitUntil(page.queue.isVisible)
    qtbot.waitUntil(lambda: page.list.geometry().bottom() > page.height() // 2)
    assert page.queue.height() <= page.queue.sizeHint().height()
    job.release.set()
    settle(studio, qtbot)


def test_enter_does_not_delete(page: TrainPage, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[str] = []

    def answer(box: QMessageBox) -> None:
        offered.append(box.defaultButton().text())
        box.defaultButton().click()

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert not run_doings.dialogs.ask_delete(page, "Delete it?", "It is gone then.")
    assert "Cancel" in offered[0]
