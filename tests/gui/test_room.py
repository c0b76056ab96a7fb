"""How parts of the pages use the room they have."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.neighbour_column import LARGEST_PX, LEAST_PX, tile_px
from ssl_studio.gui.pages.new_run import NewRunPanel
from ssl_studio.gui.pages.view_panel import whose_views
from ssl_studio.gui.widgets.bar_groups import axis_top
from ssl_studio.gui.widgets.confusion_view import NamesAcross, readable_on
from ssl_studio.gui.widgets.cost_plot import CostPlot
from ssl_studio.gui.widgets.panel_table import PanelRow, PanelTable
from ssl_studio.jobs.score_tables import Cell
from tests.gui.fakes import small_catalogue


@pytest.mark.parametrize("column", [150, 220, 540, 880, 1400, 2400])
def test_tiles_of_a_column_fit_at_least_twice(column: int) -> None:
    assert LEAST_PX <= tile_px(column) <= LARGEST_PX
    assert 2 * tile_px(column) <= column


@pytest.mark.parametrize(
    ("values", "levels", "top"),
    [([0.1], [], 0.2), ([0.1, 0.39], [], 0.4), ([0.1], [0.41], 0.6), ([1.0], [], 1.0)],
)
def test_an_axis_ends_at_the_first_round_share_above_all(
    values: list[float], levels: list[float], top: float
) -> None:
    cells = [Cell(value) for value in values]
    assert axis_top(cells, {str(n): level for n, level in enumerate(levels)}) == top


def test_whiskers_count_for_the_axis() -> None:
    assert axis_top([Cell(0.19, 0.1, 0.25)], {}) == 0.4


def test_names_stand_upright_where_columns_are_narrow(qtbot: QtBot) -> None:
    header = NamesAcross()
    qtbot.addWidget(header)
    header.show_names(["cat", "automobile"], 400)
    flat = header.sizeHint().height()
    assert not header.is_upright
    header.show_names(["cat", "automobile"], 40)
    assert header.is_upright
    assert header.sizeHint().height() > max(flat, header.fontMetrics().horizontalAdvance("auto"))


def test_words_on_a_ground_are_light_or_dark(qapp: object) -> None:
    dark, light = readable_on(QColor("#224433")), readable_on(QColor("#ddeedd"))
    assert dark.lightness() > 128 > light.lightness()


def test_blocks_of_pictures_fill_the_width(qtbot: QtBot) -> None:
    table = PanelTable("Pictures")
    qtbot.addWidget(table)
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    rows = [PanelRow((picture,) * 4, "", number) for number in range(16)]
    for width in (700, 1160, 2450):
        table.resize(width, 600)
        table.set_rows(("a", "b", "c", "d"), rows)
        blocks = table.blocks(width)
        used = blocks * (table.sizeHint().width())
        assert width - 60 <= used <= width
        assert 85 <= table.tile_px <= 192
    table.set_rows(("a", "b", "c", "d"), rows[:1])
    assert table.blocks(2450) == 1


def test_words_say_of_which_images_views_are() -> None:
    assert "some of your images" in whose_views(0, 5)
    assert "the image you chose, then" in whose_views(1, 5)
    assert "the 3 images you chose, then" in whose_views(3, 5)
    assert "the images you chose, with" in whose_views(5, 5)


def test_names_of_levels_do_not_lie_on_each_other(qtbot: QtBot) -> None:
    plot = CostPlot()
    qtbot.addWidget(plot)
    plot.resize(600, 240)
    plot.show_dots([], "Time", "kNN", {"first of two": 0.3, "second of two": 0.3001})
    places = plot.name_places()
    assert places["first of two"] - places["second of two"] >= plot.fontMetrics().ascent()


def test_a_wide_form_has_two_columns(qtbot: QtBot) -> None:
    panel = NewRunPanel()
    qtbot.addWidget(panel)
    panel.set_catalogue(small_catalogue())
    panel.resize(1100, 800)
    panel.show()
    assert not panel.is_wide
    panel.resize(2300, 1300)
    assert panel.is_wide
    qtbot.waitUntil(lambda: _left(panel.method_form) > panel.training_form.width())


def _left(widget: QWidget) -> int:
    return widget.mapTo(widget.window(), QPoint()).x()
