"""A text of the user's own that is stored by itself."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

CALM_MS = 800


class NotesEdit(QPlainTextEdit):
    """Emits `written(key, text)` some time after the last key, and when the focus goes.

    What is typed is never overwritten by what comes from the project.
    """

    written = Signal(int, str)

    def __init__(self, name: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self._key: int | None = None
        self._stored = ""
        self._soon = QTimer(self, singleShot=True, interval=CALM_MS)
        self._soon.timeout.connect(self.store)
        self.textChanged.connect(self._on_text_changed)

    def show_notes(self, key: int | None, stored: str) -> None:
        """Show the text that belongs to a key, after storing that of the last one."""
        if key != self._key:
            self.store()
        elif self.toPlainText() != self._stored or stored == self._stored:
            return
        self._key, self._stored = key, stored
        self.blockSignals(True)
        self.setPlainText(stored)
        self.blockSignals(False)

    def store(self) -> None:
        """Say what was typed, if it was not said yet."""
        self._soon.stop()
        text = self.toPlainText()
        if self._key is not None and text != self._stored:
            self._stored = text
            self.written.emit(self._key, text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Store when the user goes elsewhere."""
        super().focusOutEvent(event)
        self.store()

    def _on_text_changed(self) -> None:
        if self._key is not None:
            self._soon.start()
