"""The first page: a new project from a folder, or one of the last."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ssl_studio import __version__
from ssl_studio.gui import assets, text, theme
from ssl_studio.gui.preferences import Preferences, RecentProject
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.painting import cover_source

COLUMN_PX = 720
COVER_PX = QSize(112, 64)


class RecentRow(QFrame):
    """One recent project: picture, name, place, size. Click or Enter opens it."""

    chosen = Signal(str)
    forgotten = Signal(str)

    def __init__(self, project: RecentProject, cover: bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.setProperty("role", "panel")
        path = Path(project.path)
        self._is_there = path.exists()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Open {name}").format(name=path.stem))
        about = tr("{images} · {runs} · opened {when}").format(
            images=text.counted(project.images, tr("image"), tr("images")),
            runs=text.counted(project.runs, tr("run"), tr("runs")),
            when=text.ago(project.opened_at),
        )
        where = (
            str(path.parent)
            if self._is_there
            else tr("Not found in {folder}").format(folder=path.parent)
        )
        words = parts.column(
            parts.label(path.stem, "heading"),
            parts.label(where, "small" if self._is_there else "warning"),
            parts.label(about, "small"),
            gap_px=2,
        )
        forget = parts.tool_button("close", tr("Take off the list"), self._on_forget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.WIDE, theme.GAP)
        parts.fill(layout, self._picture(cover), theme.GAP, words, None, forget)

    @staticmethod
    def _picture(cover: bytes) -> QWidget:
        shown = parts.label()
        shown.setFixedSize(COVER_PX)
        shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        pixmap = QPixmap()
        if cover and pixmap.loadFromData(cover):
            part = pixmap.copy(cover_source(pixmap.size(), COVER_PX))
            shown.setPixmap(part.scaled(COVER_PX, mode=Qt.TransformationMode.SmoothTransformation))
        else:
            shown.setPixmap(assets.icon_pixmap("images", theme.css("faint"), 32, 2.0))
        return shown

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.pos()):
            self.chosen.emit(self.project.path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter or space opens, Delete takes it off the list."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.project.path)
        elif event.key() == Qt.Key.Key_Delete:
            self._on_forget()
        else:
            super().keyPressEvent(event)

    def _on_forget(self) -> None:
        self.forgotten.emit(self.project.path)


class WelcomePage(QWidget):
    """Shown while no project is open."""

    new_wanted = Signal()
    open_wanted = Signal()
    project_chosen = Signal(str)

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setAccessibleName(tr("Welcome"))
        self.recent = QVBoxLayout()
        self.recent.setSpacing(theme.GAP)
        self.recent_title = parts.label(tr("RECENT PROJECTS"), "section")
        self.busy = parts.label("", "muted")
        logo = parts.label()
        logo.setPixmap(assets.app_icon().pixmap(QSize(64, 64), 2.0))
        head = parts.row(
            logo,
            parts.column(
                parts.label("SSL Studio", "title"),
                parts.label(
                    tr("Let a network find out what is in a folder of unlabelled images."), "muted"
                ),
                gap_px=2,
            ),
            None,
            gap_px=theme.WIDE,
        )
        self.new_button = parts.button(
            tr("New project from folder …"),
            "folder-plus",
            role="primary",
            on_click=self.new_wanted.emit,
        )
        self.open_button = parts.button(
            tr("Open project …"), "project", on_click=self.open_wanted.emit
        )
        steps = parts.row(*self._steps(), gap_px=theme.WIDE)
        column = parts.column(
            3 * theme.WIDE,
            head,
            theme.WIDE,
            parts.row(self.new_button, self.open_button, theme.GAP, self.busy, None),
            theme.WIDE,
            steps,
            2 * theme.WIDE,
            self.recent_title,
            self.recent,
            None,
            parts.label(tr("Version {version}").format(version=__version__), "small"),
        )
        holder = parts.plain(column)
        holder.setFixedWidth(COLUMN_PX)
        middle = parts.plain(parts.row(None, holder, None), (0, 0, 0, theme.WIDE))
        self.setLayout(parts.column(parts.scrolled(middle)))
        self.refresh()

    @staticmethod
    def _steps() -> list[QWidget]:
        steps = (
            ("1", tr("Choose a folder"), tr("Its images are read once; nothing in it is changed.")),
            ("2", tr("Train a method"), tr("Settings that suit your images are proposed.")),
            (
                "3",
                tr("Look at what it found"),
                tr("Clusters, neighbours, a map. Name what you see."),
            ),
        )
        return [
            parts.frame(
                "panel",
                parts.column(
                    parts.row(parts.chip(number, "accent"), parts.label(title), None),
                    parts.label(words, "small", wrap=True),
                    gap_px=6,
                ),
                12,
            )
            for number, title, words in steps
        ]

    def refresh(self) -> None:
        """Show the list as it is stored."""
        parts.clear(self.recent)
        projects = self._preferences.recent()
        self.recent_title.setVisible(bool(projects))
        for project in projects:
            entry = RecentRow(project, self._preferences.cover(project.path))
            entry.chosen.connect(self.project_chosen)
            entry.forgotten.connect(self._on_forgotten)
            self.recent.addWidget(entry)

    def show_opening(self, path: str) -> None:
        """Say that a project is being opened; empty: that none is."""
        self.busy.setText(tr("Opening {name} …").format(name=Path(path).stem) if path else "")
        for control in (self.new_button, self.open_button):
            control.setEnabled(not path)

    def _on_forgotten(self, path: str) -> None:
        self._preferences.forget(path)
        self.refresh()
