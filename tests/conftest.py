"""Fixtures and rules for all tests: no display, a home for each test, nothing left behind."""

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Inputs are tiny here: more threads only wait for each other. Set before torch and faiss load.
os.environ.setdefault("OMP_NUM_THREADS", "1")

_QT_FIXTURES = {"qtbot", "qapp", "studio"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--headed", action="store_true", help="show the windows of the tests")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--headed"):
        os.environ.pop("QT_QPA_PLATFORM", None)
    config.addinivalue_line("markers", "gui: opens a window; follows from the fixtures of a test")
    config.addinivalue_line("markers", "gpu: needs a CUDA device; skipped without one")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _QT_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("gui")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device")


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and caches of the user are out of reach."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("LOCALAPPDATA", str(home / "local"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))


@pytest.fixture(autouse=True)
def _no_threads_left() -> Iterator[None]:
    """A thread that outlives its test fails it."""
    before = set(threading.enumerate())
    yield
    new = [t for t in threading.enumerate() if t not in before and not t.daemon]
    left = [t for t in new if not t.name.startswith("augment")]  # kept by the process, idle
    for thread in left:
        thread.join(timeout=2)
    names = [t.name for t in left if t.is_alive()]
    assert not names, f"threads still run: {names}. Close the pool, or wait for the job to end."


@pytest.fixture(autouse=True)
def _cycles_collected() -> Iterator[None]:
    """Once a test has opened the application, only its event loop collects cycles."""
    yield
    if not gc.isenabled():
        gc.collect(1)


@pytest.fixture(autouse=True)
def _no_windows_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A window or QThread that outlives a window test fails it."""
    yield
    if not request.node.get_closest_marker("gui"):
        return
    import shiboken6
    from PySide6.QtCore import QThread
    from PySide6.QtWidgets import QApplication

    gc.unfreeze()  # what the window's collector has put out of sight
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    running = [
        thing
        for thing in gc.get_objects()
        if issubclass(type(thing), QThread) and shiboken6.isValid(thing) and thing.isRunning()
    ]
    for widget in shown:
        widget.close()
    for thread in running:
        thread.requestInterruption()
        thread.wait(5000)
    assert not shown, f"windows still open: {shown}. Give them to qtbot.addWidget."
    assert not running, f"QThreads still run: {running}. Wait for their end before the test ends."


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """24 pictures in three obvious groups."""
    from tests.pictures import draw_folder

    folder = tmp_path / "pictures"
    draw_folder(folder)
    return folder
