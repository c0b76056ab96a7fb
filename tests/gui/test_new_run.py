"""The form for a new run: proposals, costs and views."""

import pytest
from PySide6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.method_chooser import by_family
from ssl_studio.gui.pages.train import TrainPage
from ssl_studio.gui.studio import Studio
from ssl_studio.jobs.estimate import Tried
from tests.gui import fake_training
from tests.gui.conftest import settle
from tests.gui.fake_training import drawn, may_try, open_train_page, tried
from tests.gui.fakes import small_catalogue
from tests.gui.sample import Sample


@pytest.fixture
def page(studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> TrainPage:
    return open_train_page(studio, qtbot, monkeypatch)


def test_methods_stand_in_families_with_their_explanation(page: TrainPage) -> None:
    page.show_new_run()
    assert page.views.currentWidget() is page.new_run
    assert page.new_run.about.explanation.text() == "What SimCLR does."
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
    panel = page.new_run
    qtbot.waitUntil(lambda: "About" in panel.cost.time.text())
    assert panel.training_form.values()["epochs"] == 7
    # 360 images, 7 epochs, 21 images a second.
    assert panel.cost.time.text() == "About 2 min for 7 epochs at 21 images/s"
    assert "501 MB" in panel.cost.memory.text()
    assert panel.estimate.text() == panel.cost.time.text()


def test_fewer_epochs_cost_less_without_another_try(
    page: TrainPage, studio: Studio, qtbot: QtBot
) -> None:
    page.show_new_run()
    panel = page.new_run
    qtbot.waitUntil(lambda: "About" in panel.cost.time.text())
    before = len(tried)
    panel.training_form.fields["epochs"].editor.setValue(70)
    assert panel.cost.time.text() == "About 20 min for 70 epochs at 21 images/s"
    panel.training_form.fields["batch_size"].editor.setValue(32)
    qtbot.waitUntil(lambda: len(tried) == before + 1)


def test_a_try_can_be_stopped_and_asked_for(page: TrainPage, studio: Studio, qtbot: QtBot) -> None:
    may_try.clear()
    page.show_new_run()
    panel = page.new_run
    qtbot.waitUntil(panel.cost.stop_button.isVisible)
    panel.cost.stop_button.click()
    assert panel.cost.time.text() == "Not tried yet."
    settle(studio, qtbot)
    assert panel.cost.time.text() == "Not tried yet."
    may_try.set()
    panel.cost.try_button.click()
    qtbot.waitUntil(lambda: "About" in panel.cost.time.text())


def test_what_does_not_fit_is_said_before_the_start(
    page: TrainPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_training, "costs", [Tried(21.0, 9_000_000_000)])
    page.show_new_run()
    qtbot.waitUntil(page.new_run.cost.warning.isVisible)
    assert "Take a smaller batch" in page.new_run.cost.warning.text()


def test_views_of_the_users_images_are_drawn_and_drawn_again(
    page: TrainPage, studio: Studio, qtbot: QtBot
) -> None:
    page.show_new_run()
    views = page.new_run.views
    qtbot.waitUntil(lambda: views.preview.rows == 2)
    assert [column.name for column in views.preview.columns] == ["image", "view 1"]
    assert views.notes.text() == "As they are."
    views.redraw_button.click()
    qtbot.waitUntil(lambda: int(views.preview.columns[0].pictures.max()) == drawn[-1].seed > 0)
    studio.select([3, 5])
    qtbot.waitUntil(lambda: drawn[-1].image_ids == (3, 5))
    qtbot.waitUntil(lambda: "you chose" in views.words.text())


def test_views_follow_the_settings(page: TrainPage, qtbot: QtBot) -> None:
    page.show_new_run()
    qtbot.waitUntil(lambda: page.new_run.views.preview.rows == 2)
    page.new_run.method_form.set_values({"learning_rate": 0.5})
    qtbot.waitUntil(lambda: drawn[-1].settings["learning_rate"] == 0.5)


def test_the_settings_of_a_run_can_be_used_again(page: TrainPage) -> None:
    page.run_panel.copy_button.click()
    assert page.views.currentWidget() is page.new_run
    assert page.new_run.training_form.values()["batch_size"] == 128


def test_a_nonsense_value_keeps_the_run_from_starting(page: TrainPage) -> None:
    page.show_new_run()
    page.new_run.method_form.set_values({"learning_rate": -1})
    assert not page.new_run.start_button.isEnabled()
    assert page.new_run.problem.isVisible()


def test_copied_settings_are_not_overruled_by_proposals(
    page: TrainPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    page.copy_settings(sample_project.run_id)
    settle(studio, qtbot)
    form = page.new_run.training_form
    assert form.values()["epochs"] == 10
    assert "epochs" in form.changed_names
    page.new_run.reset_button.click()
    assert form.values()["epochs"] == 7


def test_the_paper_is_a_link(page: TrainPage) -> None:
    page.show_new_run()
    assert 'href="https://arxiv.org/abs/2002.05709"' in page.new_run.about.paper.text()


def test_a_method_that_lacks_images_cannot_be_started(page: TrainPage) -> None:
    page.show_new_run()
    page.new_run.set_image_count(10)
    assert "at least 32 images" in page.new_run.problem.text()
    assert not page.new_run.start_button.isEnabled()


def test_a_changed_value_moves_nothing_in_the_form(page: TrainPage, qtbot: QtBot) -> None:
    page.show_new_run()
    form = page.new_run.training_form
    field = form.fields["epochs"]
    before = field.geometry()
    editor = field.editor
    assert isinstance(editor, QSpinBox)
    editor.setValue(3)
    qtbot.waitUntil(lambda: form.is_changed("epochs"))
    form.layout().activate()
    assert field.geometry() == before
