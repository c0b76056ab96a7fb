"""Undo: every command is two calls to `project/edits.py`, made in the editing thread.

The project keeps the edits and their inverses; the stack only knows their order and their words.
"""

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project

Edit = Callable[[Project], Changes]


def undo_edit(project: Project) -> Changes:
    """Take back the newest edit."""
    return project.edits.undo()


def redo_edit(project: Project) -> Changes:
    """Do the edit again that was taken back last."""
    return project.edits.redo()


class EditCommand(QUndoCommand):
    """A user's edit. The first `redo` is the edit itself, unless the project has it already."""

    def __init__(self, text: str, edit: Edit | None, submit: Callable[[Edit], None]) -> None:
        super().__init__(text)
        self._edit = edit
        self._submit = submit
        self._is_new = True

    def redo(self) -> None:
        """Do it, or do it again."""
        if not self._is_new:
            self._submit(redo_edit)
        elif self._edit is not None:
            self._submit(self._edit)
        self._is_new = False

    def undo(self) -> None:
        """Take it back."""
        self._submit(undo_edit)

    def submit_to(self, submit: Callable[[Edit], None]) -> None:
        """From now on really edit: until then the command only stood for a stored edit."""
        self._submit = submit
