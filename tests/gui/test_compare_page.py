"""The comparison of runs: sorted, copied, plotted."""

import csv
import io

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.compare import ComparePage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.cost_plot import ticks
from ssl_studio.project.file import Project
from tests.gui.conftest import show_page
from tests.gui.sample import Sample


@pytest.fixture
def two_runs(sample_project: Sample) -> Sample:
    """The sample with a second run, slower and with another learning rate."""
    with Project.open(sample_project.path) as project:
        run_id = project.runs.create(
            'a "second", run',
            "simclr",
            "light",
            settings={"temperature": 0.1},
            training={"backbone": "light", "image_size": 32, "epochs": 10, "batch_size": 64},
            epochs=10,
        )
        project.runs.add_metrics(
            run_id, 10, 1.0, 9.0, {"knn_accuracy": 0.3, "images_per_second": 50.0}
        )
        project.runs.update(run_id, status="stopped", step=10, epoch=1.0, seconds=200.0)
    return sample_project


def column(page: ComparePage, title: str) -> int:
    return [c.title for c in page.model.columns].index(title)


def test_runs_stand_beside_references_with_what_differs(
    two_runs: Sample, studio: Studio, qtbot: QtBot
) -> None:
    page = ComparePage(studio)
    show_page(page, studio, qtbot)
    model = page.model
    assert [line.name for line in model.lines] == [
        "SimCLR, light", 'a "second", run', "Random initialisation",
    ]  # fmt: skip
    assert {"Batch size", "Temperature"} <= {c.title for c in model.columns}
    knn = column(page, "kNN accuracy")
    assert model.index(0, knn).data() == "94.0 %"
    assert model.index(1, knn).data() == "~ 30.0 %"
    seen = column(page, "Images seen")
    assert model.index(1, seen).data() == "640"


def test_it_sorts_by_cost_with_missing_ones_last(
    two_runs: Sample, studio: Studio, qtbot: QtBot
) -> None:
    page = ComparePage(studio)
    show_page(page, studio, qtbot)
    page.table.sortByColumn(column(page, "Time"), Qt.SortOrder.DescendingOrder)
    costs = [line.costs.get("seconds") for line in page.model.lines]
    assert costs == [200.0, 80.0, None]


def test_the_copied_table_is_csv(two_runs: Sample, studio: Studio, qtbot: QtBot) -> None:
    page = ComparePage(studio)
    show_page(page, studio, qtbot)
    page.copy_csv()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert rows[1]["run"] == 'a "second", run'
    assert float(rows[1]["time (s)"]) == 200
    assert rows[2]["time (s)"] == ""


def test_a_dot_chooses_its_run(two_runs: Sample, studio: Studio, qtbot: QtBot) -> None:
    page = ComparePage(studio)
    show_page(page, studio, qtbot)
    dots = page.plot.dots
    assert [dot.name for dot in dots] == ["SimCLR, light", 'a "second", run']
    assert page.plot.dot_at(page.plot.place(dots[1])) == dots[1]
    page.plot.dot_chosen.emit(dots[1].run_id)
    assert page.table.currentIndex().row() == 1
    assert studio.run_id == dots[1].run_id
    assert page.plot.marked == {dots[1].run_id}


def test_ticks_are_round() -> None:
    assert ticks(0, 1, 4) == pytest.approx([0, 0.5, 1])
    assert ticks(0.28, 0.43, 5) == pytest.approx([0.3, 0.35, 0.4])
