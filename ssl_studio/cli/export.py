"""Commands that let things leave the project: encoder, features, clusters, tables, report."""

from pathlib import Path
from typing import get_args

import click

from ssl_studio.cli.app import StudioGroup, cli
from ssl_studio.cli.console import print_json, run_job
from ssl_studio.cli.options import (
    as_json,
    checkpoint_option,
    clustering_option,
    features_option,
    latest_clustering,
    latest_features,
    latest_run,
    project_argument,
    run_option,
)
from ssl_studio.jobs.export import (
    ExportClustersJob,
    ExportEncoderJob,
    ExportFeaturesJob,
    ExportResult,
    FeatureFormat,
    Tree,
)
from ssl_studio.jobs.export_tables import ExportComparisonJob, ExportCurvesJob, ExportTagsJob
from ssl_studio.jobs.report import ReportJob

folder_argument = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace files of these names.")


@cli.group(cls=StudioGroup)
def export() -> None:
    """Write an encoder, features, clusters or a report.

    \b
    ssl-studio export encoder birds.sslstudio encoder/
    ssl-studio export features birds.sslstudio features/
    ssl-studio export clusters birds.sslstudio sorted/ --tree symlink
    ssl-studio export report birds.sslstudio report/
    """


@export.command("encoder")
@project_argument
@folder_argument
@run_option
@checkpoint_option
@click.option("--layer", help="Whose features it gives; the method's choice if left out.")
@click.option("--onnx/--no-onnx", default=True, show_default=True, help="Write ONNX too.")
@overwrite_option
@as_json
def export_encoder(
    project: Path,
    folder: Path,
    run: int | None,
    checkpoint: int | None,
    layer: str | None,
    onnx: bool,
    overwrite: bool,
    json: bool,
) -> None:
    """Write the encoder of a run.

    Weights in torchvision's names, a description as JSON, a model card, and ONNX. The card holds
    the Python lines that load it with torch and torchvision alone.

    \b
    ssl-studio export encoder birds.sslstudio encoder/
    ssl-studio export encoder birds.sslstudio encoder/ --run 3 --no-onnx
    """
    chosen = run or latest_run(project)
    job = ExportEncoderJob(chosen, folder, checkpoint, layer, onnx, overwrite)
    _print_export(run_job(job, project), json)


@export.command("features")
@project_argument
@folder_argument
@features_option
@click.option(
    "--format",
    "formats",
    type=click.Choice(get_args(FeatureFormat)),
    multiple=True,
    help="npy (with a CSV of the rows), csv (everything in one table) or parquet; repeat for more. "
    "npy and parquet if left out.",
)
@overwrite_option
@as_json
def export_features(
    project: Path,
    folder: Path,
    features: int | None,
    formats: tuple[FeatureFormat, ...],
    overwrite: bool,
    json: bool,
) -> None:
    """Write a feature set as .npy, CSV or Parquet.

    \b
    ssl-studio export features birds.sslstudio features/
    ssl-studio export features birds.sslstudio features/ --features 4 --format parquet
    """
    chosen = features or latest_features(project)
    job = ExportFeaturesJob(chosen, folder, formats or ("npy", "parquet"), overwrite)
    _print_export(run_job(job, project), json)


@export.command("clusters")
@project_argument
@folder_argument
@clustering_option
@click.option(
    "--tree",
    type=click.Choice(get_args(Tree)),
    default="none",
    show_default=True,
    help="Also a folder for each cluster, with copies of its pictures or links to them.",
)
@overwrite_option
@as_json
def export_clusters(
    project: Path,
    folder: Path,
    clustering: int | None,
    tree: Tree,
    overwrite: bool,
    json: bool,
) -> None:
    """Write a clustering as CSV, or as a tree of folders too.

    The original pictures are only read.

    \b
    ssl-studio export clusters birds.sslstudio sorted/
    ssl-studio export clusters birds.sslstudio sorted/ --tree symlink
    """
    job = ExportClustersJob(clustering or latest_clustering(project), folder, tree, overwrite)
    _print_export(run_job(job, project), json)


@export.command("report")
@project_argument
@folder_argument
@run_option
@features_option
@click.option("--clustering", type=int, help="Id of the clustering; the run's latest if left out.")
@overwrite_option
@as_json
def export_report(
    project: Path,
    folder: Path,
    run: int | None,
    features: int | None,
    clustering: int | None,
    overwrite: bool,
    json: bool,
) -> None:
    """Write everything about a run as one HTML file.

    Settings, curves, clusters, map, neighbours, evaluation, pictures of its working, provenance.
    Pictures lie inside the file; nothing is loaded from elsewhere. What has not been made is left
    out.

    \b
    ssl-studio export report birds.sslstudio report/
    ssl-studio export report birds.sslstudio report/ --run 3
    """
    job = ReportJob(run or latest_run(project), folder, features, clustering, overwrite)
    _print_export(run_job(job, project), json)


@export.command("curves")
@project_argument
@folder_argument
@run_option
@overwrite_option
@as_json
def export_curves(
    project: Path, folder: Path, run: int | None, overwrite: bool, json: bool
) -> None:
    """Write every figure that a run told while it trained as CSV.

    \b
    ssl-studio export curves birds.sslstudio curves/ --run 2
    """
    job = ExportCurvesJob(run or latest_run(project), folder, overwrite)
    _print_export(run_job(job, project), json)


@export.command("tags")
@project_argument
@folder_argument
@overwrite_option
@as_json
def export_tags(project: Path, folder: Path, overwrite: bool, json: bool) -> None:
    """Write every image that bears a tag as CSV.

    \b
    ssl-studio export tags birds.sslstudio tags/
    """
    _print_export(run_job(ExportTagsJob(folder, overwrite), project), json)


@export.command("comparison")
@project_argument
@folder_argument
@overwrite_option
@as_json
def export_comparison(project: Path, folder: Path, overwrite: bool, json: bool) -> None:
    """Write runs, their scores and costs as CSV.

    \b
    ssl-studio export comparison birds.sslstudio tables/
    """
    _print_export(run_job(ExportComparisonJob(folder, overwrite), project), json)


def _print_export(result: ExportResult, json: bool) -> None:
    if json:
        print_json(result)
        return
    for path in result.files:
        click.echo(path)
    for path, why in result.left_out:
        click.echo(f"left out: {path}: {why}", err=True)
