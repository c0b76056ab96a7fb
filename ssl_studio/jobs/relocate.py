"""Say where a folder of images lies now."""

from dataclasses import dataclass
from pathlib import Path

from ssl_studio.errors import FolderError
from ssl_studio.events import Cancel, Report
from ssl_studio.jobs.scan import ScanJob, ScanResult
from ssl_studio.project.file import Project
from ssl_studio.project.paths import native
from ssl_studio.project.records import RootRecord


@dataclass(frozen=True, slots=True)
class RelocateJob:
    """Take `folder` for a folder of the project that was moved, and scan it.

    Images keep their ids and all that was derived from them, those that moved inside the folder
    too: they are known by their content.

    Attributes:
        root_id: Which folder of the project; None where only one is missing, or only one is there.
    """

    folder: Path
    root_id: int | None = None

    @property
    def title(self) -> str:
        """What it does."""
        return f"Taking {self.folder.name} for the moved folder"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ScanResult:
        """Relocate, then scan. Raises FolderError where it is not clear which folder is meant."""
        with Project.open(project_path) as project:
            root_id = self.root_id or _the_moved_one(project.images.roots())
            project.images.relocate_root(root_id, self.folder)
        return ScanJob(self.folder).run(project_path, report, cancel)


def _the_moved_one(roots: list[RootRecord]) -> int:
    missing = [root for root in roots if not Path(native(root.path)).is_dir()]
    candidates = missing or roots
    if len(candidates) != 1:
        listed = "; ".join(f"{root.id}: {root.path}" for root in candidates)
        raise FolderError(
            "It is not clear which folder was moved.",
            f"The project has {listed or 'none'}.",
            "Name the number of the one that is meant.",
        )
    return candidates[0].id
