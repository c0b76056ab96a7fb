import os
from pathlib import Path

import pytest

from ssl_studio.errors import LockedProject
from ssl_studio.project import Project
from ssl_studio.project.lock import FileLock, lock_path
from tests.project.made import other_process

HOLD = """
import sys
from ssl_studio.project import Project
with Project.open(sys.argv[1]) as project:
    print("open", flush=True)
    sys.stdin.readline()
    project.set_info("name", "from outside")
    print("written", flush=True)
    sys.stdin.readline()
"""


def test_a_second_process_may_read_but_not_write(path: Path) -> None:
    Project.create(path).close()
    with other_process(HOLD, path) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        with pytest.raises(LockedProject, match=f"process {process.pid} .*on this computer"):
            Project.open(path)
        with Project.open(path, read_only=True) as project:
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
            assert project.info()["name"] == "from outside"
        process.kill()
        process.wait()
    assert lock_path(path).exists()  # nobody could remove it, and it does not bind
    with Project.open(path) as project:
        assert project.info()["name"] == "from outside"
        assert project.check() == []


def test_the_lock_can_be_had_again_after_release(path: Path) -> None:
    for _ in range(2):
        lock = FileLock(path)
        with pytest.raises(LockedProject):
            FileLock(path)
        lock.release()


def test_a_lock_file_full_of_nonsense_binds_nobody(path: Path) -> None:
    lock_path(path).write_bytes(b"\xff" * 10)
    FileLock(path).release()


def test_the_owner_on_another_computer_is_named(path: Path) -> None:
    lock = FileLock(path)
    lock_path(path).write_text('{"pid": 7, "host": "elsewhere"}')
    with pytest.raises(LockedProject, match="process 7 on elsewhere"):
        FileLock(path)
    lock.release()


def test_the_lock_names_this_process(path: Path) -> None:
    lock = FileLock(path)
    with pytest.raises(LockedProject, match=str(os.getpid())):
        FileLock(path)
    lock.release()
