"""How well features agree with labels, run beside run, with the references always there."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.pickers import feature_words
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.probe import ProbeJob
from ssl_studio.project.file import Project

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
VALUE = Qt.ItemDataRole.UserRole + 1
TIP = Qt.ItemDataRole.ToolTipRole
PROTOCOLS = {"knn": "kNN", "linear": "Linear probe", "clustering": "k-means"}
WORDS = {"nmi": "NMI", "ari": "ARI", "ami": "AMI", "accuracy": "accuracy"}


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One feature set with its scores by column, and their 95 % intervals as far as known."""

    feature_set_id: int
    name: str
    is_reference: bool
    scores: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """All rows, and whether there are labels to compare with."""

    rows: list[ScoreRow]
    columns: list[str]
    has_labels: bool


def read_scores(project: Project) -> ScoreTable:
    """The newest score of each kind for every feature set; runs in the background."""
    names = {run.id: run.name for run in project.runs.all()}
    rows = []
    columns: dict[str, None] = {}
    for record in project.features.all():
        scores: dict[str, float] = {}
        intervals: dict[str, tuple[float, float]] = {}
        for probe in project.features.probes(record.id):
            for metric, value in probe.scores.items():
                if not metric.endswith(("_low", "_high")):
                    column = column_title(probe.kind, metric)
                    columns[column] = None
                    scores[column] = value
                    low = probe.scores.get(f"{metric}_low")
                    high = probe.scores.get(f"{metric}_high")
                    if low is not None and high is not None:
                        intervals[column] = (low, high)
        rows.append(
            ScoreRow(
                record.id, feature_words(record, names), record.source != "run", scores, intervals
            )
        )
    rows.sort(key=lambda row: (row.is_reference, row.feature_set_id))
    return ScoreTable(rows, sorted(columns, key=_protocol_order), len(project.images.classes()) > 1)


def column_title(kind: str, metric: str) -> str:
    """Protocol and metric: "kNN accuracy@20"."""
    first = metric.partition("@")[0]
    shown = metric.replace(first, WORDS.get(first, first.replace("_", " ")), 1)
    return f"{PROTOCOLS.get(kind, kind)} {shown}"


def _protocol_order(column: str) -> tuple[int, str]:
    position = next((n for n, p in enumerate(PROTOCOLS.values()) if column.startswith(p)), 9)
    number = column.partition("@")[2]
    return position, f"{int(number):06d}" if number.isdigit() else column


def headline(columns: list[str]) -> list[str]:
    """The figures that say most: of kNN only the usual k, of k-means NMI, accuracy, purity."""
    knn = [name for name in columns if name.startswith("kNN")]
    usual = [name for name in knn if name.endswith("@20")] or knn[-1:]
    probe = [name for name in columns if name.startswith("Linear")]
    wanted = ("accuracy", "NMI", "purity")
    groups = [n for n in columns if n.startswith("k-means") and n.endswith(wanted)]
    return usual + probe + groups or columns


class ScoreModel(QAbstractTableModel):
    """Feature sets down, scores across."""

    def __init__(self) -> None:
        super().__init__()
        self.table = ScoreTable([], [], False)

    def set_table(self, table: ScoreTable) -> None:
        """Show these."""
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """One row per feature set."""
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """The name, then the scores."""
        return 0 if parent.isValid() else 1 + len(self.table.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Names of the columns."""
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return tr("Features") if section == 0 else self.table.columns[section - 1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words, or the bare number."""
        row = self.table.rows[index.row()]
        if index.column() == 0:
            return row.name if role in (Qt.ItemDataRole.DisplayRole, TIP) else None
        column = self.table.columns[index.column() - 1]
        value = row.scores.get(column)
        if role == VALUE:
            return value
        if role == Qt.ItemDataRole.DisplayRole:
            return "–" if value is None else score_words(value)
        if role == TIP and column in row.intervals:
            low, high = row.intervals[column]
            return tr("95 % interval: {low} to {high}").format(
                low=score_words(low), high=score_words(high)
            )
        return None

    def best(self, column: int) -> float | None:
        """The largest value of a column."""
        name = self.table.columns[column - 1]
        values = [row.scores[name] for row in self.table.rows if name in row.scores]
        return max(values, default=None)


def score_words(value: float) -> str:
    """A score in parts of one as per cent."""
    return text.percent(value) if -1 <= value <= 1 else text.figure(value)


class ScoreDelegate(QStyledItemDelegate):
    """A number with a bar below it; the best of a column stands out."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Called for cells in view only."""
        value, model = index.data(VALUE), index.model()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.colour("accent_soft"))
        rect: QRect = option.rect.adjusted(8, 4, -8, -4)
        if not isinstance(value, float) or not isinstance(model, ScoreModel):
            painter.setPen(theme.colour("text"))
            words = painter.fontMetrics().elidedText(
                str(index.data()), Qt.TextElideMode.ElideRight, rect.width()
            )
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, words)
            return
        is_best = value == model.best(index.column())
        painter.save()
        painter.setPen(theme.colour("accent" if is_best else "text"))
        painter.drawText(
            rect.adjusted(0, 0, 0, -8), Qt.AlignmentFlag.AlignVCenter, score_words(value)
        )
        bar = QRect(rect.left(), rect.bottom() - 6, rect.width(), 4)
        painter.fillRect(bar, theme.colour("border"))
        bar.setWidth(round(max(0.0, min(1.0, value)) * rect.width()))
        painter.fillRect(bar, theme.colour("accent" if is_best else "border_strong"))
        painter.restore()


class EvaluatePage(Page):
    """The table of all scores."""

    key, icon = "evaluate", "evaluate"
    listens = frozenset({"probes", "feature_sets", "runs", "images"})
    job_types = ("ProbeJob",)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.scores = ScoreModel()
        self.table = QTableView(
            showGrid=False,
            selectionBehavior=QAbstractItemView.SelectionBehavior.SelectRows,
            selectionMode=QAbstractItemView.SelectionMode.SingleSelection,
            accessibleName=tr("Scores"),
        )
        self.probe_button = parts.button(
            tr("Evaluate the chosen features"), "evaluate", role="primary", on_click=self._probe
        )
        self.all_box = QCheckBox(tr("All figures"))
        self._build()
        self.all_box.toggled.connect(lambda _on: self._show_columns())
        self.table.selectionModel().currentRowChanged.connect(self._on_row_chosen)
        studio.feature_set_changed.connect(self._show_choice)

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Evaluate")

    def _build(self) -> None:
        self.table.setModel(self.scores)
        self.table.setItemDelegate(ScoreDelegate(self.table))
        self.table.setFrameShape(QTableView.Shape.NoFrame)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(44)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        about = parts.label(
            tr("Labels are used for looking only, never for training. More is better."), "muted"
        )
        bar = parts.frame(
            "bar", parts.row(about, None, self.all_box, theme.GAP, self.probe_button), theme.GAP
        )
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.table)

    def refresh(self) -> None:
        """Ask for all scores."""
        self.ask("scores", read_scores, self._show_scores)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.table

    def clear(self) -> None:
        """Nothing is open."""
        self.scores.set_table(ScoreTable([], [], False))

    def _show_scores(self, table: ScoreTable) -> None:
        if not table.has_labels:
            self.show_empty(
                tr("No labels to compare with"),
                tr(
                    "Images in sub-folders are labelled by them; a table “path,label” does it "
                    "too. Labels are never used for training."
                ),
                (tr("Go to Images"), lambda: self.studio.page_requested.emit("images")),
            )
            return
        if not table.rows:
            self.show_empty(
                tr("Nothing to evaluate yet"),
                tr("Train a run first. Its features are then compared with the labels."),
                (tr("Go to Train"), lambda: self.studio.page_requested.emit("train")),
            )
            return
        self.scores.set_table(table)
        self._fit_columns()
        self._show_columns()
        self._show_choice()
        self.show_content()

    def _fit_columns(self) -> None:
        header = self.table.horizontalHeader()
        self.table.setColumnWidth(0, 320)
        header.setMinimumSectionSize(120)
        for column in range(1, self.scores.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.table.setColumnWidth(column, max(140, header.sectionSizeHint(column) + 16))

    def _show_columns(self) -> None:
        shown = headline(self.scores.table.columns)
        for number, name in enumerate(self.scores.table.columns):
            is_hidden = name not in shown and not self.all_box.isChecked()
            self.table.setColumnHidden(number + 1, is_hidden)
        self.all_box.setVisible(len(shown) < len(self.scores.table.columns))

    def _show_choice(self) -> None:
        ids = [row.feature_set_id for row in self.scores.table.rows]
        if self.studio.feature_set_id in ids:
            self.table.selectRow(ids.index(self.studio.feature_set_id))
        self.probe_button.setEnabled(self.studio.feature_set_id in ids)

    def _on_row_chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.studio.set_feature_set(self.scores.table.rows[index.row()].feature_set_id)

    def _probe(self) -> None:
        if self.studio.feature_set_id is not None:
            self.studio.run(ProbeJob(self.studio.feature_set_id))
