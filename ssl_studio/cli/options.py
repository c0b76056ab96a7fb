"""Arguments and options that several commands share."""

from pathlib import Path

import click

from ssl_studio.errors import AnalysisError
from ssl_studio.jobs.epoch_maps import earlier_epochs
from ssl_studio.project.file import Project
from ssl_studio.project.records import ClusteringRecord, FeatureSetRecord, RunRecord

project_argument = click.argument(
    "project", type=click.Path(path_type=Path, dir_okay=False, exists=True)
)
as_json = click.option("--json", is_flag=True, help="Print the result as JSON.")
features_option = click.option(
    "--features", type=int, help="Id of the feature set; the latest of a trained run if left out."
)
checkpoint_option = click.option(
    "--checkpoint", type=int, help="Id of a checkpoint; the latest if left out."
)
clustering_option = click.option(
    "--clustering", type=int, help="Id of the clustering; the latest if left out."
)
run_option = click.option("--run", type=int, help="Id of the run; the latest if left out.")
seed_option = click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all random numbers."
)


def latest_run(project: Path) -> int:
    """The run that was made last and has a checkpoint. Raises AnalysisError without one."""
    with Project.open(project, read_only=True) as opened:
        trained: list[RunRecord] = [r for r in opened.runs.all() if r.step > 0]
    if not trained:
        raise AnalysisError(
            "The project has no trained run yet.", remedy="Train one: ssl-studio train --help"
        )
    return max(run.id for run in trained)


def latest_features(project: Path) -> int:
    """The feature set that was made last, epochs of a film aside. Raises AnalysisError without.

    References (an untrained network, raw pixels) are taken only where there is nothing else.
    """
    with Project.open(project, read_only=True) as opened:
        earlier = earlier_epochs(opened)
        found: list[FeatureSetRecord] = [f for f in opened.features.all() if f.id not in earlier]
    if not found:
        raise AnalysisError(
            "The project has no features yet.", remedy="Compute some: ssl-studio embed --help"
        )
    return max(found, key=lambda record: (record.source == "run", record.id)).id


def latest_clustering(project: Path) -> int:
    """The clustering that was made last. Raises AnalysisError without one."""
    with Project.open(project, read_only=True) as opened:
        found: list[ClusteringRecord] = opened.clusterings.all()
    if not found:
        raise AnalysisError(
            "The project has no clusters yet.", remedy="Find some: ssl-studio cluster --help"
        )
    return max(record.id for record in found)
