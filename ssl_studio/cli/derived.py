"""Commands for what is derived from an encoder: embed, cluster, neighbours, map, probe, ..."""

from pathlib import Path
from typing import Literal

import click

from ssl_studio.cli.app import cli
from ssl_studio.cli.console import print_json, print_table, run_job
from ssl_studio.cli.options import (
    as_json,
    checkpoint_option,
    features_option,
    latest_features,
    latest_run,
    project_argument,
    run_option,
    seed_option,
)
from ssl_studio.jobs.discover import DiscoverJob, DiscoverResult
from ssl_studio.jobs.embed import EmbedJob
from ssl_studio.jobs.epoch_maps import EpochMapsJob
from ssl_studio.jobs.exhibit import EXHIBITS, ExhibitJob, ExhibitKind
from ssl_studio.jobs.map import TSNE_LIMIT, Algorithm, MapJob
from ssl_studio.jobs.neighbours import FindNeighboursJob, NeighbourChangesJob, NeighboursJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSource


@cli.command()
@project_argument
@run_option
@click.option("--layer", help="Layer of the backbone; the method's own choice if left out.")
@checkpoint_option
@click.option(
    "--source",
    type=click.Choice(["run", "random", "pixels"]),
    default="run",
    show_default=True,
    help="The trained encoder, the same network untrained, or raw pixels, to compare with.",
)
@as_json
def embed(
    project: Path,
    run: int | None,
    layer: str | None,
    checkpoint: int | None,
    source: FeatureSource,
    json: bool,
) -> None:
    """Compute features of all images.

    \b
    ssl-studio embed birds.sslstudio
    ssl-studio embed birds.sslstudio --run 3 --layer layer3
    ssl-studio embed birds.sslstudio --source random
    """
    job = EmbedJob(run or latest_run(project), checkpoint, layer, source)
    result = run_job(job, project)
    if json:
        print_json(result)
        return
    click.echo(
        f"Feature set {result.feature_set_id}: {result.count:,} images, "
        f"{result.dimension} numbers each, from {result.layer}."
    )


@cli.command("neighbours")
@project_argument
@features_option
@click.option("-k", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option("--image", help="Path of an image (as in the project, or a file) to find like ones.")
@as_json
def find_neighbours(
    project: Path, features: int | None, k: int, image: str | None, json: bool
) -> None:
    """Find the nearest neighbours of all images or of one.

    \b
    ssl-studio neighbours birds.sslstudio -k 50
    ssl-studio neighbours birds.sslstudio --image wrens/0012.jpg -k 5
    """
    chosen = features or latest_features(project)
    if image is None:
        stored = run_job(NeighboursJob(chosen, k), project)
        if json:
            print_json(stored)
        else:
            click.echo(f"Neighbour set {stored.neighbour_set_id}: {stored.k} for each image.")
        return
    found = run_job(FindNeighboursJob(chosen, image, k), project)
    if json:
        print_json(found)
        return
    rows = [(n.image_id, n.distance, n.label, n.path) for n in found.neighbours]
    print_table(("image", "distance", "label", "path"), rows)


@cli.command("changes")
@project_argument
@features_option
@click.option(
    "--with", "other", type=int, required=True, help="Id of the feature set to compare with."
)
@click.option("-k", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option(
    "--top", type=click.IntRange(1), default=20, show_default=True, help="Images to list."
)
@as_json
def neighbour_changes(
    project: Path, features: int | None, other: int, k: int, top: int, json: bool
) -> None:
    """List images whose neighbours differ between two sets.

    The most changed first. Compares two runs, two epochs, or a run with raw pixels, over all
    images.

    \b
    ssl-studio changes birds.sslstudio --features 4 --with 2
    """
    chosen = features or latest_features(project)
    found = run_job(NeighbourChangesJob(chosen, other, k), project)
    with Project.open(project, read_only=True) as opened:
        images = opened.images.get(found.ids[:top])
    kept = [round(float(share), 4) for share in found.kept[:top]]
    if json:
        pairs = zip(images, kept, strict=True)
        listed = [{"id": image.id, "path": image.path, "kept": share} for image, share in pairs]
        print_json({"k": found.k, "mean_kept": found.mean, "most_changed": listed})
        return
    click.echo(f"On average {found.mean:.1%} of the {found.k} nearest are the same.")
    rows = [(image.id, share, image.path) for image, share in zip(images, kept, strict=True)]
    print_table(("image", "kept", "path"), rows)


@cli.command("map")
@project_argument
@features_option
@click.option(
    "--algorithm",
    type=click.Choice(["umap", "tsne", "pca"]),
    default="umap",
    show_default=True,
    help=f"UMAP and t-SNE come after PCA, which is there at once; t-SNE takes up to {TSNE_LIMIT:,}"
    " images.",
)
@click.option(
    "--neighbours",
    type=click.IntRange(2),
    default=15,
    show_default=True,
    help="Images that UMAP holds each image together with; more shows the larger shape.",
)
@click.option(
    "--min-dist",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="How close UMAP lets points lie.",
)
@click.option(
    "--perplexity",
    type=click.FloatRange(2, 500),
    default=30.0,
    show_default=True,
    help="How many neighbours each image feels in t-SNE, roughly.",
)
@seed_option
@as_json
def make_map(
    project: Path,
    features: int | None,
    algorithm: Algorithm,
    neighbours: int,
    min_dist: float,
    perplexity: float,
    seed: int,
    json: bool,
) -> None:
    """Lay all images out in the plane, like beside like.

    \b
    ssl-studio map birds.sslstudio
    ssl-studio map birds.sslstudio --algorithm tsne --perplexity 50
    """
    chosen = features or latest_features(project)
    job = MapJob(chosen, algorithm, neighbours, min_dist, seed, perplexity)
    result = run_job(job, project)
    if json:
        print_json(result)
        return
    for name, projection in result.projections.items():
        click.echo(f"Map {projection}: {name}")


@cli.command("epoch-maps")
@project_argument
@run_option
@click.option(
    "--algorithm",
    type=click.Choice(["umap", "pca"]),
    default="umap",
    show_default=True,
    help="What the maps are made with; PCA takes seconds.",
)
@click.option("--layer", help="Layer of the backbone; the method's own choice if left out.")
@click.option(
    "--most",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="At most so many of the stored epochs, spread evenly; 0 takes all.",
)
@seed_option
@as_json
def make_epoch_maps(
    project: Path,
    run: int | None,
    algorithm: Literal["umap", "pca"],
    layer: str | None,
    most: int,
    seed: int,
    json: bool,
) -> None:
    """Draw aligned maps of the stored epochs of a run.

    The features of the epochs are computed first and stay in the project.

    \b
    ssl-studio epoch-maps birds.sslstudio
    ssl-studio epoch-maps birds.sslstudio --run 2 --algorithm pca --most 5
    """
    job = EpochMapsJob(run or latest_run(project), algorithm, layer, most, seed=seed)
    result = run_job(job, project)
    if json:
        print_json(result)
        return
    rows = [(f"{epoch:g}", projection) for epoch, projection in result.projections.items()]
    print_table(("epoch", "map"), rows)


@cli.command()
@project_argument
@run_option
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(EXHIBITS),
    multiple=True,
    help="Which; all that the method has if left out.",
)
@click.option("--layer", help="Layer whose units are shown; the last one if left out.")
@checkpoint_option
@as_json
def exhibits(
    project: Path,
    run: int | None,
    kinds: tuple[ExhibitKind, ...],
    layer: str | None,
    checkpoint: int | None,
    json: bool,
) -> None:
    """Make pictures of a run's working.

    Reconstructions, first-layer filters, and the images that each unit looks for.

    \b
    ssl-studio exhibits birds.sslstudio --run 2
    ssl-studio exhibits birds.sslstudio --kind units --layer layer3
    """
    job = ExhibitJob(run or latest_run(project), kinds or EXHIBITS, layer, checkpoint)
    result = run_job(job, project)
    if json:
        print_json(result)
        return
    print_table(("exhibit", "pictures"), list(result.pictures.items()))


@cli.command()
@project_argument
@run_option
@click.option("-k", type=click.IntRange(2), help="Number of clusters; proposed if left out.")
@click.option("--umap/--no-umap", default=False, help="Make the UMAP too (up to a minute more).")
@click.option(
    "--references/--no-references",
    default=False,
    help="Evaluate the untrained network and raw pixels as well, to compare with.",
)
@seed_option
@as_json
def discover(
    project: Path,
    run: int | None,
    k: int | None,
    umap: bool,
    references: bool,
    seed: int,
    json: bool,
) -> None:
    """Go from a run to clusters in one command.

    Features, neighbours, clusters, a map, first-layer filters, and probes where there are labels.

    \b
    ssl-studio discover birds.sslstudio
    ssl-studio discover birds.sslstudio --run 2 -k 20 --references
    """
    job = DiscoverJob(run or latest_run(project), k, umap, references, seed)
    result = run_job(job, project)
    if json:
        print_json(result)
    else:
        print_discovery(result)


def print_discovery(result: DiscoverResult) -> None:
    """Clusters with their names and sizes, then how the features agree with the labels."""
    print_table(
        ("cluster", "name", "images"), [(c.number, c.name, c.size) for c in result.clusters]
    )
    if result.figures:
        click.echo()
        rows = [(name, f.knn, f.nmi, f.accuracy) for name, f in result.figures.items()]
        print_table(("features", "kNN accuracy", "NMI", "cluster accuracy"), rows)
