import torch

from ssl_studio.analysis.view_pictures import numbered, pictures_in
from ssl_studio.methods.base import DataInfo

INFO = DataInfo(images=4, image_size=8, mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.1))


def shown(views: object, notes: list[str] | None = None) -> dict[str, torch.Tensor]:
    found = pictures_in(views, INFO, [] if notes is None else notes)
    return dict(numbered(list(found)))


def test_the_normalisation_is_taken_back() -> None:
    picture = torch.rand(2, 3, 8, 8)
    mean, std = (torch.tensor(v)[:, None, None] for v in (INFO.mean, INFO.std))
    found = shown((picture - mean) / std)["view"]
    assert torch.allclose(found, picture, atol=1e-5)


def test_views_in_lists_are_numbered_and_keep_their_sizes() -> None:
    views = [torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, 8, 8), [torch.zeros(2, 3, 4, 4)]]
    found = shown(views)
    assert list(found) == ["view 1", "view 2", "view 3"]
    assert found["view 3"].shape[-1] == 4


def test_what_is_no_picture_is_left_out() -> None:
    views = {"images": torch.zeros(2, 3, 8, 8), "noise": torch.rand(2, 16), "turn": torch.ones(2)}
    assert list(shown(views)) == ["images"]


def test_nine_tiles_make_a_square_and_five_frames_a_row() -> None:
    assert shown(torch.rand(2, 9, 3, 8, 8))["view"].shape == (2, 3, 28, 28)
    assert shown(torch.rand(2, 5, 3, 8, 8))["view"].shape == (2, 3, 8, 48)


def test_a_grid_of_patches_makes_a_square() -> None:
    assert shown(torch.rand(2, 3, 3, 3, 8, 8))["view"].shape == (2, 3, 28, 28)


def test_tiles_without_brightness_of_their_own_are_shown_in_the_middle() -> None:
    tiles = torch.randn(2, 9, 3, 8, 8)
    tiles = (tiles - tiles.mean((-2, -1), keepdim=True)) / tiles.std(
        (-2, -1), keepdim=True, correction=0
    )
    notes: list[str] = []
    found = shown(tiles, notes)["view"]
    assert "evened out" in notes[0]
    assert abs(float(found[..., :8, :8].mean()) - 0.5) < 0.02


def test_lightness_and_colour_halves_can_be_seen() -> None:
    notes: list[str] = []
    views = {"lightness": torch.rand(2, 1, 8, 8), "colour": torch.rand(2, 2, 8, 8)}
    found = shown(views, notes)
    assert all(picture.shape == (2, 3, 8, 8) for picture in found.values())
    assert notes
