"""What a masked method makes of hidden patches: masked picture, reconstruction, original.

Letters: n pictures, s side of the view in pixels, R and L rows and columns of patches.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.images.cache import PixelCache
from ssl_studio.images.loader import Loader
from ssl_studio.methods.base import Method, Reconstructs
from ssl_studio.training.extraction import evaluating

Bytes = npt.NDArray[np.uint8]

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Reconstructed:
    """One picture with some of it hidden, and filled in.

    Attributes:
        position: Row of the picture in the run's images.
        masked, output, pasted, original: uint8 (s, s, 3); `output` is what the method makes of
            the whole picture, `pasted` that only where something was hidden.
        mask: bool (R, L), True where hidden.
        error: float32 (R, L), loss of each patch, 0 where nothing was hidden.
        note: What must be said beside the picture to show it honestly.
        true_statistics: The method predicts patches without their brightness and contrast; the
            true ones were lent to show them.
    """

    position: int
    masked: Bytes
    output: Bytes
    pasted: Bytes
    original: Bytes
    mask: npt.NDArray[np.bool_]
    error: npt.NDArray[np.float32]
    note: str
    true_statistics: bool = False


def reconstruct(
    method: Method,
    cache: PixelCache,
    positions: Sequence[int],
    device: torch.device,
    *,
    seed: int,
    ratio: float | None = None,
    mask: npt.NDArray[np.bool_] | None = None,
    cancel: Cancel | None = None,
) -> list[Reconstructed]:
    """The pictures at `positions` with a random share `ratio` hidden, or what `mask` (R, L) hides.

    The trained share when both are None. Raises AnalysisError when the method cannot do it.
    """
    able = _able(method)
    results = []
    with evaluating(method.to(device)):
        for batch, draw in _batches(cache, positions, device, seed, cancel):
            hidden = None
            if mask is not None:
                hidden = torch.from_numpy(mask).to(device).expand(len(batch), *mask.shape)
            made = able.reconstruct(batch, draw, ratio=ratio, mask=hidden)
            pasted = _paste(made.output, made.original, made.mask)
            painted = made.output if made.painted is None else made.painted
            pictures = [_bytes(t) for t in (made.masked, painted, pasted, made.original)]
            masks, errors = made.mask.cpu().numpy().astype(bool), made.error.float().cpu().numpy()
            for row, position in enumerate(batch.index.tolist()):
                masked, output, composite, original = (p[row] for p in pictures)
                error = np.where(masks[row], errors[row], 0).astype(np.float32)
                record = Reconstructed(
                    position,
                    masked,
                    output,
                    composite,
                    original,
                    masks[row],
                    error,
                    made.note,
                    made.true_statistics,
                )
                results.append(record)
    return results


def _able(method: Method) -> Reconstructs:
    if not isinstance(method, Reconstructs):
        raise AnalysisError(
            f"{method.title} does not fill in hidden patches.",
            remedy="Choose a run of a masked method, such as MAE.",
        )
    return method


def _batches(
    cache: PixelCache,
    positions: Sequence[int],
    device: torch.device,
    seed: int,
    cancel: Cancel | None,
) -> list[tuple[ImageBatch, Draw]]:
    """Batches of the asked pictures; each picture's draw depends on its place in the list only."""
    if not len(positions):
        raise AnalysisError("No picture was chosen.", remedy="Choose at least one picture.")
    chosen = torch.tensor(list(positions), dtype=torch.int64)
    chunks = [chosen[start : start + _BATCH] for start in range(0, len(chosen), _BATCH)]
    found = []
    start = 0
    for batch in Loader(cache, device).batches(chunks):
        if cancel is not None:
            cancel.check()
        draw = Draw(seed, len(batch), offset=start, total=len(positions), device=device)
        found.append((batch, draw))
        start += len(batch)
    return found


def _paste(output: Tensor, original: Tensor, mask: Tensor) -> Tensor:
    rows, columns = mask.shape[1:]
    high, wide = original.shape[2] // rows, original.shape[3] // columns
    hidden = mask.repeat_interleave(high, 1).repeat_interleave(wide, 2)[:, None]
    return torch.where(hidden, output, original)


def _bytes(pictures: Tensor) -> Bytes:
    """uint8 (n, s, s, 3) of float (n, 3, s, s) in [0, 1]."""
    levels = (pictures.float().clamp(0, 1) * 255).round().to(torch.uint8)
    return levels.permute(0, 2, 3, 1).cpu().numpy()
