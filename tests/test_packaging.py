"""The set-up of the environment, as far as it can be tried without making one."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.scripts import load_script


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.setenv("SSL_STUDIO_VENV", str(tmp_path / "venv"))
    return load_script("environment")


def test_key_tells_requirements_apart(environment: ModuleType) -> None:
    assert environment.key(True) == environment.key(True)
    assert environment.key(True) != environment.key(False)


def test_older_python_is_told(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1, "final", 0))
    with pytest.raises(environment.SetupError, match=r"needs 3\.11 or newer"):
        environment.prepare(dev=False)


def test_foreign_folder_is_left_as_it_is(environment: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/thesis.txt").write_text("precious")
    with pytest.raises(environment.SetupError, match="not made by this command"):
        environment.prepare(dev=False)
    assert (tmp_path / "venv/thesis.txt").read_text() == "precious"


def test_full_disk_is_told(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "NEEDED_BYTES", 1 << 62)
    with pytest.raises(environment.SetupError, match="Make room"):
        environment.prepare(dev=False)


def test_missing_libraries_come_with_the_line_that_installs_them(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ["libEGL.so.1", "libxkbcommon.so.0", "libstrange.so.3"]
    monkeypatch.setattr(environment, "missing_libraries", lambda window: found)
    with pytest.raises(environment.SetupError) as told:
        environment.require_qt(window=False)
    text = str(told.value)
    assert "apt-get install libegl1 libxkbcommon0\n" in text
    assert "packages that hold libstrange.so.3" in text


def test_unresolved_libraries_are_read_from_ldd(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = "\tlibEGL.so.1 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x0)\n"
    answers = iter(["/qt\n", listed])

    class Done:
        returncode = 0

        def __init__(self, *_: object, **__: object) -> None:
            self.stdout = next(answers)

    monkeypatch.setattr(environment.shutil, "which", lambda name: name)
    monkeypatch.setattr(environment.subprocess, "run", Done)
    assert environment._unresolved(window=False) == ["libEGL.so.1"]
