import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.gui.widgets.views_preview import SMALLEST_CELL_PX, Column, ViewsPreview


def grey(side: int, value: int, images: int = 3) -> np.ndarray:
    return np.full((images, side, side, 3), value, np.uint8)


@pytest.fixture
def preview(qtbot: QtBot) -> ViewsPreview:
    made = ViewsPreview()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


def test_every_picture_is_painted_where_it_belongs(preview: ViewsPreview) -> None:
    preview.show_columns([Column("image", grey(32, 40)), Column("view 1", grey(32, 200))])
    picture = preview.grab().toImage()
    for column, value in ((0, 40), (1, 200)):
        for row in range(3):
            centre = preview.place(column, row).center()
            assert picture.pixelColor(centre).red() == value


def test_small_crops_are_painted_smaller(preview: ViewsPreview) -> None:
    preview.show_columns([Column("image", grey(32, 1)), Column("small", grey(16, 2))])
    assert preview.place(1, 0).width() == preview.place(0, 0).width() // 2


def test_many_views_still_fit_or_keep_a_size_that_can_be_seen(preview: ViewsPreview) -> None:
    preview.show_columns([Column(str(n), grey(32, n)) for n in range(9)])
    assert preview.cell_px() >= SMALLEST_CELL_PX
    assert preview.place(8, 0).right() <= preview.width()


def test_older_views_fade_while_newer_are_drawn(preview: ViewsPreview) -> None:
    preview.show_columns([Column("image", grey(32, 0))])
    centre = preview.place(0, 0).center()
    full = preview.grab().toImage().pixelColor(centre).red()
    preview.set_stale(True)
    assert preview.grab().toImage().pixelColor(centre).red() > full
    preview.show_columns([Column("image", grey(32, 0))])
    assert preview.grab().toImage().pixelColor(centre).red() == full


def test_nothing_to_show(preview: ViewsPreview) -> None:
    preview.show_columns([])
    assert preview.rows == 0
    preview.grab()
