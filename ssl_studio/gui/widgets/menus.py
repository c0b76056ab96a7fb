"""Small parts of menus."""

from PySide6.QtWidgets import QMenu


def add_heading(menu: QMenu, words: str) -> None:
    """A line that says what follows; Qt's own sections lose their words to a style sheet."""
    if not menu.isEmpty():
        menu.addSeparator()
    menu.addAction(words).setEnabled(False)
