import pytest
from PySide6.QtCore import QPoint, QRect

from ssl_studio.gui.widgets.grid_layout import GridLayout, Step


@pytest.fixture
def places() -> GridLayout:
    """Three columns of tiles of 30 x 50 pixels, the last line with one tile."""
    return GridLayout.filling(130, 10, 28, 10, lambda width: width + 20)


def test_tiles_fill_the_width(places: GridLayout) -> None:
    assert (places.columns, places.width, places.height) == (3, 30, 50)
    assert places.total_height == 4 * 60 + 10


def test_every_tile_is_found_where_it_stands(places: GridLayout) -> None:
    for row in range(10):
        assert places.row_at(places.rect(row).center()) == row


@pytest.mark.parametrize("place", [(5, 5), (45, 20), (60, 200), (129, 20)])
def test_elsewhere_there_is_none(places: GridLayout, place: tuple[int, int]) -> None:
    assert places.row_at(QPoint(*place)) == -1


def test_beyond_the_last_tile_the_last_is_the_nearest(places: GridLayout) -> None:
    assert places.row_near(QPoint(120, 230)) == 9
    assert places.row_near(QPoint(45, -40)) == 1


def test_a_stripe_has_the_lines_that_it_touches(places: GridLayout) -> None:
    assert places.rows_between(0, 5) == range(0)
    assert places.rows_between(60, 69) == range(3, 3)
    assert places.rows_between(59, 70) == range(6)
    assert places.rows_between(0, 10_000) == range(10)


def test_a_band_chooses_line_by_line(places: GridLayout) -> None:
    band = QRect(QPoint(45, 20), QPoint(200, 100))
    assert list(places.spans_in(band)) == [(1, 2), (4, 5)]


@pytest.mark.parametrize(
    ("step", "row"),
    [
        (Step.MoveDown, 7),
        (Step.MoveUp, 1),
        (Step.MoveLeft, 3),
        (Step.MoveHome, 0),
        (Step.MoveEnd, 9),
        (Step.MovePageDown, 9),
    ],
)
def test_the_cursor_moves(places: GridLayout, step: Step, row: int) -> None:
    assert places.row_after(4, step, 120) == row


def test_the_cursor_stays_where_there_is_no_line_below(places: GridLayout) -> None:
    assert places.row_after(8, Step.MoveDown, 120) == 8


def test_from_end_to_end_is_read_like_text(places: GridLayout) -> None:
    back = QRect(QPoint(100, 75), QPoint(50, 10))
    assert list(places.span_between(back)) == [(1, 5)]
    assert list(GridLayout(0, 3, 30, 30, 10).span_between(back)) == []
