"""Rows of work shared by the threads that torch computes with.

torch's OpenMP threads go on turning for some milliseconds after each operation, in the hope of
the next. Threads of our own would fight with them for the cores just then (views at 96 px inside a
training step: 15.6 ms on own threads, 11.2 ms on torch's), so work goes to torch's threads by the
entry that compilers call for `#pragma omp parallel`. Where torch was built without it, threads of
our own do the work.
"""

import ctypes
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

Member = Callable[[], None]

PIECES_PER_THREAD = 6  # rows differ in cost; small pieces even that out
_Entry = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def share(work: Callable[[int, int], None], rows: int, threads: int) -> None:
    """Run `work(start, stop)` over all rows, in pieces, on this thread and `threads` - 1 others.

    `work` should hold no interpreter lock for long. What it raises is raised here.
    """
    if threads <= 1:
        work(0, rows)
        return
    pieces = min(rows, threads * PIECES_PER_THREAD)
    bounds = iter([(rows * n // pieces, rows * (n + 1) // pieces) for n in range(pieces)])

    def member() -> None:
        for start, stop in bounds:
            work(start, stop)

    if _openmp() is None:
        _on_own_threads(member, threads)
    else:
        _on_torch_threads(member, threads)


def _on_torch_threads(member: Member, threads: int) -> None:
    errors: list[BaseException] = []

    def enter(_data: object) -> None:
        try:
            member()
        except BaseException as error:  # it cannot pass through compiled code
            errors.append(error)

    parallel = _openmp()
    assert parallel is not None
    parallel(_Entry(enter), None, threads, 0)
    if errors:
        raise errors[0]


def _on_own_threads(member: Member, threads: int) -> None:
    others = [_helpers(threads - 1).submit(member) for _ in range(threads - 1)]
    member()
    for other in others:
        if not other.cancel():  # it has begun
            other.result()


@lru_cache(maxsize=1)
def _openmp() -> "ctypes._NamedFuncPointer | None":
    """GOMP_parallel(function, data, threads, flags) of the library that torch has loaded.

    GCC's libgomp and LLVM's OpenMP both have it; torch makes the one it uses visible to all.
    """
    if sys.platform != "linux":
        return None
    parallel: ctypes._NamedFuncPointer | None = getattr(ctypes.CDLL(None), "GOMP_parallel", None)
    if parallel is not None:
        parallel.argtypes = [_Entry, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
        parallel.restype = None
    return parallel


@lru_cache(maxsize=1)
def _helpers(threads: int) -> ThreadPoolExecutor:
    """Kept from call to call: starting a thread takes longer than its share of a small batch."""
    return ThreadPoolExecutor(threads, thread_name_prefix="augment")
