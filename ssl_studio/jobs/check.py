"""Check that everything in the project file adds up."""

from dataclasses import dataclass
from pathlib import Path

from ssl_studio.events import Cancel, Report
from ssl_studio.project.file import Project


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What does not add up, in plain words; nothing is the good answer."""

    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckJob:
    """SQLite's own checks, references between rows, and the checksum of every array."""

    title: str = "Checking the project"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> CheckResult:
        """Read everything and change nothing."""
        with Project.open(project_path, read_only=True) as project:
            return CheckResult(tuple(project.check(report, cancel)))
