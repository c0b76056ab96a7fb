"""All images of the project: a grid, what is bad and why, and details of what is chosen."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import dialogs, text, theme
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import Ids, Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.image_details import ImageDetails, ImageFacts
from ssl_studio.gui.widgets.image_grid import TILE_PX, ZOOM_PX, ImageGrid
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter, ImageRecord

LIVE_MS = 400
"""While a scan runs, new rows appear at most this often."""
NOWHERE = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Listing:
    """What the page shows of the project."""

    ids: Ids
    problems: list[ImageRecord]
    classes: list[str]
    folders: list[str]
    total: int


def read_listing(project: Project, wanted: ImageFilter, order: str) -> Listing:
    """Everything the page needs; runs in the background."""
    images = project.images
    return Listing(
        ids=images.ids("ok", wanted, order),  # type: ignore[arg-type]
        problems=images.problems(),
        classes=images.classes(),
        folders=[root.path for root in images.roots()],
        total=images.count("ok"),
    )


def read_facts(project: Project, image_id: int) -> ImageFacts | None:
    """What the details pane says of an image; runs in the background."""
    found = project.images.get([image_id])
    if not found:
        return None
    root = next((r.path for r in project.images.roots() if r.id == found[0].root_id), "")
    record = found[0]
    return ImageFacts(
        id=record.id,
        name=record.path.rsplit("/", 1)[-1],
        full_path=str(Path(root) / record.path),
        lines=tuple(fact_lines(record)),
        problem=record.problem or "",
    )


def fact_lines(record: ImageRecord) -> list[tuple[str, str]]:
    """What is known, as pairs of words; what is not known is left out."""
    pixels = f"{record.width} × {record.height}" if record.width and record.height else None
    lines = [
        (tr("Label"), record.label),
        (tr("Split"), record.split),
        (tr("Pixels"), pixels),
        (tr("Kind"), " ".join(part for part in (record.format, record.mode) if part) or None),
        (tr("File"), text.size(record.bytes)),
        (tr("Taken"), record.captured_at),
        (tr("Camera"), record.camera),
        (tr("Copy of"), f"#{record.duplicate_of}" if record.duplicate_of else None),
    ]
    return [(name, value) for name, value in lines if value]


class ProblemModel(QAbstractTableModel):
    """Files that could not be used, each with the reason."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[ImageRecord] = []

    def set_records(self, records: list[ImageRecord]) -> None:
        """Show these."""
        self.beginResetModel()
        self.records = records
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """One row per file."""
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """File, reason, size."""
        return 0 if parent.isValid() else 3

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("File"), tr("Why it was left out"), tr("Size"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The words of a cell."""
        record = self.records[index.row()]
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        missing = tr("The file is no longer there.")
        reason = missing if record.status == "missing" else record.problem
        return (record.path, reason, text.size(record.bytes))[index.column()]


class ImagesPage(Page):
    """The grid of all images."""

    key, icon = "images", "images"
    listens = frozenset({"images", "roots"})
    job_types = ("ScanJob",)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.search = QLineEdit(placeholderText=tr("Find in names …"), clearButtonEnabled=True)
        self.search.setAccessibleName(tr("Find in names"))
        self.label_box = parts.Choice(tr("Label"))
        self.order_box = parts.Choice(tr("Order"))
        self.zoom = parts.slider(tr("Size of tiles"))
        self.count_label = parts.label("", "muted")
        self.grid = ImageGrid(tr("Images"))
        self.problems = ProblemModel()
        self.problem_table = _problem_table(self.problems)
        self.details = ImageDetails()
        self.views = QStackedWidget()
        self.tabs = self._new_tabs()
        self._live_timer = QTimer(self, singleShot=True, interval=LIVE_MS)
        self._build()
        self._connect()

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Images")

    # -- building ------------------------------------------------------------------------------

    def _new_tabs(self) -> QButtonGroup:
        group = QButtonGroup(self)
        for number, words in enumerate((tr("All"), tr("Problems"))):
            tab = QToolButton(text=words, checkable=True, checked=number == 0)
            tab.setProperty("role", "tab")
            group.addButton(tab, number)
        return group

    def _build(self) -> None:
        for key, words in (
            ("path", tr("By name")),
            ("label", tr("By label")),
            ("newest", tr("Newest first")),
            ("largest", tr("Largest first")),
            ("added", tr("As they were added")),
        ):
            self.order_box.addItem(words, key)
        self.label_box.addItem(tr("All labels"), None)
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(260)
        self.zoom.setRange(*ZOOM_PX)
        self.zoom.setFixedWidth(112)
        self.zoom.setValue(self.studio.preferences.number("tile_px", TILE_PX))
        self.grid.set_tile_width(self.zoom.value())
        self.views.addWidget(self.grid)
        self.views.addWidget(self.problem_table)
        add = parts.tool_button("folder-plus", tr("Add a folder of images"), self._add_folder)
        again = parts.tool_button("refresh", tr("Scan the folders again"), self._scan_again)
        bar = parts.frame(
            "bar",
            parts.row(
                self.tabs.button(0),
                self.tabs.button(1),
                theme.GAP,
                self.search,
                self.label_box,
                self.order_box,
                None,
                self.count_label,
                theme.GAP,
                self.zoom,
                again,
                add,
            ),
            theme.GAP,
        )
        middle = parts.row(self.views, self.details, gap_px=0)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(middle)

    def _connect(self) -> None:
        self.tabs.idClicked.connect(self._show_tab)
        self.search.textChanged.connect(lambda _text: self._on_filter_edited())
        self.label_box.activated.connect(lambda _index: self._on_filter_edited())
        self.order_box.activated.connect(lambda _index: self.refresh())
        self.zoom.valueChanged.connect(self.grid.set_tile_width)
        self.grid.tile_width_changed.connect(self._on_zoomed)
        self.grid.selection_made.connect(self.studio.select)
        self.grid.neighbours_wanted.connect(self.studio.set_query)
        self.grid.image_opened.connect(self.studio.set_query)
        self.details.neighbours_wanted.connect(self.studio.set_query)
        self.studio.selection_changed.connect(self._show_selection)
        self.studio.filter_changed.connect(self._on_filter_changed)
        self._live_timer.timeout.connect(super().mark_stale)

    # -- showing -------------------------------------------------------------------------------

    def mark_stale(self) -> None:
        """Refresh soon: during a scan news come thirty times a second."""
        if self.studio.job_of("ScanJob") is None:
            super().mark_stale()
        elif not self._live_timer.isActive():
            self._live_timer.start()

    def refresh(self) -> None:
        """Ask for the images that pass the filter."""
        wanted, order = self.studio.filter, str(self.order_box.currentData())
        if self.studio.job_of("ScanJob") is not None:
            order = "added"
        self.grid.images.set_thumbnails(self.studio.thumbnails)
        self.ask("listing", lambda p: read_listing(p, wanted, order), self._show_listing)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.grid

    def clear(self) -> None:
        """Nothing is open."""
        self._live_timer.stop()
        self.grid.images.set_thumbnails(None)
        self.grid.images.set_ids(np.empty(0, np.int64))
        self.problems.set_records([])
        self.details.show_facts(None, None)

    def _show_listing(self, listing: Listing) -> None:
        self.problems.set_records(listing.problems)
        tab = self.tabs.button(1)
        number = len(listing.problems)
        tab.setText(
            tr("Problems ({number})").format(number=text.count(number))
            if number
            else tr("Problems")
        )
        tab.setEnabled(bool(number))
        self._show_classes(listing.classes)
        self._show_count(listing)
        if listing.total or listing.problems:
            self.grid.images.set_ids(listing.ids)
            self._show_selection()
            self.show_content()
        elif self.studio.job_of("ScanJob") is not None:
            self.show_empty(
                tr("Looking through the folder …"), tr("Images appear here as they are read.")
            )
        elif listing.folders:
            self.show_empty(
                tr("No images found"),
                tr("There is no picture file in {folder}.").format(folder=listing.folders[0]),
                (tr("Choose another folder …"), self._add_folder),
                (tr("Scan again"), self._scan_again),
            )
        else:
            self.show_empty(
                tr("Choose a folder of images"),
                tr(
                    "Its sub-folders are searched too. Nothing in it is changed: the project keeps "
                    "only small previews and what is found out."
                ),
                (tr("Choose folder …"), self._add_folder),
            )

    def _show_tab(self, number: int) -> None:
        self.views.setCurrentIndex(number)
        for part in (self.details, self.search, self.label_box, self.order_box, self.zoom):
            part.setVisible(number == 0)
        self.label_box.setVisible(number == 0 and self.label_box.count() > 1)

    def _show_count(self, listing: Listing) -> None:
        shown, total = len(listing.ids), listing.total
        if shown == total:
            words = text.counted(total, tr("image"), tr("images"))
        else:
            words = tr("{shown} of {total} images").format(
                shown=text.count(shown), total=text.count(total)
            )
        self.count_label.setText(words)

    def _show_classes(self, classes: list[str]) -> None:
        self.label_box.setVisible(bool(classes) and self.views.currentIndex() == 0)
        wanted = self.studio.filter.labels
        self.label_box.clear()
        self.label_box.addItem(tr("All labels"), None)
        for name in classes:
            self.label_box.addItem(name, name)
        position = self.label_box.findData(wanted[0]) if wanted else 0
        self.label_box.setCurrentIndex(max(0, position))

    def _show_selection(self) -> None:
        selection = self.studio.selection
        if self.isVisible():
            self.grid.follow_selection(selection)
        if not len(selection):
            self.details.show_facts(None, None)
            return
        image_id = int(selection[-1])
        number = len(selection)

        def answer(facts: ImageFacts | None) -> None:
            pixmap = self.studio.thumbnails.pixmap(image_id) if facts else None
            self.details.show_facts(facts, pixmap, number)

        self.ask("facts", lambda p: read_facts(p, image_id), answer)

    def shown_ids(self) -> Ids:
        """The images of the grid."""
        return self.grid.images.ids

    def do(self, command_id: str) -> bool:
        """Select and zoom."""
        return self.grid.do(command_id)

    # -- hearing -------------------------------------------------------------------------------

    def _on_filter_edited(self) -> None:
        label = self.label_box.currentData()
        labels = (label,) if label is not None else ()
        self.studio.set_filter(ImageFilter(text=self.search.text().strip(), labels=labels))

    def _on_filter_changed(self) -> None:
        if self.search.text().strip() != self.studio.filter.text:
            self.search.setText(self.studio.filter.text)
        self.mark_stale()

    def _on_zoomed(self, width_px: int) -> None:
        self.zoom.setValue(width_px)
        self.studio.preferences.set_number("tile_px", width_px)

    def _on_job_ended(self, running: RunningJob) -> None:
        super()._on_job_ended(running)
        if self.shows_job(running) and running.state is JobState.SUCCEEDED:
            self.studio.thumbnails.forget()

    def _add_folder(self) -> None:
        folder = dialogs.pick_image_folder(self, self.studio.preferences)
        if folder is not None:
            self.studio.run(ScanJob(folder), "scan")

    def _scan_again(self) -> None:
        self.studio.run(ScanJob(), "scan")


def _problem_table(model: ProblemModel) -> QTableView:
    table = QTableView(
        alternatingRowColors=True,
        showGrid=False,
        selectionBehavior=QAbstractItemView.SelectionBehavior.SelectRows,
        accessibleName=tr("Problems"),
    )
    table.setModel(model)
    table.verticalHeader().hide()
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
    table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    table.setColumnWidth(0, 320)
    return table
