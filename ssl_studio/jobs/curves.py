"""Let the figures of runs leave the project as a table."""

import csv
from dataclasses import dataclass
from pathlib import Path

from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.project.file import Project

COLUMNS = ("run", "name", "figure", "step", "epoch", "seconds", "value")


@dataclass(frozen=True, slots=True)
class ExportCurvesJob:
    """Write the figures of runs as CSV: one line for each figure of each step.

    Attributes:
        path: The file; one that is there is replaced if `overwrite`.
    """

    run_ids: tuple[int, ...]
    path: Path
    overwrite: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return f"Writing {self.path.name}"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> Path:
        """Write the whole table or nothing. Raises ExportError."""
        from ssl_studio.exporting.files import new_file

        with (
            Project.open(project_path, read_only=True) as project,
            new_file(self.path, overwrite=self.overwrite) as partial,
            partial.open("w", encoding="utf-8", newline="") as file,
        ):
            table = csv.writer(file)
            table.writerow(COLUMNS)
            for done, run_id in enumerate(self.run_ids):
                report(Progress(done, len(self.run_ids), "Writing figures"))
                name = project.runs.get(run_id).name
                for figure, points in project.runs.curves(run_id).items():
                    cancel.check()
                    for step, epoch, seconds, value in points.T.tolist():
                        table.writerow((run_id, name, figure, int(step), epoch, seconds, value))
        return self.path
