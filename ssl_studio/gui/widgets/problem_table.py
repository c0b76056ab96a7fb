"""Files that could not be used, each with the reason."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ssl_studio.gui import text
from ssl_studio.gui.text import tr
from ssl_studio.project.records import ImageRecord

NOWHERE = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


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


def problem_table(model: ProblemModel) -> QTableView:
    """The table that shows them."""
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
