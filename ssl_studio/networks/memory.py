"""What methods remember from earlier batches: a queue of the latest, a bank over all images.

Shapes: L rows of the queue, N images, B batch, d columns. Both hold rows without gradient and are
the same in every process if they are fed with gathered batches (`distributed.gather`).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize


class Queue(nn.Module):
    """The latest L rows, as a ring: nothing is moved when a batch comes in.

    The rows are a buffer; how many there are and where the newest lies travel in the state_dict
    too, and are plain numbers here, so that asking costs no wait for the device.
    """

    rows: Tensor

    def __init__(self, length: int, d: int) -> None:
        super().__init__()
        self.register_buffer("rows", torch.zeros(length, d))
        self._newest = 0
        self._count = 0

    def __len__(self) -> int:
        """How many rows have been filled, at most L."""
        return self._count

    @property
    def full(self) -> bool:
        """Whether L rows are remembered."""
        return self._count == len(self.rows)

    @torch.no_grad()
    def push(self, x: Tensor) -> None:
        """Put (B, d) rows in front, pushing the oldest out; of more than L the first L stay."""
        length = len(self.rows)
        x = x[:length].to(self.rows)
        self._newest = (self._newest - len(x)) % length
        before_end = min(len(x), length - self._newest)
        self.rows[self._newest : self._newest + before_end] = x[:before_end]
        self.rows[: len(x) - before_end] = x[before_end:]
        self._count = min(self._count + len(x), length)

    def newest_first(self) -> Tensor:
        """The filled rows, (len, d): latest batch first, each batch in its own order. A copy."""
        return torch.cat([self.rows[self._newest :], self.rows[: self._newest]])[: self._count]

    def contents(self) -> Tensor:
        """The filled rows, (len, d), in any order; a copy, safe against the next push."""
        return self.rows.clone() if self.full else self.newest_first()

    def get_extra_state(self) -> Tensor:
        """Where the newest row lies and how many are filled."""
        return torch.tensor([self._newest, self._count])

    def set_extra_state(self, state: Tensor) -> None:
        """Take over what `get_extra_state` gave."""
        self._newest, self._count = (int(value) for value in state)


class MemoryBank(nn.Module):
    """One row for each of N images, a running mean of its embeddings (NPID, arXiv 1805.01978).

    `rows` (N, d) begin as random unit vectors drawn from `generator`, or as zeros without one;
    `seen` (N,) tells which have been written.
    """

    rows: Tensor
    seen: Tensor

    def __init__(
        self,
        count: int,
        d: int,
        *,
        momentum: float = 0.5,
        normalise: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        rows = torch.zeros(count, d)
        if generator is not None:
            rows = normalize(torch.randn(count, d, generator=generator), dim=1)
        self.register_buffer("rows", rows)
        self.register_buffer("seen", torch.zeros(count, dtype=torch.bool))
        self.momentum = momentum
        self.normalise = normalise

    def at(self, index: Tensor) -> Tensor:
        """The (B, d) rows of the images at positions `index` (B,)."""
        return self.rows[index]

    @torch.no_grad()
    def update(self, index: Tensor, x: Tensor) -> None:
        """row <- momentum * row + (1 - momentum) * x, for (B,) positions and (B, d) embeddings.

        A row that was never written takes x as it is. Rows are brought to unit length if
        `normalise`. An image may not come twice in one batch.
        """
        x = x.to(self.rows)
        old, known = self.rows[index], self.seen[index][:, None]
        mixed = torch.where(known, torch.lerp(x, old, self.momentum), x)
        self.rows[index] = normalize(mixed, dim=1) if self.normalise else mixed
        self.seen[index] = True
