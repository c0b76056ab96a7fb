"""What the page Evaluate asks the project for, and the views of layers and epochs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.bar_groups import BarGroups
from ssl_studio.gui.widgets.curve_plot import CurvePlot, Line, Look
from ssl_studio.jobs.evaluate import references
from ssl_studio.jobs.probe_layers import PIXELS, TRAINED, UNTRAINED
from ssl_studio.jobs.score_tables import EPOCHS, FEW_LABELS, LAYERS, ScoreTable, read_table
from ssl_studio.project.file import Project

FIGURES = ("knn", "nmi", "ari", "accuracy")
LIVE = {"knn": "knn_accuracy", "nmi": "nmi", "accuracy": "cluster_accuracy"}
STORED = {"nmi": "label_nmi", "ari": "label_ari", "accuracy": "label_accuracy"}
Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
Curves = dict[str, Curve]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is known about one feature set beside the table of scores.

    Attributes:
        layers: By "knn" and "linear".
        epochs: Figure -> name of the curve -> epochs and values.
        few: Name of the features -> accuracy over labels per class.
        has_run: Whether the features belong to a run, so that layers and epochs can be probed.
    """

    layers: Mapping[str, ScoreTable] = field(default_factory=dict)
    epochs: Mapping[str, Curves] = field(default_factory=dict)
    few: Mapping[str, ScoreTable] = field(default_factory=dict)
    epochs_note: str = ""
    has_run: bool = False


def read_evaluation(project: Project, feature_set_id: int) -> Evaluation:
    """Layers, epochs and few labels of a feature set; runs in the background."""
    record = project.features.get(feature_set_id)
    probes = project.features.probes(feature_set_id)
    layers = {}
    for kind in ("knn", "linear"):
        found = read_table(probes, LAYERS, "knn" if kind == "knn" else "linear")
        if found is not None:
            layers[kind] = found
    few = {tr("These features"): read_table(probes, FEW_LABELS, "knn")}
    if record.source == "run":
        for source, name in (("random", tr("Random initialisation")), ("pixels", tr("Raw pixels"))):
            others = references(project, record, "random" if source == "random" else "pixels")
            if others:
                of_other = project.features.probes(others[-1].id)
                few[name] = read_table(of_other, FEW_LABELS, "knn")
    epochs = read_table(probes, EPOCHS, "clustering")
    return Evaluation(
        layers,
        _epoch_curves(project, record.run_id, epochs),
        {name: table for name, table in few.items() if table is not None},
        _epochs_note(epochs),
        record.run_id is not None and record.source == "run",
    )


def _epochs_note(table: ScoreTable | None) -> str:
    if table is None:
        return ""
    return tr(
        "Stored epochs: k-means and kNN on {n} of {all} images; epoch 0 is untrained."
    ).format(
        n=text.count(int(str(table.settings.get("n", 0)))),
        all=text.count(int(str(table.settings.get("of_images", 0)))),
    )


def _epoch_curves(
    project: Project, run_id: int | None, table: ScoreTable | None
) -> dict[str, Curves]:
    """For each figure: at the stored epochs, during training, of stored clusterings, of pixels."""
    found: dict[str, Curves] = {figure: {} for figure in FIGURES}
    if table is not None:
        for figure in FIGURES:
            cells = table.series.get(figure, {})
            points = sorted((float(p), c.value) for p, c in cells.items() if p != PIXELS)
            if points:
                found[figure][tr("stored epochs")] = _curve(points)
                if PIXELS in cells:
                    level = cells[PIXELS].value
                    ends = [(points[0][0], level), (points[-1][0], level)]
                    found[figure][tr("raw pixels")] = _curve(ends)
    if run_id is None:
        return found
    for figure, metric in LIVE.items():
        _, epochs, values = project.runs.metrics(run_id, [metric])[metric]
        if len(values):
            found[figure][tr("during training")] = (epochs, values)
    for figure, newest in _stored_clusterings(project, run_id).items():
        found[figure][tr("your clusterings")] = _curve(sorted(newest.items()))
    return found


def _stored_clusterings(project: Project, run_id: int) -> dict[str, dict[float, float]]:
    """By figure and epoch, that of the newest clustering."""
    found: dict[str, dict[float, float]] = {}
    epochs = {r.id: r.epoch for r in project.features.all(run_id) if r.source == "run"}
    for clustering in project.clusterings.all():
        epoch = epochs.get(clustering.feature_set_id)
        for figure, name in STORED.items():
            value = clustering.scores.get(name)
            if epoch is not None and isinstance(value, int | float):
                found.setdefault(figure, {})[epoch] = float(value)
    return found


def _curve(points: list[tuple[float, float]]) -> Curve:
    table = np.array(points, np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


class LayersView(QWidget):
    """Bars for each layer, trained before untrained, and the same as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.knn = BarGroups(tr("kNN accuracy by layer"))
        self.linear = BarGroups(tr("Linear probe by layer"))
        self.note = parts.label("", "small", wrap=True)
        self.table = QTableWidget()
        self.table.setAccessibleName(tr("Accuracy by layer"))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.setFrameShape(QTableWidget.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setMaximumHeight(260)
        self.table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        plots = [
            parts.frame("panel", parts.column(parts.label(title, "section"), plot), theme.GAP)
            for title, plot in (
                (tr("LINEAR PROBE"), self.linear),
                (tr("kNN"), self.knn),
            )
        ]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.GAP)
        layout.setSpacing(theme.GAP)
        row = parts.row(*plots, gap_px=theme.WIDE)
        layout.addLayout(row, 3)
        layout.addWidget(self.note)
        layout.addWidget(self.table, 2)

    def show_layers(self, layers: Mapping[str, ScoreTable]) -> None:
        """Show these tables."""
        for kind, plot in (("knn", self.knn), ("linear", self.linear)):
            table = layers.get(kind, ScoreTable())
            levels = {
                name: cells[PIXELS].value for name, cells in table.series.items() if PIXELS in cells
            }
            points = [point for point in table.points if point != PIXELS]
            series = {n: cells for n, cells in table.series.items() if n not in levels}
            plot.show_bars(points, series, levels)
        self._fill(layers)
        about = next(iter(layers.values()), ScoreTable()).settings
        self.note.setText(
            tr(
                "Learnt from {train}, tested on {test} of {all} images. The line inside a bar is "
                "the 95 % interval. A layer is worth what stands above the grey bar."
            ).format(
                train=text.count(int(str(about.get("learnt_from", 0)))),
                test=text.count(int(str(about.get("n", 0)))),
                all=text.count(int(str(about.get("of_images", 0)))),
            )
        )

    def _fill(self, layers: Mapping[str, ScoreTable]) -> None:
        points = list(dict.fromkeys(p for table in layers.values() for p in table.points))
        columns = [
            (kind, name)
            for kind in ("linear", "knn")
            for name in (layers[kind].series if kind in layers else ())
            if name != PIXELS
        ]
        titles = {"linear": tr("Linear probe"), "knn": tr("kNN")}
        short = {UNTRAINED: tr("untrained"), TRAINED: tr("trained")}
        header = [
            tr("Layer"),
            *(f"{titles[kind]}, {short.get(name, name)}" for kind, name in columns),
        ]
        self.table.clear()
        self.table.setColumnCount(len(header))
        self.table.setHorizontalHeaderLabels(header)
        self.table.setRowCount(len(points))
        for row, point in enumerate(points):
            self.table.setItem(row, 0, QTableWidgetItem(point))
            for column, (kind, name) in enumerate(columns, start=1):
                own = PIXELS if point == PIXELS else name
                cell = layers[kind].series.get(own, {}).get(point)
                is_shown = cell is not None and (point != PIXELS or name == TRAINED)
                words = text.percent(cell.value) if is_shown and cell is not None else ""
                self.table.setItem(row, column, QTableWidgetItem(words))
        for column in range(len(header)):
            mode = QHeaderView.ResizeMode.Stretch
            self.table.horizontalHeader().setSectionResizeMode(column, mode)


class EpochsView(QWidget):
    """A plot for each figure over the epochs, with a sentence about them."""

    def __init__(self) -> None:
        super().__init__()
        self.plots = {key: CurvePlot(title) for key, title in figure_titles().items()}
        self.note = parts.label("", "small", wrap=True)
        self.again = parts.button(tr("Score the stored epochs"), "refresh")
        grid = QGridLayout()
        grid.setSpacing(theme.WIDE)
        for place, plot in enumerate(self.plots.values()):
            grid.addWidget(plot, place // 2, place % 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.GAP)
        layout.addLayout(grid, 1)
        foot = parts.row()
        foot.addWidget(self.note, 1)
        foot.addWidget(self.again)
        layout.addLayout(foot)

    def show_epochs(self, curves: Mapping[str, Curves], note: str) -> None:
        """Show these by figure; a figure without curves is hidden."""
        self.note.setText(note)
        for key, plot in self.plots.items():
            own = curves.get(key, {})
            lines = [Line(name, x, y, n) for n, (name, (x, y)) in enumerate(own.items())]
            plot.show_lines(lines, Look())
            plot.setVisible(bool(own))


class FewView(QWidget):
    """Bars of accuracy for each number of labels, features beside references."""

    def __init__(self) -> None:
        super().__init__()
        self.bars = BarGroups(tr("Accuracy by labelled images per class"))
        self.note = parts.label(
            tr(
                "Across: labelled images of each class. Each image goes to the nearest class "
                "mean, taken from those; means of five draws, the line is their spread."
            ),
            "small",
            wrap=True,
        )
        panel = parts.frame("panel", parts.column(self.bars), theme.GAP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.GAP)
        layout.addWidget(panel, 1)
        layout.addWidget(self.note)

    def show_few(self, few: Mapping[str, ScoreTable]) -> None:
        """Show these by name of the features."""
        points = next(iter(few.values()), ScoreTable()).points
        series = {name: table.series.get("accuracy", {}) for name, table in few.items()}
        self.bars.show_bars(points, series, {})


def figure_titles() -> dict[str, str]:
    """The figures that are followed over epochs."""
    return {
        "knn": tr("kNN accuracy"),
        "nmi": tr("NMI"),
        "ari": tr("ARI"),
        "accuracy": tr("Cluster accuracy"),
    }
