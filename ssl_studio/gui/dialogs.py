"""Pickers and boxes: everything that asks the user something in a window of its own."""

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QMessageBox,
    QWidget,
)

from ssl_studio import __version__
from ssl_studio.errors import StudioError
from ssl_studio.gui.preferences import Preferences
from ssl_studio.gui.text import tr

SUFFIX = ".sslstudio"


def project_filter() -> str:
    """What file dialogs call our files."""
    return tr("SSL Studio projects ({pattern})").format(pattern=f"*{SUFFIX}")


def pick_image_folder(parent: QWidget, preferences: Preferences) -> Path | None:
    """A folder of images, or None."""
    chosen = QFileDialog.getExistingDirectory(
        parent, tr("Choose a folder of images"), preferences.last_folder
    )
    if not chosen:
        return None
    preferences.last_folder = chosen
    return Path(chosen)


def pick_project(parent: QWidget, preferences: Preferences) -> Path | None:
    """A project file to open, or None."""
    chosen, _kind = QFileDialog.getOpenFileName(
        parent, tr("Open a project"), preferences.last_folder, project_filter()
    )
    if not chosen:
        return None
    preferences.last_folder = str(Path(chosen).parent)
    return Path(chosen)


def pick_export_folder(parent: QWidget, preferences: Preferences) -> Path | None:
    """Where a new folder with what leaves the project shall be made, or None."""
    chosen = QFileDialog.getExistingDirectory(
        parent, tr("Where shall the folder be made?"), preferences.last_folder
    )
    return Path(chosen) if chosen else None


def pick_labels(parent: QWidget, preferences: Preferences) -> Path | None:
    """A table of labels, or None."""
    chosen, _kind = QFileDialog.getOpenFileName(
        parent,
        tr("Choose a table with the columns path, label and perhaps split"),
        preferences.last_folder,
        tr("Tables (*.csv)"),
    )
    return Path(chosen) if chosen else None


def ask_resume(parent: QWidget, names: Sequence[str], on_resume: Callable[[], object]) -> None:
    """Offer to go on with trainings that were cut short; does not wait for the answer."""
    box = QMessageBox(
        QMessageBox.Icon.Question, tr("SSL Studio"), tr("A training was cut short."), parent=parent
    )
    box.setInformativeText(
        "\n".join(f"• {name}" for name in names)
        + "\n\n"
        + tr("It can go on from the last state that was saved.")
    )
    box.addButton(tr("Later"), QMessageBox.ButtonRole.RejectRole)
    resume = box.addButton(tr("Go on now"), QMessageBox.ButtonRole.AcceptRole)
    resume.clicked.connect(lambda: on_resume())
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def pick_new_project(parent: QWidget, folder: Path) -> Path | None:
    """Where the project of a folder shall lie; beside the folder unless told otherwise."""
    proposed = unused_path(folder)
    chosen, _kind = QFileDialog.getSaveFileName(
        parent, tr("Where shall the project file lie?"), str(proposed), project_filter()
    )
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def unused_path(folder: Path) -> Path:
    """A project file beside a folder that does not exist yet."""
    base = folder.parent / (folder.name or "images")
    path = base.with_name(base.name + SUFFIX)
    number = 2
    while path.exists():
        path = base.with_name(f"{base.name} {number}{SUFFIX}")
        number += 1
    return path


def show_error(parent: QWidget | None, error: StudioError, cause: object = None) -> None:
    """What happened, why, and what to do; the details only on request."""
    box = QMessageBox(QMessageBox.Icon.Warning, tr("SSL Studio"), error.what, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText("\n\n".join(part for part in (error.why, error.remedy) if part))
    if isinstance(cause, BaseException) and not isinstance(cause, StudioError):
        box.setDetailedText(details(cause))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def details(cause: object) -> str:
    """What a bug report needs."""
    trace = "".join(traceback.format_exception(cause)) if isinstance(cause, BaseException) else ""
    return f"SSL Studio {__version__}\n{trace or cause or tr('Nothing went wrong so far.')}"


def ask_text(parent: QWidget, title: str, question: str, value: str = "") -> str | None:
    """A line of text, or None."""
    entered, accepted = QInputDialog.getText(parent, title, question, text=value)
    entered = entered.strip()
    return entered if accepted and entered else None


def ask_close_during_jobs(
    parent: QWidget, titles: Sequence[str], on_stop: Callable[[], object]
) -> None:
    """Offer to stop the jobs and leave; does not wait for the answer."""
    box = QMessageBox(
        QMessageBox.Icon.Question, tr("SSL Studio"), tr("Work is still going on."), parent=parent
    )
    box.setInformativeText(
        "\n".join(f"• {title}" for title in titles)
        + "\n\n"
        + tr("Stopping keeps what is done: a training saves its state and can go on later.")
    )
    stop = box.addButton(tr("Stop, save and close"), QMessageBox.ButtonRole.AcceptRole)
    keep = box.addButton(tr("Keep working"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    stop.clicked.connect(lambda: on_stop())
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def ask_delete(parent: QWidget, what: str, why: str) -> bool:
    """Whether something that cannot be brought back shall go."""
    box = QMessageBox(QMessageBox.Icon.Question, tr("SSL Studio"), what, parent=parent)
    box.setInformativeText(why)
    delete = box.addButton(tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
    # Enter must not delete what cannot be brought back.
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is delete
