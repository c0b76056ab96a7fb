"""What keeps a run from wasting a night: not-finite numbers, collapse, too little memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from ssl_studio.errors import NotFinite
from ssl_studio.events import Note

PARTIAL_SPREAD = 0.3
"""Below this embedding std an embedding is partly collapsed (methods spec, section 0.6)."""
COLLAPSED_SPREAD = 0.05
FEWEST_DIRECTIONS = 3.0
"""Below this effective rank the head's output is as good as collapsed. Not a share of the first
value: a healthy contrastive head gives up two thirds of its random directions."""
RANK_SHARE = 1 / 3
"""Share of its first effective rank below which the backbone has lost its directions."""
HITS = 3
"""So many bad looks in a row raise the alarm: one look may be a fluke."""


@dataclass
class CollapseAlarm:
    """Watches the spread and the effective rank of the head's output and of the features.

    The alarm is raised once, and again only after the figures have recovered.
    """

    remedies: str
    grace_steps: int = 0
    hits: int = 0
    raised: bool = False
    first_rank: float = 0.0
    is_poor: bool = False

    def observe(self, step: int, figures: Mapping[str, float]) -> Note | None:
        """The alarm in words, when these figures of one step complete it."""
        reason = self._reason(figures.get("embedding_std"), figures.get("effective_rank"))
        if reason is None:
            self.hits, self.raised = 0, False
            return None
        self.hits += 1
        if self.raised or self.hits < HITS or step < self.grace_steps:
            return None
        self.raised = True
        return Note("alarm", f"{reason} What to try: {self.remedies}")

    def look(self, figures: Mapping[str, float]) -> Note | None:
        """The alarm in words, when the features have far fewer directions than at the start."""
        rank = figures["feature_rank"]
        if self.first_rank == 0.0:
            self.first_rank = rank
        was_poor, self.is_poor = self.is_poor, rank < RANK_SHARE * self.first_rank
        if was_poor or not self.is_poor:
            return None
        return Note(
            "alarm",
            f"The features use about {rank:.0f} directions, down from {self.first_rank:.0f} at "
            f"the start: they are losing what tells images apart. What to try: {self.remedies}",
        )

    def _reason(self, spread: float | None, rank: float | None) -> str | None:
        if spread is not None and spread < COLLAPSED_SPREAD:
            return (
                "The network gives nearly the same embedding to every image "
                f"(spread {spread:.2f}, healthy is about 1): it has collapsed."
            )
        if spread is not None and spread < PARTIAL_SPREAD:
            return (
                "The embeddings of all images lie close together "
                f"(spread {spread:.2f}, healthy is about 1): the run is collapsing."
            )
        if rank is not None and rank < FEWEST_DIRECTIONS:
            return (
                f"The embeddings of all images lie along {rank:.1f} directions: the run is "
                "collapsing."
            )
        return None

    def state(self) -> dict[str, float]:
        """Plain figures for the checkpoint."""
        return {
            "hits": float(self.hits),
            "raised": float(self.raised),
            "first_rank": self.first_rank,
            "is_poor": float(self.is_poor),
        }

    def load(self, state: Mapping[str, float]) -> None:
        """Put back what `state` gave."""
        self.hits = int(state.get("hits", 0))
        self.raised = bool(state.get("raised", 0))
        self.first_rank = float(state.get("first_rank", 0.0))
        self.is_poor = bool(state.get("is_poor", 0))


@dataclass
class FiniteGuard:
    """Notices a loss that is NaN or infinite without waiting for the device at every step."""

    bad: list[torch.Tensor] = field(default_factory=list)

    def observe(self, loss: torch.Tensor) -> None:
        """Remember whether this loss is finite; on a GPU the answer is read later."""
        self.bad.append(~torch.isfinite(loss.detach()))

    def check(self, step: int) -> None:
        """Raise NotFinite when any loss since the last check was not finite."""
        if not self.bad:
            return
        any_bad = bool(torch.stack(self.bad).any())
        self.bad.clear()
        if any_bad:
            raise NotFinite(
                f"The loss became infinite or not a number at about step {step}.",
                "The weights after that are worthless, so training stopped; the last good "
                "checkpoint is kept.",
                "Lower the learning rate, lengthen the warm-up, or set the precision to fp32, "
                "and start again or resume from the checkpoint.",
            )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that the device, or the computer, has too little memory."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "not enough memory" in text or "out of memory" in text or "can't allocate memory" in text
    )
