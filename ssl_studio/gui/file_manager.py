"""Shows files where they lie: in the desktop's file manager, with the file marked."""

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QProcess, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QMessageBox

from ssl_studio.gui.text import tr

SERVICE = "org.freedesktop.FileManager1"
"""https://www.freedesktop.org/wiki/Specifications/file-manager-interface/"""


def reveal(path: Path) -> None:
    """Open the folder of a file and mark the file; where the desktop cannot, only open it."""
    if not path.exists():
        open_folder(path.parent)
    elif sys.platform == "darwin":
        _start("open", ["-R", str(path)], path)
    elif sys.platform == "win32":
        _start("explorer", ["/select,", str(path)], path)
    else:
        _ask_desktop(path)


def open_folder(folder: Path) -> None:
    """Open a folder; where no program does, say where it is."""
    if QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        return
    box = QMessageBox(QApplication.activeWindow())
    box.setWindowTitle(tr("No file manager answered"))
    box.setText(tr("The folder is here:"))
    box.setInformativeText(str(folder))
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    # Where no window is active the box has no parent, and would go with the name `box`.
    box.finished.connect(lambda _button: box.deleteLater())
    box.open()


def _start(program: str, arguments: list[str], path: Path) -> None:
    started = QProcess.startDetached(program, arguments)
    if not (started[0] if isinstance(started, tuple) else started):
        open_folder(path.parent)


def _ask_desktop(path: Path) -> None:
    """Ask whichever file manager answers on the session's bus; nothing waits for the answer."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

    def on_answer(answer: QDBusPendingCallWatcher) -> None:
        if answer.isError():
            open_folder(path.parent)
        answer.deleteLater()

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        open_folder(path.parent)
        return
    place = "/" + SERVICE.replace(".", "/")
    call = QDBusMessage.createMethodCall(SERVICE, place, SERVICE, "ShowItems")
    call.setArguments([[QUrl.fromLocalFile(str(path)).toString()], ""])
    watcher = QDBusPendingCallWatcher(bus.asyncCall(call), QCoreApplication.instance())
    watcher.finished.connect(on_answer)
