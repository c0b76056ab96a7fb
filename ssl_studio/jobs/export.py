"""Let an encoder, features or clusters leave the project as files that other programs read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ssl_studio.events import Cancel, Note, Progress, Report
from ssl_studio.jobs.encoders import RunEncoder, load_encoder
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord

FeatureFormat = Literal["npy", "csv", "parquet"]
Tree = Literal["none", "copy", "hardlink", "symlink"]


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written.

    Attributes:
        onnx_difference: Largest difference between the outputs of ONNX and torch, if measured.
        left_out: Pictures that could not be placed, with the reason.
    """

    files: tuple[Path, ...]
    onnx_difference: float | None = None
    left_out: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ExportEncoderJob:
    """Weights, description, model card, and ONNX into a folder.

    Attributes:
        checkpoint_id: None takes the latest.
        layer: Which layer's features the exported encoder gives; None takes the method's choice.
    """

    run_id: int
    folder: Path
    checkpoint_id: int | None = None
    layer: str | None = None
    onnx: bool = True
    overwrite: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return f"Exporting the encoder of run {self.run_id}"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ExportResult:
        """Write all files or none. Raises ExportError."""
        from ssl_studio.exporting.encoder import CardInfo, export_encoder
        from ssl_studio.methods.base import get_method

        report(Progress(0, None, "Loading the encoder"))
        with Project.open(project_path, read_only=True) as project:
            encoder = load_encoder(project, self.run_id, self.checkpoint_id)
            provenance = _provenance(project, encoder)
        method = get_method(encoder.run.method)
        view, paper = encoder.info.view, method.paper
        info = CardInfo(
            title=encoder.run.name,
            mean=view.mean,
            std=view.std,
            method=method.title,
            paper=f"{paper.authors} {paper.year}, arXiv {paper.arxiv}",
            provenance=provenance,
            size=view.size,
        )
        report(Progress(0, None, "Writing the encoder"))
        cancel.check()
        done = export_encoder(
            self.folder,
            encoder.network,
            info,
            layer=self.layer or encoder.info.layer,
            onnx=self.onnx,
            overwrite=self.overwrite,
        )
        if done.onnx_difference is not None:
            report(Note("info", f"ONNX and torch differ by {done.onnx_difference:.2g} at most."))
        return ExportResult(done.files, done.onnx_difference)


def _provenance(project: Project, encoder: RunEncoder) -> dict[str, object]:
    run, checkpoint = encoder.run, encoder.checkpoint
    assert checkpoint is not None
    return {
        "run": run.name,
        "epoch": checkpoint.epoch,
        "step": checkpoint.step,
        "images": run.environment["images"],
        "images_fingerprint": project.images.fingerprint(project.runs.training_images(run.id)),
        "training_settings": run.training,
        "method_settings": run.settings,
        "versions": run.environment["versions"],
        "finished_at": run.finished_at,
    }


@dataclass(frozen=True, slots=True)
class ExportFeaturesJob:
    """A feature set as .npy with a CSV of its rows, as one CSV, and as Parquet, into a folder."""

    feature_set_id: int
    folder: Path
    formats: tuple[FeatureFormat, ...] = ("npy", "parquet")
    overwrite: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return "Exporting features"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ExportResult:
        """Write each file whole or not at all. Raises ExportError."""
        from ssl_studio.exporting.tables import (
            export_feature_arrays,
            export_feature_csv,
            export_feature_parquet,
        )

        report(Progress(0, None, "Writing features"))
        with Project.open(project_path, read_only=True) as project:
            record = project.features.get(self.feature_set_id)
            values = project.features.values(record.id)
            images = project.images.get(project.features.image_ids(record.id))
        paths, labels = [i.path for i in images], [i.label for i in images]
        about, stem = _about(record), f"features-{record.id}"
        files: list[Path] = []
        if "npy" in self.formats:
            files += export_feature_arrays(
                self.folder, stem, values, paths, labels, about=about, overwrite=self.overwrite
            )
        cancel.check()
        if "csv" in self.formats:
            target = self.folder / f"{stem}-table.csv"
            files.append(
                export_feature_csv(
                    target, values, paths, labels, overwrite=self.overwrite, cancel=cancel
                )
            )
        cancel.check()
        if "parquet" in self.formats:
            target = self.folder / f"{stem}.parquet"
            files.append(
                export_feature_parquet(
                    target, values, paths, labels, about=about, overwrite=self.overwrite
                )
            )
        return ExportResult(tuple(files))


def _about(record: FeatureSetRecord) -> dict[str, object]:
    return {
        "run": record.run_id,
        "checkpoint": record.checkpoint_id,
        "source": record.source,
        "backbone": record.backbone,
        "layer": record.layer,
        "epoch": record.epoch,
        "settings": record.settings,
        "seed": record.seed,
        "created_at": record.created_at,
        "versions": record.environment.get("versions"),
    }


@dataclass(frozen=True, slots=True)
class ExportClustersJob:
    """A clustering as a CSV, and as a folder for each cluster with its pictures.

    The originals are only read. `tree` "none" writes the table alone.
    """

    clustering_id: int
    folder: Path
    tree: Tree = "none"
    overwrite: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return "Exporting clusters"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ExportResult:
        """Write the table, then the tree. Raises ExportError."""
        from ssl_studio.exporting.tables import (
            ClusterRow,
            Picture,
            export_cluster_tree,
            export_clusters_csv,
        )

        with Project.open(project_path, read_only=True) as project:
            rows: list[ClusterRow] = []
            pictures: list[Picture] = []
            for cluster in project.clusterings.clusters(self.clustering_id):
                members = project.clusterings.members(cluster.id)
                ids = [member.image_id for member in members]
                images = project.images.get(ids)
                rows += [
                    ClusterRow(i.path, i.label, cluster.number, cluster.name, m.distance, m.margin)
                    for i, m in zip(images, members, strict=True)
                ]
                if self.tree != "none":
                    paths = project.images.full_paths(ids)
                    pictures += [Picture(path, cluster.name) for path in paths]
            roots = [project.images.root_folder(root.id) for root in project.images.roots()]
        table = self.folder / f"clusters-{self.clustering_id}.csv"
        files = [export_clusters_csv(table, rows, overwrite=self.overwrite)]
        if self.tree == "none":
            return ExportResult(tuple(files))
        made = export_cluster_tree(
            self.folder / f"clusters-{self.clustering_id}",
            pictures,
            mode=self.tree,
            keep_out_of=roots,
            report=report,
            cancel=cancel,
        )
        return ExportResult((*files, made.folder), left_out=tuple(made.left_out))
