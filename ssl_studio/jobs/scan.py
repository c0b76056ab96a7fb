"""Bring a folder of images into the project, or bring the project up to date with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssl_studio.errors import FolderError
from ssl_studio.events import Artefact, Cancel, Note, Report
from ssl_studio.images.labels import Label, read_labels
from ssl_studio.images.labels import folder_labels as folder_labels_of
from ssl_studio.images.scan import ScanPass, scan_folder
from ssl_studio.jobs.backup import backup_before
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.file import Project
from ssl_studio.project.paths import native
from ssl_studio.project.records import ImageFilter

FROM_FOLDERS = "folders"

Known = dict[str, tuple[int, int, int, str]]
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
        labels: A table `path,label[,split]`. It is asked in every later scan too, until another
            table is given or `folder_labels`. A folder that is new to the project takes the names
            of its sub-folders without one.
        folder_labels: Go back to the names of sub-folders.
    """

    folder: Path | None = None
    labels: Path | None = None
    folder_labels: bool = False

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
                _RootScan(project, root_id, self.labels, self.folder_labels, report, cancel)
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
        return [project.images.add_root(self.folder, label_source=FROM_FOLDERS)]


class _RootScan:
    """One folder's scan, with its counts."""

    def __init__(
        self,
        project: Project,
        root_id: int,
        table: Path | None,
        folder_labels: bool,
        report: Report,
        cancel: Cancel,
    ) -> None:
        self._images, self._root_id = project.images, root_id
        self._report, self._cancel = report, cancel
        self._folder = project.images.root_folder(root_id)
        self._relabel = table is not None or folder_labels
        self._labels = self._labelling(table, folder_labels)
        self.new = self.changed = self.missing = 0

    def run(self) -> None:
        """Read what is new or changed, then note what is gone and what is back."""
        known = self._images.known(self._root_id)
        before = {row[2]: row[3] for row in known.values()}
        found = scan_folder(self._folder, _to_read(known), self._report, self._cancel)
        for rows in found:
            labels = self._labels([row.path for row in rows])
            ids = self._images.upsert(self._root_id, rows, labels)
            self.new += sum(image_id not in before for image_id in ids)
            self.changed += sum(
                image_id in before and not (before[image_id] == "bad" and row.problem)
                for image_id, row in zip(ids, rows, strict=True)
            )
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

    def _labelling(self, asked: Path | None, folder_labels: bool) -> Labelling:
        if asked is not None:
            table = read_labels(asked, self._folder)
            self._images.set_label_source(self._root_id, str(asked.expanduser().resolve()))
            return _by_table(table)
        if folder_labels:
            self._images.set_label_source(self._root_id, FROM_FOLDERS)
        source = next(r for r in self._images.roots() if r.id == self._root_id).label_source
        if source == FROM_FOLDERS:
            return folder_labels_of
        try:
            table = read_labels(Path(native(source)), self._folder)
        except FolderError as error:
            self._report(Note("warning", f"Labels stay as they are. {error}"))
            return lambda paths: None
        self._relabel = True  # the table may have been edited since
        return _by_table(table)


def _by_table(table: Mapping[str, Label]) -> Labelling:
    return lambda paths: {path: table.get(path, Label(None, None)) for path in paths}


def _to_read(known: Known) -> Known:
    """What is known, with files that could not be read made to look changed.

    Their fault may lie outside of them: rights, a disk, a format that can be read by now.
    """
    return {path: (-1, *row[1:]) if row[3] == "bad" else row for path, row in known.items()}


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
