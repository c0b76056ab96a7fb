"""Write everything about a run as one HTML file."""

from dataclasses import dataclass
from pathlib import Path

from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.jobs.export import ExportResult
from ssl_studio.project.file import Project

REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Settings, curves, clusters, map, neighbours, evaluation, pictures and provenance of a run.

    Nothing is computed: what has not been made is left out.

    Attributes:
        feature_set_id: Whose evaluation, map and neighbours are shown; None takes the run's latest.
        clustering_id: None takes the latest of those features. One of another run is not taken.
    """

    run_id: int
    folder: Path
    feature_set_id: int | None = None
    clustering_id: int | None = None
    overwrite: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return "Writing the report"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ExportResult:
        """Write the file whole or not at all. Raises ExportError."""
        from ssl_studio.exporting.report import write_report
        from ssl_studio.jobs.report_parts import gather

        with Project.open(project_path, read_only=True) as project:
            found = gather(
                project, self.run_id, self.feature_set_id, self.clustering_id, report, cancel
            )
        report(Progress(0, None, "Writing the report"))
        cancel.check()
        return ExportResult((write_report(self.folder / REPORT, found, overwrite=self.overwrite),))
