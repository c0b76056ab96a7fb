"""The first page: a new project from a folder, or one of the last."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ssl_studio import __version__
from ssl_studio.gui import assets, news, text, theme
from ssl_studio.gui.decoding import decoded
from ssl_studio.gui.preferences import Preferences, RecentProject
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.painting import cover_source

COLUMN_PX = 1040
NEWS_PX = 320
COVER_PX = QSize(144, 96)
NEWS_SHOWN = 7


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
            None,
            parts.label(path.stem, "heading"),
            parts.label(where, "small" if self._is_there else "warning"),
            parts.label(about, "small"),
            None,
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
        if not (pixmap := QPixmap.fromImage(decoded(cover))).isNull():
            part = pixmap.copy(cover_source(pixmap.size(), COVER_PX))
            sharp = part.scaled(COVER_PX * 2, mode=Qt.TransformationMode.SmoothTransformation)
            sharp.setDevicePixelRatio(2.0)
            shown.setPixmap(sharp)
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
    demo_wanted = Signal()
    news_wanted = Signal()
    project_chosen = Signal(str)

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setAccessibleName(tr("Welcome"))
        self.recent = QVBoxLayout()
        self.recent.setSpacing(theme.GAP)
        self.recent_title = parts.label(tr("RECENT PROJECTS"), "section")
        self.steps = parts.plain(parts.column(*self._steps(), gap_px=theme.GAP))
        self.busy = parts.label("", "muted")
        self._make_buttons()
        below = parts.row(
            parts.column(self.recent_title, self.recent, self.steps, None),
            parts.column(self._news(), None),
            gap_px=2 * theme.WIDE,
        )
        below.setStretch(0, 1)
        column = parts.column(
            2 * theme.WIDE,
            self._head(),
            theme.WIDE,
            parts.row(
                self.new_button, self.open_button, self.demo_button, theme.GAP, self.busy, None
            ),
            self._hint(),
            2 * theme.WIDE,
            below,
            None,
        )
        holder = parts.plain(column)
        holder.setMaximumWidth(COLUMN_PX)
        holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        middle = parts.plain(parts.row(holder), (2 * theme.WIDE, 0, 2 * theme.WIDE, theme.WIDE))
        area = parts.scrolled(middle)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setLayout(parts.column(area))
        self.refresh()

    def _make_buttons(self) -> None:
        self.new_button = parts.button(
            tr("New project from folder …"),
            "folder-plus",
            role="primary",
            on_click=self.new_wanted.emit,
        )
        self.open_button = parts.button(
            tr("Open project …"), "project", on_click=self.open_wanted.emit
        )
        self.demo_button = parts.button(
            tr("Demo project"), "sparkles", on_click=self.demo_wanted.emit
        )
        self.demo_button.setToolTip(
            tr("Draws some pictures, trains on them for a minute or two, and shows what it found.")
        )

    @staticmethod
    def _head() -> QHBoxLayout:
        logo = parts.label()
        logo.setPixmap(assets.app_icon().pixmap(QSize(64, 64), 2.0))
        words = tr("Let a network find out what is in a folder of unlabelled images.")
        titles = parts.column(
            parts.label("SSL Studio", "title"), parts.label(words, "muted"), gap_px=2
        )
        return parts.row(logo, titles, None, gap_px=theme.WIDE)

    @staticmethod
    def _hint() -> QWidget:
        icon = parts.label()
        icon.setPixmap(assets.icon_pixmap("drop", theme.css("muted"), 16, 2.0))
        words = tr("Or drop a folder of images, or a project, anywhere on this window.")
        return parts.plain(parts.row(icon, parts.label(words, "muted"), None))

    def _news(self) -> QWidget:
        found = news.releases()
        version = parts.label(tr("Version {version}").format(version=__version__), "small")
        rows: list[QWidget] = [parts.label(tr("WHAT IS NEW"), "section")]
        if found:
            lines = found[0].highlights(NEWS_SHOWN)
            rows += [parts.label(f"•  {line}", "small", wrap=True) for line in lines]
            rows.append(
                parts.button(tr("All changes"), role="link", on_click=self.news_wanted.emit)
            )
        panel = parts.frame("panel", parts.column(*rows, version), 14)
        panel.setFixedWidth(NEWS_PX)
        return panel

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
        self.steps.setVisible(not projects)
        for project in projects:
            entry = RecentRow(project, self._preferences.cover(project.path))
            entry.chosen.connect(self.project_chosen)
            entry.forgotten.connect(self._on_forgotten)
            self.recent.addWidget(entry)

    def show_opening(self, path: str) -> None:
        """Say that a project is being opened; empty: that none is."""
        self.busy.setText(tr("Opening {name} …").format(name=Path(path).stem) if path else "")
        for control in (self.new_button, self.open_button, self.demo_button):
            control.setEnabled(not path)

    def _on_forgotten(self, path: str) -> None:
        self._preferences.forget(path)
        self.refresh()
