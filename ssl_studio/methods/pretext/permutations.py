"""Sets of permutations of the nine tiles of a puzzle.

A good set keeps its members far apart: two answers that differ in two tiles only cannot be told
apart when those tiles are sky. Distance is Hamming's, the number of tiles that lie elsewhere.
No set of n permutations of nine has a mean distance above 8n / (n - 1).
"""

import functools
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Permutations = NDArray[np.int64]
"""(n, 9); row p says that slot t receives the tile p[t]."""

PermutationSet = Literal["agl72", "pgl504", "greedy", "published"]

TILES = 9


def permutation_set(name: PermutationSet, count: int) -> Permutations:
    """The set of this name, int64 (n, 9); always the same one.

    Args:
        name: "agl72" and "pgl504" are exact groups with 72 members at distance 8 or more and
            504 at 7 or more. "greedy" puts the smallest distance first; "published" is
            Algorithm 1 of the paper, which raises the mean only.
        count: Members of the two greedy sets; the groups ignore it. One member costs a few
            milliseconds.
    """
    if name == "agl72":
        return affine_group()
    if name == "pgl504":
        return projective_group()
    return greedy_set(count, keep_apart=name == "greedy")


def affine_group() -> Permutations:
    """AGL(1,9), the 72 maps x -> m x + t with m not 0 over GF(9) = F3[i] / (i^2 + 1).

    Two of them agree in at most one point, so any two differ in eight tiles or nine.
    """

    def times(a: int, b: int) -> int:
        (a1, a0), (b1, b0) = divmod(a, 3), divmod(b, 3)
        return 3 * ((a1 * b0 + a0 * b1) % 3) + (a0 * b0 - a1 * b1) % 3

    def plus(a: int, b: int) -> int:
        return 3 * ((a // 3 + b // 3) % 3) + (a + b) % 3

    rows = [[plus(times(m, x), t) for x in range(9)] for m in range(1, 9) for t in range(9)]
    return np.array(rows, dtype=np.int64)


def projective_group() -> Permutations:
    """PGL(2,8), the 504 maps x -> (a x + b) / (c x + d) of GF(8) and infinity.

    GF(8) = F2[x] / (x^3 + x + 1). It is sharply three times transitive: two members agree in at
    most two points, so any two differ in seven tiles or more.
    """
    infinity = 8
    inverse = {a: b for a in range(1, 8) for b in range(1, 8) if _times_gf8(a, b) == 1}

    def divide(a: int, b: int) -> int:
        return infinity if b == 0 else _times_gf8(a, inverse[b])

    def apply(a: int, b: int, c: int, d: int, x: int) -> int:
        if x == infinity:
            return divide(a, c)
        return divide(_times_gf8(a, x) ^ b, _times_gf8(c, x) ^ d)

    # Matrices that are multiples of each other give the same map; these are one of each class.
    affine = [(a, b, 0, 1) for a in range(1, 8) for b in range(8)]
    others = [
        (a, b, 1, d) for a in range(8) for b in range(8) for d in range(8) if _times_gf8(a, d) != b
    ]
    return np.array(
        [[apply(*matrix, x) for x in range(9)] for matrix in affine + others], dtype=np.int64
    )


def _times_gf8(a: int, b: int) -> int:
    product = 0
    for bit in range(3):
        if b >> bit & 1:
            product ^= a << bit
    for bit in (4, 3):
        if product >> bit & 1:
            product ^= 0b1011 << (bit - 3)
    return product


@functools.cache
def _all_permutations() -> NDArray[np.uint8]:
    return np.array(list(permutations(range(TILES))), dtype=np.uint8)


def greedy_set(count: int, *, keep_apart: bool, seed: int = 0) -> Permutations:
    """Permutations chosen one by one, each far from those before it; int64 (count, 9).

    Args:
        count: 2 .. 5,000.
        keep_apart: Take the candidate with the largest smallest distance and, among those, the
            largest sum. Otherwise the largest sum alone, Algorithm 1 of arXiv 1603.09246, which
            leaves pairs that differ in two tiles.
        seed: Decides the first member and all ties.
    """
    candidates = _all_permutations()
    rng = np.random.default_rng(seed)
    total = np.zeros(len(candidates), dtype=np.int32)
    nearest = np.full(len(candidates), TILES + 1, dtype=np.int32)
    chosen: list[int] = []
    for _ in range(count):
        # Members have distance 0 to themselves: `nearest` rules them out, and in the sum alone
        # a large penalty has to.
        rank = nearest * (TILES * count + 1) + total if keep_apart else total
        best = np.flatnonzero(rank == rank.max())
        pick = int(rng.choice(best))
        chosen.append(pick)
        distance = (candidates != candidates[pick]).sum(axis=1, dtype=np.int32)
        total += distance
        total[pick] = -1_000_000
        np.minimum(nearest, distance, out=nearest)
    return candidates[chosen].astype(np.int64)


def distances(members: Permutations) -> tuple[float, int]:
    """Mean and smallest Hamming distance over all pairs of a set."""
    differ = np.stack([(members != row).sum(axis=1) for row in members])
    pairs = differ[np.triu_indices(len(members), 1)]
    return float(pairs.mean()), int(pairs.min())
