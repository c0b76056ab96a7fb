"""Sentences with a level, the newest first; alarms stand out."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.gui import assets, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts

KEPT = 200
LOOKS = {"alarm": ("alarm", "danger"), "warning": ("warning", "warning")}


class LogList(QWidget):
    """What a run had to say. Only the newest `KEPT` sentences are shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, str, str]] = []
        self._theme = theme.name()
        self._lines = QVBoxLayout()
        self._lines.setContentsMargins(0, 0, theme.GAP, 0)
        self._lines.setSpacing(theme.GAP)
        self._lines.setAlignment(Qt.AlignmentFlag.AlignTop)
        holder = QWidget()
        holder.setProperty("role", "plain")
        holder.setLayout(self._lines)
        self.setLayout(parts.column(parts.scrolled(holder)))
        self.setAccessibleName(tr("Log"))
        theme.signals().theme_changed.connect(self._on_theme_changed)

    def set_rows(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Show these sentences: level, text and when, the oldest first."""
        kept = list(rows)[-KEPT:]
        if kept == self.rows and self._theme == theme.name():
            return
        self._theme = theme.name()
        parts.clear(self._lines)
        self.rows = []
        for row in kept:
            self.add_row(*row)

    def _on_theme_changed(self) -> None:
        self.set_rows(self.rows)

    def add_row(self, level: str, words: str, when: str) -> None:
        """Show a new sentence on top."""
        self.rows.append((level, words, when))
        self._lines.insertWidget(0, self._line(level, words, when))
        if len(self.rows) > KEPT:
            self.rows.pop(0)
            item = self._lines.takeAt(self._lines.count() - 1)
            oldest = item.widget() if item is not None else None
            if oldest is not None:
                oldest.deleteLater()

    @staticmethod
    def _line(level: str, words: str, when: str) -> QWidget:
        icon_name, colour = LOOKS.get(level, ("info", "faint"))
        picture = parts.label()
        picture.setPixmap(assets.icon_pixmap(icon_name, theme.css(colour), 16, 2.0))
        role = {"alarm": "danger", "warning": "warning"}.get(level, "")
        said = parts.column(
            parts.label(words, role, wrap=True, selectable=True),
            parts.label(when, "small"),
            gap_px=0,
        )
        row = parts.row()
        row.addWidget(picture, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(said, 1)
        return parts.plain(row)
