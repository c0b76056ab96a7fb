"""Names of files as text that can be stored, and back again.

File systems allow names that are not valid Unicode; Python carries their odd bytes as lone
surrogates, which neither SQLite nor UTF-8 can hold. They are moved into a private corner of
Unicode and back, so that every file can be found again.
"""

import os
from pathlib import Path, PurePosixPath

from ssl_studio.errors import DamagedProject

_PRIVATE = 0x10F800  # start of 2048 code points of plane 16 that no font or standard uses
_OUT = {0xD800 + i: _PRIVATE + i for i in range(2048)}
_BACK = {private: surrogate for surrogate, private in _OUT.items()}


def storable(text: str) -> str:
    """The text with lone surrogates moved to where UTF-8 can hold them."""
    return text if text.isascii() else text.translate(_OUT)


def native(text: str) -> str:
    """The text as the file system knows it: the inverse of `storable`."""
    return text if text.isascii() else text.translate(_BACK)


def storable_or_none(text: str | None) -> str | None:
    """Like `storable`, for a text that may be absent."""
    return None if text is None else storable(text)


def inside(root: Path, relative: str) -> Path:
    """The file at a stored relative path. Raises DamagedProject where it would leave the root."""
    pure = PurePosixPath(native(relative))
    unsafe = pure.is_absolute() or ".." in pure.parts or "\0" in relative or not pure.parts
    if os.name == "nt":
        unsafe = unsafe or "\\" in relative or ":" in relative
    if unsafe:
        raise DamagedProject(
            f"The project names an image outside its folder: {relative!r}.",
            "Such a path is never stored by SSL Studio.",
            "Do not use this project if you do not know where it comes from.",
        )
    return root.joinpath(*pure.parts)


def relative_to_project(folder: Path, project: Path) -> str | None:
    """The way from the project file's folder to `folder`, with `/`; None across drives."""
    try:
        way = os.path.relpath(folder, project.parent)
    except ValueError:
        return None
    return Path(way).as_posix()
