"""All runs side by side: what they score, what they cost, and which settings differ."""

from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSplitter, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.models.cells import NOWHERE, Index, alignment
from ssl_studio.gui.pages.evaluate_classes import plain_table
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.cost_plot import CostPlot, Dot
from ssl_studio.jobs.comparison import COSTS, SCORES, ComparedRun, Comparison, read_comparison
from ssl_studio.jobs.export_tables import comparison_csv

FIXED = ("run", "method", "backbone", "status")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it is called, and which part of a line it shows."""

    title: str
    kind: str
    name: str


class ComparisonModel(QAbstractTableModel):
    """Runs and references down, settings, scores and costs across; can be sorted."""

    def __init__(self) -> None:
        super().__init__()
        self.comparison = Comparison()
        self.columns: list[Column] = []
        self.lines: list[ComparedRun] = []

    def set_comparison(self, found: Comparison) -> None:
        """Show these."""
        self.beginResetModel()
        self.comparison, self.lines = found, list(found.lines)
        titles = (tr("Run"), tr("Method"), tr("Backbone"), tr("Status"))
        self.columns = [
            *(Column(title, "fixed", name) for title, name in zip(titles, FIXED, strict=True)),
            *(Column(score_title(name), "score", name) for name in SCORES),
            *(Column(cost_title(name), "cost", name) for name in COSTS),
            *(Column(text.words(name), "setting", name) for name in found.settings),
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """One row per run and reference."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """Name, scores, costs, settings that differ."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles; above numbers at the right, as they are."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column.kind in ("score", "cost"))
        return column.title if role == Qt.ItemDataRole.DisplayRole else None

    def value(self, line: ComparedRun, column: Column) -> str | float | None:
        """The bare value of a cell."""
        if column.kind == "fixed":
            return {
                "run": line.name,
                "method": line.method,
                "backbone": line.backbone,
                "status": line.status,
            }[column.name]
        if column.kind == "setting":
            return line.differing.get(column.name)
        return (line.scores if column.kind == "score" else line.costs).get(column.name)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words; the best score of a column stands out, the training's own looks are marked."""
        line, column = self.lines[index.row()], self.columns[index.column()]
        value = self.value(line, column)
        is_live = column.kind == "score" and column.name in line.live
        if role == Qt.ItemDataRole.DisplayRole:
            return ("~ " if is_live else "") + cell_words(column, value)
        if role == Qt.ItemDataRole.ToolTipRole and is_live:
            return tr("From the training's own looks on a sample; evaluate for the full figure.")
        if role == Qt.ItemDataRole.FontRole and self._is_best(column, value):
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ForegroundRole:
            if self._is_best(column, value):
                return theme.colour("accent")
            return theme.colour("muted") if line.run_id is None else None
        if role == Qt.ItemDataRole.TextAlignmentRole and column.kind in ("score", "cost"):
            return alignment(is_number=True)
        return None

    def _is_best(self, column: Column, value: str | float | None) -> bool:
        if column.kind != "score" or not isinstance(value, float):
            return False
        others = [line.scores.get(column.name, -1.0) for line in self.lines]
        return value == max(others)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column; what is missing stays at the end."""
        if not 0 <= column < len(self.columns):
            return
        self.layoutAboutToBeChanged.emit()
        chosen = self.columns[column]
        known = [line for line in self.lines if self.value(line, chosen) not in (None, "")]
        rest = [line for line in self.lines if self.value(line, chosen) in (None, "")]
        known.sort(
            key=lambda line: _sortable(self.value(line, chosen)),
            reverse=order == Qt.SortOrder.DescendingOrder,
        )
        self.lines = known + rest
        self.layoutChanged.emit()


def _sortable(value: str | float | None) -> tuple[int, float, str]:
    if isinstance(value, float | int):
        return (0, float(value), "")
    try:
        return (0, float(value or ""), "")
    except ValueError:
        return (1, 0.0, str(value).casefold())


def cell_words(column: Column, value: str | float | None) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value or "–"
    if column.kind == "score":
        return text.percent(value)
    if column.name == "seconds":
        return text.duration(value)
    return text.count(round(value)) if value >= 100 else text.figure(value)


def score_title(name: str) -> str:
    """A score's name in the table."""
    return {
        "knn": tr("kNN accuracy"),
        "linear": tr("Linear probe"),
        "nmi": tr("k-means NMI"),
        "ari": tr("k-means ARI"),
        "accuracy": tr("k-means accuracy"),
    }[name]


def cost_title(name: str) -> str:
    """A cost's name in the table."""
    return {
        "seconds": tr("Time"),
        "images_per_second": tr("Images/s"),
        "memory_gb": tr("Memory, GB"),
        "images_seen": tr("Images seen"),
        "epochs": tr("Epochs"),
    }[name]


class ComparePage(Page):
    """The table, and one score against one cost."""

    key, icon = "compare", "compare"
    listens = frozenset({"probes", "runs", "metrics", "feature_sets"})

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.model = ComparisonModel()
        self.table = plain_table(tr("Runs, their scores and costs"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.plot = CostPlot()
        self.score_box = parts.Choice(tr("Score"))
        self.cost_box = parts.Choice(tr("Cost"))
        self._build()
        self.score_box.activated.connect(lambda _index: self._show_plot())
        self.cost_box.activated.connect(lambda _index: self._show_plot())
        self.plot.dot_chosen.connect(self._choose_run)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.doubleClicked.connect(lambda _index: self._open_run())
        self.table.selectionModel().selectionChanged.connect(lambda *_what: self._mark())

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Compare")

    def _build(self) -> None:
        self.table.setModel(self.model)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        self.table.verticalHeader().setDefaultSectionSize(34)
        for name in SCORES:
            self.score_box.addItem(score_title(name), name)
        for name in COSTS:
            self.cost_box.addItem(cost_title(name), name)
        about = parts.label(
            tr("“~” marks figures from the training's own looks. Settings that differ stand last."),
            "muted",
        )
        copy = parts.button(tr("Copy as CSV"), "copy", on_click=self.copy_csv)
        leave = parts.button(tr("Export …"), "export", on_click=self._export)
        bar = parts.frame("bar", parts.row(about, None, copy, leave), theme.GAP)
        head = parts.row(
            parts.label(tr("SCORE AGAINST COST"), "section"),
            None,
            self.score_box,
            parts.label(tr("against"), "muted"),
            self.cost_box,
        )
        below = parts.frame("panel", parts.column(head, self.plot), theme.GAP)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(parts.plain(parts.column(below), (16, 16, 16, 16)))
        split.setSizes([320, 320])
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(split, 1)

    def refresh(self) -> None:
        """Ask for all runs."""
        self.ask("comparison", read_comparison, self._show)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.table

    def clear(self) -> None:
        """Nothing is open."""
        self.model.set_comparison(Comparison())
        self.plot.show_dots([], "", "")

    def do(self, command_id: str) -> bool:
        """Copying the table."""
        if command_id == "copy_comparison" and not self.is_empty:
            self.copy_csv()
            return True
        return False

    def _show(self, found: Comparison) -> None:
        if not any(line.run_id is not None for line in found.lines):
            self.show_empty(
                tr("No run to compare"),
                tr("Every run appears here with its settings, its scores and what it cost."),
                (tr("Go to Train"), lambda: self.studio.page_requested.emit("train")),
            )
            return
        header = self.table.horizontalHeader()
        before, order = header.sortIndicatorSection(), header.sortIndicatorOrder()
        self.model.set_comparison(found)
        if 0 <= before < self.model.columnCount():
            self.model.sort(before, order)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.resizeColumnsToContents()
        for column in range(self.model.columnCount()):
            width = self.table.columnWidth(column) + 8
            self.table.setColumnWidth(column, min(250, max(72, width)))
        self._settle_choices()
        self._show_plot()
        self.show_content()

    def _settle_choices(self) -> None:
        """Begin with a score and a cost that most runs have."""
        for box, part in ((self.score_box, "scores"), (self.cost_box, "costs")):
            counts = [
                sum(box.itemData(i) in getattr(line, part) for line in self.model.lines)
                for i in range(box.count())
            ]
            if not counts[box.currentIndex()]:
                box.setCurrentIndex(counts.index(max(counts)))

    def _show_plot(self) -> None:
        score, cost = self.score_box.currentData(), self.cost_box.currentData()
        dots = [
            Dot(line.run_id, line.name, line.costs[cost], line.scores[score])
            for line in self.model.comparison.lines
            if line.run_id is not None and cost in line.costs and score in line.scores
        ]
        levels = {
            f"{line.name} ({line.backbone})" if line.backbone else line.name: line.scores[score]
            for line in self.model.comparison.lines
            if line.run_id is None and score in line.scores
        }
        title = tr("Time in seconds") if cost == "seconds" else cost_title(cost)
        self.plot.show_dots(dots, title, score_title(score), levels)
        self._mark()

    def _mark(self) -> None:
        rows = {index.row() for index in self.table.selectionModel().selectedRows()}
        chosen = {self.model.lines[row].run_id for row in rows if row < len(self.model.lines)}
        self.plot.mark({run_id for run_id in chosen if run_id is not None})

    def _on_row(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and self.model.lines[index.row()].run_id is not None:
            self.studio.set_run(self.model.lines[index.row()].run_id)

    def _choose_run(self, run_id: int) -> None:
        ids = [line.run_id for line in self.model.lines]
        if run_id in ids:
            self.table.selectRow(ids.index(run_id))

    def _open_run(self) -> None:
        self.studio.page_requested.emit("train")

    def copy_csv(self) -> None:
        """Put the table, as it is sorted, on the clipboard."""
        words = comparison_csv(self.model.comparison, self.model.lines)
        QGuiApplication.clipboard().setText(words)
        self.studio.message.emit(tr("Copied."))

    def _export(self) -> None:
        self.studio.page_requested.emit("export")
