"""Commands for what single units look for: filters, units, maximise, attention."""

from pathlib import Path
from typing import Literal

import click
import numpy as np

from ssl_studio.cli.app import cli
from ssl_studio.cli.console import print_json, print_table, run_job
from ssl_studio.cli.options import (
    as_json,
    checkpoint_option,
    latest_run,
    project_argument,
    run_option,
    seed_option,
)
from ssl_studio.jobs.attention import AttentionJob
from ssl_studio.jobs.filters import FiltersJob
from ssl_studio.jobs.maximise import MaximiseJob
from ssl_studio.jobs.unit_groups import score_groups
from ssl_studio.jobs.units import IMAGES, UnitsJob
from ssl_studio.project.file import Project

_trained = click.option(
    "--trained/--untrained",
    default=True,
    help="The network after training, or as it was before it.",
)


@cli.command()
@project_argument
@run_option
@as_json
def filters(project: Path, run: int | None, json: bool) -> None:
    """Read the filters of the first layer.

    Those of every stored epoch, and those before training.

    \b
    ssl-studio filters birds.sslstudio
    """
    result = run_job(FiltersJob(run or latest_run(project)), project)
    if json:
        print_json(result)
    else:
        click.echo(f"{result.filters} filters at {result.epochs} epochs and before training.")


@cli.command()
@project_argument
@run_option
@click.option("--layer", help="Whose units; the one that features come from if left out.")
@checkpoint_option
@_trained
@click.option(
    "--images",
    type=click.IntRange(0),
    default=IMAGES,
    show_default=True,
    help="Look at so many, evenly spread; 0 looks at all.",
)
@as_json
def units(
    project: Path,
    run: int | None,
    layer: str | None,
    checkpoint: int | None,
    trained: bool,
    images: int,
    json: bool,
) -> None:
    """Find the images that excite each unit of a layer most.

    Prints the units that go best with a label where there are labels.

    \b
    ssl-studio units birds.sslstudio --layer conv4
    ssl-studio units birds.sslstudio --layer block6 --untrained
    """
    job = UnitsJob(run or latest_run(project), layer, checkpoint, trained, images)
    result = run_job(job, project)
    if json:
        print_json(result)
        return
    click.echo(f"{result.units} units of {result.layer}, seen on {result.images:,} images.")
    rows = _likings(project, result.survey_id)
    if rows:
        print_table(("unit", "label", "told apart", "sparseness"), rows)


def _likings(project: Path, survey_id: int, shown: int = 20) -> list[tuple[int, str, float, float]]:
    """The units that tell a label best from all others, with how well."""
    with Project.open(project, read_only=True) as opened:
        scores = score_groups(opened, survey_id, "labels")
        if not scores.names:
            return []
        records = opened.units.all(survey_id)
    known = np.nan_to_num(scores.scores, nan=-1.0)  # a label that all images or none bear
    best = known.argmax(axis=1)
    rows = [
        (record.unit, scores.names[k], float(known[i, k]), record.sparseness)
        for i, (record, k) in enumerate(zip(records, best.tolist(), strict=True))
        if known[i, k] >= 0
    ]
    return sorted(rows, key=lambda row: -row[2])[:shown]


@cli.command()
@project_argument
@run_option
@click.option("--layer", required=True, help="Whose units.")
@click.option(
    "--unit", "chosen", type=click.IntRange(0), multiple=True, help="May repeat; all if left out."
)
@checkpoint_option
@_trained
@click.option(
    "--objective",
    type=click.Choice(["everywhere", "centre"]),
    default="everywhere",
    show_default=True,
    help="Excite the unit at all places (a texture) or in the middle (one thing).",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    default=256,
    show_default=True,
    help="More give clearer pictures and take longer.",
)
@seed_option
@as_json
def maximise(
    project: Path,
    run: int | None,
    layer: str,
    chosen: tuple[int, ...],
    checkpoint: int | None,
    trained: bool,
    objective: Literal["everywhere", "centre"],
    steps: int,
    seed: int,
    json: bool,
) -> None:
    """Paint pictures that excite units most.

    Gradient ascent on the picture itself (Olah et al. 2017, doi 10.23915/distill.00007).

    \b
    ssl-studio maximise birds.sslstudio --layer conv4 --unit 3 --unit 17
    ssl-studio maximise birds.sslstudio --layer conv5
    """
    job = MaximiseJob(
        run or latest_run(project), layer, chosen, checkpoint, trained, objective, steps, seed
    )
    result = run_job(job, project)
    if json:
        print_json(result)
        return
    click.echo(
        f"{result.pictures} pictures; in the median they excite their unit "
        f"{result.over_noise:.1f} times as much as the best of random noise."
    )


@cli.command()
@project_argument
@run_option
@click.option("--image", "images", type=int, multiple=True, required=True, help="Id; may repeat.")
@checkpoint_option
@_trained
@as_json
def attention(
    project: Path,
    run: int | None,
    images: tuple[int, ...],
    checkpoint: int | None,
    trained: bool,
    json: bool,
) -> None:
    """Follow where the heads of a vision transformer look.

    \b
    ssl-studio attention birds.sslstudio --run 3 --image 17
    """
    job = AttentionJob(run or latest_run(project), images, checkpoint, trained)
    result = run_job(job, project)
    if json:
        print_json(result)
    else:
        click.echo(
            f"Attention of {result.heads} heads in {result.blocks} blocks on "
            f"{result.images} images."
        )
