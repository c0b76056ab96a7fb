from pathlib import Path

import pytest

from ssl_studio.errors import DamagedProject
from ssl_studio.project.paths import inside, native, storable


@pytest.mark.parametrize(
    "name", ["a.jpg", "ä/ö.png", "日本.jpg", "bad\udcff\udc80.jpg", "\ud83d.png"]
)
def test_names_come_back(name: str) -> None:
    assert native(storable(name)) == name
    storable(name).encode()


def test_ordinary_names_are_stored_as_they_are() -> None:
    assert storable("ä/ö.png") == "ä/ö.png"


@pytest.mark.parametrize("path", ["../secret", "a/../../b", "/etc/passwd", "", "a\0b"])
def test_paths_that_leave_the_root_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(DamagedProject, match="outside"):
        inside(tmp_path, path)


def test_paths_within_the_root(tmp_path: Path) -> None:
    assert inside(tmp_path, "a/..b/c.jpg") == tmp_path / "a" / "..b" / "c.jpg"
