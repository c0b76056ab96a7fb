"""How this process asks the system for memory, where glibc lets us say.

By default each thread but the first gets large blocks fresh from the system and gives them back
when they are freed. A training step frees all its activations, so the next one touches a hundred
thousand new pages: in a thread of the window that cost a third of the step. With one heap that
keeps what was freed, the pages stay; `give_back` returns them when the work is over.

Elsewhere (macOS, Windows, musl) nothing happens.
"""

import ctypes
from functools import lru_cache

# malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_KEEP_BYTES = 2**31 - 1
_LARGEST_ON_HEAP = 2**30


@lru_cache(maxsize=1)
def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(None)
        _ = library.mallopt, library.malloc_trim
    except (OSError, TypeError, AttributeError):
        return None
    return library


def keep_freed_memory() -> bool:
    """Keep freed blocks for the next step; False where that cannot be said.

    Call it before threads start: each keeps the heap that it has got.
    """
    library = _glibc()
    if library is None:
        return False
    settings = {
        _M_ARENA_MAX: 1,
        _M_MMAP_THRESHOLD: _LARGEST_ON_HEAP,
        _M_TRIM_THRESHOLD: _KEEP_BYTES,
    }
    done = [library.mallopt(name, value) for name, value in settings.items()]
    return all(done)


def give_back() -> None:
    """Return the memory that was freed and kept; some milliseconds for each GB."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)
