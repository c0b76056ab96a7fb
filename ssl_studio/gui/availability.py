"""Why a command makes no sense now, in words; the palette, menus and tips show it."""

from collections.abc import Callable, Sequence

from ssl_studio.gui.actions import Command
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr


def why_not(command: Command, studio: Studio, page: Page | None, titles: dict[str, str]) -> str:
    """Why a command makes no sense now; empty where it does. `titles` names the pages by key."""
    said = why_off(command, studio, page, titles)
    return said or (page.why_not(command.id) if page is not None else "")


def why_off(command: Command, studio: Studio, page: Page | None, titles: dict[str, str]) -> str:
    """The same without what hangs on the details of a page, which change without being told."""
    if command.needs_project and not studio.is_open:
        return tr("Open a project first.")
    if command.writes and studio.read_only and studio.is_open:
        return tr("This project is open for reading only.")
    if command.pages and (page is None or page.key not in command.pages):
        return _only_on([titles[key] for key in command.pages if key in titles])
    reason = _REASONS.get(command.id)
    return reason(studio) if reason is not None else ""


def _only_on(titles: Sequence[str]) -> str:
    if len(titles) == 1:
        return tr("Only on the page {page}.").format(page=titles[0])
    return tr("Only on the pages {pages}.").format(pages=", ".join(titles))


def _no_undo(studio: Studio) -> str:
    return "" if studio.undo_stack.canUndo() else tr("Nothing to undo.")


def _no_redo(studio: Studio) -> str:
    return "" if studio.undo_stack.canRedo() else tr("Nothing to redo.")


def _no_training(studio: Studio) -> str:
    return "" if studio.job_of("TrainJob") is not None else tr("No training is running.")


def _no_selection(studio: Studio) -> str:
    return "" if len(studio.selection) else tr("Choose images first.")


def _no_filter(studio: Studio) -> str:
    return "" if not studio.filter.is_empty else tr("All images are shown.")


_REASONS: dict[str, Callable[[Studio], str]] = {
    "undo": _no_undo,
    "redo": _no_redo,
    "pause_job": _no_training,
    "stop_job": _no_training,
    "copy_paths": _no_selection,
    "show_in_folder": _no_selection,
    "clear_filter": _no_filter,
}
