"""The project file: schema, migrations, one store for each kind of record, and the edit log.

All SQL of SSL Studio lives here. No torch, no Qt. Others open a `Project` and use its stores;
rows come back as the records of `records.py`.
"""

from ssl_studio.project.changes import Changes
from ssl_studio.project.file import SUFFIX, Project
from ssl_studio.project.records import ImageFilter, ScannedImage

__all__ = ["SUFFIX", "Changes", "ImageFilter", "Project", "ScannedImage"]
