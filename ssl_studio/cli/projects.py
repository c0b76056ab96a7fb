"""Commands about the project file and its images: new, scan, runs, check."""

from pathlib import Path

import click

from ssl_studio.cli.app import SUFFIX, cli
from ssl_studio.cli.console import ExitCode, duration, print_json, print_table, run_job
from ssl_studio.cli.options import as_json, project_argument
from ssl_studio.jobs.backup import BackupJob
from ssl_studio.jobs.check import CheckJob
from ssl_studio.jobs.relocate import RelocateJob
from ssl_studio.jobs.scan import ScanJob, ScanResult
from ssl_studio.project.file import Project

folder_type = click.Path(path_type=Path, file_okay=False, exists=True)
labels_option = click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Table path,label[,split] that gives labels instead of the sub-folders' names.",
)


@cli.command()
@click.argument("project", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("folder", type=folder_type)
@labels_option
@click.option("--overwrite", is_flag=True, help="Replace an existing project file.")
@as_json
def new(project: Path, folder: Path, labels: Path | None, overwrite: bool, json: bool) -> None:
    """Make PROJECT and scan FOLDER into it.

    Sub-folders are read too; their names become labels, which serve evaluation only.

    \b
    ssl-studio new birds.sslstudio ~/Pictures/birds
    ssl-studio new birds.sslstudio ~/Pictures/birds --labels birds.csv
    """
    if not project.suffix:
        project = project.with_suffix(SUFFIX)
    Project.create(project, overwrite=overwrite).close()
    _print_scan(run_job(ScanJob(folder, labels), project), json)


@cli.command()
@project_argument
@click.argument("folder", type=folder_type, required=False)
@labels_option
@click.option(
    "--folder-labels", is_flag=True, help="Take labels from the sub-folders' names again."
)
@as_json
def scan(
    project: Path, folder: Path | None, labels: Path | None, folder_labels: bool, json: bool
) -> None:
    """Look for changes, or add another FOLDER.

    New, changed and vanished files are found, unreadable ones are tried again. What was derived
    from the images stays. A table of labels is asked in every later scan too.

    \b
    ssl-studio scan birds.sslstudio
    ssl-studio scan birds.sslstudio ~/Pictures/more-birds
    """
    if labels and folder_labels:
        raise click.UsageError("labels come from a table or from folders, not from both")
    _print_scan(run_job(ScanJob(folder, labels, folder_labels), project), json)


def _print_scan(result: ScanResult, json: bool) -> None:
    if json:
        print_json(result)
        return
    click.echo(f"{result.images:,} images, {result.classes} labels, {result.bad:,} unreadable")


@cli.command()
@project_argument
@click.argument("folder", type=folder_type)
@click.option("--root", type=int, help="Id of the folder that is meant, if several are missing.")
@as_json
def relocate(project: Path, folder: Path, root: int | None, json: bool) -> None:
    """Say that the images lie in FOLDER now.

    Images keep all that was derived from them; those that moved inside the folder are known by
    their content.

    \b
    ssl-studio relocate birds.sslstudio /media/disk/birds
    """
    _print_scan(run_job(RelocateJob(folder, root), project), json)


@cli.command()
@project_argument
@as_json
def runs(project: Path, json: bool) -> None:
    """List the runs with their last figures.

    \b
    ssl-studio runs birds.sslstudio
    ssl-studio runs birds.sslstudio --json
    """
    with Project.open(project, read_only=True) as opened:
        records = opened.runs.all()
        figures = {run.id: opened.runs.last_metrics(run.id) for run in records}
        cut_short = {run.id for run in opened.runs.unfinished()}
    if json:
        print_json([{"run": run, "metrics": figures[run.id]} for run in records])
        return
    rows = [
        (
            run.id, run.name, "cut short" if run.id in cut_short else run.status,
            f"{run.epoch:g}/{run.epochs}", duration(run.seconds),
            figures[run.id].get("loss"), figures[run.id].get("knn_accuracy"), run.problem or "",
        )
        for run in records
    ]  # fmt: skip
    print_table(("run", "name", "state", "epoch", "time", "loss", "kNN", ""), rows)


@cli.command()
@project_argument
@as_json
def check(project: Path, json: bool) -> None:
    """Check that everything in PROJECT adds up.

    SQLite's own checks, the references between rows, and the checksum of every stored array.
    Exit code 3 if something does not add up.

    \b
    ssl-studio check birds.sslstudio
    """
    result = run_job(CheckJob(), project)
    if json:
        print_json(result)
    else:
        for finding in result.findings or ("Everything adds up.",):
            click.echo(finding)
    if result.findings:
        click.get_current_context().exit(ExitCode.FINDINGS)


@cli.command()
@project_argument
@as_json
def backup(project: Path, json: bool) -> None:
    """Copy PROJECT into the folder of backups beside it.

    Scanning and training do so once a day by themselves; copies are thinned by day and week.

    \b
    ssl-studio backup birds.sslstudio
    """
    result = run_job(BackupJob(), project)
    if json:
        print_json(result)
    else:
        click.echo(result.path)
