"""Commands that show something: demo and shoot."""

import os
from pathlib import Path

import click

from ssl_studio.cli.app import SUFFIX, cli, window_of
from ssl_studio.cli.console import duration, print_json, run_job
from ssl_studio.cli.derived import print_discovery
from ssl_studio.cli.display import has_display
from ssl_studio.cli.options import as_json, project_argument
from ssl_studio.jobs.demo import DemoJob
from ssl_studio.project.file import Project

_SIZES = ((1280, 800),)
_THEMES = ("light", "dark")


class Size(click.ParamType):  # type: ignore[type-arg]
    """A size in pixels written as 1280x800."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Width and height."""
        width, cross, height = str(value).partition("x")
        if not (cross and width.isdigit() and height.isdigit()):
            self.fail(f"{value} is not a size like 1280x800", param, ctx)
        return int(width), int(height)


@cli.command()
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default="ssl-studio-demo"
)
@click.option("--again", is_flag=True, help="Start from nothing where the demo is there already.")
@click.option(
    "--window/--no-window",
    default=None,
    help="Open the window at the end; without it, pictures of its pages are left.",
)
@as_json
@click.pass_context
def demo(ctx: click.Context, folder: Path, again: bool, window: bool | None, json: bool) -> None:
    """Do the main job on built-in pictures.

    In FOLDER it draws some hundred pictures in eight groups, unpacks scikit-learn's 1,797
    digits, trains SimCLR for a minute or two, groups the pictures, prints what it found and opens
    the window.
    Without a display it leaves pictures of the window's pages instead.

    \b
    ssl-studio demo
    ssl-studio demo ~/demo --no-window
    """
    project = folder / f"demo{SUFFIX}"
    show = has_display() if window is None else window
    folder.mkdir(parents=True, exist_ok=True)
    if again:
        Project.create(project, overwrite=True).close()
    if not _is_done(project):
        result = run_job(DemoJob(), project)
        if json:
            print_json(result)
        else:
            click.echo(f"\n{result.images:,} images, run {result.run_id}, what it found:\n")
            print_discovery(result.discovery)
            click.echo(f"\nFrom nothing to clusters in {duration(result.seconds)}.")
    click.echo(f"The demo project is {project}", err=True)
    if show:
        ctx.exit(window_of(ctx).open(project))
    _shoot(ctx, project, folder / "pages")


def _is_done(project: Path) -> bool:
    if not project.exists():
        return False
    with Project.open(project, read_only=True) as opened:
        return bool(opened.clusterings.all())


@cli.command()
@project_argument
@click.argument("outdir", type=click.Path(path_type=Path, file_okay=False))
@click.option("--size", "sizes", type=Size(), multiple=True, help="Like 1280x800; may repeat.")
@click.option("--scale", type=click.FloatRange(1, 4), default=1.0, help="2 for sharp screens.")
@click.option("--theme", "themes", type=click.Choice(_THEMES), multiple=True, help="May repeat.")
@click.option("--page", "pages", multiple=True, help="Like clusters; all if left out. May repeat.")
@click.option("--run", type=int, help="Id of the run to look at; the latest if left out.")
@click.pass_context
def shoot(
    ctx: click.Context,
    project: Path,
    outdir: Path,
    sizes: tuple[tuple[int, int], ...],
    scale: float,
    themes: tuple[str, ...],
    pages: tuple[str, ...],
    run: int | None,
) -> None:
    """Render every page of the window to PNG.

    The real window, without a display, light and dark.

    \b
    ssl-studio shoot birds.sslstudio pages/
    ssl-studio shoot birds.sslstudio pages/ --size 1920x1080 --theme dark
    ssl-studio shoot birds.sslstudio pages/ --scale 2 --page map --page clusters --run 1
    """
    if scale > 1:
        os.environ["QT_SCALE_FACTOR"] = f"{scale:g}"  # read when Qt is loaded
    _shoot(ctx, project, outdir, sizes or _SIZES, themes or _THEMES, pages, run)


def _shoot(
    ctx: click.Context,
    project: Path,
    outdir: Path,
    sizes: tuple[tuple[int, int], ...] = _SIZES,
    themes: tuple[str, ...] = _THEMES,
    pages: tuple[str, ...] = (),
    run: int | None = None,
) -> None:
    for path in window_of(ctx).shoot(project, outdir, sizes, themes, pages, run):
        click.echo(path)
