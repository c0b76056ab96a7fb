import pytest
import torch

from ssl_studio.images import augment
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.images.tiles import tile_places

CELL, TILE, SHIFT = 21, 14, 2


def random_batch(rows: int = 8, side: int = 64) -> ImageBatch:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (rows, 3, side, side), generator=generator, dtype=torch.uint8)
    return ImageBatch(pixels, torch.ones(rows), torch.arange(rows))


def numbered_cells(rows: int) -> ImageBatch:
    """Pictures of 3 x 3 cells, each filled with 20 times its number, row by row."""
    cells = torch.arange(9, dtype=torch.uint8).mul(20).view(3, 3)
    picture = cells.repeat_interleave(CELL, 0).repeat_interleave(CELL, 1)
    return ImageBatch(picture.expand(rows, 3, -1, -1), torch.ones(rows), torch.arange(rows))


def test_tiles_show_their_own_cell_only():
    out = augment.tiles(
        numbered_cells(30), Draw(0, 30), cell=CELL, tile=TILE, shift=SHIFT, flip=0, normalised=False
    )
    expected = (torch.arange(9) * 20 / 255)[:, None, None, None].expand_as(out)
    torch.testing.assert_close(out, expected)


def test_a_mirrored_puzzle_mirrors_the_cells_too():
    out = augment.tiles(
        numbered_cells(2), Draw(0, 2), cell=CELL, tile=TILE, flip=1.0, normalised=False
    )
    numbers = (out[0].mean((1, 2, 3)) * 255 / 20).round()
    assert numbers.tolist() == [2, 1, 0, 5, 4, 3, 8, 7, 6]


def test_tiles_reach_every_place_of_the_cell_and_none_outside():
    places = tile_places(3000, Draw(1, 3000), CELL, TILE, SHIFT)
    corner = torch.tensor([[x, y] for y in range(3) for x in range(3)]) * CELL
    inside = places - corner
    room = CELL - TILE - 2 * SHIFT
    assert 0 <= inside.min() < 0.01
    assert room - 0.01 < inside.max() <= room


def test_channels_move_apart_by_whole_pixels_up_to_twice_the_shift():
    side, rows = 3 * CELL, 200
    ramp = torch.arange(side).mul(2).to(torch.uint8).expand(rows, 3, side, side)
    batch = ImageBatch(ramp, torch.ones(rows), torch.arange(rows))
    out = augment.tiles(
        batch, Draw(3, rows), cell=CELL, tile=TILE, shift=SHIFT, flip=0, grey=0, normalised=False
    )
    places = out[..., 1:-1, 1:-1].mean((-2, -1)) * 255 / 2
    apart = places[..., :2] - places[..., 2:]
    torch.testing.assert_close(apart, apart.round(), atol=0.02, rtol=0)
    assert apart.round().abs().max() == 2 * SHIFT


def test_places_are_not_bound_to_whole_pixels():
    # Otherwise the pattern of enlarging tells where a tile of a small picture comes from.
    places = tile_places(2000, Draw(4, 2000), CELL, TILE, 0)
    phases = (places % 1).flatten()
    assert abs(phases.mean().item() - 0.5) < 0.01
    assert abs(phases.std().item() - 12**-0.5) < 0.01


def test_the_mean_gap_is_what_the_cell_leaves():
    places = tile_places(3000, Draw(2, 3000), CELL, TILE, 0)[:, :, 1].double()
    gaps = places[:, 3:6] - places[:, :3] - TILE
    assert abs(gaps.mean().item() - (CELL - TILE)) < 0.1


def test_every_channel_of_a_tile_is_normalised():
    out = augment.tiles(random_batch(), Draw(3, 8), cell=CELL, tile=TILE, shift=1)
    assert out.shape == (8, 9, 3, TILE, TILE)
    deviation, mean = torch.std_mean(out, dim=(-2, -1), correction=0)
    assert mean.abs().max() < 1e-4
    assert (deviation - 1).abs().max() < 1e-4


def test_flat_tiles_become_zero():
    out = augment.tiles(numbered_cells(2), Draw(0, 2), cell=CELL, tile=TILE)
    assert out.abs().max() < 1e-3


def test_grey_holds_for_all_tiles_of_a_picture():
    out = augment.tiles(
        random_batch(64), Draw(4, 64), cell=CELL, tile=TILE, grey=0.5, normalised=False
    )
    grey = (out[:, :, 0] == out[:, :, 1]).flatten(2).all(2)
    assert torch.equal(grey.any(1), grey.all(1))
    assert 0 < grey.all(1).sum() < 64


def test_without_a_draw_the_middle_of_every_cell_is_shown():
    batch = random_batch(2, 3 * CELL)
    out = augment.tiles(batch, None, cell=CELL, tile=TILE, shift=SHIFT, normalised=False)
    first = (CELL - TILE) // 2
    expected = batch.pixels[:, :, CELL + first : CELL + first + TILE, first : first + TILE] / 255
    torch.testing.assert_close(out[:, 3], expected)


def test_a_smaller_crop_still_fills_the_grid():
    out = augment.tiles(random_batch(), Draw(0, 8), cell=CELL, tile=TILE, crop=0.88)
    assert out.shape == (8, 9, 3, TILE, TILE)


def test_a_tile_that_leaves_no_room_for_its_shifts_is_refused():
    with pytest.raises(ValueError, match="leaves a cell"):
        augment.tiles(random_batch(), Draw(0, 8), cell=16, tile=14, shift=2)
