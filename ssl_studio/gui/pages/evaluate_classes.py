"""Which classes are taken for which: the matrix, and a line for each class."""

import numpy as np
from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QSplitter, QTableView, QVBoxLayout, QWidget

from ssl_studio.gui import text
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.class_table import (
    FiguresModel,
    class_rows,
    class_titles,
    cluster_rows,
    cluster_titles,
)
from ssl_studio.gui.widgets.confusion_view import ConfusionView
from ssl_studio.jobs.score_tables import Confusion, read_cluster_confusion, read_confusion
from ssl_studio.project.file import Project
from ssl_studio.project.records import ProbeKind

Kinds = list[tuple[str, str]]


def plain_table(name: str) -> QTableView:
    """A table whose rows are chosen one at a time."""
    made = QTableView(
        showGrid=False,
        selectionBehavior=QAbstractItemView.SelectionBehavior.SelectRows,
        selectionMode=QAbstractItemView.SelectionMode.SingleSelection,
        accessibleName=name,
    )
    made.setFrameShape(QTableView.Shape.NoFrame)
    made.verticalHeader().hide()
    header = made.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    return made


def _figures_table(name: str, model: FiguresModel) -> QTableView:
    made = plain_table(name)
    made.setModel(model)
    made.setSortingEnabled(True)
    made.horizontalHeader().setStretchLastSection(True)
    made.horizontalHeader().setSortIndicator(2, Qt.SortOrder.AscendingOrder)
    return made


class ClassesView(QWidget):
    """Matrix and table; what is chosen in either tells its images.

    Signals: `kind_wanted` when something else shall be compared, `images_chosen(ids)`, and
    `images_wanted` when they shall be shown.
    """

    kind_wanted = Signal()
    images_chosen = Signal(object)
    images_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.confusion: Confusion | None = None
        self.matrix = ConfusionView()
        self.rows, self.cluster_rows = FiguresModel(), FiguresModel()
        self.table = _figures_table(tr("Classes"), self.rows)
        self.clusters = _figures_table(tr("Clusters, by purity"), self.cluster_rows)
        self.clusters.setToolTip(tr("Purity: the share of the most frequent label."))
        self.kind_box = parts.Choice(tr("Taken for"))
        self.note = parts.label("", "muted")
        self.show_button = parts.button(
            tr("Show these images"), "images", on_click=self.images_wanted.emit
        )
        self._build()
        self.kind_box.activated.connect(lambda _index: self.kind_wanted.emit())
        self.matrix.cell_chosen.connect(self._choose_cell)
        self.matrix.cell_opened.connect(lambda *_cell: self.images_wanted.emit())
        self.table.selectionModel().currentRowChanged.connect(self._choose_class)
        self.clusters.selectionModel().currentRowChanged.connect(self._choose_cluster)
        for table in (self.table, self.clusters):
            table.activated.connect(lambda _index: self.images_wanted.emit())

    def _build(self) -> None:
        head = parts.row(
            parts.label(tr("Images of each class (rows) are taken for"), "muted"),
            self.kind_box,
            None,
            self.note,
            self.show_button,
        )
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.matrix)
        beside = QSplitter(Qt.Orientation.Vertical)
        beside.addWidget(self.table)
        beside.addWidget(self.clusters)
        split.addWidget(beside)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([690, 470])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(parts.plain(head, (16, 8, 16, 8)))
        layout.addWidget(split, 1)

    @property
    def kind(self) -> str | None:
        """What images are compared with: "linear", "knn", "clusters"; None before the first."""
        found = self.kind_box.currentData()
        return found if isinstance(found, str) else None

    def show_confusion(self, kinds: Kinds, kind: str, confusion: Confusion | None) -> None:
        """Offer these kinds and show one of them."""
        self.kind_box.clear()
        for key, words in kinds:
            self.kind_box.addItem(words, key)
        self.kind_box.setCurrentIndex(self.kind_box.findData(kind))
        self.confusion = confusion
        self.matrix.show_confusion(confusion)
        is_of_clusters = confusion is not None and not confusion.are_classes
        if confusion is not None:
            self.rows.set_rows(class_titles(confusion), class_rows(confusion))
        if confusion is not None and is_of_clusters:
            self.cluster_rows.set_rows(cluster_titles(), cluster_rows(confusion))
        self.table.setToolTip(
            tr("Found: how many of the class lie in its own cluster, the one that it is matched "
               "with. Right: how many in that cluster are of the class.")
            if is_of_clusters
            else tr("Found: how many of the class are taken for it. Right: how many of those are.")
        )  # fmt: skip
        self.clusters.setVisible(is_of_clusters)
        for table in (self.table, self.clusters):
            table.resizeColumnsToContents()
        self.note.setText("")
        self.show_button.setEnabled(False)

    def _choose_cell(self, row: int, column: int) -> None:
        if self.confusion is None:
            return
        ids = self.confusion.images(row, column)
        said = tr("{n}: “{row}” under “{column}”").format(
            n=text.counted(len(ids), tr("image"), tr("images")),
            row=self.confusion.rows[row],
            column=self.confusion.columns[column],
        )
        self._choose(ids, said)

    def _choose_class(self, index: QModelIndex, _before: QModelIndex) -> None:
        if self.confusion is None or not index.isValid():
            return
        name = str(self.rows.rows[index.row()][0])
        ids = self.confusion.images(self.confusion.rows.index(name))
        self._choose(ids, f"{text.counted(len(ids), tr('image'), tr('images'))}: “{name}”")

    def _choose_cluster(self, index: QModelIndex, _before: QModelIndex) -> None:
        if self.confusion is None or not index.isValid():
            return
        name = str(self.cluster_rows.rows[index.row()][0])
        ids = self.confusion.images(None, self.confusion.columns.index(name))
        self._choose(ids, f"{text.counted(len(ids), tr('image'), tr('images'))}: “{name}”")

    def _choose(self, ids: np.ndarray, said: str) -> None:
        self.images_chosen.emit(ids)
        self.note.setText(said)
        self.show_button.setEnabled(len(ids) > 0)


def read_confusions(
    project: Project, feature_set_id: int, clustering_id: int | None, wanted: str | None
) -> tuple[Kinds, str, Confusion | None]:
    """What can be compared with (key, words), which was chosen, and the confusion itself."""
    kinds: Kinds = []
    probes = project.features.probes(feature_set_id)
    words = {"linear": tr("classes by the linear probe"), "knn": tr("classes by kNN")}
    for key, said in words.items():
        if any(p.kind == key and "predictions_array" in p.settings for p in probes):
            kinds.append((key, said))
    own = [c.id for c in project.clusterings.all(feature_set_id)]
    if own:
        kinds.append(("clusters", tr("clusters")))
    chosen = wanted if wanted in [key for key, _ in kinds] else (kinds[0][0] if kinds else "")
    if not chosen:
        return kinds, "", None
    if chosen == "clusters":
        clustering = clustering_id if clustering_id in own else own[-1]
        return kinds, chosen, read_cluster_confusion(project, clustering)
    kind: ProbeKind = "knn" if chosen == "knn" else "linear"
    return kinds, chosen, read_confusion(project, feature_set_id, kind)
