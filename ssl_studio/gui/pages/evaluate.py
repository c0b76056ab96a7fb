"""How well features agree with labels: scores, layers, classes, epochs, and a few labels."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHeaderView,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import theme
from ssl_studio.gui.pages.evaluate_classes import ClassesView, plain_table, read_confusions
from ssl_studio.gui.pages.evaluate_parts import (
    EpochsView,
    Evaluation,
    FewView,
    LayersView,
    read_evaluation,
)
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.pickers import (
    FeatureChoice,
    FeatureSetPicker,
    read_feature_choices,
    settle_feature_set,
)
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.empty_state import EmptyState
from ssl_studio.gui.widgets.score_table import (
    FeatureScores,
    ScoreDelegate,
    ScoreModel,
    headline,
    read_scores,
)
from ssl_studio.jobs.evaluate import EvaluateJob
from ssl_studio.jobs.probe_epochs import ProbeEpochsJob
from ssl_studio.jobs.probe_layers import ProbeLayersJob
from ssl_studio.jobs.score_tables import Confusion
from ssl_studio.project.file import Project

TABS = ("scores", "layers", "classes", "epochs", "few")


class EvaluatePage(Page):
    """One feature set, looked at in five ways, beside its references."""

    key, icon = "evaluate", "evaluate"
    listens = frozenset({"probes", "feature_sets", "runs", "images", "clusterings", "clusters"})
    job_types = ("ProbeJob", "EvaluateJob", "ProbeLayersJob", "ProbeEpochsJob")

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.scores = ScoreModel()
        self.evaluation = Evaluation()
        self.table = plain_table(tr("Scores"))
        self.all_box = QCheckBox(tr("All figures"))
        self.picker = FeatureSetPicker(studio)
        self.layers = LayersView()
        self.epochs = EpochsView()
        self.few = FewView()
        self.classes = ClassesView()
        self.tabs: dict[str, QToolButton] = {}
        self._stack = QStackedLayout()
        self._voids = {key: EmptyState() for key in TABS[1:]}
        self._stacks: dict[str, QStackedLayout] = {}
        self._build()
        self.all_box.toggled.connect(lambda _on: self._show_columns())
        self.table.selectionModel().currentRowChanged.connect(self._on_row_chosen)
        self.epochs.again.clicked.connect(lambda: self._probe_epochs())
        self.classes.kind_wanted.connect(self._ask_confusion)
        self.classes.images_chosen.connect(studio.select)
        self.classes.images_wanted.connect(self._show_images)
        studio.feature_set_changed.connect(self._on_features_changed)
        studio.clustering_changed.connect(self._on_clustering_changed)

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Evaluate")

    # -- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        self.table.setModel(self.scores)
        self.table.setItemDelegate(ScoreDelegate(self.table))
        self.table.verticalHeader().setDefaultSectionSize(44)
        words = {
            "scores": tr("Scores"),
            "layers": tr("Layers"),
            "classes": tr("Classes"),
            "epochs": tr("Epochs"),
            "few": tr("Few labels"),
        }
        group = QButtonGroup(self)
        for key in TABS:
            tab = QToolButton(text=words[key], checkable=True, autoRaise=True)
            tab.setProperty("role", "tab")
            tab.clicked.connect(lambda _on=False, key=key: self.show_tab(key))
            group.addButton(tab)
            self.tabs[key] = tab
        bar = parts.frame(
            "bar", parts.row(*self.tabs.values(), None, self.picker, gap_px=theme.HALF), theme.GAP
        )
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(self._stack, 1)
        for key, content in (
            ("scores", self._scores_view()),
            ("layers", self.layers),
            ("classes", self.classes),
            ("epochs", self.epochs),
            ("few", self.few),
        ):
            self._stack.addWidget(self._with_void(key, content))
        self.show_tab("scores")

    def _scores_view(self) -> QWidget:
        about = parts.label(
            tr("Labels are used for looking only, never for training. More is better."), "muted"
        )
        button = parts.button(
            tr("Evaluate with references"), "evaluate", role="primary", on_click=self._evaluate
        )
        button.setToolTip(tr("The chosen features, the same network untrained, and raw pixels"))
        self.probe_button = button
        foot = parts.frame(
            "foot", parts.row(about, None, self.all_box, theme.GAP, button), theme.GAP
        )
        return parts.plain(parts.column(self.table, foot, gap_px=0))

    def _with_void(self, key: str, content: QWidget) -> QWidget:
        made = QWidget()
        stack = QStackedLayout(made)
        stack.addWidget(content)
        if key in self._voids:
            stack.addWidget(self._voids[key])
        self._stacks[key] = stack
        return made

    # -- the page ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for all scores."""
        self.ask("scores", _read, self._show_all)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return {"scores": self.table, "classes": self.classes.matrix}.get(self.tab, self.picker)

    def clear(self) -> None:
        """Nothing is open."""
        self.scores.set_table(FeatureScores([], [], False))
        self.evaluation = Evaluation()
        self.classes.show_confusion([], "", None)

    def poses(self) -> dict[str, Callable[[], object]]:
        """Each of the five views."""
        return {"" if key == "scores" else f"-{key}": partial(self.show_tab, key) for key in TABS}

    @property
    def tab(self) -> str:
        """Which of the views is shown."""
        return TABS[self._stack.currentIndex()]

    def show_tab(self, key: str) -> None:
        """Look at the features in another way."""
        self._stack.setCurrentIndex(TABS.index(key))
        self.tabs[key].setChecked(True)
        self.picker.setVisible(key != "scores")

    def _show_all(self, answer: tuple[FeatureScores, list[FeatureChoice]]) -> None:
        table, choices = answer
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
        self.picker.set_choices(choices)
        settle_feature_set(self.studio, choices)
        self._show_columns()
        self._show_choice()
        self._ask_details()
        self.show_content()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The figures share the width."""
        super().resizeEvent(event)
        self._fit_columns()

    # -- scores --------------------------------------------------------------------------------

    def _fit_columns(self) -> None:
        header = self.table.horizontalHeader()
        header.setMinimumSectionSize(120)
        shown = [c for c in range(self.scores.columnCount()) if not self.table.isColumnHidden(c)]
        wanted = {c: 320 if c == 0 else max(140, header.sectionSizeHint(c) + 16) for c in shown}
        spare = self.table.viewport().width() - sum(wanted.values())
        for column, width in wanted.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.table.setColumnWidth(column, width + max(0, spare) // len(wanted))

    def _show_columns(self) -> None:
        shown = headline(self.scores.table.columns)
        for number, name in enumerate(self.scores.table.columns):
            is_hidden = name not in shown and not self.all_box.isChecked()
            self.table.setColumnHidden(number + 1, is_hidden)
        self.all_box.setVisible(len(shown) < len(self.scores.table.columns))
        self._fit_columns()

    def _show_choice(self) -> None:
        ids = [row.feature_set_id for row in self.scores.table.rows]
        if self.studio.feature_set_id in ids:
            self.table.selectRow(ids.index(self.studio.feature_set_id))
        self.probe_button.setEnabled(self.studio.feature_set_id in ids)

    def _on_features_changed(self) -> None:
        self._show_choice()
        if not self.is_stale:
            self._ask_details()

    def _on_row_chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.studio.set_feature_set(self.scores.table.rows[index.row()].feature_set_id)

    def _evaluate(self) -> None:
        if self.studio.feature_set_id is not None:
            self.studio.run(EvaluateJob(self.studio.feature_set_id))

    # -- layers, epochs, few labels ------------------------------------------------------------

    def _ask_details(self) -> None:
        chosen = self.studio.feature_set_id
        if chosen is not None and self.studio.is_open:
            self.ask("details", lambda p: read_evaluation(p, chosen), self._show_details)
            self._ask_confusion()

    def _show_details(self, found: Evaluation) -> None:
        self.evaluation = found
        self.layers.show_layers(found.layers)
        self._show_or_tell(
            "layers",
            bool(found.layers),
            tr("The layers have not been probed"),
            tr(
                "A kNN and a linear probe of every layer, trained and untrained, and of raw "
                "pixels show where in the network the knowledge sits. The more layers, images and "
                "labels, the longer it takes; the activity list says how far it is."
            ),
            (tr("Probe every layer"), self._probe_layers) if found.has_run else None,
        )
        self.epochs.show_epochs(found.epochs, found.epochs_note)
        self.epochs.again.setVisible(found.has_run)
        self._show_or_tell(
            "epochs",
            any(found.epochs.values()),
            tr("No epoch has been scored"),
            tr("Every stored epoch of the run is scored on the same sample of images."),
            (tr("Score the stored epochs"), self._probe_epochs) if found.has_run else None,
        )
        self.few.show_few(found.few)
        self._show_or_tell(
            "few",
            bool(found.few),
            tr("Not measured yet"),
            tr("How good a handful of labels would be comes with the evaluation."),
            (tr("Evaluate with references"), self._evaluate),
        )

    def _show_or_tell(
        self,
        key: str,
        is_known: bool,
        heading: str,
        sentence: str,
        action: tuple[str, Callable[[], object]] | None,
    ) -> None:
        void = self._voids[key]
        if not is_known:
            if action is None:
                sentence = tr("These are the features of a reference. Choose those of a run above.")
            void.tell("evaluate", heading, sentence, [] if action is None else [action])
        self._stacks[key].setCurrentIndex(0 if is_known else 1)

    def _probe_layers(self) -> None:
        if self.studio.feature_set_id is not None:
            self.studio.run(ProbeLayersJob(self.studio.feature_set_id))

    def _probe_epochs(self) -> None:
        if self.studio.feature_set_id is not None:
            self.studio.run(ProbeEpochsJob(self.studio.feature_set_id))

    def do(self, command_id: str) -> bool:
        """Probing from the menu and the palette."""
        commands: dict[str, Callable[[], object]] = {
            "evaluate_features": self._evaluate,
            "probe_layers": self._probe_layers,
            "probe_epochs": self._probe_epochs,
        }
        if command_id not in commands or self.is_empty:
            return False
        commands[command_id]()
        return True

    # -- classes -------------------------------------------------------------------------------

    def _on_clustering_changed(self) -> None:
        if not self.is_stale and self.classes.kind == "clusters":
            self._ask_confusion()

    def _ask_confusion(self) -> None:
        chosen, clustering = self.studio.feature_set_id, self.studio.clustering_id
        wanted = self.classes.kind
        if chosen is None:
            return

        def read(project: Project) -> tuple[list[tuple[str, str]], str, Confusion | None]:
            return read_confusions(project, chosen, clustering, wanted)

        self.ask("confusion", read, self._show_confusion)

    def _show_confusion(self, answer: tuple[list[tuple[str, str]], str, Confusion | None]) -> None:
        self.classes.show_confusion(*answer)
        self._show_or_tell(
            "classes",
            answer[2] is not None,
            tr("Nothing has been predicted yet"),
            tr("An evaluation keeps what each image was taken for."),
            (tr("Evaluate with references"), self._evaluate),
        )

    def _show_images(self) -> None:
        if len(self.studio.selection):
            self.studio.page_requested.emit("images")


def _read(project: Project) -> tuple[FeatureScores, list[FeatureChoice]]:
    return read_scores(project), read_feature_choices(project)
