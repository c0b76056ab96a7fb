"""A batch of pictures on a device, and the random numbers drawn for it.

Letters: B pictures of this process in this micro-batch, F frames, S side of the cache in pixels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

_MASK = (1 << 64) - 1


def mix_seed(*parts: int) -> int:
    """One 63-bit seed out of several integers, so that near-by parts give unrelated seeds.

    Each part goes through the finaliser of splitmix64 (Steele, Lea, Flood 2014).
    """
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = (state + (part & _MASK) + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state >> 1


@dataclass(frozen=True, slots=True)
class ImageBatch:
    """Pictures as they lie in the cache.

    Attributes:
        pixels: uint8, (B, 3, S, S), or (B, F, 3, S, S) for ordered frames. Every picture is
            stretched to the square; `aspect` undoes that. In memory x may come before y.
        aspect: float32 (B,), width / height of the true picture.
        index: int64 (B,), position of each picture in the run's fixed list of images.
    """

    pixels: Tensor
    aspect: Tensor
    index: Tensor

    def __len__(self) -> int:
        return int(self.pixels.shape[0])

    def rows(self, start: int, stop: int) -> "ImageBatch":
        """The pictures from `start` up to `stop`, sharing memory."""
        return ImageBatch(self.pixels[start:stop], self.aspect[start:stop], self.index[start:stop])


class Draw:
    """Random numbers of one training step, one row for each picture.

    Every process draws for the whole global batch and keeps its own rows. So a picture is
    augmented in the same way however many processes share the batch and however it is cut
    into micro-batches, and a resumed run repeats the step exactly.
    """

    def __init__(
        self,
        seed: int,
        rows: int,
        *,
        offset: int = 0,
        total: int | None = None,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Draw for `rows` pictures that stand at `offset` in a global batch of `total`.

        `dtype` is what the step computes in: views that only a network sees may come in it.
        """
        self.rows = rows
        self.device = torch.device(device)
        self.dtype = dtype
        self._offset = offset
        self._total = rows if total is None else total
        if not 0 <= offset <= offset + rows <= self._total:
            raise ValueError(f"rows {offset}..{offset + rows} lie outside 0..{self._total}")
        # Numbers come from the CPU's generator on every device: they are few, and so the same
        # seed gives the same views on a GPU as on a CPU.
        self.generator = torch.Generator().manual_seed(seed)

    def _own(self, numbers: Tensor) -> Tensor:
        own = numbers[self._offset : self._offset + self.rows]
        if self.device.type == "cuda":
            return own.pin_memory().to(self.device, non_blocking=True)
        return own.to(self.device)

    def uniform(self, low: float = 0.0, high: float = 1.0, shape: tuple[int, ...] = ()) -> Tensor:
        """Float32 (B, *shape), uniform in [low, high)."""
        numbers = torch.rand((self._total, *shape), generator=self.generator)
        return self._own(numbers.mul_(high - low).add_(low))

    def normal(self, shape: tuple[int, ...] = ()) -> Tensor:
        """Float32 (B, *shape), standard normal."""
        return self._own(torch.randn((self._total, *shape), generator=self.generator))

    def integers(self, high: int, shape: tuple[int, ...] = ()) -> Tensor:
        """Int64 (B, *shape), uniform in 0 .. high - 1."""
        return self._own(torch.randint(high, (self._total, *shape), generator=self.generator))

    def chance(self, probability: float) -> Tensor:
        """Bool (B,), True with the given probability."""
        return self.uniform() < probability

    def permutation(self, n: int) -> Tensor:
        """Int64 (B, n), an independent uniform permutation of 0 .. n - 1 in each row."""
        return self.uniform(shape=(n,)).argsort(dim=1)
