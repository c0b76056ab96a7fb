"""Scores of feature sets: a table with a bar below each number."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ssl_studio.gui import text, theme
from ssl_studio.gui.models.cells import NOWHERE, Index
from ssl_studio.gui.pages.pickers import feature_words
from ssl_studio.gui.text import tr
from ssl_studio.jobs.epoch_maps import earlier_epochs
from ssl_studio.jobs.score_tables import is_table
from ssl_studio.project.file import Project

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
class FeatureScores:
    """All rows, and whether there are labels to compare with."""

    rows: list[ScoreRow]
    columns: list[str]
    has_labels: bool


def read_scores(project: Project) -> FeatureScores:
    """The newest score of each kind for every feature set; runs in the background.

    Epochs of a film are listed only where they were measured.
    """
    names, of_film = {run.id: run.name for run in project.runs.all()}, earlier_epochs(project)
    rows = []
    columns: dict[str, None] = {}
    for record in project.features.all():
        scores: dict[str, float] = {}
        intervals: dict[str, tuple[float, float]] = {}
        for probe in project.features.probes(record.id):
            if is_table(probe):
                continue
            for metric, value in probe.scores.items():
                if not metric.endswith(("_low", "_high")):
                    column = column_title(probe.kind, metric)
                    columns[column] = None
                    scores[column] = value
                    low = probe.scores.get(f"{metric}_low")
                    high = probe.scores.get(f"{metric}_high")
                    if low is not None and high is not None:
                        intervals[column] = (low, high)
        if record.id in of_film and not scores:
            continue
        rows.append(
            ScoreRow(
                record.id, feature_words(record, names), record.source != "run", scores, intervals
            )
        )
    rows.sort(key=lambda row: (row.is_reference, row.feature_set_id))
    return FeatureScores(
        rows, sorted(columns, key=_protocol_order), len(project.images.classes()) > 1
    )


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
        self.table = FeatureScores([], [], False)

    def set_table(self, table: FeatureScores) -> None:
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
