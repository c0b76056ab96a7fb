"""Loops in Python's words that run as machine code, without the interpreter lock."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

# Sums in any order, so that they run in vector lanes; NaN and infinity keep their meaning.
_MATH = {"reassoc", "contract", "nsz"}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code without interpreter lock, kept on disk if there is a place.

    What is kept is renewed when the function's file changes, not when a callee in another file
    does: functions that call each other belong into one file.
    """
    try:
        return njit(cache=True, nogil=True, error_model="numpy", fastmath=_MATH)(function)
    except RuntimeError:  # nowhere to write: compiled anew in each process
        return njit(nogil=True, error_model="numpy", fastmath=_MATH)(function)
