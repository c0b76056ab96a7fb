"""One writing process for a project: a lock that the operating system drops when its owner dies.

The lock lies on a small file beside the project, not on the project itself: SQLite keeps its own
locks there, and POSIX drops all locks of a process on a file as soon as one handle is closed.
"""

import errno
import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from ssl_studio.errors import LockedProject, StorageError

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        # Far behind the text, which others must be able to read while the lock is held.
        os.lseek(handle, 1 << 30, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}


def lock_path(project: Path) -> Path:
    """Where the lock of a project lies."""
    return project.with_name(project.name + ".lock")


class FileLock:
    """The right to write to one project, held from construction to `release`.

    Raises LockedProject while another process holds it, StorageError where the folder cannot be
    written.
    """

    def __init__(self, project: Path) -> None:
        self._path = lock_path(project)
        self._handle = self._take(project)
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()
        with suppress(OSError):  # a full disk; the lock holds, only its owner stays unnamed
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, text.ljust(200))

    def _take(self, project: Path) -> int:
        while True:
            handle = self._open(project)
            try:
                _lock(handle)
            except OSError as error:
                owner = _owner(handle)
                os.close(handle)
                if error.errno not in _HELD:
                    raise self._refused(project, error) from error
                raise LockedProject(
                    f"{project.name} is open for writing elsewhere.",
                    f"It is held by {owner}.",
                    "Close it there, or open it for reading only.",
                ) from error
            if _is_current(handle, self._path):
                return handle
            os.close(handle)  # its owner removed the file between our open and our lock

    def _open(self, project: Path) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise self._refused(project, error) from error

    def _refused(self, project: Path, error: OSError) -> StorageError:
        return StorageError(
            f"{project.name} cannot be opened for writing.",
            f"No lock file can be made in {self._path.parent} ({error.strerror}).",
            "Open it for reading only, or copy it to a folder of your own.",
        )

    def release(self) -> None:
        """Let others write. The file is removed while the lock is still held, where that goes."""
        if os.name != "nt":
            self._path.unlink(missing_ok=True)
        os.close(self._handle)


def _is_current(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def _owner(handle: int) -> str:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        found = json.loads(os.read(handle, 200))
        pid, host = int(found["pid"]), str(found["host"])
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
    if host != socket.gethostname():
        return f"process {pid} on {host}"
    try:
        return f"process {pid} ({psutil.Process(pid).name()}) on this computer"
    except psutil.Error:
        return f"process {pid} on this computer"
