from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.errors import StudioError
from ssl_studio.events import Cancel, Metric, Note, Progress, Report
from ssl_studio.gui.models.run_model import shown_status
from ssl_studio.gui.pages import train
from ssl_studio.gui.pages.new_run import RunPlan, by_family
from ssl_studio.gui.pages.train import TrainPage
from ssl_studio.gui.studio import Studio
from ssl_studio.jobs.new_run import NewRunResult
from ssl_studio.jobs.propose import Proposed, ProposeResult
from ssl_studio.project.file import Project
from tests.gui.conftest import settle, show_page
from tests.gui.fakes import ScriptedJob, small_catalogue
from tests.gui.sample import Sample

NEWS = (
    Progress(1, 10, "epoch 1 of 2"),
    Metric(500, 20.0, {"loss": 0.5}),
    Note("alarm", "All images look the same to the network. Try a larger batch."),
)
script: list[ScriptedJob] = []


@dataclass(frozen=True)
class TrainJob:
    """Plays the job at the end of `script` in place of a training."""

    run_id: int
    title: str = "Training"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> object:
        return script[-1].run(project_path, report, cancel)


@dataclass(frozen=True)
class ProposeJob:
    """Proposes 7 epochs."""

    method: str
    training: object = None
    settings: object = None
    probe: bool = False
    title: str = "Proposing"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ProposeResult:
        epochs = Proposed("epochs", 7, "few images")
        clusters = Proposed("clusters", 3, "three labels")
        seconds = 120.0 if self.probe else None
        return ProposeResult(self.method, 36, (epochs,), (), clusters, 300.0, seconds)


@dataclass(frozen=True)
class NewRunJob:
    """Stores a run without looking at its settings."""

    method: str
    training: object
    settings: object
    name: str
    title: str = "Preparing"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> NewRunResult:
        with Project.open(project_path) as project:
            run_id = project.runs.create(self.name, self.method, "light", epochs=2)
        return NewRunResult(run_id, 36)


@pytest.fixture
def page(studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> TrainPage:
    monkeypatch.setattr(train, "TrainJob", TrainJob)
    monkeypatch.setattr(train, "ProposeJob", ProposeJob)
    monkeypatch.setattr(train, "NewRunJob", NewRunJob)
    monkeypatch.setattr(train, "DiscoverJob", lambda *_a, **_k: ScriptedJob(title="Discover"))
    monkeypatch.setattr(train, "ExhibitJob", lambda *_a, **_k: ScriptedJob(title="Exhibit"))
    monkeypatch.setattr(train, "DiscoverResult", type("DiscoverResult", (), {}))
    made = TrainPage(studio)
    show_page(made, studio, qtbot)
    return made


def play(job: ScriptedJob) -> ScriptedJob:
    script.append(job)
    return job


def test_the_stored_run_is_shown_with_its_curves_and_log(page: TrainPage) -> None:
    panel = page.run_panel
    assert panel.name.text() == "SimCLR, light"
    assert panel.chip.text() == "finished"
    x, y = panel.plots[("loss",)].curve("Loss")
    assert len(x) == len(y) == 200
    assert len(panel.log.rows) == 2


def test_methods_stand_in_families_with_their_explanation(page: TrainPage) -> None:
    page.show_new_run()
    assert page.views.currentWidget() is page.new_run
    assert page.new_run.explanation.text() == "What SimCLR does."
    families = [family for family, _cards in by_family(small_catalogue().methods)]
    assert families == ["contrastive", "masked"]


def test_only_networks_that_the_method_can_train_are_offered(page: TrainPage) -> None:
    page.show_new_run()
    page.new_run.take_over("mae", {}, {})
    assert page.new_run.training_form.fields["backbone"].spec.choices == ("vit_tiny",)


def test_values_are_proposed_with_reasons_and_a_time(
    page: TrainPage, studio: Studio, qtbot: QtBot
) -> None:
    page.show_new_run()
    settle(studio, qtbot)
    assert page.new_run.training_form.values()["epochs"] == 7
    page.new_run.estimate_button.click()
    settle(studio, qtbot)
    assert page.new_run.estimate.text() == "About 2 min at 300 images/s"


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
    qtbot.waitUntil(lambda: titles == ["Preparing", "Training", "Discover", "Exhibit"])
    settle(studio, qtbot)
    assert page.run_panel.name.text() == "Mine"


def test_news_of_the_training_reach_curves_log_and_alarm(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    job = play(ScriptedJob(NEWS, waits=True))
    page.train(sample_project.run_id)
    qtbot.waitUntil(lambda: page.run_panel.alarm.isVisible())
    panel = page.run_panel
    assert panel.plots[("loss",)].curve("Loss")[1][-1] == 0.5
    assert "Try a larger batch" in panel.alarm_text.text()
    assert "epoch 1 of 2" in panel.line.text()
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
    assert not page.active_runs()


def test_a_second_run_waits_behind_the_first(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    job = play(ScriptedJob(waits=True))
    page.train(sample_project.run_id)
    assert page.new_run.start_button.text().strip() == "Add to the queue"
    page._start(RunPlan("simclr", {}, {}, "Second"))
    qtbot.waitUntil(lambda: len(page.active_runs()) == 2)
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


def test_the_settings_of_a_run_can_be_used_again(page: TrainPage) -> None:
    page.run_panel.copy_button.click()
    assert page.views.currentWidget() is page.new_run
    assert page.new_run.training_form.values()["batch_size"] == 128


def test_renaming_a_run(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    page.rename_run(sample_project.run_id, "Best")
    qtbot.waitUntil(lambda: page.run_panel.name.text() == "Best")


def test_a_nonsense_value_keeps_the_run_from_starting(page: TrainPage) -> None:
    page.show_new_run()
    page.new_run.method_form.set_values({"learning_rate": -1})
    assert not page.new_run.start_button.isEnabled()
    assert page.new_run.problem.isVisible()


def test_a_run_that_nobody_trains_was_interrupted(sample_project: Sample) -> None:
    with Project.open(sample_project.path) as project:
        project.runs.update(sample_project.run_id, status="running")
        run = project.runs.get(sample_project.run_id)
    assert shown_status(run, frozenset()) == "interrupted"
    assert shown_status(run, frozenset({run.id})) == "running"
