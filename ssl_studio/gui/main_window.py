"""The window: places rail, pages, menus, docks and status bar; decides nothing."""

from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QMainWindow, QSplitter, QStackedWidget, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import assets, dialogs, session, theme
from ssl_studio.gui.action_set import Actions
from ssl_studio.gui.actions import Command
from ssl_studio.gui.activity import ActivityDock
from ssl_studio.gui.availability import why_not, why_off
from ssl_studio.gui.commander import Commander
from ssl_studio.gui.cover import COVER_IMAGES, cover_png
from ssl_studio.gui.drops import Drop, Intent, local_paths, read_drop
from ssl_studio.gui.image_tools import do_anywhere, equip
from ssl_studio.gui.leaving import Leaving
from ssl_studio.gui.notices import Notices
from ssl_studio.gui.pages import entries
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.welcome import WelcomePage
from ssl_studio.gui.palette import Palette
from ssl_studio.gui.rail import Rail
from ssl_studio.gui.shelf import Shelf
from ssl_studio.gui.status import StatusBar
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.large_view import LargeView
from ssl_studio.gui.widgets.veil import Veil
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import RunRecord

MESSAGE_MS = 6000
SIZE_PX = (1280, 800)
MIN_SIZE_PX = (1024, 640)
STATE_VERSION = 1
"""Counts changes of docks and toolbars after which a stored arrangement means nothing."""


class MainWindow(QMainWindow):
    """All pages of one `Studio`. Closing it closes the project."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.setWindowIcon(assets.app_icon())
        self.setAcceptDrops(True)
        self.resize(*SIZE_PX)
        self.setMinimumSize(*MIN_SIZE_PX)
        self.welcome = WelcomePage(studio.preferences)
        self.pages = Shelf(studio, self._place_page, self)
        self._titles = {entry.key: entry.title for entry in entries()}
        self.stack = QStackedWidget()
        self.rail = Rail(entries())
        self.activity = ActivityDock(studio, self.pages, self)
        self.status = StatusBar(studio)
        self.veil = Veil(self)
        self.leaving = Leaving(studio, self, self.veil)
        self.notices = Notices(studio, self)
        self.commander = Commander(studio, self, self, self.leaving)
        self.actions_table = Actions(self, self.commander.slots(), self._why_not, self._why_off)
        self.palette_of_commands = Palette(self.actions_table, studio.preferences, self)
        self._may_close = False
        self._build()
        self._connect()
        self._restore()
        if studio.is_open:
            self._show_open()
        else:
            self._show_closed()

    # -- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        self.stack.addWidget(self.welcome)
        centre = QWidget()
        centre.setLayout(parts.row(self.rail, self.stack, gap_px=0))
        self.setCentralWidget(centre)
        self.large_view = LargeView(self.studio, centre)
        self.toolbar = self.actions_table.toolbar()
        self.addToolBar(self.toolbar)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.activity)
        self.activity.hide()
        self.setStatusBar(self.status)
        self.actions_table.fill(self.menuBar())

    def _connect(self) -> None:
        studio = self.studio
        studio.opening.connect(self.welcome.show_opening)
        studio.project_opened.connect(self._show_open)
        studio.project_closing.connect(self._keep_session)
        studio.project_closed.connect(self._show_closed)
        studio.page_requested.connect(self.show_page)
        studio.message.connect(self._show_message)
        studio.failed.connect(self._show_error)
        studio.undo_stack.indexChanged.connect(self._show_undo)
        for signal in (studio.selection_changed, studio.filter_changed):
            signal.connect(self.actions_table.refresh)
        for signal in (studio.job_added, studio.job_ended):
            signal.connect(lambda _running: self.actions_table.refresh())
        self.rail.chosen.connect(self.show_page)
        self.status.activity_wanted.connect(self.toggle_activity)
        self.activity.visibilityChanged.connect(self._show_checks)
        self.toolbar.visibilityChanged.connect(self._show_checks)
        self.notices.clicked.connect(self.activity.show_result)
        self.welcome.new_wanted.connect(self.commander.new_project)
        self.welcome.open_wanted.connect(self.commander.open_project)
        self.welcome.demo_wanted.connect(self.commander.open_demo)
        self.welcome.news_wanted.connect(self.commander.show_news)
        self.welcome.project_chosen.connect(lambda path: self.commander.open_path(Path(path)))
        theme.follow_system(self._on_scheme_changed)
        theme.signals().theme_changed.connect(self._show_checks)

    def _place_page(self, page: Page) -> None:
        self.stack.addWidget(page)
        equip(self.studio, page)
        for name, splitter in _splitters(page).items():
            stored = self.studio.preferences.blob(name)
            if not stored.isEmpty():
                splitter.restoreState(stored)

    # -- showing -------------------------------------------------------------------------------

    @property
    def page(self) -> Page | None:
        """The page that is shown, None on the welcome page."""
        current = self.stack.currentWidget()
        return current if isinstance(current, Page) else None

    def show_page(self, key: str) -> None:
        """Go to a page."""
        if self.studio.is_open and key in self.pages:
            self.stack.setCurrentWidget(self.pages[key])
            self.pages[key].main_widget().setFocus()
            self.rail.show_chosen(key)
            self.status.chips.set_wanted(not self.pages[key].shows_filter)
            self.actions_table.refresh()

    def show_palette(self) -> None:
        """All commands, to be found by a few letters."""
        self.palette_of_commands.pop_up()

    def toggle_activity(self) -> None:
        """Show or hide the list of jobs."""
        self.activity.setVisible(not self.activity.isVisible())
        self._show_checks()

    def toggle_toolbar(self) -> None:
        """Show or hide the toolbar."""
        self.toolbar.setVisible(not self.toolbar.isVisible())
        self._show_checks()

    def _show_open(self) -> None:
        studio = self.studio
        assert studio.path is not None
        stored = session.stored(studio.preferences, str(studio.path))
        self.rail.show()
        self.status.read_only_note.setVisible(studio.read_only)
        self.welcome.show_opening("")
        self.setWindowTitle(tr("{name} – SSL Studio").format(name=studio.path.stem))
        self._show_undo()
        studio.reader.ask(
            "session",
            lambda project: session.still_there(project, stored),
            lambda found: session.take_up(studio, found),
        )
        self.show_page(stored.page if stored.page in self.pages else "images")
        studio.thumbnails.settled.connect(self._keep_cover)
        studio.reader.ask("unfinished", _unfinished, self._offer_to_resume)

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
        had_one = bool(studio.preferences.cover(str(studio.path)))
        if pictures and (len(pictures) == COVER_IMAGES or not had_one):
            studio.thumbnails.settled.disconnect(self._keep_cover)
            studio.preferences.set_cover(str(studio.path), cover_png(pictures))

    def _offer_to_resume(self, runs: list[RunRecord]) -> None:
        if runs and not self.studio.read_only:
            dialogs.ask_resume(self, [run.name for run in runs], lambda: self._resume(runs))

    def _resume(self, runs: list[RunRecord]) -> None:
        self.show_page("train")
        for run in runs:
            self.studio.run(TrainJob(run.id, run.name), "train")

    def _show_closed(self) -> None:
        self.rail.hide()
        self.status.read_only_note.hide()
        self.setWindowTitle("SSL Studio")
        self.welcome.show_opening("")
        self.welcome.refresh()
        self.stack.setCurrentWidget(self.welcome)
        self.welcome.new_button.setFocus()
        self.actions_table.refresh()

    def _show_message(self, words: str) -> None:
        self.status.showMessage(words, MESSAGE_MS)

    def _on_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        self.commander.set_theme(self.studio.preferences.theme)

    def _show_undo(self) -> None:
        stack = self.studio.undo_stack
        for name, plain, can, words in (
            ("undo", tr("Undo"), stack.canUndo(), stack.undoText()),
            ("redo", tr("Redo"), stack.canRedo(), stack.redoText()),
        ):
            self.actions_table.set_words(name, f"{plain}: {words}" if can and words else plain)
        self.actions_table.refresh()

    def _show_checks(self) -> None:
        """Tick what is on in the menus."""
        preferences, table = self.studio.preferences, self.actions_table.by_id
        for choice in theme.ThemeChoice:
            table[f"theme_{choice.value}"].setChecked(preferences.theme is choice)
        table["toggle_activity"].setChecked(self.activity.isVisibleTo(self))
        table["toggle_toolbar"].setChecked(self.toolbar.isVisibleTo(self))
        table["toggle_notices"].setChecked(preferences.flag("notices", default=True))
        table["full_screen"].setChecked(self.isFullScreen())

    def _show_error(self, error: StudioError) -> None:
        dialogs.show_error(self, error, self.studio.last_problem)

    # -- hearing -------------------------------------------------------------------------------

    def do_on_page(self, command_id: str) -> bool:
        """Hand a command to the page that is shown; False where it means nothing there."""
        on_page = self.page is not None and self.page.do(command_id)
        return on_page or do_anywhere(self.studio, command_id)

    def _why_not(self, command: Command) -> str:
        return why_not(command, self.studio, self.page, self._titles)

    def _why_off(self, command: Command) -> str:
        return why_off(command, self.studio, self.page, self._titles)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the other pages once the window is seen."""
        super().showEvent(event)
        self.pages.fill()

    def changeEvent(self, event: QEvent) -> None:
        """Full screen may be left by other means than ours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._show_checks()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what dropping would do."""
        drop = read_drop(local_paths(event.mimeData()), is_open=self.studio.is_open)
        if drop is not None and not self.leaving.is_under_way:
            event.acceptProposedAction()
            self.veil.tell("drop", drop.words())

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Nothing is dropped after all."""
        self.veil.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Do what was said."""
        self.veil.hide()
        drop = read_drop(local_paths(event.mimeData()), is_open=self.studio.is_open)
        if drop is not None:
            event.acceptProposedAction()
            self.take(drop)

    def take(self, drop: Drop) -> None:
        """Open, create, add or look for what was dropped."""
        if drop.intent is Intent.OPEN:
            self.commander.open_path(drop.paths[0])
        elif drop.intent is Intent.CREATE:
            self.commander.make_project(dialogs.unused_path(drop.paths[0]), drop.paths)
        elif drop.intent is Intent.ADD:
            for folder in drop.paths:
                self.commander.add_dropped(folder)
        elif self.page is not None and self.page.take_files(drop.paths):
            return
        elif self.pages["neighbours"].take_files(drop.paths):
            self.show_page("neighbours")

    # -- coming back, closing ------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask if something is going on; then stop it, wait, and leave nothing behind."""
        active = self.studio.jobs.active if self.studio.is_open else []
        if active and not self._may_close:
            event.ignore()
            self.leaving.leave(self.close_now)
            return
        self._keep()
        self.pages.close()
        for sheet in self.findChildren(QDialog):
            sheet.close()
        self.notices.close()
        self.studio.shut_down()
        event.accept()

    def close_now(self) -> None:
        """Close without asking; what is going on is stopped, and saves its state."""
        self._may_close = True
        self.close()

    def _keep_session(self) -> None:
        if self.page is not None:
            session.save(self.studio, self.page.key)

    def _keep(self) -> None:
        preferences = self.studio.preferences
        preferences.set_blob("geometry", self.saveGeometry())
        preferences.set_blob("arrangement", self.saveState(STATE_VERSION))
        for page in self.pages.made:
            for name, splitter in _splitters(page).items():
                preferences.set_blob(name, splitter.saveState())

    def _restore(self) -> None:
        preferences = self.studio.preferences
        geometry = preferences.blob("geometry")
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
            self.restoreState(preferences.blob("arrangement"), STATE_VERSION)
        self._show_checks()


def _splitters(page: Page) -> dict[str, QSplitter]:
    """The splitters of a page by a name that stays the same."""
    return {
        f"splitters/{page.key}-{number}-{splitter.count()}": splitter
        for number, splitter in enumerate(page.findChildren(QSplitter))
    }


def _unfinished(project: Project) -> list[RunRecord]:
    return project.runs.unfinished()
