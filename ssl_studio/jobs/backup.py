"""Copy the project into the folder of backups beside it."""

from dataclasses import dataclass
from pathlib import Path

from ssl_studio.errors import StorageError
from ssl_studio.events import Cancel, Note, Report
from ssl_studio.project.file import Project


@dataclass(frozen=True, slots=True)
class BackupResult:
    """The copy; None where the newest one is young enough."""

    path: Path | None


@dataclass(frozen=True, slots=True)
class BackupJob:
    """Copy the project now, or with `if_due` once a day; older copies are thinned."""

    if_due: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return "Backing up the project"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> BackupResult:
        """Copy; readers and writers go on meanwhile. Raises StorageError without room."""
        with Project.open(project_path) as project:
            if self.if_due:
                return BackupResult(project.backup_if_due(report, cancel))
            return BackupResult(project.backup(report, cancel))


def backup_before(project: Project, report: Report, cancel: Cancel) -> None:
    """Make the backup that is due before much is written. A full disk does not stop the work."""
    try:
        project.backup_if_due(report, cancel)
    except StorageError as error:
        report(Note("warning", str(error)))
