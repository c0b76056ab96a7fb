"""Let curves, tags and the comparison of runs leave the project as tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.jobs.comparison import ComparedRun, Comparison, read_comparison
from ssl_studio.jobs.export import ExportResult
from ssl_studio.project.file import Project

CURVE_COLUMNS = ("step", "epoch", "seconds", "figure", "value")
TAG_COLUMNS = ("path", "label", "tags")
CURVES, TAGS, COMPARISON = "curves.csv", "tags.csv", "runs.csv"


@dataclass(frozen=True, slots=True)
class ExportCurvesJob:
    """Every figure that a run told while it trained, one line each, into a folder."""

    run_id: int
    folder: Path
    overwrite: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return "Exporting curves"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ExportResult:
        """Write the table whole or not at all. Raises ExportError."""
        from ssl_studio.exporting.tables import export_table_csv

        report(Progress(0, None, "Writing curves"))
        with Project.open(project_path, read_only=True) as project:
            project.runs.get(self.run_id)
            rows = _stopping(curve_rows(project, self.run_id), cancel)
            path = export_table_csv(
                self.folder / CURVES, CURVE_COLUMNS, rows, overwrite=self.overwrite
            )
        return ExportResult((path,))


@dataclass(frozen=True, slots=True)
class ExportTagsJob:
    """Every image that bears a tag, one line each, into a folder."""

    folder: Path
    overwrite: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return "Exporting tags"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ExportResult:
        """Write the table whole or not at all. Raises ExportError."""
        from ssl_studio.exporting.tables import export_table_csv

        report(Progress(0, None, "Writing tags"))
        with Project.open(project_path, read_only=True) as project:
            rows = _stopping(tag_rows(project), cancel)
            path = export_table_csv(self.folder / TAGS, TAG_COLUMNS, rows, overwrite=self.overwrite)
        return ExportResult((path,))


@dataclass(frozen=True, slots=True)
class ExportComparisonJob:
    """All runs side by side, with scores and costs, as one table into a folder."""

    folder: Path
    overwrite: bool = False

    @property
    def title(self) -> str:
        """What it does."""
        return "Exporting the comparison of runs"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ExportResult:
        """Write the table whole or not at all. Raises ExportError."""
        from ssl_studio.exporting.tables import export_table_csv

        report(Progress(0, None, "Writing the comparison"))
        with Project.open(project_path, read_only=True) as project:
            found = read_comparison(project)
        cancel.check()
        rows = [found.cells(line) for line in found.lines]
        path = export_table_csv(
            self.folder / COMPARISON, found.header(), rows, overwrite=self.overwrite
        )
        return ExportResult((path,))


Row = list[str | float | None]


def comparison_csv(found: Comparison, lines: Sequence[ComparedRun]) -> str:
    """The table as text, its lines in the order given."""
    from ssl_studio.exporting.tables import csv_text

    return csv_text(found.header(), [found.cells(line) for line in lines])


def curve_rows(project: Project, run_id: int, names: list[str] | None = None) -> Iterator[Row]:
    """The lines of the table of curves; `names` limits the figures."""
    for name, (steps, epochs, seconds, values) in project.runs.curves(run_id).items():
        if names is None or name in names:
            for point in zip(steps, epochs, seconds, values, strict=True):
                step, epoch, second, value = map(float, point)
                yield [step, epoch, second, name, value]


def tag_rows(project: Project, most: int | None = None) -> Iterator[Row]:
    """The lines of the table of tags, by path; at most `most`."""
    tagged = sorted({int(i) for tag in project.tags.all() for i in project.tags.images(tag.id)})
    chosen = tagged if most is None else tagged[:most]
    names = project.tags.of(chosen)
    for image in project.images.get(chosen):
        yield [image.path, image.label or "", "; ".join(names.get(image.id, ()))]


def _stopping(rows: Iterator[Row], cancel: Cancel) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number % 1024 == 0:
            cancel.check()
        yield row
