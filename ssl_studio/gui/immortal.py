"""A guard against PySide6 6.12 on Python before 3.12.

That release treats None, True and False as immortal (PEP 683) everywhere: each call that returns
nothing, and each signal that is emitted, gives away a reference it does not own. Older Pythons
count references to these three like any other, and abort when the count reaches zero: after some
minutes of moving curves.
"""

import ctypes
import sys

ENOUGH_REFERENCES = 1 << 40
"""More than any session gives away."""


def keep_constants_alive() -> None:
    """Set the three counts so high that they never reach zero. Cheap; may be called again."""
    if sys.version_info < (3, 12):
        for constant in (None, True, False):
            # CPython keeps the count in the first word of every object.
            count = ctypes.c_ssize_t.from_address(id(constant))
            count.value = max(count.value, ENOUGH_REFERENCES)
