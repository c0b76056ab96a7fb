"""How each class fares, and how pure each cluster is: lines of figures that can be sorted."""

from PySide6.QtCore import QAbstractTableModel, Qt

from ssl_studio.gui import text
from ssl_studio.gui.models.cells import NOWHERE, Index, alignment
from ssl_studio.gui.text import tr
from ssl_studio.jobs.score_tables import Confusion

NAN = float("nan")
Row = tuple[str | int | float, ...]
"""A name first; whole numbers are counts, others are shares."""


class FiguresModel(QAbstractTableModel):
    """Rows under titles."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: tuple[str, ...] = ()
        self.rows: list[Row] = []

    def set_rows(self, titles: tuple[str, ...], rows: list[Row]) -> None:
        """Show these."""
        self.beginResetModel()
        self.titles, self.rows = titles, rows
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """One row per class or cluster."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """Name and figures."""
        return 0 if parent.isValid() else len(self.titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """What the figures are; above numbers at the right, as they are."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(bool(self.rows) and not isinstance(self.rows[0][section], str))
        return self.titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words."""
        value = self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            if isinstance(value, float):
                return text.percent(value) if value == value else "–"
            return text.count(value) if isinstance(value, int) else value
        if role == Qt.ItemDataRole.TextAlignmentRole and not isinstance(value, str):
            return alignment(is_number=True)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column; of equals the order stays."""
        if not 0 <= column < len(self.titles):
            return
        self.layoutAboutToBeChanged.emit()
        is_down = order == Qt.SortOrder.DescendingOrder
        self.rows.sort(key=lambda row: _sortable(row[column]), reverse=is_down)
        self.layoutChanged.emit()


def _sortable(value: object) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return (0, -1.0 if value != value else float(value), "")
    return (1, 0.0, str(value).casefold())


def class_titles(confusion: Confusion) -> tuple[str, ...]:
    """Of the columns of `class_rows`."""
    if confusion.are_classes:
        return (tr("Class"), tr("Images"), tr("Found"), tr("Right"), tr("Mistaken for"))
    return (tr("Class"), tr("Images"), tr("Found"), tr("Right"), tr("Own cluster"), tr("Else in"))


def class_rows(confusion: Confusion) -> list[Row]:
    """Name, images, recall, precision and the main mistake of each class, the worst first.

    Against clusters recall and precision are those of the one cluster that a class is matched
    with, which is named before the mistake.
    """
    counts = confusion.counts()
    rows: list[Row] = []
    for number, (name, column) in enumerate(zip(confusion.rows, confusion.own, strict=True)):
        own, wrong = int(counts[number].sum()), counts[number].copy()
        recall, precision = 0.0 if own else NAN, NAN
        if column >= 0:
            hits, claimed = int(counts[number, column]), int(counts[:, column].sum())
            wrong[column] = 0
            recall = hits / own if own else NAN
            precision = hits / claimed if claimed else NAN
        mistake = confusion.columns[int(wrong.argmax())] if wrong.any() else ""
        named = () if confusion.are_classes else (confusion.columns[column] if column >= 0 else "",)
        rows.append((name, own, recall, precision, *named, mistake))
    return sorted(rows, key=lambda row: _sortable(row[2]))


def cluster_titles() -> tuple[str, ...]:
    """Of the columns of `cluster_rows`."""
    return (tr("Cluster"), tr("Labelled"), tr("Purity"), tr("Mostly"), tr("Then"))


def cluster_rows(confusion: Confusion) -> list[Row]:
    """Name, labelled images, purity and the two most frequent classes of each cluster."""
    counts = confusion.counts()
    rows: list[Row] = []
    for number, name in enumerate(confusion.columns):
        own = counts[:, number]
        total, order = int(own.sum()), own.argsort()[::-1][:2]
        first, second = ([confusion.rows[c] if own[c] else "" for c in order] + ["", ""])[:2]
        rows.append((name, total, int(own.max()) / total if total else NAN, first, second))
    return sorted(rows, key=lambda row: _sortable(row[2]))
