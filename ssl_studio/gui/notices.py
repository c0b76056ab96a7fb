"""A word on the desktop when long work ends while the window is not in front."""

from html import escape

from PySide6.QtCore import QObject, QProcess, QStandardPaths, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from ssl_studio.gui import assets, job_words
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr

LONG_S = 20.0
"""Shorter work ends while the user is still looking."""


def _notify(title: str, words: str) -> None:
    """Ask the desktop's own program; some desktops, GNOME among them, have no tray."""
    program = QStandardPaths.findExecutable("notify-send")
    if program:
        name = f"--app-name={tr('SSL Studio')}"
        QProcess.startDetached(program, [name, "--", title, escape(words, quote=False)])


class Notices(QObject):
    """Listens to the jobs; `clicked(RunningJob)` when the user follows a notice."""

    clicked = Signal(object)

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio, self._window = studio, window
        self._tray: QSystemTrayIcon | None = None
        self._last: RunningJob | None = None
        studio.job_ended.connect(self._on_ended)
        studio.project_closed.connect(self._forget)

    def close(self) -> None:
        """Take the icon away; a tray must not keep it when the window is gone."""
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None

    def is_in_front(self) -> bool:
        """Whether the user sees the window anyhow."""
        is_active = QGuiApplication.applicationState() is Qt.ApplicationState.ApplicationActive
        return is_active and not self._window.isMinimized()

    def _on_ended(self, running: RunningJob) -> None:
        wanted = self._studio.preferences.flag("notices", default=True)
        long = running.elapsed_s >= LONG_S and running.state is not JobState.CANCELLED
        if wanted and long and not self.is_in_front():
            self._last = running
            self.tell(running.title, job_words.state_words(running))

    def tell(self, title: str, words: str) -> None:
        """Show a notice where the desktop has a place for it; else let the task bar blink."""
        if QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            self._shown_tray().showMessage(title, words, assets.app_icon())
        else:
            _notify(title, words)
        QApplication.alert(self._window)

    def _shown_tray(self) -> QSystemTrayIcon:
        if self._tray is None:
            self._tray = QSystemTrayIcon(assets.app_icon(), self)
            self._tray.setToolTip(tr("SSL Studio"))
            self._tray.messageClicked.connect(self._on_clicked)
            self._tray.activated.connect(self._on_clicked)
        self._tray.show()
        return self._tray

    def _on_clicked(self) -> None:
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.raise_()
        self._window.activateWindow()
        if self._last is not None:
            self.clicked.emit(self._last)

    def _forget(self) -> None:
        self._last = None
