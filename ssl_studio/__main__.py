"""The way in: without a command the window, with one the command line.

The only place that knows both. Qt is imported when a window is asked for.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from ssl_studio.allocator import keep_freed_memory
from ssl_studio.cli.console import ExitCode


def open_window(project: Path | None) -> int:
    """Show the window; without a display say what to do instead."""
    from ssl_studio.cli.display import has_display, no_display

    if not has_display():
        no_display(project)
        return ExitCode.ERROR
    from ssl_studio.gui.app import main as window

    return window(project)


def shoot(
    project: Path,
    outdir: Path,
    sizes: Sequence[tuple[int, int]],
    themes: Sequence[str],
    pages: Sequence[str],
    run: int | None,
) -> list[Path]:
    """Render pages of the window to PNG files, without a display."""
    from ssl_studio.cli.display import draw_in_memory

    draw_in_memory()
    from ssl_studio.gui.shoot import shoot as render

    return render(project, outdir, sizes, themes, pages, run)


def main() -> None:
    """Run the command line; without any word on it the window, as fast as may be."""
    keep_freed_memory()
    if len(sys.argv) == 1:
        raise SystemExit(open_window(None))
    from ssl_studio.cli.app import Window
    from ssl_studio.cli.commands import cli

    cli(obj=Window(open_window, shoot), prog_name="ssl-studio")


if __name__ == "__main__":
    main()
