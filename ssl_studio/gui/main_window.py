"""The window: places rail, pages, menus and status bar; decides nothing."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.errors import StudioError
from ssl_studio.gui import assets, dialogs, text, theme
from ssl_studio.gui.actions import Actions
from ssl_studio.gui.activity import JobStatus
from ssl_studio.gui.commander import Commander
from ssl_studio.gui.cover import COVER_IMAGES, cover_png
from ssl_studio.gui.pages import pages
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.welcome import WelcomePage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import RunRecord

MESSAGE_MS = 6000
MIN_SIZE_PX = (1024, 640)
RAIL_ICON_PX = 22
RAIL_WIDTH_PX = 104


class MainWindow(QMainWindow):
    """All pages of one `Studio`. Closing it closes the project."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.setWindowIcon(assets.app_icon())
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.setMinimumSize(*MIN_SIZE_PX)
        self.welcome = WelcomePage(studio.preferences)
        self.pages: dict[str, Page] = {cls.key: cls(studio) for cls in pages()}
        self.commander = Commander(studio, self, self._do_on_page)
        self.actions_table = Actions(self, self.commander.slots())
        self.stack = QStackedWidget()
        self._rail_buttons = QButtonGroup(self)
        self.rail = self._new_rail()
        self._build()
        self._build_status_bar()
        self.actions_table.fill(self.menuBar())
        for action in self.actions_table.by_id.values():
            self.addAction(action)
        self._connect()
        self._restore()
        if studio.is_open:
            self._show_open()
        else:
            self._show_closed()

    # -- building ------------------------------------------------------------------------------

    def _new_rail(self) -> QFrame:
        rail = QFrame(objectName="rail")
        rail.setFixedWidth(RAIL_WIDTH_PX)
        layout = QVBoxLayout(rail)
        layout.setContentsMargins(0, theme.GAP, 0, theme.GAP)
        layout.setSpacing(0)
        for number, (key, page) in enumerate(self.pages.items()):
            entry = QToolButton(text=page.title(), checkable=True)
            entry.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            entry.setIconSize(QSize(RAIL_ICON_PX, RAIL_ICON_PX))
            entry.setToolTip(f"{page.title()}  (Alt+{number + 1})")
            entry.setAccessibleName(page.title())
            theme.set_icon(entry, page.icon)
            entry.clicked.connect(lambda _on=False, key=key: self.show_page(key))
            QShortcut(QKeySequence(f"Alt+{number + 1}"), self, lambda key=key: self.show_page(key))
            self._rail_buttons.addButton(entry, number)
            layout.addWidget(entry)
        layout.addStretch(1)
        return rail

    def _build(self) -> None:
        self.stack.addWidget(self.welcome)
        for page in self.pages.values():
            self.stack.addWidget(page)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(parts.row(self.rail, self.stack, gap_px=0))
        self.setCentralWidget(centre)

    def _build_status_bar(self) -> None:
        self.counts = QLabel()
        self.jobs = JobStatus(self.studio)
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        self.read_only_note = parts.chip(tr("read only"), "warning")
        bar.addPermanentWidget(self.read_only_note)
        bar.addPermanentWidget(self.counts)
        bar.addPermanentWidget(self.jobs.bar)
        bar.addPermanentWidget(self.jobs)

    def _connect(self) -> None:
        studio = self.studio
        studio.opening.connect(self.welcome.show_opening)
        studio.project_opened.connect(self._show_open)
        studio.project_closed.connect(self._show_closed)
        studio.counts_changed.connect(self._show_counts)
        studio.selection_changed.connect(self._show_counts)
        studio.page_requested.connect(self.show_page)
        studio.message.connect(self._show_message)
        studio.failed.connect(self._show_error)
        studio.undo_stack.indexChanged.connect(self._show_undo)
        self.welcome.new_wanted.connect(self.commander.new_project)
        self.welcome.open_wanted.connect(self.commander.open_project)
        self.welcome.project_chosen.connect(lambda path: self.commander.open_path(Path(path)))
        theme.follow_system(self._on_scheme_changed)
        theme.signals().theme_changed.connect(self._show_theme)
        self._show_theme()

    # -- showing -------------------------------------------------------------------------------

    @property
    def page(self) -> Page | None:
        """The page that is shown, None on the welcome page."""
        current = self.stack.currentWidget()
        return current if isinstance(current, Page) else None

    def show_page(self, key: str) -> None:
        """Go to a page."""
        if self.studio.is_open:
            self.stack.setCurrentWidget(self.pages[key])
            self.pages[key].main_widget().setFocus()
            self._rail_buttons.button(list(self.pages).index(key)).setChecked(True)

    def _show_open(self) -> None:
        assert self.studio.path is not None
        self.rail.show()
        self.read_only_note.setVisible(self.studio.read_only)
        self.welcome.show_opening("")
        self.setWindowTitle(tr("{name} – SSL Studio").format(name=self.studio.path.stem))
        self.actions_table.enable_for_project(True)
        self._show_undo()
        self.show_page("images")
        self.studio.thumbnails.settled.connect(self._keep_cover)
        self.studio.reader.ask("unfinished", _unfinished, self._offer_to_resume)

    def _keep_cover(self) -> None:
        """The first pictures of the project are its face on the welcome page."""
        studio = self.studio
        if not studio.is_open or studio.path is None:
            return
        ids = self.pages["images"].shown_ids()
        step = max(1, len(ids) // COVER_IMAGES)
        found = [studio.thumbnails.kept(int(image_id)) for image_id in ids[::step][:COVER_IMAGES]]
        pictures = [picture for picture in found if picture is not None]
        if len(pictures) < COVER_IMAGES:
            found = [studio.thumbnails.kept(int(image_id)) for image_id in ids[:COVER_IMAGES]]
            pictures = [picture for picture in found if picture is not None]
        if pictures:
            studio.thumbnails.settled.disconnect(self._keep_cover)
            studio.preferences.set_cover(str(studio.path), cover_png(pictures))

    def _offer_to_resume(self, runs: list[RunRecord]) -> None:
        if runs and not self.studio.read_only:
            dialogs.ask_resume(self, [run.name for run in runs], lambda: self._resume(runs))

    def _resume(self, runs: list[RunRecord]) -> None:
        self.show_page("train")
        for run in runs:
            self.studio.run(TrainJob(run.id), "train")

    def _show_closed(self) -> None:
        self.rail.hide()
        self.read_only_note.hide()
        self.setWindowTitle("SSL Studio")
        self.welcome.show_opening("")
        self.welcome.refresh()
        self.stack.setCurrentWidget(self.welcome)
        self.actions_table.enable_for_project(False)
        self.counts.setText("")

    def _show_counts(self) -> None:
        counts, said = self.studio.counts, []
        if len(self.studio.selection):
            said.append(tr("{n} chosen").format(n=text.count(len(self.studio.selection))))
        if self.studio.is_open:
            said.append(text.counted(counts.images, tr("image"), tr("images")))
        if counts.bad:
            said.append(tr("{n} unreadable").format(n=text.count(counts.bad)))
        if counts.missing:
            said.append(tr("{n} missing").format(n=text.count(counts.missing)))
        self.counts.setText("  ·  ".join(said))

    def _show_message(self, words: str) -> None:
        self.statusBar().showMessage(words, MESSAGE_MS)

    def _on_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        self.commander.set_theme(self.studio.preferences.theme)

    def _show_undo(self) -> None:
        stack, table = self.studio.undo_stack, self.actions_table.by_id
        for name, plain, can, words in (
            ("undo", tr("Undo"), stack.canUndo(), stack.undoText()),
            ("redo", tr("Redo"), stack.canRedo(), stack.redoText()),
        ):
            table[name].setEnabled(can and self.studio.is_open)
            table[name].setText(f"{plain}: {words}" if can and words else plain)

    def _show_theme(self) -> None:
        for choice in theme.ThemeChoice:
            action = self.actions_table.by_id[f"theme_{choice.value}"]
            action.setChecked(self.studio.preferences.theme is choice)

    def _show_error(self, error: StudioError) -> None:
        dialogs.show_error(self, error, self.studio.last_problem)

    # -- hearing -------------------------------------------------------------------------------

    def _do_on_page(self, command_id: str) -> bool:
        return self.page is not None and self.page.do(command_id)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Folders and projects may be dropped."""
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A project is opened; a folder becomes a project, or joins the open one."""
        path = _dropped(event)
        if path is None:
            return
        event.acceptProposedAction()
        if path.is_file():
            self.commander.open_path(path)
        elif self.studio.is_open:
            self.commander.add_dropped(path)
        else:
            self.commander.make_project(dialogs.unused_path(path), path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask if something is going on; then stop it, wait, and leave nothing behind."""
        if not self.commander.may_leave():
            event.ignore()
            return
        self.setCursor(Qt.CursorShape.WaitCursor)
        self.studio.preferences.set_blob("geometry", self.saveGeometry())
        self.studio.shut_down()
        event.accept()

    def _restore(self) -> None:
        geometry = self.studio.preferences.blob("geometry")
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)


def _unfinished(project: Project) -> list[RunRecord]:
    return project.runs.unfinished()


def _dropped(event: QDropEvent) -> Path | None:
    for url in event.mimeData().urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and (path.is_dir() or path.suffix == dialogs.SUFFIX):
            return path
    return None
