"""UMAP (arXiv 1802.03426): neighbours laid out in the plane, on one thread, seeded.

Compiled here, because umap-learn holds the interpreter for each of its rounds: with 20,000 rows the
window was late by 111 ms at the 99th percentile. Letters: N rows, k neighbours, E edges.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssl_studio.compiled import compiled

F, U = np.float32, np.uint64
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

PUSHES = 5
"""Random rows that a row is pushed away from whenever a neighbour pulls it."""
_FARTHEST = F(4)  # how far one pull or push moves along an axis, at a rate of 1
_MANY_ROWS, _ROUNDS, _ROUNDS_OF_MANY = 10_000, 500, 200
_BLOCK = 1 << 18  # edges between two checks
_HALVINGS, _CLOSE = 64, F(1e-5)
_NARROWEST = F(1e-3)  # least width of a row's neighbourhood, in mean distances
_0, _1, _2, _HALF, _THOUSANDTH = F(0), F(1), F(2), F(0.5), F(0.001)
_SHIFTS = U(13), U(7), U(17)


@dataclass(frozen=True, slots=True)
class FuzzyGraph:
    """Who is held together with whom: each edge in both directions, sorted by its head.

    `heads` and `tails` int32 (E,); `weights` float32 (E,) in (0, 1].
    """

    heads: Ints
    tails: Ints
    weights: Floats
    rows: int


def fuzzy_graph(neighbours: NDArray[np.integer], distances: Floats) -> FuzzyGraph:
    """The fuzzy union of all neighbourhoods (section 3.1 of the paper).

    Both (N, k), nearest first, the row itself left out. Every row's nearest neighbour has weight 1.
    """
    from scipy.sparse import coo_array

    count, k = neighbours.shape
    lengths = np.ascontiguousarray(distances, np.float32)
    weights = _memberships(lengths, F(lengths.mean()))
    heads = np.repeat(np.arange(count, dtype=np.int32), k)
    tails = neighbours.astype(np.int32).ravel()
    one_way = coo_array((weights.ravel(), (heads, tails)), shape=(count, count)).tocsr()
    back = one_way.T.tocsr()
    both = (one_way + back - one_way.multiply(back)).tocoo()
    return FuzzyGraph(
        both.row.astype(np.int32), both.col.astype(np.int32), both.data.astype(np.float32), count
    )


@compiled
def _memberships(distances: Floats, mean: np.float32) -> Floats:
    """exp(-(d - nearest) / width), with a width for each row that makes them sum to log2(k + 1)."""
    rows, k = distances.shape
    wanted = np.log2(F(k + 1))
    weights = np.empty_like(distances)
    for row in range(rows):
        nearest, total = _0, _0
        for column in range(k):
            total += distances[row, column]
            if nearest == _0:
                nearest = distances[row, column]
        low, high, width = _0, F(np.inf), _1
        for _ in range(_HALVINGS):
            filled = _0
            for column in range(k):
                filled += np.exp(-max(_0, distances[row, column] - nearest) / width)
            if abs(filled - wanted) < _CLOSE:
                break
            if filled > wanted:
                high = width
            else:
                low = width
            width = width * _2 if high == F(np.inf) else (low + high) * _HALF
        width = max(width, _NARROWEST * (total / F(k + 1) if nearest > _0 else mean))
        for column in range(k):
            gap = max(_0, distances[row, column] - nearest)
            weights[row, column] = np.exp(-gap / width) if gap > _0 else _1
    return weights


def rounds_for(rows: int) -> int:
    """Rounds of a layout."""
    return _ROUNDS if rows <= _MANY_ROWS else _ROUNDS_OF_MANY


def lay_out(
    graph: FuzzyGraph,
    start: Floats,
    generator: np.random.Generator,
    *,
    min_dist: float,
    rate: float = 1.0,
    check: Callable[[int], object] = lambda _done: None,
) -> Floats:
    """Float32 (N, 2): the graph unfolded from `start` (N, 2) by pulls of edges and random pushes.

    A heavy edge pulls more often. `rate` falls to 0 over the rounds. `check` hears how many rounds
    are done, several times in a round if there are many edges, and may raise.
    """
    rounds = rounds_for(graph.rows)
    points = np.array(start, np.float32, order="C")
    kept = graph.weights >= graph.weights.max() / rounds
    heads, tails, weights = graph.heads[kept], graph.tails[kept], graph.weights[kept]
    every = weights.max() / weights
    due = every.copy()
    a, b = closeness(min_dist)
    state = U(generator.integers(1, 2**63))
    for done in range(rounds):
        step = F(rate * (1 - done / rounds))
        for begin in range(0, len(heads), _BLOCK):
            check(done)
            part = slice(begin, begin + _BLOCK)
            state = _pull_and_push(
                points, heads[part], tails[part], every[part], due[part], F(done), step,
                F(a), F(b), state,
            )  # fmt: skip
    check(rounds)
    return points


def closeness(min_dist: float) -> tuple[float, float]:
    """a and b of 1 / (1 + a d^2b), the smooth curve that is 1 below `min_dist` and fades above."""
    from scipy.optimize import curve_fit

    distance = np.linspace(0, 3, 300)
    wanted = np.where(distance < min_dist, 1.0, np.exp(-(distance - min_dist)))
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), distance, wanted)
    return float(a), float(b)


@compiled
def _pull_and_push(
    points: Floats,
    heads: Ints,
    tails: Ints,
    every: Floats,
    due: Floats,
    now: np.float32,
    step: np.float32,
    a: np.float32,
    b: np.float32,
    state: np.uint64,
) -> np.uint64:
    """One round over some edges, in place; gives the state of the random numbers (xorshift)."""
    for edge in range(len(heads)):
        if due[edge] > now:
            continue
        due[edge] += every[edge]
        head, tail = heads[edge], tails[edge]
        x, y = points[head, 0] - points[tail, 0], points[head, 1] - points[tail, 1]
        squared = x * x + y * y
        if squared > _0:
            near = a * squared**b
            pull = -_2 * b * near / (squared * (_1 + near))
            x, y = step * _bounded(pull * x), step * _bounded(pull * y)
            points[head, 0] += x
            points[head, 1] += y
            points[tail, 0] -= x
            points[tail, 1] -= y
        for _ in range(PUSHES):
            state ^= state << _SHIFTS[0]
            state ^= state >> _SHIFTS[1]
            state ^= state << _SHIFTS[2]
            other = state % U(len(points))
            x, y = points[head, 0] - points[other, 0], points[head, 1] - points[other, 1]
            squared = x * x + y * y
            if squared > _0:
                push = _2 * b / ((_THOUSANDTH + squared) * (_1 + a * squared**b))
                points[head, 0] += step * _bounded(push * x)
                points[head, 1] += step * _bounded(push * y)
    return state


@compiled
def _bounded(length: np.float32) -> np.float32:
    return max(-_FARTHEST, min(_FARTHEST, length))
