"""Commands that measure features against labels: at once, at every layer, at every epoch."""

from pathlib import Path

import click

from ssl_studio.cli.app import cli
from ssl_studio.cli.console import print_json, print_table, run_job
from ssl_studio.cli.options import (
    as_json,
    features_option,
    latest_features,
    project_argument,
    seed_option,
)
from ssl_studio.jobs.evaluate import EvaluateJob
from ssl_studio.jobs.probe import PROBES, ProbeJob, ProbeResult
from ssl_studio.jobs.probe_epochs import ProbeEpochsJob
from ssl_studio.jobs.probe_layers import ProbeLayersJob
from ssl_studio.project.records import ProbeKind


@cli.command()
@project_argument
@features_option
@click.option(
    "--kind", "kinds", type=click.Choice(PROBES), multiple=True, help="Which; all if left out."
)
@click.option(
    "--references/--no-references",
    default=False,
    help="Measure the untrained network and raw pixels as well, to compare with.",
)
@seed_option
@as_json
def probe(
    project: Path,
    features: int | None,
    kinds: tuple[ProbeKind, ...],
    references: bool,
    seed: int,
    json: bool,
) -> None:
    """Measure how well features tell the labels apart.

    Weighted kNN, a linear probe, and clusters against labels. Uses the split where the labels
    have one, otherwise a fifth of the images as test.

    \b
    ssl-studio probe birds.sslstudio
    ssl-studio probe birds.sslstudio --references
    ssl-studio probe birds.sslstudio --kind knn --json
    """
    chosen = features or latest_features(project)
    if not references:
        result = run_job(ProbeJob(chosen, kinds or PROBES, seed=seed), project)
        if json:
            print_json(result)
        else:
            print_table(("probe", "figure", "value"), _rows(result))
        return
    found = run_job(EvaluateJob(chosen, kinds or PROBES, seed), project)
    if json:
        print_json(found)
        return
    rows = [(f"{own}", *row) for own, result in found.results for row in _rows(result)]
    print_table(("features", "probe", "figure", "value"), rows)


def _rows(result: ProbeResult) -> list[tuple[str, str, float]]:
    return [
        (kind, name, value)
        for kind, scores in result.scores.items()
        for name, value in scores.items()
    ]


@cli.command("probe-layers")
@project_argument
@features_option
@seed_option
@as_json
def probe_layers(project: Path, features: int | None, seed: int, json: bool) -> None:
    """Measure every layer of the encoder that FEATURES come from.

    kNN and a linear probe, beside the same network untrained and raw pixels.

    \b
    ssl-studio probe-layers birds.sslstudio
    ssl-studio probe-layers birds.sslstudio --features 4
    """
    result = run_job(ProbeLayersJob(features or latest_features(project), seed=seed), project)
    if json:
        print_json(result)
        return
    rows = [
        (kind, name, layer, value)
        for kind, series in result.scores.items()
        for name, layers in series.items()
        for layer, value in layers.items()
    ]
    print_table(("probe", "encoder", "layer", "accuracy"), rows)


@cli.command("probe-epochs")
@project_argument
@features_option
@seed_option
@as_json
def probe_epochs(project: Path, features: int | None, seed: int, json: bool) -> None:
    """Measure the encoder at every epoch that is stored.

    kNN, and clusters against the labels, from the untrained network on; raw pixels beside.

    \b
    ssl-studio probe-epochs birds.sslstudio
    ssl-studio probe-epochs birds.sslstudio --features 4
    """
    result = run_job(ProbeEpochsJob(features or latest_features(project), seed=seed), project)
    if json:
        print_json(result)
        return
    names = list(next(iter(result.scores.values())))
    rows = [(epoch, *(scores[name] for name in names)) for epoch, scores in result.scores.items()]
    print_table(("epoch", *names), rows)
