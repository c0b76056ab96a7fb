"""The panel that asks for a new clustering: whose features, which algorithm, how many groups."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFormLayout, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.pickers import feature_words
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.k_plot import KPlot
from ssl_studio.jobs.choose_k import KChoice, stored_choice
from ssl_studio.jobs.cluster import FINDS_K, Algorithm
from ssl_studio.jobs.layers import RunChoice, runs_with_checkpoints
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord

AUTOMATIC = 1
"""The smallest value of a number box stands for "as many as suit"."""
BOX_PX = 150


@dataclass(frozen=True, slots=True)
class Sources:
    """What features there are and could be."""

    runs: list[RunChoice]
    features: list[FeatureSetRecord]
    k_choices: dict[int, KChoice]


@dataclass(frozen=True, slots=True)
class Plan:
    """A clustering that is asked for. Without a feature set it is to be computed first."""

    feature_set_id: int | None
    run_id: int | None
    checkpoint_id: int | None
    layer: str | None
    algorithm: Algorithm
    k: int | None
    smallest: int | None
    whiten: int


def read_sources(project: Project) -> Sources:
    """Runs with checkpoints, feature sets and what was found about k; runs in the background."""
    features = project.features.all()
    choices = {record.id: stored_choice(project, record.id) for record in features}
    known = {number: choice for number, choice in choices.items() if choice is not None}
    return Sources(runs_with_checkpoints(project), features, known)


def algorithms() -> tuple[tuple[Algorithm, str, str], ...]:
    """Algorithm, its name, and when to take it."""
    return (
        (
            "k-means",
            tr("k-means"),
            tr("Round groups of similar spread; quick at any size. The usual first look."),
        ),
        (
            "ward",
            tr("Ward (bottom up)"),
            tr(
                "Merges the two most similar groups again and again. Good for groups of very "
                "different sizes. Worked out on at most 5,000 images; the others join the "
                "nearest group."
            ),
        ),
        (
            "hdbscan",
            tr("HDBSCAN (dense regions)"),
            tr(
                "Finds the number by itself and leaves images that lie between groups in "
                "“No group”. Worked out on at most 10,000 images."
            ),
        ),
        (
            "power iteration",
            tr("Power iteration"),
            tr(
                "Follows the graph of nearest neighbours, as DeepCluster may. Finds the number "
                "by itself; expect many small groups."
            ),
        ),
    )


class NewClustering(QWidget):
    """The form. Signals: `wanted(Plan)`, `help_wanted(Plan)`, `layers_wanted(run_id)`."""

    wanted = Signal(object)
    help_wanted = Signal(object)
    layers_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources = Sources([], [], {})
        self._offered: object = None
        self._layers: dict[int, tuple[str, ...]] = {}
        self.run_box = parts.Choice(tr("Run"))
        self.epoch_box = parts.Choice(tr("Checkpoint"))
        self.layer_box = parts.Choice(tr("Layer"))
        self.algorithm_box = parts.Choice(tr("Algorithm"))
        self.explanation = parts.label("", "small", wrap=True)
        self.k_box = parts.WholeNumber(AUTOMATIC, 10_000, tr("Number of clusters"))
        self.smallest_box = parts.WholeNumber(AUTOMATIC, 100_000, tr("Smallest group"))
        self.whiten_box = parts.WholeNumber(0, 1024, tr("Whiten to"))
        self.status = parts.label("", "small", wrap=True)
        self.help_button = parts.button(
            tr("Help me choose the number"), on_click=lambda: self.help_wanted.emit(self.plan())
        )
        self.plot = KPlot()
        self.why = parts.label("", "small", wrap=True, selectable=True)
        self.find_button = parts.button(
            tr("Find clusters"),
            "clusters",
            role="primary",
            on_click=lambda: self.wanted.emit(self.plan()),
        )
        self._build()
        self._connect()

    def _build(self) -> None:
        for key, words, _tip in algorithms():
            self.algorithm_box.addItem(words, key)
        for box in (self.run_box, self.epoch_box, self.layer_box, self.algorithm_box):
            box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        self.k_box.setSpecialValueText(tr("as suits"))
        self.smallest_box.setSpecialValueText(tr("1 in 200"))
        self.whiten_box.setSpecialValueText(tr("no"))
        self.k_box.setToolTip(tr("How many groups to look for; “as suits” takes the number of "
                                 "labels, or what separates best"))  # fmt: skip
        self.smallest_box.setToolTip(tr("From how many images on a dense region is a group"))
        self.whiten_box.setToolTip(
            tr("Give so many main directions of the features equal weight before grouping. "
               "Helps where a few strong directions drown the others.")
        )  # fmt: skip
        self.form = QFormLayout()
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setVerticalSpacing(theme.GAP)
        for words, widget in (
            (tr("Run"), self.run_box), (tr("Checkpoint"), self.epoch_box),
            (tr("Layer"), self.layer_box), (tr("Algorithm"), self.algorithm_box),
            (tr("Clusters"), self.k_box), (tr("Smallest"), self.smallest_box),
            (tr("Whiten"), self.whiten_box),
        ):  # fmt: skip
            self.form.addRow(words, widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addLayout(self.form)
        parts.fill(
            layout, self.explanation, self.status, self.find_button, self.help_button,
            self.plot, self.why, None,
        )  # fmt: skip
        self._show_algorithm()
        self.show_choice(None)

    def _connect(self) -> None:
        self.run_box.activated.connect(lambda _i: self._show_run())
        self.epoch_box.activated.connect(lambda _i: self._show_status())
        self.layer_box.activated.connect(lambda _i: self._show_status())
        self.algorithm_box.activated.connect(lambda _i: self._show_algorithm())
        self.plot.picked.connect(self.k_box.setValue)

    # -- showing -------------------------------------------------------------------------------

    def show_sources(self, sources: Sources, feature_set_id: int | None) -> None:
        """Offer these, with a feature set chosen; what was chosen here stays if it can."""
        offered = (sources.runs, [r.id for r in sources.features], feature_set_id)
        self._sources = sources
        if offered == self._offered:
            self._show_status()
            return
        self._offered = offered
        self.run_box.clear()
        for run in sources.runs:
            self.run_box.addItem(run.name, ("run", run.id))
        trained = {run.id for run in sources.runs}
        names = {run.id: run.name for run in sources.runs}
        for record in sources.features:
            if record.source != "run" or record.run_id not in trained:
                self.run_box.addItem(feature_words(record, names), ("set", record.id))
        self._choose_feature_set(feature_set_id)

    def forget(self) -> None:
        """Another project: run ids mean other runs."""
        self._layers.clear()
        self._offered = None

    def show_layers(self, run_id: int, layers: tuple[str, ...]) -> None:
        """Offer the layers of a run's network."""
        self._layers[run_id] = layers
        if self._run_id() == run_id:
            self._fill_layers(self.layer_box.currentData())

    def show_choice(self, choice: KChoice | None) -> None:
        """Show what was found about the number of clusters, or nothing."""
        self.plot.setVisible(choice is not None)
        self.why.setVisible(choice is not None)
        if choice is None:
            return
        self.plot.show_choice(choice)
        seen = tr("From {n} of {all} images.").format(
            n=text.count(choice.looked_at), all=text.count(choice.images)
        )
        bend = "" if choice.elbow is None else tr(" Inertia bends most at {k}.").format(
            k=choice.elbow
        )  # fmt: skip
        self.why.setText(f"{choice.why}{bend} {seen}")

    def _choose_feature_set(self, feature_set_id: int | None) -> None:
        record = next((r for r in self._sources.features if r.id == feature_set_id), None)
        key = ("set", feature_set_id)
        if record is not None and record.source == "run":
            key = ("run", record.run_id)
        row = self._row_of(key)
        self.run_box.setCurrentIndex(row if row >= 0 else 0)
        self._show_run(None if record is None else record)

    def _row_of(self, key: tuple[str, int | None]) -> int:
        rows = range(self.run_box.count())
        return next((n for n in rows if tuple(self.run_box.itemData(n)) == key), -1)

    def _show_run(self, record: FeatureSetRecord | None = None) -> None:
        run = self._run()
        self.epoch_box.clear()
        for position, checkpoint in enumerate(run.checkpoints if run else ()):
            words = tr("epoch {n}").format(n=f"{checkpoint.epoch:g}")
            latest = tr(" (latest)") if position == 0 else ""
            self.epoch_box.addItem(words + latest, (checkpoint.id, checkpoint.epoch))
        if record is not None and run is not None:
            epochs = [checkpoint.epoch for checkpoint in run.checkpoints]
            if record.epoch in epochs:
                self.epoch_box.setCurrentIndex(epochs.index(record.epoch))
        for box in (self.epoch_box, self.layer_box):
            self.form.setRowVisible(box, run is not None)
        self._fill_layers(None if record is None else record.layer)
        self._want_layers()

    def showEvent(self, event: QShowEvent) -> None:
        """The layers of a network are asked for when somebody may choose one: it takes torch."""
        super().showEvent(event)
        self._want_layers()

    def _want_layers(self) -> None:
        run_id = self._run_id()
        if self.isVisible() and run_id is not None and run_id not in self._layers:
            self.layers_wanted.emit(run_id)

    def _fill_layers(self, chosen: str | None) -> None:
        run = self._run()
        self.layer_box.clear()
        if run is not None:
            used = [r.layer for r in self._sources.features if r.run_id == run.id]
            own = [layer for layer in dict.fromkeys(used)
                   if layer not in self._layers.get(run.id, ()) and layer != "pixels"]  # fmt: skip
            self.layer_box.addItem(tr("as the method recommends"), None)
            for layer in (*self._layers.get(run.id, ()), *own):
                self.layer_box.addItem(text.layer(layer), layer)
            self.layer_box.setCurrentIndex(max(0, self.layer_box.findData(chosen)))
        self._show_status()

    def _show_status(self) -> None:
        found = self.plan().feature_set_id
        self.status.setVisible(found is None)
        self.status.setText(tr("These features are computed first; that takes a while."))
        self.show_choice(None if found is None else self._sources.k_choices.get(found))

    def _show_algorithm(self) -> None:
        algorithm = self.algorithm_box.currentData()
        tips = {key: tip for key, _words, tip in algorithms()}
        self.explanation.setText(tips[algorithm])
        self.form.setRowVisible(self.k_box, algorithm not in FINDS_K)
        self.form.setRowVisible(self.smallest_box, algorithm == "hdbscan")

    # -- asking --------------------------------------------------------------------------------

    def _run_id(self) -> int | None:
        data = self.run_box.currentData()
        return int(data[1]) if data and data[0] == "run" else None

    def _run(self) -> RunChoice | None:
        run_id = self._run_id()
        return next((run for run in self._sources.runs if run.id == run_id), None)

    def _known(self, run_id: int, epoch: float | None, layer: str | None) -> int | None:
        """The newest feature set that is what is asked for."""
        fitting = [
            r.id for r in self._sources.features
            if r.source == "run" and r.run_id == run_id and r.epoch == epoch
            and (layer is None or r.layer == layer)
        ]  # fmt: skip
        return max(fitting, default=None)

    def plan(self) -> Plan:
        """What the form asks for."""
        run_id, data = self._run_id(), self.run_box.currentData()
        checkpoint, epoch = self.epoch_box.currentData() or (None, None)
        layer: str | None = self.layer_box.currentData()
        known = int(data[1]) if data and data[0] == "set" else None
        if run_id is not None:
            known = self._known(run_id, epoch, layer)
        return Plan(
            known, run_id, checkpoint, layer, self.algorithm_box.currentData(),
            _chosen(self.k_box.value()), _chosen(self.smallest_box.value()),
            self.whiten_box.value(),
        )  # fmt: skip


def _chosen(value: int) -> int | None:
    return None if value == AUTOMATIC else value
