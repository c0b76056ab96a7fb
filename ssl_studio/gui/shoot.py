"""Pictures of every page of the real window, made without a display: for docs and bug reports."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Self

from PySide6.QtCore import QCoreApplication, QEventLoop, QTemporaryDir, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from ssl_studio.errors import ExportError, StudioError
from ssl_studio.gui import theme
from ssl_studio.gui.actions import shortcut_rows
from ssl_studio.gui.app import create_app
from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.pages.pickers import read_feature_choices
from ssl_studio.gui.preferences import Preferences
from ssl_studio.gui.sheets import show_shortcuts
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.theme import ThemeChoice
from ssl_studio.project.file import Project

PATIENCE_S = 60.0
CALM_ROUNDS = 6
"""Rounds of the event loop without anything pending before a page counts as complete."""


def shoot(
    project_path: Path,
    outdir: Path,
    sizes: Sequence[tuple[int, int]] = ((1280, 800),),
    themes: Sequence[str] = ("light", "dark"),
    pages: Sequence[str] = (),
    run_id: int | None = None,
) -> list[Path]:
    """Render pages to `outdir/<page>-<theme>-<width>x<height>.png`; gives the files.

    The pictures show a copy, open for writing as projects usually are, looking at `run_id` where
    one is given. No `pages` means all, and what belongs to none. Raises StudioError where the
    project cannot be opened or a page is not known, ExportError where a file cannot be written.
    """
    app = create_app()
    outdir.mkdir(parents=True, exist_ok=True)
    with Workplace() as place:
        studio = Studio(place.preferences)
        try:
            _open(studio, place.copy_of(project_path))
            window = MainWindow(studio)
            _check(pages, window.pages)
            if run_id is not None:
                _look_at(studio, run_id)
            window.show()
            files = []
            for theme_name in themes:
                theme.apply(app, ThemeChoice(theme_name))
                for width, height in sizes:
                    window.resize(width, height)
                    suffix = f"{theme_name}-{width}x{height}"
                    files += _shoot_pages(window, outdir, suffix, pages or list(window.pages))
                    if not pages:
                        files += _shoot_frame(window, outdir, suffix)
            window.close()
            window.deleteLater()
            return files
        finally:
            studio.shut_down()
            QCoreApplication.sendPostedEvents()


class Workplace:
    """A folder for a while, with preferences and a project that are nobody else's."""

    def __enter__(self) -> Self:
        self._folder = QTemporaryDir()
        self.preferences = Preferences()
        self.preferences.use_file(str(Path(self._folder.path()) / "shoot.ini"))
        return self

    def __exit__(self, *_error: object) -> None:
        self._folder.remove()

    def copy_of(self, path: Path) -> Path:
        """The project under its name in this folder. Raises StudioError."""
        copied = Path(self._folder.path()) / path.name
        with Project.open(path, read_only=True) as project:
            project.copy_to(copied)
        return copied


def _open(studio: Studio, path: Path) -> None:
    problems: list[StudioError] = []
    studio.failed.connect(problems.append)
    studio.open(path)
    _wait(lambda: studio.is_open or bool(problems))
    if problems:
        raise problems[0]


def _check(wanted: Sequence[str], known: Iterable[str]) -> None:
    for key in wanted:
        if key not in known:
            raise StudioError(
                tr("There is no page “{name}”.").format(name=key),
                remedy=tr("Choose among {names}.").format(names=", ".join(known)),
            )


def _look_at(studio: Studio, run_id: int) -> None:
    """Choose a run, and its newest features where it has any."""
    assert studio.path is not None
    with Project.open(studio.path, read_only=True) as project:
        project.runs.get(run_id)
        choices = read_feature_choices(project)
    studio.set_run(run_id)
    own = [choice.id for choice in choices if choice.run_id == run_id and not choice.is_reference]
    if own:
        studio.set_feature_set(own[0])


def _shoot_pages(window: MainWindow, outdir: Path, suffix: str, pages: Sequence[str]) -> list[Path]:
    files = []
    for key in pages:
        page = window.pages[key]
        window.show_page(key)
        _settle(window.studio, page)
        _choose_something(window.studio)
        for pose, strike in page.poses().items():
            strike()
            _settle(window.studio, page)
            if (focused := window.focusWidget()) is not None:
                focused.clearFocus()  # nobody is at the keyboard
            files.append(_save(window.grab(), outdir / f"{key}{pose}-{suffix}.png"))
    return files


def _shoot_frame(window: MainWindow, outdir: Path, suffix: str) -> list[Path]:
    """What belongs to no page: the palette, the sheet of keys, the first page."""
    window.show_page("images")
    window.pages["images"].poses()[""]()
    _settle(window.studio)
    window.show_palette()
    window.palette_of_commands.field.setText("cl")
    files = [_save(window.grab(), outdir / f"palette-{suffix}.png")]
    window.palette_of_commands.dismiss()
    keys = show_shortcuts(window, shortcut_rows())
    files.append(_save(keys.grab(), outdir / f"keys-{suffix}.png"))
    keys.close()
    window.stack.setCurrentWidget(window.welcome)
    window.rail.hide()
    window.welcome.refresh()
    _settle(window.studio)
    files.append(_save(window.grab(), outdir / f"welcome-{suffix}.png"))
    window.rail.show()
    return files


def _choose_something(studio: Studio) -> None:
    """A chosen image that is the query too shows what the pages are for."""
    if len(studio.selection) or studio.path is None:
        return
    with Project.open(studio.path, read_only=True) as project:
        ids = project.images.ids()
    if len(ids):
        middle = len(ids) // 2
        studio.select(ids[middle : middle + 1])
        studio.set_query(int(ids[middle]), show_page=False)


def _settle(studio: Studio, page: QWidget | None = None) -> None:
    """Wait until nothing is under way, and nothing on the page is about to begin."""
    calm = 0

    def is_calm() -> bool:
        nonlocal calm
        is_settled = studio.is_settled and not (page is not None and is_about_to_act(page))
        calm = calm + 1 if is_settled else 0
        return calm >= CALM_ROUNDS

    _wait(is_calm)


def is_about_to_act(widget: QWidget) -> bool:
    """Whether something in it waits for a moment of calm, say until nothing more is typed."""
    return any(t.isSingleShot() and t.isActive() for t in widget.findChildren(QTimer))


def _wait(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_done() and time.monotonic() < deadline:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)


def _save(picture: QPixmap, path: Path) -> Path:
    if not picture.save(str(path)):
        raise ExportError(
            f"{path.name} cannot be written.", "The disk is full or the folder is not yours.",
            "Choose another folder.",
        )  # fmt: skip
    return path
