import _ctypes
import importlib
import os
import sys
from pathlib import Path

import pytest

from ssl_studio.gui.shared_libraries import LibrariesFirst, open_without_lock, opened

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows opens libraries otherwise")


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "heavy_package"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "big.so").touch()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield folder
    sys.modules.pop(folder.name, None)


def test_a_library_is_opened_once_before_its_package_is_imported(package):
    found = []

    def open_library(path):
        found.append((path, package.name in sys.modules))

    sys.meta_path.insert(0, LibrariesFirst(open_library, {package.name: ("lib/big.*",)}))
    importlib.import_module(package.name)
    del sys.modules[package.name]
    importlib.import_module(package.name)
    assert found == [(package / "lib" / "big.so", False)]


def test_a_package_that_is_missing_stays_missing():
    finder = LibrariesFirst(pytest.fail, {"no_such_package": ("*",)})
    assert finder.find_spec("no_such_package") is None


def test_what_is_no_library_is_refused_without_harm(package):
    assert opened(Path(_ctypes.__file__))
    assert not opened(package / "lib" / "big.so")


def test_one_finder_is_enough(package):
    open_without_lock()
    open_without_lock()
    assert sum(isinstance(finder, LibrariesFirst) for finder in sys.meta_path) == 1
