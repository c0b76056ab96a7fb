"""Runs as rows of a list, the newest first."""

from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ssl_studio.gui import text
from ssl_studio.gui.text import tr
from ssl_studio.project.records import RunRecord

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class RunRole(IntEnum):
    """What a row asks for."""

    RUN = Qt.ItemDataRole.UserRole + 1
    TONE = Qt.ItemDataRole.UserRole + 2
    LINE = Qt.ItemDataRole.UserRole + 3


def shown_status(run: RunRecord, active: frozenset[int]) -> str:
    """The status as the user sees it: a run that says "running" without a job was cut short."""
    if run.id in active:
        return run.status if run.status in ("paused", "running") else "queued"
    return "interrupted" if run.status in ("running", "paused") else run.status


def status_words(status: str) -> str:
    """A status in the user's language."""
    return {
        "queued": tr("waiting"),
        "running": tr("training"),
        "paused": tr("paused"),
        "stopped": tr("stopped"),
        "finished": tr("finished"),
        "failed": tr("failed"),
        "interrupted": tr("interrupted"),
    }.get(status, status)


def status_tone(status: str) -> str:
    """The tone of the chip that shows a status."""
    return {
        "running": "accent",
        "finished": "good",
        "failed": "danger",
        "interrupted": "warning",
        "paused": "warning",
    }.get(status, "")


def run_line(run: RunRecord, status: str) -> str:
    """Status and epochs."""
    return tr("{status} · epoch {done} of {all}").format(
        status=status_words(status), done=f"{run.epoch:.0f}", all=text.count(run.epochs)
    )


class RunModel(QAbstractListModel):
    """The runs of the project."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs: list[RunRecord] = []
        self._active: frozenset[int] = frozenset()

    def set_runs(self, runs: list[RunRecord], active: frozenset[int]) -> None:
        """Show these; `active` are ids of runs that a job is at work on."""
        same = [run.id for run in runs] == [run.id for run in self.runs]
        if not same:
            self.beginResetModel()
        self.runs, self._active = runs, active
        if not same:
            self.endResetModel()
        elif runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, 0))

    def row_of(self, run_id: int | None) -> int:
        """The row of a run, -1 where it is not there."""
        return next((row for row, run in enumerate(self.runs) if run.id == run_id), -1)

    def status(self, run: RunRecord) -> str:
        """The status that the user sees."""
        return shown_status(run, self._active)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many runs."""
        return 0 if parent.isValid() else len(self.runs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The run, or words about it."""
        if not 0 <= index.row() < len(self.runs):
            return None
        run = self.runs[index.row()]
        if role == RunRole.RUN:
            return run
        if role == RunRole.TONE:
            return status_tone(self.status(run))
        if role == RunRole.LINE:
            return run_line(run, self.status(run))
        if role == Qt.ItemDataRole.DisplayRole:
            return run.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{run.name}, {run_line(run, self.status(run))}"
        return None
