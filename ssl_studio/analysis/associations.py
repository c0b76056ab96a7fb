"""What clusters go with: labels, folders, cameras, dates, sizes.

That clusters go with something says neither that the network looked at it nor that it did not:
a camera may stand in one place and see one kind of thing. Figures are told as what they are.

Letters: N images, k clusters, m values of an attribute, n_ij images of cluster i with value j.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from ssl_studio.analysis.attributes import Attribute, AttributeName
from ssl_studio.events import Cancel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BAR = 0.3
"""From this share of the information on, clusters are said to be explained by an attribute."""
LEVEL = 0.01
SHUFFLES = 99
MOST_IMAGES = 100_000
LEAST_IMAGES = 50
LARGEST_SHARE = 0.95
"""Where more images than this have the same value, the attribute tells nothing apart."""
LEAST_EXPECTED = 1.0
LEAST_FOUND = 5
LEAST_LIFT = 1.5
_FAMILY_LEVEL = 0.01
NUISANCES: frozenset[AttributeName] = frozenset(
    {"camera", "folder", "date", "time of day", "size", "shape", "format"}
)


@dataclass(frozen=True, slots=True)
class Association:
    """How far a clustering and an attribute tell each other.

    Attributes:
        known, values: images that have a value, and how many values there are.
        strength: (I - I0) / (min(H_clusters, H_attribute) - I0), I being the mutual information
            and I0 its mean over shuffled images: 0 is chance, 1 is that one determines the other.
        nmi: 2 I / (H_clusters + H_attribute), not corrected for chance.
        chance: `nmi` of shuffled images.
        p: share of shuffles that reach I, itself counted: at least 1 / (shuffles + 1).
        with_label: `strength` between the attribute and the labels; None without labels.
        is_warning: Whether the attribute is a circumstance of taking or storing pictures,
            strength reaches 0.3 with p at most 0.01, and labels do not say the same.
    """

    attribute: AttributeName
    known: int
    values: int
    strength: float
    nmi: float
    chance: float
    p: float
    with_label: float | None
    is_warning: bool


@dataclass(frozen=True, slots=True)
class Trait:
    """A value that is more frequent in a cluster than chance and few images would allow.

    Attributes:
        inside, of: images of the cluster with this value, of those where it is known.
        share, overall: `inside` / `of`, and the same among all images.
        z: adjusted standardised residual of the chi-square table (Haberman 1973).
    """

    cluster_id: int
    attribute: AttributeName
    value: str
    inside: int
    of: int
    share: float
    overall: float
    z: float

    @property
    def lift(self) -> float:
        """How many times more frequent than among all images."""
        return self.share / self.overall


def associate(
    clusters: Ints, attributes: Sequence[Attribute], *, seed: int, cancel: Cancel | None = None
) -> list[Association]:
    """Hold cluster ids (N,) against attributes; the strongest first.

    On at most 100,000 images. Costs about a hundred shuffles of N numbers for each attribute.
    """
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(clusters))[:MOST_IMAGES])
    numbers = np.unique(clusters[rows], return_inverse=True)[1].astype(np.int64)
    label = next((one.codes[rows] for one in attributes if one.name == "label"), None)
    found = []
    for one in attributes:
        codes = one.codes[rows]
        if _says_something(codes):
            found.append(_associate(one, numbers, codes, label, rng, cancel))
    return sorted(found, key=lambda association: -association.strength)


def _says_something(codes: Ints) -> bool:
    known = codes[codes >= 0]
    if len(known) < LEAST_IMAGES or len(known) < len(codes) / 2:
        return False
    return bool(np.bincount(known).max() <= LARGEST_SHARE * len(known))


def _associate(
    one: Attribute,
    numbers: Ints,
    codes: Ints,
    label: Ints | None,
    rng: np.random.Generator,
    cancel: Cancel | None,
) -> Association:
    known = codes >= 0
    a, b = numbers[known], codes[known]
    table = _table(a, b)
    information, entropies = _information(table)
    shuffled = []
    for _ in range(SHUFFLES):
        if cancel is not None:
            cancel.check()
        shuffled.append(_information(_table(a, rng.permutation(b)))[0])
    chance = float(np.mean(shuffled))
    strength = _strength(information, chance, entropies)
    reached = sum(value >= information for value in shuffled)
    p = (1 + reached) / (SHUFFLES + 1)
    with_label = None
    if label is not None and one.name != "label":
        with_label = _plain_strength(codes, label)
    says_the_same = with_label is not None and with_label >= strength
    strong = strength >= BAR and p <= LEVEL
    total = max(sum(entropies), 1e-12)
    return Association(
        one.name, int(known.sum()), table.shape[1], strength, 2 * information / total,
        2 * chance / total, p, with_label, one.name in NUISANCES and strong and not says_the_same,
    )  # fmt: skip


def _table(a: Ints, b: Ints) -> Ints:
    width = int(b.max()) + 1
    flat = np.bincount(a * width + b, minlength=(int(a.max()) + 1) * width)
    return flat.reshape(-1, width).astype(np.int64)


def _information(table: Ints) -> tuple[float, tuple[float, float]]:
    """Mutual information of rows and columns and the entropies of both, in nats."""
    shares = table / table.sum()
    rows, columns, both = (_entropy(s) for s in (shares.sum(1), shares.sum(0), shares))
    return max(0.0, rows + columns - both), (rows, columns)


def _entropy(shares: Floats) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())


def _strength(information: float, chance: float, entropies: tuple[float, float]) -> float:
    room = min(entropies) - chance
    return max(0.0, (information - chance) / room) if room > 1e-9 else 0.0


def _plain_strength(a: Ints, b: Ints) -> float:
    """Strength with the first-order chance level (rows - 1) (columns - 1) / 2 N."""
    both = (a >= 0) & (b >= 0)
    if both.sum() < LEAST_IMAGES:
        return 0.0
    table = _table(a[both], b[both])
    table = table[table.sum(1) > 0][:, table.sum(0) > 0]
    information, entropies = _information(table)
    chance = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * both.sum())
    return _strength(information, float(chance), entropies)


def traits(clusters: Ints, attributes: Sequence[Attribute]) -> list[Trait]:
    """What is more frequent in each cluster than elsewhere, the clearest first.

    A value counts with at least 5 images in the cluster, at least 1.5 times its share among all,
    and a residual beyond the 1 % level for as many comparisons as there are cells (Bonferroni).
    """
    ids, numbers = np.unique(clusters, return_inverse=True)
    found: list[Trait] = []
    for one in attributes:
        known = one.codes >= 0
        if known.sum() >= LEAST_IMAGES:
            table = _table(numbers[known].astype(np.int64), one.codes[known])
            found += _traits_of(one, table, ids)
    return sorted(found, key=lambda trait: -trait.z)


def _traits_of(one: Attribute, table: Ints, ids: Ints) -> list[Trait]:
    n = int(table.sum())
    sizes, totals = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    expected = sizes * totals / n
    spread = np.sqrt(np.maximum(expected * (1 - sizes / n) * (1 - totals / n), 1e-12))
    z = (table - expected) / spread
    least = NormalDist().inv_cdf(1 - _FAMILY_LEVEL / max(2, table.size))
    lift = table / np.maximum(expected, 1e-12)
    clear = (z >= least) & (lift >= LEAST_LIFT) & (table >= LEAST_FOUND)
    clear &= expected >= LEAST_EXPECTED
    return [
        Trait(
            int(ids[i]), one.name, one.values[j], int(table[i, j]), int(sizes[i, 0]),
            float(table[i, j] / sizes[i, 0]), float(totals[0, j] / n), float(z[i, j]),
        )
        for i, j in np.argwhere(clear)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitTrait:
    """A unit of a layer whose strongest images lie in one cluster more often than chance."""

    layer: str
    unit: int
    inside: int
    of: int
    expected: float


def unit_traits(
    units: Sequence[tuple[str, int, int]], members: frozenset[int], share: float
) -> list[UnitTrait]:
    """Units of which most strongest images are members, the clearest first.

    `units` are (layer, unit, image), `share` that of the cluster among all images. Counts from
    five images on, where a binomial draw would reach as many in less than 1 % / number of units.
    """
    inside: dict[tuple[str, int], list[bool]] = {}
    for layer, unit, image in units:
        inside.setdefault((layer, unit), []).append(image in members)
    level = _FAMILY_LEVEL / max(1, len(inside))
    found = [
        UnitTrait(layer, unit, sum(hits), len(hits), share * len(hits))
        for (layer, unit), hits in inside.items()
        if sum(hits) >= LEAST_FOUND and _at_least(sum(hits), len(hits), share) <= level
    ]
    return sorted(found, key=lambda trait: (-trait.inside / trait.of, trait.layer, trait.unit))


def _at_least(hits: int, of: int, share: float) -> float:
    """The chance of so many hits or more in a binomial draw."""
    return sum(math.comb(of, i) * share**i * (1 - share) ** (of - i) for i in range(hits, of + 1))
