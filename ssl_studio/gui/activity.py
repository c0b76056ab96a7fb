"""The jobs in the status bar, and the dock with all of them."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDockWidget,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import job_words, text, theme
from ssl_studio.gui.file_manager import open_folder
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.job_row import JobRow
from ssl_studio.gui.work import Work

WIDTH_PX = 340
STATUS_HEIGHT_PX = 26


class ActivityDock(QDockWidget):
    """Every job of this session, the newest first."""

    def __init__(
        self, studio: Studio, pages: Mapping[str, Page], parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Activity"), parent)
        self.setObjectName("activity")
        self.setAccessibleName(tr("Activity"))
        self._studio, self._pages = studio, pages
        self.rows: list[JobRow] = []
        self.nothing = parts.label(
            tr("Scans, trainings and everything else that takes time are listed here."),
            "muted",
            wrap=True,
        )
        self.clear_button = parts.button(
            tr("Clear what is done"), role="link", on_click=self.clear_ended
        )
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.GAP)
        holder = parts.plain(
            parts.column(self.nothing, self._list, self.clear_button, None), (12, 12, 12, 12)
        )
        area = parts.scrolled(holder)
        area.setMinimumWidth(WIDTH_PX)
        self.setWidget(area)
        studio.job_added.connect(self._on_added)
        studio.errands.listed.connect(self._on_listed)
        studio.errands.dropped.connect(self._drop_work)
        studio.errands.changed.connect(self._show_rest)
        studio.project_closed.connect(self._on_closed)
        studio.job_ended.connect(lambda _running: self._show_rest())
        theme.signals().theme_changed.connect(self._on_theme_changed)
        self._show_rest()

    def clear_ended(self) -> None:
        """Take jobs that have ended off the list."""
        for row in [row for row in self.rows if row.running.is_ended]:
            self._drop(row)
        self._show_rest()

    def show_result(self, running: Work) -> None:
        """Go to the page, or open the folder, where the result of a job is."""
        files = job_words.result_files(running.result)
        if files:
            folder = files[0] if files[0].is_dir() else files[0].parent
            open_folder(folder)
            return
        page = self._page_of(running)
        if page is not None:
            run_id = getattr(running.result, "run_id", None)
            if isinstance(run_id, int):
                self._studio.set_run(run_id)
            self._studio.page_requested.emit(page.key)

    def result_words(self, running: Work) -> str:
        """What the link to the result says; empty where there is none."""
        if type(getattr(running, "job", None)).__name__.startswith("Export"):
            return tr("Open the folder")
        page = self._page_of(running)
        return tr("Show on {page}").format(page=page.title()) if page is not None else ""

    def _page_of(self, running: Work) -> Page | None:
        name = type(getattr(running, "job", None)).__name__
        return next((page for page in self._pages.values() if name in page.job_types), None)

    def _on_added(self, running: Work) -> None:
        row = self._new_row(running, self.result_words(running))
        running.destroyed.connect(lambda: self._drop(row))

    def _on_listed(self, errand: Work) -> None:
        self._new_row(errand, "")

    def _new_row(self, running: Work, result_words: str) -> JobRow:
        row = JobRow(running, result_words)
        row.result_wanted.connect(self.show_result)
        row.details_wanted.connect(self._copy_details)
        self.rows.append(row)
        self._list.insertWidget(0, row)
        self._show_rest()
        return row

    def _drop_work(self, running: Work) -> None:
        for row in [row for row in self.rows if row.running is running]:
            self._drop(row)
        self._show_rest()

    def _drop(self, row: JobRow) -> None:
        if row in self.rows:
            self.rows.remove(row)
            row.running.changed.disconnect(row.show_job)
            row.hide()
            row.deleteLater()

    def _on_closed(self) -> None:
        for row in list(self.rows):
            self._drop(row)
        self._show_rest()

    def _show_rest(self) -> None:
        self.nothing.setVisible(not self.rows)
        self.clear_button.setVisible(any(row.running.is_ended for row in self.rows))

    def _on_theme_changed(self) -> None:
        for row in self.rows:
            row.show_job()

    def _copy_details(self, running: Work) -> None:
        QGuiApplication.clipboard().setText(job_words.details(running))
        self._studio.message.emit(tr("Copied."))


class JobStatus(QToolButton):
    """What is going on, in the status bar; a click shows the list."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.bar = QProgressBar(textVisible=False, accessibleName=tr("Progress"))
        self.bar.setFixedWidth(120)
        self.bar.hide()
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(STATUS_HEIGHT_PX)
        theme.set_icon(self, "activity")
        self.setAccessibleName(tr("Activity"))
        self.setToolTip(tr("Show all jobs"))
        studio.jobs_changed.connect(self.show_jobs)
        studio.errands.changed.connect(self.show_jobs)
        studio.project_closed.connect(self.show_jobs)
        self.show_jobs()

    def _active(self) -> list[Work]:
        """Jobs first: they are what the user waits for."""
        jobs = self._studio.jobs.active if self._studio.is_open else []
        return [*jobs, *self._studio.errands.listed_active]

    def show_jobs(self) -> None:
        """Sum up what is active."""
        active = self._active()
        self.bar.setVisible(bool(active))
        if not active:
            self.setText(" " + tr("Idle"))  # the style leaves no room after the icon
            return
        first, progress = active[0], active[0].progress
        more = tr(" (+{number} more)").format(number=len(active) - 1) if len(active) > 1 else ""
        left = first.remaining_s
        eta = f" · {text.duration(left)}" if left is not None and left >= 1 else ""
        self.setText(f" {first.title}{eta}{more}")
        total = progress.total if progress is not None and progress.total else 0
        self.bar.setRange(0, min(total, 2**31 - 1))
        self.bar.setValue(progress.done if progress is not None and total else 0)
