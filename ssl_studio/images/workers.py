"""Threads that decode ahead of whoever wants the results. No torch here."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from ssl_studio.events import Cancel

T = TypeVar("T")
R = TypeVar("R")

_AHEAD_PER_THREAD = 4
_POLL_S = 0.05


def decode_threads() -> int:
    """How many threads decode at a time: one for each core this process may use, at most 16."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Windows and macOS
        cores = os.cpu_count() or 1
    return min(cores, 16)


def in_order(
    work: Callable[[T], R], units: Iterable[T], cancel: Cancel, threads: int | None = None
) -> Iterator[R]:
    """Results of `work(unit)` in the order of `units`, a bounded number of units ahead.

    Raises Cancelled within a tenth of a second, whatever the threads are at, and what `work`
    raises. No thread is left when the iterator ends or is closed; so long units should look at
    `cancel.requested` themselves.
    """
    threads = threads or decode_threads()
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="decode")
    try:
        for unit in units:
            waiting.append(pool.submit(work, unit))
            if len(waiting) > _AHEAD_PER_THREAD * threads:
                yield _result(waiting.popleft(), cancel)
        while waiting:
            yield _result(waiting.popleft(), cancel)
    finally:
        pool.shutdown(cancel_futures=True)


def _result(future: Future[R], cancel: Cancel) -> R:
    while not wait((future,), _POLL_S).done:
        cancel.check()
    # Also when it is done: work that looked at `cancel` may have left off half way.
    cancel.check()
    return future.result()
