"""Commands that let things leave the project: export encoder, features, clusters."""

from pathlib import Path
from typing import get_args

import click

from ssl_studio.cli.app import StudioGroup, cli
from ssl_studio.cli.console import print_json, run_job
from ssl_studio.cli.options import (
    as_json,
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

folder_argument = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace files of these names.")


@cli.group(cls=StudioGroup)
def export() -> None:
    """Write an encoder, features or clusters for other programs.

    \b
    ssl-studio export encoder birds.sslstudio encoder/
    ssl-studio export features birds.sslstudio features/
    ssl-studio export clusters birds.sslstudio sorted/ --tree symlink
    """


@export.command("encoder")
@project_argument
@folder_argument
@run_option
@click.option("--checkpoint", type=int, help="Id of a checkpoint; the latest if left out.")
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
    help="npy (with a CSV of the rows) or parquet; both if left out.",
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
    """Write a feature set as .npy with CSV and as Parquet.

    \b
    ssl-studio export features birds.sslstudio features/
    ssl-studio export features birds.sslstudio features/ --features 4 --format parquet
    """
    chosen = features or latest_features(project)
    every: tuple[FeatureFormat, ...] = get_args(FeatureFormat)
    job = ExportFeaturesJob(chosen, folder, formats or every, overwrite)
    _print_export(run_job(job, project), json)


@export.command("clusters")
@project_argument
@folder_argument
@click.option("--clustering", type=int, help="Id of the clustering; the latest if left out.")
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


def _print_export(result: ExportResult, json: bool) -> None:
    if json:
        print_json(result)
        return
    for path in result.files:
        click.echo(path)
    for path, why in result.left_out:
        click.echo(f"left out: {path}: {why}", err=True)
