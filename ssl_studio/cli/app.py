"""The `ssl-studio` command: its groups, its exit codes, and the way to the window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ssl_studio import __version__
from ssl_studio.cli.console import ExitCode, print_error
from ssl_studio.errors import Cancelled, StudioError

SUFFIX = ".sslstudio"


@dataclass(frozen=True, slots=True)
class Window:
    """What the command line asks of the window, without knowing it.

    Attributes:
        open: Show a project, or the welcome page for None; gives an exit code.
        shoot: Render pages of a project into a folder: sizes, themes, pages (none means all) and
            a run to look at; gives the pictures' paths.
    """

    open: Callable[[Path | None], int]
    shoot: Callable[
        [Path, Path, Sequence[tuple[int, int]], Sequence[str], Sequence[str], int | None],
        list[Path],
    ]


class StudioGroup(click.Group):
    """Commands in the order they were added; errors in words; a project file opens the window."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the work, not of the alphabet."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """`ssl-studio FILE.sslstudio` means `ssl-studio open FILE.sslstudio`."""
        if args and args[0] not in self.commands and args[0].endswith(SUFFIX):
            args = ["open", *args]
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and turn what went wrong into words and an exit code."""
        try:
            return super().invoke(ctx)
        except StudioError as error:
            print_error(error)
            ctx.exit(ExitCode.ERROR)
        except (Cancelled, KeyboardInterrupt):
            click.echo("Stopped.", err=True)
            ctx.exit(ExitCode.CANCELLED)


@click.group(
    cls=StudioGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="SSL Studio")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Self-supervised learning on a folder of images.

    Without a command the window opens; with a project file it opens there. Every other command
    does its work without a window.

    \b
    ssl-studio new birds.sslstudio ~/Pictures/birds
    ssl-studio train birds.sslstudio simclr --epochs 50
    ssl-studio discover birds.sslstudio
    ssl-studio export clusters birds.sslstudio ~/sorted --tree symlink
    ssl-studio birds.sslstudio

    \b
    Exit codes:
      0    done
      1    something you can mend, said on stderr
      2    a wrong option or argument
      3    `check` found damage
      130  stopped by Ctrl-C; what was done so far is kept
    """
    if ctx.invoked_subcommand is None:
        ctx.exit(window_of(ctx).open(None))


@cli.command("open")
@click.argument("project", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def open_project(ctx: click.Context, project: Path) -> None:
    """Open PROJECT in the window.

    \b
    ssl-studio open birds.sslstudio
    ssl-studio birds.sslstudio
    """
    ctx.exit(window_of(ctx).open(project))


def window_of(ctx: click.Context) -> Window:
    """The window that came with this start of the program."""
    found = ctx.find_object(Window)
    if found is None:
        raise click.UsageError("this installation has no window; name a command (see --help)")
    return found
