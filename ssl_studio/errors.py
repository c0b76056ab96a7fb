"""What can go wrong, in words a user can act on.

Exception
├── StudioError            what happened, why, what to do; shown as it stands
│   ├── ProjectError       the project file
│   │   ├── ForeignFile        not a project of ours
│   │   ├── NewerProject       written by a newer SSL Studio
│   │   ├── DamagedProject     a project whose content does not add up
│   │   ├── LockedProject      another process is writing to it
│   │   └── StorageError       full disk, no rights, network share
│   ├── FolderError        the folder of images, or a table of labels
│   ├── UnreadableImage    one picture
│   ├── SettingsError      a value outside what a method or job accepts
│   ├── TrainingError      a training that cannot go on
│   │   ├── NotFinite          loss or gradient became NaN or infinite
│   │   └── OutOfMemory        no batch is small enough for this device
│   ├── AnalysisError      nothing to derive, or the wrong thing to derive it from
│   └── ExportError        something that could not leave the house
└── Cancelled              the user asked to stop; not an error
"""


class StudioError(Exception):
    """Something a user can cause or mend: what happened, why, and what to do."""

    def __init__(self, what: str, why: str = "", remedy: str = "") -> None:
        super().__init__(what, why, remedy)
        self.what = what
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.remedy) if part)


class ProjectError(StudioError):
    """The project file cannot be used as asked."""


class ForeignFile(ProjectError):
    """The file is not an SSL Studio project."""


class NewerProject(ProjectError):
    """The project was written by a newer SSL Studio than this one."""


class DamagedProject(ProjectError):
    """The project's content does not add up."""


class LockedProject(ProjectError):
    """Another process is writing to the project."""


class StorageError(ProjectError):
    """The disk refuses: full, without rights, or a network share."""


class WriteProtected(StorageError):
    """The file may be read, and not written."""


class FolderError(StudioError):
    """The folder of images, or a table of labels, cannot be used."""


class UnreadableImage(StudioError):
    """One picture cannot be decoded."""


class SettingsError(StudioError):
    """A setting has a value that the method or job cannot accept."""


class TrainingError(StudioError):
    """Training cannot start or go on."""


class NotFinite(TrainingError):
    """The loss or a gradient became NaN or infinite."""


class OutOfMemory(TrainingError):
    """The device has too little memory even for the smallest batch."""


class AnalysisError(StudioError):
    """There is nothing to derive the asked thing from, or it does not fit."""


class ExportError(StudioError):
    """Something could not be written for other programs."""


class Cancelled(Exception):
    """The user asked a job to stop."""
