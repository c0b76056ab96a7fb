from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.evaluate import EvaluatePage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.score_table import column_title, headline
from tests.gui.conftest import show_page
from tests.gui.sample import Sample


def test_scores_stand_beside_the_reference(studio: Studio, qtbot: QtBot) -> None:
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    model = page.scores
    assert [row.is_reference for row in model.table.rows] == [False, True]
    assert model.table.columns == ["kNN accuracy@20", "Linear probe accuracy"]
    assert model.index(0, 1).data() == "94.0 %"
    assert model.best(1) == 0.94


def test_choosing_a_row_chooses_the_features(
    studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    page = EvaluatePage(studio)
    show_page(page, studio, qtbot)
    page.table.selectRow(1)
    assert studio.feature_set_id == sample_project.feature_set_id + 1
    studio.set_feature_set(sample_project.feature_set_id)
    assert page.table.currentIndex().row() == 0


def test_columns_have_readable_titles_and_the_usual_ones_come_first() -> None:
    assert column_title("clustering", "nmi") == "k-means NMI"
    columns = ["kNN accuracy@1", "kNN accuracy@20", "k-means AMI", "k-means NMI"]
    assert headline(columns) == ["kNN accuracy@20", "k-means NMI"]
