"""The page Export: plans, choices, writing for real."""

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.pages import export
from ssl_studio.gui.pages.export import ExportPage
from ssl_studio.gui.pages.export_choices import Chosen, ExportChoices, Offer, make_plan
from ssl_studio.gui.studio import Studio
from ssl_studio.project.file import Project
from tests.gui.conftest import settle, show_page
from tests.gui.sample import Sample


@pytest.fixture
def page(studio: Studio, qtbot: QtBot) -> ExportPage:
    made = ExportPage(studio)
    show_page(made, studio, qtbot)
    return made


def choose(page: ExportPage, kind: str, studio: Studio, qtbot: QtBot) -> None:
    page.show_kind(kind)
    settle(studio, qtbot)


def files(page: ExportPage) -> list[str]:
    return [page.preview.files.item(row, 0).text() for row in range(page.preview.files.rowCount())]


def test_clusters_are_previewed_and_then_written_so(
    page: ExportPage, studio: Studio, qtbot: QtBot
) -> None:
    choose(page, "clusters", studio, qtbot)
    assert files(page) == ["clusters-1.csv"]
    folder, shown = page.folder, page.preview.first_lines.toPlainText().splitlines()
    assert not folder.exists()
    page.export()
    settle(studio, qtbot)
    lines = (folder / "clusters-1.csv").read_text().splitlines()
    assert len(lines) == 37
    assert [row[:4] for row in csv.reader(shown)] == [row[:4] for row in csv.reader(lines[:7])]
    assert str(folder) in page.result.text()
    assert not page.open_button.isHidden()


def test_sizes_of_features_are_close(page: ExportPage, studio: Studio, qtbot: QtBot) -> None:
    choose(page, "features", studio, qtbot)
    for box in page.choices.formats.values():
        box.setChecked(True)
    settle(studio, qtbot)
    assert page.plan is not None
    planned = {file.name: file.bytes or 0 for file in page.plan.files}
    folder = page.folder
    page.export()
    settle(studio, qtbot)
    written = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert written.keys() == planned.keys()
    npy = "features-1.npy"
    assert planned[npy] == written[npy]
    assert 0.6 < planned["features-1-table.csv"] / written["features-1-table.csv"] < 1.6
    table = np.loadtxt(
        folder / "features-1-table.csv", delimiter=",", skiprows=1, usecols=range(2, 18)
    )
    assert np.allclose(table, np.load(folder / npy), atol=1e-6)


def test_without_a_format_there_is_nothing_to_export(
    page: ExportPage, studio: Studio, qtbot: QtBot
) -> None:
    choose(page, "features", studio, qtbot)
    page.choices.formats["npy"].setChecked(False)
    settle(studio, qtbot)
    assert not page.export_button.isEnabled()
    assert page.preview.note.text() == "Choose at least one format."


def test_a_fresh_folder_is_proposed_each_time(
    page: ExportPage, studio: Studio, qtbot: QtBot
) -> None:
    choose(page, "curves", studio, qtbot)
    first = page.folder
    page.export()
    settle(studio, qtbot)
    assert page.folder == first.with_name(first.name + " 2")


def test_replacing_is_asked_for(page: ExportPage, studio: Studio, qtbot: QtBot) -> None:
    choose(page, "curves", studio, qtbot)
    folder = page.folder
    folder.mkdir()
    (folder / "curves.csv").write_text("mine")
    page.folder_box.setText(str(folder))
    page.folder_box.textEdited.emit(str(folder))
    settle(studio, qtbot)
    assert "IS THERE" in page.preview.files.item(0, 2).text()
    page.export()
    (box,) = page.findChildren(QMessageBox)
    assert (folder / "curves.csv").read_text() == "mine"
    replace = next(b for b in box.findChildren(QPushButton) if b.text() == "Replace")
    replace.click()
    settle(studio, qtbot)
    assert (folder / "curves.csv").read_text().startswith("step,epoch")


def test_a_report_says_what_it_will_hold(page: ExportPage, studio: Studio, qtbot: QtBot) -> None:
    choose(page, "report", studio, qtbot)
    # The sample's run has no checkpoint, which a report does not need.
    assert files(page) == ["report.html"]
    assert "[x] clusters with representatives" in page.preview.first_lines.toPlainText()
    folder = page.folder
    page.export()
    settle(studio, qtbot)
    text = (folder / "report.html").read_text("utf-8")
    for heading in ("Curves", "Clusters", "Map", "Neighbours", "Evaluation", "First-layer filters"):
        assert f"<h2>{heading}</h2>" in text


def test_an_encoder_without_checkpoint_says_why_not(
    page: ExportPage, studio: Studio, qtbot: QtBot
) -> None:
    choose(page, "encoder", studio, qtbot)
    assert not page.export_button.isEnabled()
    assert page.preview.problem.text() != ""


def test_the_menu_leads_to_the_page(window: MainWindow, studio: Studio, qtbot: QtBot) -> None:
    window.actions_table.by_id["export_features"].trigger()
    settle(studio, qtbot)
    page = window.page
    assert isinstance(page, ExportPage)
    assert page.kind.key == "features"


def test_the_place_is_remembered(
    page: ExportPage, studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(page, "comparison", studio, qtbot)
    other = tmp_path / "elsewhere"
    other.mkdir()
    page.folder_box.setText(str(other / "tables"))
    page.folder_box.textEdited.emit(str(other / "tables"))
    settle(studio, qtbot)
    page.export()
    settle(studio, qtbot)
    assert page.folder.parent == other
    choose(page, "tags", studio, qtbot)
    assert page.folder.parent == other


def test_every_layer_of_the_network_can_be_exported(
    page: ExportPage,
    sample_project: Sample,
    studio: Studio,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layers = ("conv1", "conv2", "conv6")
    monkeypatch.setattr(export, "layers_of_run", lambda _project, _run_id: layers)
    with Project.open(sample_project.path) as project:
        project.runs.save_checkpoint(sample_project.run_id, 200, 10.0, "final", b"state")
    page.refresh()
    box = page.choices.layer
    qtbot.waitUntil(lambda: [box.itemData(row) for row in range(box.count())] == [None, *layers])
    box.setCurrentIndex(2)
    page.choices.show_layers(sample_project.run_id, layers)
    assert page.choices.values().layer == "conv2"


def test_a_report_is_offered_only_what_its_run_made(qtbot: QtBot) -> None:
    offer = Offer(
        runs=((2, "second"), (1, "first")),
        features=((20, "of the second"), (10, "of the first"), (30, "raw pixels")),
        clusterings=((200, "of 20"), (100, "of 10")),
        runs_of_features={20: 2, 10: 1, 30: None},
        features_of_clusterings={200: 20, 100: 10},
    )
    choices = ExportChoices()
    looked_at = SimpleNamespace(run_id=1, feature_set_id=20, clustering_id=200)
    choices.offer(offer, looked_at)  # type: ignore[arg-type]
    assert (choices.values().feature_set_id, choices.features.count()) == (20, 3)
    choices.show_kind("report")
    chosen = choices.values()
    assert (chosen.run_id, chosen.feature_set_id, chosen.clustering_id) == (1, 10, 100)
    assert (choices.features.count(), choices.clustering.count()) == (1, 1)
    choices.show_kind("features")
    assert choices.features.count() == 3


def test_the_plan_of_a_report_is_about_the_chosen_features(
    sample_project: Sample, tmp_path: Path
) -> None:
    ids = np.array(sample_project.image_ids)
    with Project.open(sample_project.path) as project:
        later = project.features.add(
            source="run", backbone="light", layer="conv1", image_ids=ids,
            values=np.zeros((len(ids), 2), np.float32), run_id=sample_project.run_id,
        )  # fmt: skip
        run_id, first = sample_project.run_id, sample_project.feature_set_id
        known = make_plan(project, "report", Chosen(run_id, feature_set_id=first), tmp_path)
        bare = make_plan(project, "report", Chosen(run_id, feature_set_id=later), tmp_path)
    assert known is not None
    assert bare is not None
    assert "[x] clusters" in known.preview
    assert "[ ] clusters" in bare.preview
