"""Tiles for puzzles (Noroozi and Favaro 2016, arXiv 1603.09246): nine cells, a tile in each.

Letters: B pictures, t side of a tile in pixels; cells are counted row by row.
"""

import torch
from torch import Tensor

from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.images.crops import crop_boxes
from ssl_studio.images.geometry import centre_boxes
from ssl_studio.images.photometric import apply_grey

GRID = 3
CELLS = GRID * GRID
# Below this spread a tile is one colour, and dividing would only blow up rounding.
FLAT = 1e-5


def tiles(
    batch: ImageBatch,
    draw: Draw | None,
    *,
    cell: int,
    tile: int,
    shift: int = 0,
    flip: float = 0.5,
    grey: float = 0.3,
    crop: float = 1.0,
    normalised: bool = True,
) -> Tensor:
    """Float32 (B, 9, 3, t, t): one tile out of each cell of a 3 x 3 grid over the centre square.

    Each tile lies at a place of its own in its cell (that makes the gaps), each of its colour
    channels a few pixels off that place, against edge and aberration cues; nothing is read
    outside of the cell. Mirroring and greying hold for all nine tiles of a picture.

    Args:
        batch: pictures.
        draw: random numbers; None gives the middle of every cell, in colour, not mirrored.
        cell: side of a cell; the picture is resampled to three cells.
        tile: side of a tile.
        shift: most pixels that a channel moves in x and y.
        flip: probability of mirroring.
        grey: probability of turning all tiles to grey.
        crop: side of the random square that is cut up, as a part of the centre square's.
        normalised: mean 0 and standard deviation 1 for each channel of each tile.

    Raises:
        ValueError: a tile with its channel shifts does not fit into a cell.
    """
    if cell - tile < 2 * shift:
        raise ValueError(f"A tile of {tile} px shifted by {shift} px leaves a cell of {cell} px.")
    canvas = _canvas(batch, draw, cell, flip, grey, crop)
    out = _cut(canvas, tile_places(len(batch), draw, cell, tile, shift).to(canvas.device), tile)
    return _normalise(out) if normalised else out


def _canvas(
    batch: ImageBatch, draw: Draw | None, cell: int, flip: float, grey: float, crop: float
) -> Tensor:
    """(B, 3, 3 cells, 3 cells): the square that is cut up."""
    boxes = centre_boxes(batch.aspect)
    if draw is None:
        return crop_boxes(batch, boxes, GRID * cell)
    corner, sides = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    corner = corner + draw.uniform(shape=(2,)) * sides * (1 - crop)
    boxes = torch.cat((corner, corner + sides * crop), dim=1)
    x = crop_boxes(batch, boxes, GRID * cell, flip=draw.chance(flip))
    return apply_grey(x, draw.chance(grey))


def tile_places(rows: int, draw: Draw | None, cell: int, tile: int, shift: int) -> Tensor:
    """Int64 (B, 9, 3, 2): y and x of the first pixel of each tile, for each channel."""
    number = torch.arange(CELLS, device=draw.device if draw else None)
    corner = torch.stack((number // GRID, number % GRID), dim=1).mul(cell)[:, None]
    if draw is None:
        return (corner + (cell - tile) // 2).expand(rows, CELLS, 3, 2)
    base = draw.integers(cell - tile - 2 * shift + 1, (CELLS, 1, 2)) + shift
    channel = draw.integers(2 * shift + 1, (CELLS, 3, 2)) - shift
    return corner + base + channel


def _cut(canvas: Tensor, places: Tensor, tile: int) -> Tensor:
    """(B, 9, 3, t, t) out of (B, 3, H, W)."""
    windows = canvas.unfold(2, tile, 1).unfold(3, tile, 1)
    picture = torch.arange(len(canvas), device=canvas.device)[:, None, None]
    channel = torch.arange(3, device=canvas.device)
    return windows[picture, channel, places[..., 0], places[..., 1]]


def _normalise(x: Tensor) -> Tensor:
    x = x - x.mean((-2, -1), keepdim=True)  # torch.std_mean takes seven times as long
    deviation = x.square().mean((-2, -1), keepdim=True).sqrt_()
    return x.div_(torch.where(deviation > FLAT, deviation, 1.0))
