"""The application object, its theme, and what happens to exceptions that nobody caught."""

import logging
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from ssl_studio import __version__
from ssl_studio.gui import assets, theme
from ssl_studio.gui.collector import Collector
from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.shared_libraries import open_without_lock
from ssl_studio.gui.studio import Studio

log = logging.getLogger(__name__)
MIN_POINTS = 9.5
SWITCH_S = 0.0001
"""A thread that computes in Python gives way to the window after this time. The window waits for it
at every one of the many calls of Qt that a turn of its loop takes: with 1 ms it was late by 50 ms
at the 99th percentile while an encoder was turned into ONNX, and so it is by 6 ms."""


def create_app(arguments: list[str] | None = None) -> QApplication:
    """The application object; the one that exists already, if there is one."""
    existing = QCoreApplication.instance()
    if isinstance(existing, QApplication):
        app = existing
    else:
        app = QApplication(arguments if arguments is not None else sys.argv[:1])
    app.setApplicationName("SSL Studio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("ssl-studio")
    app.setStyle("Fusion")
    app.setWindowIcon(assets.app_icon())
    font = QFont(app.font())
    font.setPointSizeF(max(MIN_POINTS, font.pointSizeF()))
    app.setFont(font)
    _translate(app)
    sys.setswitchinterval(SWITCH_S)
    open_without_lock()
    if app.findChild(Collector) is None:
        Collector(app)
    return app


def _translate(app: QApplication) -> None:
    """Speak the language of the desktop where there is a translation, Qt's own words too."""
    if app.property("is_translated"):
        return
    app.setProperty("is_translated", True)
    qt_words = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in (
        ("ssl-studio", str(assets.resources() / "translations")),
        ("qtbase", qt_words),
    ):
        translator = QTranslator(app)
        # Qt's words alone in another language than ours would only be odd.
        if not translator.load(QLocale(), name, "_", folder):
            return
        app.installTranslator(translator)


class Guard:
    """Shows exceptions that reach Qt's loop instead of letting them end the program."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Python's hook."""
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        log.error("Unexpected exception", exc_info=(kind, error, trace))
        self._studio.report_problem(error)


def main(project: Path | None = None) -> int:
    """Open the window, with a project if one is named; gives the exit code."""
    app = create_app()
    studio = Studio()
    theme.apply(app, studio.preferences.theme)
    window = MainWindow(studio)
    sys.excepthook = Guard(studio)
    window.show()
    if project is not None:  # from the event loop: the window is to be seen first
        QTimer.singleShot(0, window, lambda: studio.open(project))
    code = app.exec()
    studio.shut_down()
    assets.forget_pixmaps()
    return code
