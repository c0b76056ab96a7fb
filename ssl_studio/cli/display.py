"""Whether there is a display to open a window on, and what to do without one."""

import os
import sys
from pathlib import Path

import click


def has_display() -> bool:
    """Whether Qt will find a display. An explicit choice of platform is trusted."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def draw_in_memory() -> None:
    """Have Qt draw without a display, unless a platform was chosen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def no_display(project: Path | None) -> None:
    """Say in words that no window can be opened here, and what can be done."""
    name = project or "PROJECT"
    click.secho("Error: There is no display to open a window on.", fg="red", err=True)
    click.echo("  Neither DISPLAY nor WAYLAND_DISPLAY is set.", err=True)
    click.echo("  → Every job runs without a window: ssl-studio --help", err=True)
    click.echo(f"  → Pictures of all pages: ssl-studio shoot {name} FOLDER", err=True)
