import threading
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from ssl_studio.images.batch import ImageBatch
from ssl_studio.images.cache import PixelCache
from ssl_studio.images.loader import Loader


def made_cache(*, mapped: bool) -> PixelCache:
    pixels = torch.randint(0, 256, (20, 3, 8, 8), generator=torch.Generator().manual_seed(3))
    aspect = torch.linspace(0.5, 2, 20)
    valid = torch.ones(20, dtype=torch.bool)
    return PixelCache(pixels.byte(), aspect, valid, torch.zeros(3), torch.ones(3), mapped)


def chunks() -> list[Tensor]:
    order = torch.randperm(20, generator=torch.Generator().manual_seed(4))
    return list(order.split(3))


def same(a: ImageBatch, b: ImageBatch) -> bool:
    pairs = ((a.pixels, b.pixels), (a.aspect, b.aspect), (a.index, b.index))
    return all(torch.equal(left, right) for left, right in pairs)


@pytest.mark.parametrize("mapped", [False, True])
def test_batches_equal_direct_indexing(mapped: bool) -> None:
    cache = made_cache(mapped=mapped)
    batches = list(Loader(cache, "cpu").batches(chunks()))
    assert len(batches) == len(chunks())
    for batch, index in zip(batches, chunks(), strict=True):
        assert same(batch, cache.take(index))


def test_frames() -> None:
    cache = made_cache(mapped=True)
    (batch,) = Loader(cache, "cpu").batches([torch.tensor([[0, 1], [2, 3]])])
    assert batch.pixels.shape == (2, 2, 3, 8, 8)


def test_no_thread_for_resident_pixels() -> None:
    batches = Loader(made_cache(mapped=False), "cpu").batches(chunks())
    before = threading.active_count()
    next(batches)
    assert threading.active_count() == before


def test_leaving_early_leaves_no_thread() -> None:
    before = threading.active_count()
    batches = Loader(made_cache(mapped=True), "cpu").batches(chunks())
    next(batches)
    assert threading.active_count() == before + 1
    batches.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_reading_ahead_is_bounded() -> None:
    taken = []

    def endless() -> Iterator[Tensor]:
        while True:
            taken.append(1)
            yield torch.tensor([0])

    batches = Loader(made_cache(mapped=True), "cpu").batches(endless())
    for _ in range(10):
        next(batches)
    assert len(taken) <= 10 + 5
    batches.close()  # type: ignore[attr-defined]


def test_errors_of_the_thread_are_raised_here() -> None:
    batches = Loader(made_cache(mapped=True), "cpu").batches(
        [torch.tensor([1]), torch.tensor([99])]
    )
    next(batches)
    with pytest.raises((IndexError, RuntimeError)):
        next(batches)


def test_errors_of_the_plan_are_raised_here() -> None:
    def broken() -> Iterator[Tensor]:
        yield torch.tensor([1])
        raise ValueError("no more")

    batches = Loader(made_cache(mapped=True), "cpu").batches(broken())
    next(batches)
    with pytest.raises(ValueError, match="no more"):
        next(batches)


@pytest.mark.gpu
@pytest.mark.parametrize("mapped", [False, True])
def test_batches_reach_the_gpu_unchanged(mapped: bool) -> None:
    cache = made_cache(mapped=mapped)
    for batch, index in zip(Loader(cache, "cuda").batches(chunks()), chunks(), strict=True):
        assert batch.pixels.device.type == "cuda"
        expected = cache.take(index)
        assert torch.equal(batch.pixels.cpu(), expected.pixels)
        assert torch.equal(batch.index.cpu(), expected.index)
