import sys
from pathlib import Path

import pytest
from PySide6.QtDBus import QDBusConnection
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from ssl_studio.gui import file_manager


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that are opened without a file being marked."""
    folders: list[Path] = []
    monkeypatch.setattr(file_manager, "open_folder", folders.append)
    return folders


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    made = tmp_path / "a picture.jpg"
    made.touch()
    return made


@pytest.mark.parametrize(
    ("platform", "program", "first"), [("darwin", "open", "-R"), ("win32", "explorer", "/select,")]
)
def test_finder_and_explorer_are_told_which_file(
    picture: Path, opened: list[Path], monkeypatch: pytest.MonkeyPatch,
    platform: str, program: str, first: str,
) -> None:  # fmt: skip
    started: list[tuple[str, list[str]]] = []

    def start(name: str, arguments: list[str]) -> bool:
        started.append((name, arguments))
        return True

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(file_manager.QProcess, "startDetached", start)
    file_manager.reveal(picture)
    assert started == [(program, [first, str(picture)])]
    assert opened == []


def test_a_program_that_cannot_be_started_leaves_the_folder(
    picture: Path, opened: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(file_manager.QProcess, "startDetached", lambda *_: (False, 0))
    file_manager.reveal(picture)
    assert opened == [picture.parent]


@pytest.mark.skipif(sys.platform != "linux", reason="the session bus belongs to Linux desktops")
def test_a_desktop_without_a_file_manager_leaves_the_folder(
    picture: Path, opened: list[Path], qtbot: QtBot
) -> None:
    if QDBusConnection.sessionBus().isConnected():
        pytest.skip("there is a session, and a file manager may answer")
    file_manager.reveal(picture)
    assert opened == [picture.parent]


def test_of_a_file_that_is_gone_the_folder_is_opened(tmp_path: Path, opened: list[Path]) -> None:
    file_manager.reveal(tmp_path / "gone.jpg")
    assert opened == [tmp_path]


def test_where_nothing_can_open_folders_the_place_is_said(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_manager.QDesktopServices, "openUrl", lambda _url: False)
    file_manager.open_folder(tmp_path)
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    assert box.informativeText() == str(tmp_path)
    box.close()
