"""Large shared libraries are opened without stopping the window.

Python holds its interpreter lock while the system opens a library, and the first job that imports
torch or pyarrow would let the window stand still for a tenth to half a second. A call through
ctypes gives the lock away: what was opened so is there already when Python opens it.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

LARGE: Mapping[str, tuple[str, ...]] = {
    "torch": ("lib/libtorch.*",),
    "pyarrow": ("libarrow_substrait.*", "libarrow.*", "libparquet.*"),
    "faiss": ("libfaiss.*",),
    "llvmlite": ("binding/libllvmlite.*",),
}
"""Files in the folders of packages. None of them may know Python: it would be called unlocked."""


class LibrariesFirst(MetaPathFinder):
    """Opens the large libraries of a package when it is first imported; finds no module itself."""

    def __init__(
        self, open_library: Callable[[Path], object], large: Mapping[str, tuple[str, ...]] = LARGE
    ) -> None:
        self._open = open_library
        self._large = dict(large)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> None:
        """Python's hook, called before a module is looked for."""
        patterns = self._large.pop(fullname, ())
        spec = PathFinder.find_spec(fullname, path, target) if patterns else None
        for file in _files(spec, patterns):
            self._open(file)


def open_without_lock() -> None:
    """Do so from now on in this process. On Windows nothing happens."""
    is_there = any(isinstance(finder, LibrariesFirst) for finder in sys.meta_path)
    if os.name == "posix" and not is_there:
        sys.meta_path.insert(0, LibrariesFirst(opened))


def opened(path: Path) -> bool:
    """Open a library for as long as the process lives; False where the system refuses."""
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    return dlopen(os.fsencode(path), os.RTLD_NOW) is not None


def _files(spec: ModuleSpec | None, patterns: Sequence[str]) -> list[Path]:
    folders = [] if spec is None else spec.submodule_search_locations or []
    return [
        file
        for folder in folders
        for pattern in patterns
        for file in sorted(Path(folder).glob(pattern))
    ]
