"""Pure functions of the step. Nothing else holds schedule state, so resuming needs none."""

from math import cos, pi


def cosine(step: int, steps: int, start: float, end: float) -> float:
    """From `start` at step 0 to `end` at step `steps` along half a cosine."""
    share = min(max(step / max(1, steps), 0.0), 1.0)
    return end + (start - end) * (1 + cos(pi * share)) / 2


def warmup_cosine(step: int, steps: int, *, warmup: int, peak: float, end: float = 0.0) -> float:
    """Linear climb to `peak` over `warmup` steps, then half a cosine to `end`.

    The first step already moves: its rate is peak / warmup (training recipe, section 3).
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    return cosine(step - warmup, steps - warmup, peak, end)


def warmup_constant(step: int, *, warmup: int, peak: float) -> float:
    """Linear climb to `peak` over `warmup` steps, then constant."""
    return peak * min(1.0, (step + 1) / max(1, warmup))
