"""Commands about single images: which of them are alike."""

from pathlib import Path

import click

from ssl_studio.cli.app import cli
from ssl_studio.cli.console import print_json, print_table, run_job
from ssl_studio.cli.options import as_json, project_argument
from ssl_studio.jobs.near_duplicates import MAX_BITS, MAX_DISTANCE, NearDuplicatesJob
from ssl_studio.project.file import Project


@cli.command()
@project_argument
@click.option(
    "--bits",
    type=click.IntRange(0, 16),
    default=MAX_BITS,
    show_default=True,
    help="Most bits of 64 in which the hashes of two alike images may differ.",
)
@click.option("--features", type=int, help="Compare these features instead of thumbnails.")
@click.option(
    "--distance",
    type=click.FloatRange(0, 2),
    default=MAX_DISTANCE,
    show_default=True,
    help="With --features: largest 1 - cosine.",
)
@as_json
def duplicates(project: Path, bits: int, features: int | None, distance: float, json: bool) -> None:
    """Find images that look alike, and exact copies.

    By thumbnails the same picture is found in another size or compression. Nothing is deleted.

    \b
    ssl-studio duplicates birds.sslstudio
    ssl-studio duplicates birds.sslstudio --features 3 --distance 0.05
    """
    result = run_job(NearDuplicatesJob(bits, features, distance), project)
    with Project.open(project, read_only=True) as opened:
        near = opened.duplicates.near_groups("hash" if features is None else "features")
        groups = [*opened.duplicates.exact_groups(), *near]
        paths = [[i.path for i in opened.images.get(group.image_ids)] for group in groups]
    if json:
        print_json({"result": result, "groups": groups, "paths": paths})
        return
    rows = [
        (number, group.kind, f"{away:g}", path)
        for number, (group, own) in enumerate(zip(groups, paths, strict=True), 1)
        for path, away in zip(own, group.distances, strict=True)
    ]
    print_table(("group", "kind", "distance", "image"), rows)
    click.echo(f"{len(groups):,} groups; {result.extra:,} images are like an earlier one.")
