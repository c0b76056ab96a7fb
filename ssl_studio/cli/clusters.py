"""Commands for clusters: find them, choose how many, and look what they go with."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click

from ssl_studio.cli.app import cli
from ssl_studio.cli.console import print_json, print_table, run_job
from ssl_studio.cli.options import (
    as_json,
    clustering_option,
    features_option,
    latest_clustering,
    latest_features,
    project_argument,
    seed_option,
)
from ssl_studio.jobs.associations import AssociationsJob, TraitRow, find_traits
from ssl_studio.jobs.choose_k import ChooseKJob
from ssl_studio.jobs.cluster import Algorithm, ClusterJob
from ssl_studio.project.file import Project

whiten_option = click.option(
    "--whiten",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Whiten features to so many dimensions before clustering; 0 leaves them.",
)


@cli.command()
@project_argument
@features_option
@click.option("-k", type=click.IntRange(2), help="Number of clusters; proposed if left out.")
@click.option(
    "--algorithm",
    type=click.Choice(get_args(Algorithm)),
    default="k-means",
    show_default=True,
    help="ward: merge bottom up; hdbscan: dense regions, the rest in no group; power iteration: "
    "groups of the graph of neighbours. The last two find the number themselves.",
)
@click.option(
    "--smallest", type=click.IntRange(2), help="HDBSCAN: images that make a group; else 1 in 200."
)
@click.option("--names-from", type=int, help="Clustering to keep names from; else the newest.")
@whiten_option
@seed_option
@as_json
def cluster(
    project: Path,
    features: int | None,
    k: int | None,
    algorithm: Algorithm,
    smallest: int | None,
    names_from: int | None,
    whiten: int,
    seed: int,
    json: bool,
) -> None:
    """Cut a feature set into clusters.

    They are named after their labels where there are any. Names, colours and notes that you gave
    go over to the clusters that continue the old ones.

    \b
    ssl-studio cluster birds.sslstudio -k 12
    ssl-studio cluster birds.sslstudio --algorithm hdbscan --smallest 30
    ssl-studio cluster birds.sslstudio --features 4 --json
    """
    job = ClusterJob(
        features or latest_features(project), k, seed, whiten, algorithm, smallest, names_from
    )
    result = run_job(job, project)
    if json:
        print_json(result)
        return
    rows = [(c.number, c.name, c.size) for c in result.clusters]
    print_table(("cluster", "name", "images"), rows)
    print_table(("figure", "value"), list(result.scores.items()))


@cli.command("choose-k")
@project_argument
@features_option
@click.option("--candidates", help="Numbers to try, as in 5,10,20; else twenty from 2 to 100.")
@whiten_option
@seed_option
@as_json
def choose_k(
    project: Path,
    features: int | None,
    candidates: str | None,
    whiten: int,
    seed: int,
    json: bool,
) -> None:
    """Judge several numbers of clusters and suggest one.

    Silhouette says how separate the groups are, stability whether they come back with other
    seeds on other images, inertia how far images lie from the centre of their group.

    \b
    ssl-studio choose-k birds.sslstudio
    ssl-studio choose-k birds.sslstudio --candidates 5,10,20,40 --json
    """
    chosen = features or latest_features(project)
    result = run_job(ChooseKJob(chosen, _numbers(candidates), seed, whiten), project)
    if json:
        print_json(result)
        return
    rows = [(r.k, r.silhouette, r.stability, r.inertia, r.size_entropy) for r in result.table]
    print_table(("k", "silhouette", "stability", "inertia", "evenness"), rows)
    click.echo(f"From {result.looked_at:,} of {result.images:,} images. {result.why}")


def _numbers(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        raise click.BadParameter("Numbers with commas, as in 5,10,20.") from None


@cli.command()
@project_argument
@clustering_option
@seed_option
@as_json
def associations(project: Path, clustering: int | None, seed: int, json: bool) -> None:
    """Say what clusters go with: labels, folders, cameras ...

    A strong tie to the camera or the folder means that the clusters may show how pictures were
    taken instead of what is on them.

    \b
    ssl-studio associations birds.sslstudio
    ssl-studio associations birds.sslstudio --clustering 3 --json
    """
    chosen = clustering or latest_clustering(project)
    result = run_job(AssociationsJob(chosen, seed), project)
    with Project.open(project, read_only=True) as opened:
        names = {c.id: c.name for c in opened.clusterings.clusters(chosen)}
        traits = find_traits(opened, chosen)
    if json:
        print_json({"associations": result.rows, "traits": traits})
        return
    rows = [(r.attribute, r.values, r.strength, r.nmi, r.chance, r.p) for r in result.rows]
    print_table(("attribute", "values", "strength", "NMI", "by chance", "p"), rows)
    _print_traits(traits, names)
    for warning in result.warnings:
        click.secho(f"! {warning.in_words()}", fg="yellow")


def _print_traits(traits: dict[int, list[TraitRow]], names: dict[int, str]) -> None:
    shown: Sequence[tuple[object, ...]] = [
        (names.get(cluster_id, cluster_id), t.attribute, t.value, t.inside,
         f"{t.share:.0%}", f"{t.overall:.0%}")
        for cluster_id, found in sorted(traits.items())
        for t in found[:3]
    ]  # fmt: skip
    if shown:
        print_table(("cluster", "goes with", "value", "images", "here", "overall"), shown)
