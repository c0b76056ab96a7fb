"""The views of the page Evaluate on tables as the jobs store them."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.evaluate import EvaluatePage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.class_table import class_rows, cluster_rows
from ssl_studio.jobs.score_tables import EPOCHS, LAYERS, Cell, Confusion, store_table
from ssl_studio.project.file import Project
from tests.gui.conftest import settle, show_page
from tests.gui.sample import Sample


@pytest.fixture
def evaluated(sample_project: Sample) -> Sample:
    """The sample with layers, epochs and predictions; every third circle is taken for a cross."""
    own = sample_project.feature_set_id
    ids = np.array(sample_project.image_ids, np.int64)
    with Project.open(sample_project.path) as project:
        labels = project.images.labels(ids)
        names = sorted({label for label in labels if label})
        taken = np.array([names.index(label or "") for label in labels])
        first = np.flatnonzero(taken == 0)
        taken[first[::3]] = 1
        array = project.arrays.put(np.stack([ids, taken], axis=1))
        settings = {"predictions_array": array, "class_names": names, "n": len(ids)}
        project.features.add_probe(own, "linear", {"accuracy": 0.9}, settings=settings)
        layers = {
            "trained": {"conv1": Cell(0.4, 0.35, 0.45), "conv2": Cell(0.6, 0.5, 0.7)},
            "random initialisation": {"conv1": Cell(0.38), "conv2": Cell(0.3)},
            "raw pixels": {"raw pixels": Cell(0.2)},
        }
        about = {"learnt_from": 30, "n": 6, "of_images": 36}
        store_table(project, own, "knn", LAYERS, layers, about, 1.0)
        epochs = {"nmi": {"0": Cell(0.1), "5": Cell(0.4), "raw pixels": Cell(0.2)}}
        store_table(project, own, "clustering", EPOCHS, epochs, about, 1.0)
    return sample_project


def test_layers_stand_beside_untrained_ones_and_pixels(
    evaluated: Sample, studio: Studio, qtbot: QtBot
) -> None:
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    page.show_tab("layers")
    bars = page.layers.knn
    assert bars.points == ["conv1", "conv2"]
    assert list(bars.series) == ["trained", "random initialisation"]
    assert bars.levels == {"raw pixels": 0.2}
    words = bars.words_at(QPointF(bars.bar(1, 0).center()))
    assert words.startswith("conv2, trained: 60.0 %")
    assert bars.words_at(QPointF(0, 0)) == ""
    assert [page.layers.table.item(row, 0).text() for row in range(3)][-1] == "raw pixels"


def test_tables_do_not_get_among_the_scores(
    evaluated: Sample, studio: Studio, qtbot: QtBot
) -> None:
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    assert page.scores.table.columns == ["kNN accuracy@20", "Linear probe accuracy"]


def test_a_cell_chooses_its_images_and_leads_to_them(
    evaluated: Sample, studio: Studio, qtbot: QtBot
) -> None:
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    page.show_tab("classes")
    matrix = page.classes.matrix
    matrix.setCurrentIndex(matrix.matrix.index(0, 1))
    assert len(studio.selection) == 4
    assert page.classes.show_button.isEnabled()
    with qtbot.waitSignal(studio.page_requested) as asked:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert asked.args == ["images"]


def test_a_class_chooses_all_its_images(evaluated: Sample, studio: Studio, qtbot: QtBot) -> None:
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    page.classes.table.selectRow(0)
    assert page.classes.rows.rows[0][1] == 12
    assert len(studio.selection) == 12


def test_clusters_can_be_confused_with_classes_too(
    evaluated: Sample, studio: Studio, qtbot: QtBot
) -> None:
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    box = page.classes.kind_box
    assert [box.itemData(i) for i in range(box.count())] == ["linear", "clusters"]
    box.setCurrentIndex(1)
    box.activated.emit(1)
    settle(studio, qtbot)
    assert page.classes.confusion is not None
    assert not page.classes.clusters.isHidden()
    page.classes.clusters.selectRow(0)
    assert len(studio.selection) == page.classes.cluster_rows.rows[0][1]
    assert len(page.classes.confusion.columns) == 6
    assert not page.classes.table.isHidden()


def test_epochs_show_metrics_and_stored_scores(
    evaluated: Sample, studio: Studio, qtbot: QtBot
) -> None:
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    curves = page.evaluation.epochs["nmi"]
    assert list(curves) == ["stored epochs", "raw pixels", "during training", "your clusterings"]
    assert curves["stored epochs"][0].tolist() == [0, 5]
    assert curves["raw pixels"][1].tolist() == [0.2, 0.2]


def test_what_is_not_measured_offers_to_measure(studio: Studio, qtbot: QtBot) -> None:
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    page.show_tab("layers")
    assert page._stacks["layers"].currentIndex() == 1
    assert page._voids["layers"].heading.text() == "The layers have not been probed"


def test_without_labels_the_page_says_what_to_do(
    sample_project: Sample, studio: Studio, qtbot: QtBot
) -> None:
    with Project.open(sample_project.path) as project, project.write():
        project.images.set_labels(1, {i.path: (None, None) for i in project.images.get(
            project.images.ids())})  # fmt: skip
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    assert page.is_empty
    assert page.empty.heading.text() == "No labels to compare with"


def test_figures_of_classes_begin_with_the_worst() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1])
    taken = np.array([0, 0, 1, 1, 1, 1])
    rows = class_rows(Confusion(("a", "b"), ("a", "b"), np.arange(6), truth, taken, (0, 1)))
    assert rows[0] == ("a", 4, 0.5, 1.0, "b")
    assert rows[1] == ("b", 2, 1.0, 0.5, "")


def test_classes_and_clusters_have_figures_beside_their_table() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1])
    taken = np.array([0, 0, 1, 2, 1, 1])
    found = Confusion(("a", "b"), ("one", "two", "rest"), np.arange(6), truth, taken, (0, 1))
    assert class_rows(found)[0] == ("a", 4, 0.5, 1.0, "one", "two")
    assert class_rows(found)[1] == ("b", 2, 1.0, pytest.approx(2 / 3), "two", "")
    assert cluster_rows(found)[0] == ("two", 3, pytest.approx(2 / 3), "b", "a")
    assert [row[0] for row in cluster_rows(found)[1:]] == ["one", "rest"]
    assert found.images(None, 1).tolist() == [2, 4, 5]
