import numpy as np
import pytest

from ssl_studio.numerics import hamming
from ssl_studio.numerics.hamming import groups_of, near_pairs


def brute(hashes: np.ndarray, radius: int) -> set[tuple[int, int, int]]:
    distance = np.bitwise_count(hashes[:, None] ^ hashes[None])
    rows, columns = np.nonzero(distance <= radius)
    return {
        (int(i), int(j), int(distance[i, j])) for i, j in zip(rows, columns, strict=True) if i < j
    }


def clumped(rng: np.random.Generator, count: int) -> np.ndarray:
    """Distinct hashes, many of which are a few bits from another."""
    base = rng.integers(0, 2**64, count // 4, dtype=np.uint64)
    flips = np.uint64(1) << rng.integers(0, 64, (8, count), dtype=np.uint64)
    some = rng.random((8, count)) < 0.5
    noise = np.bitwise_xor.reduce(np.where(some, flips, np.uint64(0)), axis=0)
    return rng.permutation(np.unique(base[rng.integers(0, len(base), count)] ^ noise))


@pytest.mark.parametrize("radius", [0, 1, 3, 6, 10])
def test_all_pairs_and_no_others(radius: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hamming, "_BLOCK", 7)
    hashes = clumped(np.random.default_rng(radius), 400)
    found = near_pairs(hashes, radius)
    assert set(zip(*(part.tolist() for part in found), strict=True)) == brute(hashes, radius)


def test_one_hash_has_no_pair() -> None:
    left, right, distance = near_pairs(np.array([7], np.uint64), 6)
    assert len(left) == len(right) == len(distance) == 0


def test_a_radius_that_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="radius"):
        near_pairs(np.array([1, 2], np.uint64), 64)


def test_the_search_can_be_stopped() -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        near_pairs(np.arange(10, dtype=np.uint64), 2, stop)


def test_chains_join_and_what_is_alone_has_no_group() -> None:
    numbers = groups_of(7, np.array([0, 2, 5]), np.array([2, 4, 6]))
    assert numbers[0] == numbers[2] == numbers[4]
    assert numbers[5] == numbers[6] != numbers[0]
    assert numbers[1] == numbers[3] == -1
