"""What can be chosen on the page Export, and the plan and the job that come of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLayout, QWidget

from ssl_studio.gui import text
from ssl_studio.gui.job_thread import Job
from ssl_studio.gui.pages.pickers import feature_words
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.export import (
    ExportClustersJob,
    ExportEncoderJob,
    ExportFeaturesJob,
    FeatureFormat,
    Tree,
)
from ssl_studio.jobs.export_plans import (
    Plan,
    plan_clusters,
    plan_comparison,
    plan_curves,
    plan_encoder,
    plan_features,
    plan_report,
    plan_tags,
)
from ssl_studio.jobs.export_tables import ExportComparisonJob, ExportCurvesJob, ExportTagsJob
from ssl_studio.jobs.report import ReportJob
from ssl_studio.jobs.score_tables import LAYERS, read_table
from ssl_studio.project.file import Project

FORMATS: tuple[FeatureFormat, ...] = get_args(FeatureFormat)
Choice = tuple[int, str]


@dataclass(frozen=True, slots=True)
class ExportKind:
    """One thing that can leave.

    Attributes:
        folder_name: What its folder is called after the project.
        missing: What to say where there is nothing of the kind.
        needs: Which choices it has.
    """

    key: str
    words: str
    about: str
    folder_name: str
    missing: str
    needs: tuple[str, ...]


def kinds() -> tuple[ExportKind, ...]:
    """All of them, in order."""
    no_run = tr("Train a run first.")
    return (
        ExportKind(
            "encoder", tr("Encoder"),
            tr("The trained network as safetensors, with a model card that holds the code to load "
               "it, and as ONNX that is checked against it."),
            tr("encoder"), no_run, ("run", "checkpoint", "layer", "onnx"),
        ),
        ExportKind(
            "features", tr("Features"),
            tr("One vector for each image, as NumPy array, as CSV table or as Parquet."),
            tr("features"), tr("Compute features first: train a run and look at its clusters."),
            ("features", "formats"),
        ),
        ExportKind(
            "clusters", tr("Clusters"),
            tr("Which image is in which cluster, as CSV; if you like also a folder for each "
               "cluster with copies of its pictures or links to them."),
            tr("clusters"), tr("Find clusters first."), ("clustering", "tree"),
        ),
        ExportKind(
            "report", tr("Report"),
            tr("One HTML file with everything about a run: settings, curves, clusters, map, "
               "neighbours, evaluation, filters, provenance. It opens anywhere, even offline."),
            tr("report"), no_run, ("run", "features", "clustering"),
        ),
        ExportKind(
            "tags", tr("Tags"), tr("Every image that bears a tag, as CSV."),
            tr("tags"), tr("Nothing is tagged."), (),
        ),
        ExportKind(
            "curves", tr("Curves"), tr("Every figure that a run told while it trained, as CSV."),
            tr("curves"), no_run, ("run",),
        ),
        ExportKind(
            "comparison", tr("Comparison of runs"),
            tr("All runs with the settings that differ, their scores and costs, as CSV."),
            tr("runs"), no_run, (),
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from: ids and words, the newest first."""

    runs: tuple[Choice, ...] = ()
    checkpoints: dict[int, tuple[Choice, ...]] = field(default_factory=dict)
    layers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    features: tuple[Choice, ...] = ()
    clusterings: tuple[Choice, ...] = ()
    runs_of_features: dict[int, int | None] = field(default_factory=dict)
    features_of_clusterings: dict[int, int] = field(default_factory=dict)

    def features_of(self, run_id: int | None) -> tuple[Choice, ...]:
        """Those that a run made."""
        return tuple(c for c in self.features if self.runs_of_features[c[0]] == run_id)

    def clusterings_of(self, feature_set_id: int | None) -> tuple[Choice, ...]:
        """Those of a feature set."""
        own = self.features_of_clusterings
        return tuple(c for c in self.clusterings if own[c[0]] == feature_set_id)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen; None where there is nothing."""

    run_id: int | None = None
    checkpoint_id: int | None = None
    layer: str | None = None
    onnx: bool = True
    feature_set_id: int | None = None
    formats: tuple[FeatureFormat, ...] = ("npy",)
    clustering_id: int | None = None
    tree: Tree = "none"


def read_offer(project: Project) -> Offer:
    """Everything that can be chosen; runs in the background."""
    runs = project.runs.all()
    names = {run.id: run.name for run in runs}
    sets = project.features.all()
    words = {record.id: feature_words(record, names) for record in sets}
    layers: dict[int, tuple[str, ...]] = {}
    for run in runs:
        own = [r for r in sets if r.run_id == run.id and r.source != "pixels"]
        probes = [p for record in own for p in project.features.probes(record.id)]
        table = read_table(probes, LAYERS, "knn")
        known = [point for point in (table.points if table else ()) if point != "raw pixels"]
        layers[run.id] = tuple(dict.fromkeys([*known, *(record.layer for record in own)]))
    return Offer(
        tuple((run.id, run.name) for run in reversed(runs)),
        {
            run.id: tuple(
                (
                    c.id,
                    tr("epoch {n}, step {step}").format(n=f"{c.epoch:g}", step=text.count(c.step)),
                )
                for c in reversed(project.runs.checkpoints(run.id))
            )
            for run in runs
        },
        layers,
        tuple((r.id, words[r.id]) for r in sorted(sets, key=lambda r: (r.source != "run", -r.id))),
        tuple(
            (c.id, f"{c.algorithm}, {c.k} · {words.get(c.feature_set_id, '')}")
            for c in reversed(project.clusterings.all())
        ),
        {record.id: record.run_id if record.source == "run" else None for record in sets},
        {c.id: c.feature_set_id for c in project.clusterings.all()},
    )


class ExportChoices(QObject):
    """The boxes of the form; `changed` when the user chose something.

    `layers_wanted(run id)` asks for the layers of a run's network, see `show_layers`.
    """

    changed = Signal()
    layers_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._layers: dict[int, tuple[str, ...]] = {}
        self.run = parts.Choice(tr("Run"))
        self.checkpoint = parts.Choice(tr("Checkpoint"))
        self.layer = parts.Choice(tr("Layer"))
        self.onnx = QCheckBox(tr("ONNX too"))
        self.onnx.setChecked(True)
        self.features = parts.Choice(tr("Features"))
        self.clustering = parts.Choice(tr("Clusters"))
        self.tree = parts.Choice(tr("Folders of pictures"))
        self.formats = {
            "npy": QCheckBox(tr("NumPy (.npy with a CSV of its rows)")),
            "csv": QCheckBox(tr("CSV")),
            "parquet": QCheckBox(tr("Parquet")),
        }
        self.formats["npy"].setChecked(True)
        for key, words in (
            ("none", tr("The table only")),
            ("copy", tr("Folders with copies")),
            ("symlink", tr("Folders with links to the originals")),
            ("hardlink", tr("Folders with hard links")),
        ):
            self.tree.addItem(words, key)
        self._offer = Offer()
        self._kind = ""
        self._looked_at: tuple[int | None, ...] = (None, None, None)
        self._rows: dict[str, QWidget | QLayout] = {}
        self._form: QFormLayout | None = None
        for box in (self.checkpoint, self.layer, self.clustering, self.tree):
            box.activated.connect(lambda _index: self.changed.emit())
        self.features.activated.connect(lambda _index: self._on_features())
        self.run.activated.connect(lambda _index: self._on_run())
        for check in (self.onnx, *self.formats.values()):
            check.toggled.connect(lambda _on: self.changed.emit())

    def fill(self, form: QFormLayout) -> None:
        """Put the boxes into a form."""
        self._form = form
        self._rows = {
            "run": self.run,
            "checkpoint": self.checkpoint,
            "layer": self.layer,
            "onnx": self.onnx,
            "features": self.features,
            "formats": parts.row(*self.formats.values(), None, gap_px=16),
            "clustering": self.clustering,
            "tree": self.tree,
        }
        titles = {
            "run": tr("Run"),
            "checkpoint": tr("Checkpoint"),
            "layer": tr("Layer"),
            "onnx": "",
            "features": tr("Features"),
            "formats": tr("Formats"),
            "clustering": tr("Clusters"),
            "tree": tr("Pictures"),
        }
        for key, row in self._rows.items():
            form.addRow(titles[key], row)

    def show_kind(self, key: str) -> None:
        """Only the choices of a kind."""
        needs = next(kind.needs for kind in kinds() if kind.key == key)
        if self._form is not None:
            for name, row in self._rows.items():
                self._form.setRowVisible(row, name in needs)
        self._kind = key
        self._fill_derived()

    def offer(self, offer: Offer, studio: Studio) -> None:
        """Offer these; what all pages turn to is chosen here too."""
        self._offer = offer
        looked_at = studio.run_id, studio.feature_set_id, studio.clustering_id
        boxes = (
            (self.run, offer.runs),
            (self.features, offer.features),
            (self.clustering, offer.clusterings),
        )
        for (box, choices), now, before in zip(boxes, looked_at, self._looked_at, strict=True):
            # What was chosen here stays until all pages look at something else.
            _fill(box, choices, now if now is not None and now != before else box.currentData())
        self._looked_at = looked_at
        self._fill_run()
        self._fill_derived()

    def _on_run(self) -> None:
        self._fill_run()
        self._on_features()

    def _on_features(self) -> None:
        self._fill_derived()
        self.changed.emit()

    def _fill_derived(self) -> None:
        """A report is about one run: what others made is not offered for it."""
        offer, features, clusterings = self._offer, self._offer.features, self._offer.clusterings
        is_report = self._kind == "report"
        if is_report:
            features = offer.features_of(self.run.currentData())
        _fill(self.features, features, self.features.currentData())
        if is_report:
            clusterings = offer.clusterings_of(self.features.currentData())
        _fill(self.clustering, clusterings, self.clustering.currentData())

    def _fill_run(self) -> None:
        run_id = self.run.currentData()
        checkpoints = self._offer.checkpoints.get(run_id, ())
        _fill(self.checkpoint, checkpoints, self.checkpoint.currentData())
        self._fill_layers(run_id)
        if checkpoints and run_id not in self._layers:
            self.layers_wanted.emit(run_id)

    def forget(self) -> None:
        """Nothing is open."""
        self._layers.clear()

    def show_layers(self, run_id: int, layers: Sequence[str]) -> None:
        """Offer all layers of a run's network, from the image upwards."""
        self._layers[run_id] = tuple(layers)
        if run_id == self.run.currentData():
            self._fill_layers(run_id)

    def _fill_layers(self, run_id: int | None) -> None:
        before = self.layer.currentData()
        known = self._offer.layers.get(run_id, ()) if run_id is not None else ()
        self.layer.clear()
        self.layer.addItem(tr("as the method recommends"), None)
        for name in self._layers.get(run_id, known) if run_id is not None else ():
            self.layer.addItem(name, name)
        self.layer.setCurrentIndex(max(0, self.layer.findData(before)))

    def values(self) -> Chosen:
        """What is chosen now."""
        formats = tuple(key for key in FORMATS if self.formats[key].isChecked())
        return Chosen(
            self.run.currentData(),
            self.checkpoint.currentData(),
            self.layer.currentData(),
            self.onnx.isChecked(),
            self.features.currentData(),
            formats,
            self.clustering.currentData(),
            cast(Tree, self.tree.currentData()),
        )


def _fill(box: QComboBox, choices: tuple[Choice, ...], wanted: object) -> None:
    box.clear()
    for key, words in choices:
        box.addItem(words, key)
    box.setCurrentIndex(max(0, box.findData(wanted)) if choices else -1)
    box.setEnabled(bool(choices))


def make_plan(project: Project, kind: str, chosen: Chosen, folder: Path) -> Plan | None:
    """What would be written; None where there is nothing to choose from."""
    if kind == "tags":
        return plan_tags(project, folder)
    if kind == "comparison":
        return plan_comparison(project, folder)
    if kind == "features":
        found = chosen.feature_set_id
        return None if found is None else plan_features(project, folder, found, chosen.formats)
    if kind == "clusters":
        found = chosen.clustering_id
        return None if found is None else plan_clusters(project, folder, found, chosen.tree)
    if chosen.run_id is None:
        return None
    if kind == "encoder":
        return plan_encoder(project, folder, chosen.run_id, chosen.checkpoint_id, chosen.onnx)
    if kind == "curves":
        return plan_curves(project, folder, chosen.run_id)
    return plan_report(project, folder, chosen.run_id, chosen.feature_set_id, chosen.clustering_id)


def make_job(kind: str, chosen: Chosen, folder: Path, overwrite: bool) -> Job | None:
    """The job that writes it; None where there is nothing to write."""
    if kind == "tags":
        return ExportTagsJob(folder, overwrite)
    if kind == "comparison":
        return ExportComparisonJob(folder, overwrite)
    if kind == "features" and chosen.feature_set_id is not None and chosen.formats:
        return ExportFeaturesJob(chosen.feature_set_id, folder, chosen.formats, overwrite)
    if kind == "clusters" and chosen.clustering_id is not None:
        return ExportClustersJob(chosen.clustering_id, folder, chosen.tree, overwrite)
    if chosen.run_id is None:
        return None
    if kind == "encoder":
        return ExportEncoderJob(
            chosen.run_id, folder, chosen.checkpoint_id, chosen.layer, chosen.onnx, overwrite
        )
    if kind == "curves":
        return ExportCurvesJob(chosen.run_id, folder, overwrite)
    if kind == "report":
        return ReportJob(
            chosen.run_id, folder, chosen.feature_set_id, chosen.clustering_id, overwrite
        )
    return None


def unused_folder(parent: Path, name: str) -> Path:
    """A folder that does not exist yet: nothing is ever written over."""
    folder, number = parent / name, 2
    while folder.exists():
        folder = parent / f"{name} {number}"
        number += 1
    return folder
