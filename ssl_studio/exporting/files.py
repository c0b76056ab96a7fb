"""Writing outside the project: whole or not at all, and nothing overwritten unasked."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ssl_studio.errors import ExportError

_REMEDIES = {
    errno.ENOSPC: ("The disk is full.", "Free some space or choose another disk."),
    errno.EDQUOT: ("Your quota on this disk is used up.", "Free some space there."),
    errno.EACCES: ("You have no right to write there.", "Choose a folder of your own."),
    errno.EPERM: ("You have no right to do that there.", "Choose a folder of your own."),
    errno.EROFS: ("That disk can only be read.", "Choose another disk."),
    errno.EXDEV: ("Links cannot lead to another disk.", "Choose to copy the files."),
    errno.ENAMETOOLONG: ("A name would become too long.", "Choose a folder with a shorter path."),
}


@contextmanager
def told_in_words(target: Path) -> Iterator[None]:
    """Turn what the file system refuses into an ExportError about `target`."""
    try:
        yield
    except OSError as error:
        why, remedy = _REMEDIES.get(
            error.errno or 0, (error.strerror or str(error), "Choose another place.")
        )
        raise ExportError(f"“{target}” could not be written.", why, remedy) from error


@contextmanager
def new_file(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A path to write to; when all went well the file moves to `path` in one step.

    Raises ExportError when the file is there already, or when the disk refuses.
    """
    refuse_existing([path], overwrite=overwrite)
    with told_in_words(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            yield partial
            _flush(partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def new_files(folder: Path, names: Sequence[str], *, overwrite: bool = False) -> Iterator[Path]:
    """A scratch folder to write files of these names into; they move to `folder` at the end.

    Other files in `folder` stay untouched. A name that was not written is not moved; an older
    file of that name is then removed, so that no two exports mix.
    """
    refuse_existing([folder / name for name in names], overwrite=overwrite)
    with told_in_words(folder), _scratch(folder) as scratch:
        yield scratch
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            if (scratch / name).exists():
                _flush(scratch / name)
                (scratch / name).replace(folder / name)
            else:
                (folder / name).unlink(missing_ok=True)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A scratch folder that becomes `folder` in one step. An existing folder is never replaced."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(
            f"“{folder}” is there already.",
            "Nothing is ever written into a folder that holds something.",
            "Choose a new or an empty folder.",
        )
    with told_in_words(folder), _scratch(folder) as scratch:
        yield scratch
        if folder.exists():
            folder.rmdir()
        scratch.rename(folder)


def refuse_existing(paths: Sequence[Path], *, overwrite: bool) -> None:
    """Raise ExportError when one of these files is there and may not be overwritten."""
    there = [path for path in paths if path.exists() or path.is_symlink()]
    folders = [path for path in there if path.is_dir() and not path.is_symlink()]
    if there and (folders or not overwrite):
        raise ExportError(
            f"“{(folders or there)[0]}” is there already.",
            "Nothing is overwritten unless you ask for it.",
            "Choose another name, or allow overwriting.",
        )


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder beside `folder`, on the same disk, that is gone at the end."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Not mkdtemp: its folders may be entered by their owner only, and this one is to stay.
    scratch = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}.partial"
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _flush(path: Path) -> None:
    """Bytes reach the disk before the name does, so that a power cut leaves no empty file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
