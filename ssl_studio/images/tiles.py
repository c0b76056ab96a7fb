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
    squares = _squares(batch, draw, crop)
    places = tile_places(len(batch), draw, cell, tile, shift).to(squares.device)
    flipped = draw.chance(flip) if draw else None
    window = tile + 2 * shift if draw else tile
    out = _windows(batch, squares, places, window, cell, flipped)
    if draw:
        out = _shifted(apply_grey(out, draw.chance(grey).repeat_interleave(CELLS)), draw, shift)
    out = out.unflatten(0, (-1, CELLS))
    return _normalise(out) if normalised else out


def _squares(batch: ImageBatch, draw: Draw | None, crop: float) -> Tensor:
    """(B, 4): the square of each picture that is cut up, in relative coordinates."""
    boxes = centre_boxes(batch.aspect)
    if draw is None:
        return boxes
    corner, sides = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    corner = corner + draw.uniform(shape=(2,)) * sides * (1 - crop)
    return torch.cat((corner, corner + sides * crop), dim=1)


def tile_places(rows: int, draw: Draw | None, cell: int, tile: int, shift: int) -> Tensor:
    """Float32 (B, 9, 2): x and y of the corner of each tile with room for its channel shifts.

    In pixels of the resampled square, but not whole ones: small pictures are enlarged, and on a
    grid of whole pixels the pattern that this leaves would tell a network where a tile comes from.
    """
    number = torch.arange(CELLS, device=draw.device if draw else None)
    corner = torch.stack((number % GRID, number // GRID), dim=1).mul(cell).float()
    if draw is None:
        return (corner + (cell - tile) // 2).expand(rows, CELLS, 2)
    return corner + draw.uniform(high=float(cell - tile - 2 * shift), shape=(CELLS, 2))


def _windows(
    batch: ImageBatch,
    squares: Tensor,
    places: Tensor,
    window: int,
    cell: int,
    flipped: Tensor | None,
) -> Tensor:
    """(9 B, 3, w, w): the window at each place, and at the mirrored one in mirrored pictures."""
    size = window / (GRID * cell)
    start = places / (GRID * cell)
    if flipped is not None:
        mirrored = torch.stack((1 - start[..., 0] - size, start[..., 1]), dim=-1)
        start = torch.where(flipped[:, None, None], mirrored, start)
        flipped = flipped.repeat_interleave(CELLS)
    corner, sides = squares[:, None, :2], squares[:, None, 2:] - squares[:, None, :2]
    boxes = torch.cat((corner + start * sides, corner + (start + size) * sides), dim=-1)
    pieces = ImageBatch(
        batch.pixels.mT.repeat_interleave(CELLS, 0).mT,
        batch.aspect.repeat_interleave(CELLS),
        batch.index.repeat_interleave(CELLS),
    )
    return crop_boxes(pieces, boxes.flatten(0, 1), window, flip=flipped)


def _shifted(windows: Tensor, draw: Draw, shift: int) -> Tensor:
    """(9 B, 3, t, t): each channel a few pixels off, out of windows (9 B, 3, t + 2 shift, ...)."""
    if shift == 0:
        return windows
    tile = windows.shape[-1] - 2 * shift
    places = draw.integers(2 * shift + 1, (CELLS, 3, 2)).flatten(0, 1)
    views = windows.unfold(2, tile, 1).unfold(3, tile, 1)
    piece = torch.arange(len(windows), device=windows.device)[:, None]
    channel = torch.arange(3, device=windows.device)
    return views[piece, channel, places[..., 0], places[..., 1]]


def _normalise(x: Tensor) -> Tensor:
    x = x - x.mean((-2, -1), keepdim=True)  # torch.std_mean takes seven times as long
    deviation = x.square().mean((-2, -1), keepdim=True).sqrt_()
    return x.div_(torch.where(deviation > FLAT, deviation, 1.0))
