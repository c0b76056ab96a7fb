"""Commands about training: methods, propose, train."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ssl_studio.cli import schema
from ssl_studio.cli.app import cli
from ssl_studio.cli.console import duration, print_json, print_table, run_job
from ssl_studio.cli.options import as_json, project_argument
from ssl_studio.errors import SettingsError
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.processes import agree, is_first, process_group
from ssl_studio.jobs.propose import ProposeJob, ProposeResult
from ssl_studio.jobs.queue import QueueJob
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project

_TRAINING, _OWN = "training_", "own_"
_WORDS, _OPTIONS, _METHODS = (f"{__name__}.{key}" for key in ("words", "options", "methods"))


@cli.command()
@click.argument("method", required=False)
@as_json
def methods(method: str | None, json: bool) -> None:
    """List the methods, or the settings of one METHOD.

    \b
    ssl-studio methods
    ssl-studio methods simclr
    ssl-studio methods --json
    """
    from ssl_studio.jobs.catalogue import describe_methods

    cards = describe_methods()
    if method is None:
        if json:
            print_json(cards)
        else:
            print_table(
                ("method", "title", "family", "paper"),
                [(c.id, c.title, c.family, f"arXiv {c.arxiv}") for c in cards],
            )
        return
    _check_method(method, [c.id for c in cards])
    card = next(c for c in cards if c.id == method)
    if json:
        print_json(card)
        return
    click.echo(f"{card.title}: {card.paper}, arXiv {card.arxiv}\n")
    click.echo(f"{card.explanation}\n")
    if card.good_for:
        click.echo(f"Good for: {card.good_for}\n")
    print_settings(card.settings_schema)


def print_settings(declared: schema.Schema) -> None:
    """A table of settings out of their JSON schema, with the help under each name."""
    for name, setting in declared["properties"].items():
        bounds = schema.bounds_text(setting)
        limits = f" ({bounds})" if bounds else ""
        click.echo(f"  {name} = {schema.default_text(setting)}{limits}")
        click.echo(click.wrap_text(setting.get("description", ""), 90, "      ", "      "))


@cli.command()
@project_argument
@click.argument("method")
@click.option("--probe/--no-probe", default=True, show_default=True, help="Try a few steps.")
@as_json
def propose(project: Path, method: str, probe: bool, json: bool) -> None:
    """Propose settings for METHOD that suit the images.

    Each comes with its reason. A few steps are tried to say how long the training will take.

    \b
    ssl-studio propose birds.sslstudio simclr
    """
    result = run_job(ProposeJob(method, probe=probe), project)
    if json:
        print_json(result)
        return
    print_proposals(result)
    if result.seconds is not None:
        click.echo(
            f"\nAbout {duration(result.seconds)} at {result.images_per_second:,.0f} images/s"
        )


def print_proposals(result: ProposeResult) -> None:
    """Values with their reasons."""
    every = [*result.training, *result.settings, result.clusters]
    print_table(("setting", "value", "why"), [(p.name, str(p.value), p.why) for p in every])


class TrainCommand(click.Command):
    """`train` with the trainer's settings as options, and those of the method that is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words, among which the method is."""
        ctx.meta[_WORDS] = list(args)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Declared ones, then those of the settings."""
        return [*super().get_params(ctx), *setting_options(ctx)]


def setting_options(ctx: click.Context) -> list[click.Option]:
    """Options of the trainer's settings and, where a method is named, of its own."""
    from ssl_studio.jobs.catalogue import catalogue

    if _OPTIONS not in ctx.meta:
        known = catalogue()
        named = [card for card in known.methods if card.id in ctx.meta.get(_WORDS, ())]
        own = named[0].settings_schema if named else {}
        ctx.meta[_OPTIONS] = [
            *schema.options(known.training_schema, _TRAINING),
            *schema.options(own, _OWN),
        ]
        ctx.meta[_METHODS] = [card.id for card in known.methods]
    found: list[click.Option] = ctx.meta[_OPTIONS]
    return found


@cli.command(cls=TrainCommand)
@project_argument
@click.argument("method", required=False)
@click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="Any setting by name.")
@click.option("--name", default="", help="Name of the run.")
@click.option("--start-from", type=int, help="Checkpoint whose encoder the run starts from.")
@click.option(
    "--proposed/--published",
    default=True,
    show_default=True,
    help="What is not said: values that suit the folder, or the published defaults.",
)
@click.option("--later", is_flag=True, help="Put the run into the queue and return.")
@click.option("--queued", is_flag=True, help="Train all runs of the queue, one after the other.")
@click.option("--resume", is_flag=True, help="Go on with the last run that was cut short.")
@click.option("--run", "run_id", type=int, help="Train or go on with this run.")
@as_json
@click.pass_context
def train(
    ctx: click.Context,
    /,
    project: Path,
    method: str | None,
    sets: tuple[str, ...],
    name: str,
    start_from: int | None,
    proposed: bool,
    later: bool,
    queued: bool,
    resume: bool,
    run_id: int | None,
    json: bool,
    **settings: object,
) -> None:
    """Train METHOD on the images, or go on with a run.

    Every setting of the trainer and of the method is an option; with a method named, --help
    lists its own as well. Ctrl-C stops; `--resume` goes on exactly where it stopped. Several
    processes share one training under torchrun.

    \b
    ssl-studio train birds.sslstudio simclr
    ssl-studio train birds.sslstudio simclr --epochs 50 --temperature 0.2
    ssl-studio train birds.sslstudio swav --set prototypes=60 --later
    ssl-studio train birds.sslstudio --queued
    ssl-studio train birds.sslstudio --resume
    torchrun --nproc-per-node 2 -m ssl_studio train birds.sslstudio simclr
    """
    asked = [method is not None, queued, resume, run_id is not None]
    if sum(asked) != 1:
        raise click.UsageError("name a METHOD, or one of --queued, --resume and --run")
    if queued:
        print_json_or(run_job(QueueJob(), project), json, "The queue is empty.")
        return
    with process_group():
        if method is not None:
            _check_method(method, ctx.meta[_METHODS])
            training, own = _values(settings, sets, ctx)
            job = NewRunJob(method, training, own, name, start_from)
            run_id = _new_run(project, job, proposed) if is_first() else 0
        elif resume and is_first():
            run_id = _cut_short(project)
        if later:
            click.echo(f"Run {run_id} waits in the queue.")
            return
        result = run_job(TrainJob(agree(run_id or 0)), project, quiet=not is_first())
    if is_first():
        text = f"Run {result.run_id}: {result.epoch} epochs in {duration(result.seconds)}."
        print_json_or(result, json, text)


def print_json_or(result: object, json: bool, text: str) -> None:
    """The record for a program, or a sentence for a person."""
    if json:
        print_json(result)
    else:
        click.echo(text)


def _new_run(project: Path, job: NewRunJob, proposed: bool) -> int:
    if proposed:
        found = run_job(ProposeJob(job.method, job.training, job.settings, probe=False), project)
        for p in [*found.training, *found.settings]:
            if p.name not in job.training and p.name not in job.settings:
                value = f"{p.value:.6g}" if isinstance(p.value, float) else p.value
                click.echo(f"  {p.name} = {value}: {p.why}", err=True)
        job = NewRunJob(
            job.method,
            {**found.training_values(), **job.training},
            {**found.settings_values(), **job.settings},
            job.name,
            job.start_from,
        )
    return run_job(job, project).run_id


def _cut_short(project: Path) -> int:
    with Project.open(project, read_only=True) as opened:
        dead = {run.id for run in opened.runs.unfinished()}
        runs = [
            r.id for r in opened.runs.all() if r.id in dead or r.status in ("stopped", "failed")
        ]
    if not runs:
        raise SettingsError(
            "No run was cut short.", remedy="See all runs: ssl-studio runs " + str(project)
        )
    return max(runs)


def _check_method(method: str, known: Sequence[str]) -> None:
    if method not in known:
        near = difflib.get_close_matches(method, known, 1)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        raise click.UsageError(f"no method “{method}”.{hint} Known: {', '.join(known)}")


def _values(
    settings: Mapping[str, object], sets: Sequence[str], ctx: click.Context
) -> tuple[dict[str, object], dict[str, object]]:
    """Values for the trainer and for the method, from options and from --set."""
    names = {option.name or "" for option in setting_options(ctx)}
    said = {name: value for name, value in settings.items() if value is not None}
    for text in sets:
        name, equals, value = text.partition("=")
        places = [prefix + name for prefix in (_TRAINING, _OWN) if prefix + name in names]
        if not equals or not places:
            plain = sorted(n.removeprefix(_TRAINING).removeprefix(_OWN) for n in names)
            near = difflib.get_close_matches(name, plain, 3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"--set {text}: no such setting.{hint}")
        said[places[0]] = schema.parse_value(value)
    training = {n.removeprefix(_TRAINING): v for n, v in said.items() if n.startswith(_TRAINING)}
    return training, {n.removeprefix(_OWN): v for n, v in said.items() if n.startswith(_OWN)}
