"""Lists the picture files of a tree without opening any of them. No torch here."""

import os
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from ssl_studio.errors import FolderError
from ssl_studio.events import Cancel, Note, Progress, Report
from ssl_studio.images.decode import picture_suffixes, readable

_LISTED_PER_REPORT = 2000
_WINDOWS_HIDDEN = 0x2


class FoundFile(NamedTuple):
    """A file that looks like a picture by its name.

    `path` is relative to the root, with `/`; bytes in it that are no text are lone surrogates, as
    everywhere in Python.
    """

    path: str
    bytes: int
    modified_ns: int


class Walk:
    """One walk over a tree. Every folder is entered once, however many links lead to it.

    Attributes:
        ignored: number of files met that are no pictures by their names.
        closed: relative paths of folders that could not be listed.
    """

    def __init__(self, root: str, report: Report, cancel: Cancel) -> None:
        self.ignored = 0
        self.closed: list[str] = []
        self._root = root
        self._report = report
        self._cancel = cancel
        self._suffixes = picture_suffixes()
        self._listed = 0
        self._entered: set[tuple[int, int]] = set()

    def files(self) -> Iterator[FoundFile]:
        """All picture files that are not hidden, folder by folder, sorted in each.

        Links to folders wait until every real folder was entered, so that a file that can be
        reached both ways is found under its real path. Raises FolderError if the root itself
        cannot be listed, and Cancelled.
        """
        folders, links = [(self._root, "")], list[tuple[str, str]]()
        while folders or links:
            place, path = folders.pop() if folders else links.pop()
            if not self._enter(place):
                continue
            below = list[tuple[str, str]]()
            for entry, inner in self._entries(place, path):
                if not _is_folder(entry):
                    yield from self._file(entry, inner)
                elif entry.is_symlink():
                    links.append((entry.path, inner))
                else:
                    below.append((entry.path, inner))
            folders += reversed(below)
            links.sort(reverse=True)

    def _enter(self, place: str) -> bool:
        try:
            facts = os.stat(place)
        except OSError:  # `_entries` meets the same and tells of it
            return True
        own = (facts.st_dev, facts.st_ino)
        first = own not in self._entered
        self._entered.add(own)
        return first

    def _entries(self, place: str, path: str) -> list[tuple[os.DirEntry[str], str]]:
        start = f"{path}/" if path else ""
        shown = []
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    self._cancel.check()
                    if not _is_hidden(entry):
                        shown.append((entry, start + entry.name))
        except OSError as error:
            self._pass_over(place, path, error)
        return sorted(shown, key=itemgetter(1))

    def _file(self, entry: os.DirEntry[str], path: str) -> Iterator[FoundFile]:
        self._listed += 1
        if self._listed % _LISTED_PER_REPORT == 0:
            self._report(Progress(self._listed, None, "Looking for pictures"))
        if os.path.splitext(entry.name)[1].lower() not in self._suffixes:
            self.ignored += 1
            return
        self._cancel.check()
        try:
            if entry.is_file():
                facts = entry.stat()
                yield FoundFile(path, facts.st_size, facts.st_mtime_ns)
        except OSError:  # gone since it was listed, or a link to nowhere
            return

    def _pass_over(self, place: str, path: str, error: OSError) -> None:
        closed = isinstance(error, PermissionError)
        why = "You have no right to list it." if closed else f"{error.strerror or error}."
        if not path:
            what = f"The folder “{readable(place)}” cannot be read."
            remedy = "Change its permissions, or choose another folder."
            raise FolderError(what, why, remedy) from error
        self.closed.append(path)
        self._report(Note("warning", f"The folder “{readable(path)}” was passed over. {why}"))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _is_hidden(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return True
    if os.name != "nt":
        return False
    attributes: int = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return bool(attributes & _WINDOWS_HIDDEN)
