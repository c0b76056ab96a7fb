"""Files that could not be used, each with the reason."""

from PySide6.QtCore import QAbstractTableModel, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ssl_studio.gui import text
from ssl_studio.gui.models.cells import NOWHERE, Index
from ssl_studio.gui.text import tr
from ssl_studio.project.records import ImageRecord


class ProblemModel(QAbstractTableModel):
    """Image records as rows of file, reason and size."""

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


class ProblemTable(QTableView):
    """The table that shows them. Signals: `folder_wanted(id)` of a file to be seen where it lies.

    A double click, Enter and the menu of a row ask for it.
    """

    folder_wanted = Signal(int)

    def __init__(self, model: ProblemModel) -> None:
        super().__init__(
            alternatingRowColors=True,
            showGrid=False,
            selectionBehavior=QAbstractItemView.SelectionBehavior.SelectRows,
            accessibleName=tr("Problems"),
        )
        self._model = model
        self.setModel(model)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(0, 320)
        show = QAction(tr("Show in the file manager"), self)
        show.triggered.connect(self._show)
        self.addAction(show)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.doubleClicked.connect(lambda _index: self._show())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows the file."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._show()
        else:
            super().keyPressEvent(event)

    def _show(self) -> None:
        row = self.currentIndex().row()
        if row >= 0:
            self.folder_wanted.emit(self._model.records[row].id)
