"""Figures about units, from their activations alone. Arrays in, arrays out, without torch.

Letters: N images, C units, K groups.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """How each unit answers to all images; all float32 (C,).

    Attributes:
        mean: Mean over images of the largest activation in each.
        largest: The largest of all.
        silent: Share of images to which the unit does not answer with anything above zero.
        sparseness: Lifetime sparseness, 0 for equal answers to all images, 1 for an answer to
            a single one.
    """

    mean: Floats
    largest: Floats
    silent: Floats
    sparseness: Floats


def unit_figures(activations: npt.NDArray[np.float16]) -> UnitFigures:
    """Figures of (N, C) activations.

    Sparseness is (1 - mean(a)^2 / mean(a^2)) / (1 - 1/N) of the positive parts a (Vinje and
    Gallant 2000, doi 10.1126/science.287.5456.1273, after Treves and Rolls); a unit that is
    never above zero answers to nobody, which counts as 1.
    """
    values = activations.astype(np.float32)
    answers = np.maximum(values, 0)
    square = (answers**2).mean(axis=0)
    evenness = np.divide(
        answers.mean(axis=0) ** 2, square, out=np.zeros_like(square), where=square > 0
    )
    sparseness = (1 - evenness) / max(1 - 1 / len(values), 1e-6)
    return UnitFigures(
        values.mean(axis=0),
        values.max(axis=0),
        (values <= 0).mean(axis=0, dtype=np.float32),
        np.clip(sparseness, 0, 1).astype(np.float32),
    )


def selectivity(
    activations: npt.NDArray[np.float16], groups: npt.NDArray[np.int64], count: int
) -> Floats:
    """How well each unit tells each group from all other images, float32 (C, K).

    The probability that the unit answers more strongly to an image of the group than to one of
    another group, ties counting half (the area under the ROC curve, from the rank sum of Mann
    and Whitney). 0.5 is chance. `groups` (N,) holds numbers below `count`; images with -1 are
    left out. NaN for groups that are empty or hold all images.
    """
    kept = groups >= 0
    numbers = groups[kept]
    sizes = np.bincount(numbers, minlength=count).astype(np.float64)
    others = sizes.sum() - sizes
    usable = (sizes > 0) & (others > 0)
    found = np.full((activations.shape[1], count), np.nan, np.float32)
    for unit, codes in enumerate(_sortable(activations[kept]).T):
        sums = np.bincount(numbers, weights=_ranks(np.ascontiguousarray(codes)), minlength=count)
        wins = sums - sizes * (sizes + 1) / 2
        found[unit, usable] = (wins / np.maximum(sizes * others, 1))[usable]
    return found


def _sortable(values: npt.NDArray[np.float16]) -> npt.NDArray[np.uint16]:
    """Codes in the order of the values: numpy sorts 16-bit numbers in one pass by their digits."""
    # Adding zero turns -0.0 into 0.0, so that the two are tied.
    bits = (values + np.float16(0)).view(np.uint16)
    return np.where(bits & 0x8000, ~bits, bits | 0x8000).astype(np.uint16)


def _ranks(codes: npt.NDArray[np.uint16]) -> npt.NDArray[np.float64]:
    """Ranks from 1; equal codes share the mean of theirs."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], len(codes)]
    ranks = np.empty(len(codes))
    ranks[order] = np.repeat((starts + ends + 1) / 2, ends - starts)
    return ranks
