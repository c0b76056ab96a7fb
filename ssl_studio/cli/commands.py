"""All commands, in the order in which the help lists them."""

from ssl_studio.cli.app import cli

# Importing a module adds its commands to `cli`; the order of work is the order of the help.
from ssl_studio.cli import projects  # isort: skip
from ssl_studio.cli import images  # isort: skip
from ssl_studio.cli import training  # isort: skip
from ssl_studio.cli import derived  # isort: skip
from ssl_studio.cli import probes  # isort: skip
from ssl_studio.cli import clusters  # isort: skip
from ssl_studio.cli import units  # isort: skip
from ssl_studio.cli import export  # isort: skip
from ssl_studio.cli import showing  # isort: skip

__all__ = [
    "cli",
    "clusters",
    "derived",
    "export",
    "images",
    "probes",
    "projects",
    "showing",
    "training",
    "units",
]
