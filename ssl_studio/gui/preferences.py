"""What the window remembers between sessions, through QSettings."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings

from ssl_studio.gui.theme import ThemeChoice

RECENT_LIMIT = 12


@dataclass(frozen=True, slots=True)
class RecentProject:
    """A line of the welcome page."""

    path: str
    opened_at: str
    images: int = 0
    runs: int = 0


class Preferences(QObject):
    """Typed access to the stored settings."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "SSL Studio", "SSL Studio", self
        )

    def use_file(self, path: str) -> None:
        """Keep everything in another file from now on."""
        self._settings = QSettings(path, QSettings.Format.IniFormat, self)

    @property
    def theme(self) -> ThemeChoice:
        """Light, dark, or as the desktop is."""
        stored = str(self._settings.value("theme", ThemeChoice.SYSTEM.value))
        return ThemeChoice(stored) if stored in set(ThemeChoice) else ThemeChoice.SYSTEM

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._settings.setValue("theme", choice.value)

    def recent(self) -> list[RecentProject]:
        """Projects, the last opened first. Vanished files stay listed: a drive may come back."""
        try:
            rows = json.loads(str(self._settings.value("recent", "[]")))
            return [RecentProject(**row) for row in rows]
        except (ValueError, TypeError):
            return []

    def remember(self, project: RecentProject) -> None:
        """Put a project at the top of the list."""
        others = [entry for entry in self.recent() if entry.path != project.path]
        self._store([project, *others][:RECENT_LIMIT])

    def forget(self, path: str) -> None:
        """Take a project off the list; its file stays."""
        self._store([entry for entry in self.recent() if entry.path != path])
        self._settings.remove(self._cover_key(path))
        self._settings.remove(f"sessions/{path.encode().hex()}")

    def cover(self, path: str) -> bytes:
        """A small picture of a project as PNG, empty where none was kept."""
        value = self._settings.value(self._cover_key(path), QByteArray())
        return bytes(value.data()) if isinstance(value, QByteArray) else b""

    def set_cover(self, path: str, png: bytes) -> None:
        """Keep a small picture of a project for the welcome page."""
        self._settings.setValue(self._cover_key(path), QByteArray(png))

    @property
    def last_folder(self) -> str:
        """Where the last file dialog was."""
        return str(self._settings.value("last_folder", str(Path.home())))

    @last_folder.setter
    def last_folder(self, folder: str) -> None:
        self._settings.setValue("last_folder", folder)

    def number(self, key: str, default: int) -> int:
        """A stored whole number, such as the size of tiles."""
        try:
            return int(str(self._settings.value(key, default)))
        except ValueError:
            return default

    def set_number(self, key: str, value: int) -> None:
        """Keep a whole number."""
        self._settings.setValue(key, value)

    def flag(self, key: str, *, default: bool) -> bool:
        """A stored yes or no."""
        return str(self._settings.value(key, default)).lower() in ("true", "1")

    def set_flag(self, key: str, value: bool) -> None:
        """Keep a yes or no."""
        self._settings.setValue(key, value)

    def strings(self, key: str) -> list[str]:
        """A stored list of words."""
        try:
            found = json.loads(str(self._settings.value(key, "[]")))
        except ValueError:
            return []
        return [str(word) for word in found] if isinstance(found, list) else []

    def set_strings(self, key: str, words: list[str]) -> None:
        """Keep a list of words."""
        self._settings.setValue(key, json.dumps(words))

    def session(self, path: str) -> str:
        """Where the user was in a project, as JSON; empty where nothing was kept."""
        return str(self._settings.value(f"sessions/{path.encode().hex()}", ""))

    def set_session(self, path: str, stored: str) -> None:
        """Keep where the user was in a project."""
        self._settings.setValue(f"sessions/{path.encode().hex()}", stored)

    def blob(self, key: str) -> QByteArray:
        """Stored bytes, such as the window's geometry."""
        value = self._settings.value(key, QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_blob(self, key: str, value: QByteArray) -> None:
        """Keep bytes."""
        self._settings.setValue(key, value)

    def _store(self, projects: list[RecentProject]) -> None:
        self._settings.setValue("recent", json.dumps([asdict(entry) for entry in projects]))

    @staticmethod
    def _cover_key(path: str) -> str:
        return f"covers/{path.encode().hex()}"
