import numpy as np
import pytest

from ssl_studio.gui.widgets import density
from ssl_studio.gui.widgets.density import View, dots, fit, inside, nearest, raster

POINTS = np.array([[0, 0], [10, 0], [10, 5]], np.float32)


def test_a_fitted_view_shows_every_point() -> None:
    view = fit(POINTS, 400, 300)
    assert len(inside(view.to_pixels(POINTS, 300), 400, 300)) == 3


def test_up_is_up() -> None:
    placed = fit(POINTS, 400, 300).to_pixels(POINTS, 300)
    assert placed[2, 1] < placed[1, 1]


def test_zooming_keeps_the_point_under_the_pointer() -> None:
    view = fit(POINTS, 400, 300)
    x, y = view.to_pixels(POINTS, 300)[1]
    zoomed = view.zoomed(3.0, float(x), float(y), 300)
    assert zoomed.to_pixels(POINTS, 300)[1] == pytest.approx([x, y], abs=0.01)


def test_panning_moves_with_the_pointer() -> None:
    view = View(0, 0, 10)
    before, after = (v.to_pixels(POINTS, 300) for v in (view, view.panned(7, -4)))
    assert after - before == pytest.approx(np.tile([7, -4], (3, 1)))


def test_a_pixel_has_the_mean_colour_of_its_points() -> None:
    placed = np.array([[1, 1], [1, 1]], np.float32)
    colours = np.array([[200, 0, 0], [0, 100, 0]], np.uint8)
    picture = raster(placed, np.array([0, 1]), colours, 4, 3)
    assert picture[1, 1].tolist() == [100, 50, 0, 255]
    assert picture.sum() == picture[1, 1].sum()


def test_more_points_are_more_opaque_and_none_is_lost() -> None:
    placed = np.array([[0, 0]] * 50 + [[2, 2]], np.float32)
    picture = raster(placed, np.zeros(51, int), np.full((1, 3), 255, np.uint8), 3, 3)
    assert picture[0, 0, 3] == 255
    assert 60 < picture[2, 2, 3] < 255


def test_the_nearest_point_within_reach() -> None:
    assert nearest(POINTS, 9, 1, 5) == 1
    assert nearest(POINTS, 100, 100, 5) == -1
    assert nearest(POINTS[:0], 0, 0, 5) == -1


def test_a_dot_is_round_soft_and_cut_at_the_border() -> None:
    colours = np.array([[200, 100, 50]], np.uint8)
    placed = np.array([[10, 10], [0, 0]], np.float32)
    picture = dots(placed, np.array([0, 0]), colours, 20, 20, 6)
    assert picture[10, 10].tolist() == [200, 100, 50, 255]
    assert picture[10, 13, 3] < 255
    assert picture[10, 15, 3] == 0
    assert picture[0, 0, 3] == 255


@pytest.mark.parametrize("draw", ["raster", "dots"])
def test_few_points_are_listed_with_the_same_outcome(
    draw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    placed = (rng.random((400, 2)) * 90).astype(np.float32)
    colours = rng.integers(0, 256, (5, 3)).astype(np.uint8)
    pictures = []
    for share in (0.0, 1e9):
        monkeypatch.setattr(density, "SPARSE_BELOW", share)
        last = {"raster": (5.0,), "dots": (4.0,)}[draw]
        groups = np.arange(400) % 5
        pictures.append(getattr(density, draw)(placed, groups, colours, 90, 90, *last))
    assert np.array_equal(*pictures)
