"""Bring a folder of images into the project, or bring the project up to date with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssl_studio.errors import FolderError
from ssl_studio.events import Artefact, Cancel, Note, Report
from ssl_studio.images.labels import Label, folder_labels, read_labels
from ssl_studio.images.scan import ScanPass, scan_folder
from ssl_studio.jobs.backup import backup_before
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter

FROM_FOLDERS = "folders"

Labelling = Callable[[Sequence[str]], Mapping[str, Label] | None]
"""Labels of stored paths; None leaves those that the images have."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan found. `images` counts all sound ones in the project."""

    images: int
    new: int
    changed: int
    missing: int
    bad: int
    duplicates: int
    classes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ScanJob:
    """Scan `folder`, or all folders of the project again when None.

    Rows go into the project while the scan goes on; each batch is reported as an Artefact
    "images". A stopped scan keeps what it has read and goes on from there next time.

    Attributes:
        labels: A table `path,label[,split]`; without it the names of sub-folders are the labels.
    """

    folder: Path | None = None
    labels: Path | None = None

    @property
    def title(self) -> str:
        """What it does."""
        return f"Scanning {self.folder.name}" if self.folder else "Scanning again"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ScanResult:
        """Scan each folder in turn, then look for duplicates. Raises FolderError."""
        watch = Stopwatch()
        with Project.open(project_path) as project:
            backup_before(project, report, cancel)
            scans = [
                _RootScan(project, root_id, self.labels, report, cancel)
                for root_id in self._roots(project)
            ]
            for scan in scans:
                scan.run()
            project.images.find_duplicates()
            result = ScanResult(
                images=project.images.count(),
                new=sum(scan.new for scan in scans),
                changed=sum(scan.changed for scan in scans),
                missing=sum(scan.missing for scan in scans),
                bad=project.images.count("bad"),
                duplicates=project.images.count(where=ImageFilter(duplicates="only")),
                classes=len(project.images.classes()),
                seconds=watch.seconds,
            )
        report(Artefact("images", 0, "scanned"))
        report(Note("info", in_words(result)))
        return result

    def _roots(self, project: Project) -> list[int]:
        if self.folder is None:
            known = [root.id for root in project.images.roots()]
            if not known:
                raise FolderError(
                    "The project has no folder yet.", remedy="Name the folder of images to scan."
                )
            return known
        if not self.folder.expanduser().is_dir():
            raise FolderError(
                f"The folder {self.folder} cannot be read.",
                "It is not there, or it is no folder.",
                "Choose another folder.",
            )
        source = str(self.labels.expanduser().resolve()) if self.labels else FROM_FOLDERS
        return [project.images.add_root(self.folder, label_source=source)]


class _RootScan:
    """One folder's scan, with its counts."""

    def __init__(
        self, project: Project, root_id: int, table: Path | None, report: Report, cancel: Cancel
    ) -> None:
        self._images, self._root_id = project.images, root_id
        self._report, self._cancel = report, cancel
        self._folder = project.images.root_folder(root_id)
        self._relabel = table is not None
        self._labels = self._labelling(table)
        self.new = self.changed = self.missing = 0

    def run(self) -> None:
        """Read what is new or changed, then note what is gone and what is back."""
        known = self._images.known(self._root_id)
        before = {row[2] for row in known.values()}
        found = scan_folder(self._folder, known, self._report, self._cancel)
        for rows in found:
            labels = self._labels([row.path for row in rows])
            ids = self._images.upsert(self._root_id, rows, labels)
            old = sum(image_id in before for image_id in ids)
            self.new, self.changed = self.new + len(ids) - old, self.changed + old
            self._report(Artefact("images", self._root_id, f"{len(ids)} images"))
        self._settle(found)

    def _settle(self, found: ScanPass) -> None:
        # Asked again, as a file that was moved has taken its id to its new path.
        known = self._images.known(self._root_id)
        gone = [known[path] for path in found.vanished() if path in known]
        lost = [row[2] for row in gone if row[3] != "missing"]
        back = [known[path][2] for path in found.seen if known[path][3] == "missing"]
        self._images.mark_missing(lost)
        self._images.mark_present(back)
        self.missing = len(lost)
        if self._relabel:
            self._images.set_labels(self._root_id, self._labels(sorted(found.seen)) or {})

    def _labelling(self, asked: Path | None) -> Labelling:
        record = next(r for r in self._images.roots() if r.id == self._root_id)
        if asked is None and record.label_source == FROM_FOLDERS:
            return folder_labels
        try:
            table = read_labels(asked or Path(record.label_source), self._folder)
        except FolderError as error:
            if asked is not None:
                raise
            self._report(Note("warning", f"Labels stay as they are. {error}"))
            return lambda paths: None
        return lambda paths: {path: table.get(path, Label(None, None)) for path in paths}


def in_words(result: ScanResult) -> str:
    """The result as a sentence; what did not happen is left out."""
    parts = [
        (result.new, "new"),
        (result.changed, "changed"),
        (result.missing, "no longer there"),
        (result.bad, "cannot be read"),
        (result.duplicates, "exact duplicates"),
    ]
    found = ", ".join(f"{count:,} {words}" for count, words in parts if count)
    return f"{result.images:,} images in {result.seconds:.1f} s: {found or 'nothing new'}."
