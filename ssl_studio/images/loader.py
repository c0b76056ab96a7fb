"""Batches out of the cache: indexed where they lie, or brought to the device ahead of time."""

import queue
import threading
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from ssl_studio.images.batch import ImageBatch
from ssl_studio.images.cache import PixelCache

_BATCHES_AHEAD = 3
_POLL_S = 0.05


class Loader:
    """Yields the pictures at given positions, on one device.

    Pixels that lie on the device are indexed on the spot. All others are gathered by one
    background thread, a few batches ahead; for CUDA through pinned memory and a stream of its
    own, so that the copy runs beside the training step.
    """

    def __init__(self, cache: PixelCache, device: torch.device | str) -> None:
        self.cache = cache
        self.device = torch.device(device)

    def batches(self, chunks: Iterable[Tensor]) -> Iterator[ImageBatch]:
        """One batch for each int64 tensor of positions, (B,) or (B, F), in order.

        What goes wrong in the thread is raised here. The thread ends with the iterator, however
        that ends; `chunks` is read up to a few batches ahead, in the thread.
        """
        if self.cache.resident(self.device):
            return (self.cache.take(index) for index in chunks)
        return self._prefetched(chunks)

    def _prefetched(self, chunks: Iterable[Tensor]) -> Iterator[ImageBatch]:
        fetch = _Fetch(self.cache, self.device, chunks)
        fetch.start()
        try:
            yield from fetch.arrived()
        finally:
            fetch.stop()


class _Fetch(threading.Thread):
    """The background thread of one iteration."""

    def __init__(self, cache: PixelCache, device: torch.device, chunks: Iterable[Tensor]) -> None:
        super().__init__(name="loader", daemon=True)
        self._cache = cache
        self._device = device
        self._chunks = chunks
        self._queue: queue.Queue[ImageBatch | BaseException | None] = queue.Queue(_BATCHES_AHEAD)
        self._stopped = threading.Event()
        cuda = device.type == "cuda"
        self._stream = torch.cuda.Stream(device) if cuda else None

    def run(self) -> None:
        """Put batches into the queue, then None, or what went wrong."""
        try:
            for index in self._chunks:
                if not self._put(self._brought(index)):
                    return
            self._put(None)
        except BaseException as error:  # it is raised again where the batches are used
            self._put(error)

    def arrived(self) -> Iterator[ImageBatch]:
        """The batches as they come, in the thread that uses them."""
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield self._received(item)

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopped.set()
        self.join()

    def _put(self, item: ImageBatch | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def _brought(self, index: Tensor) -> ImageBatch:
        batch = self._cache.take(index)
        if self._stream is None:
            return _moved(batch, self._device)
        pinned = ImageBatch(
            batch.pixels.pin_memory(), batch.aspect.pin_memory(), batch.index.pin_memory()
        )
        with torch.cuda.stream(self._stream):
            moved = _moved(pinned, self._device)
        # The copy has to be over before the pinned memory is given up; only this thread waits.
        self._stream.synchronize()
        return moved

    def _received(self, batch: ImageBatch) -> ImageBatch:
        if self._stream is not None:
            # Made on another stream: the allocator must not reuse it while this one works on it.
            current = torch.cuda.current_stream(self._device)
            for tensor in (batch.pixels, batch.aspect, batch.index):
                tensor.record_stream(current)
        return batch


def _moved(batch: ImageBatch, device: torch.device) -> ImageBatch:
    return ImageBatch(
        batch.pixels.to(device, non_blocking=True),
        batch.aspect.to(device, non_blocking=True),
        batch.index.to(device, non_blocking=True),
    )
