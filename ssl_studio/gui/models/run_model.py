"""Runs as rows of a list, the newest first, each with a box to compare it."""

from collections.abc import Mapping
from dataclasses import replace
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QObject,
    Qt,
    Signal,
)

from ssl_studio.gui import text
from ssl_studio.gui.models.cells import NOWHERE, Index
from ssl_studio.gui.text import tr
from ssl_studio.project.records import RunRecord

NONE_ACTIVE: Mapping[int, str] = {}


class RunRole(IntEnum):
    """What a row asks for."""

    RUN = Qt.ItemDataRole.UserRole + 1
    TONE = Qt.ItemDataRole.UserRole + 2
    LINE = Qt.ItemDataRole.UserRole + 3
    COLOUR = Qt.ItemDataRole.UserRole + 4


def shown_status(run: RunRecord, active: Mapping[int, str]) -> str:
    """The status as the user sees it.

    `active` holds what the jobs of the window do with runs. A run that says "running" without a
    job was cut short; one that is queued without a job was never started.
    """
    if run.id in active:
        return active[run.id]
    if run.status in ("running", "paused"):
        return "interrupted"
    return "ready" if run.status == "queued" else run.status


def status_words(status: str) -> str:
    """A status in the user's language."""
    return {
        "ready": tr("not started"),
        "waiting": tr("waiting"),
        "running": tr("training"),
        "paused": tr("paused"),
        "stopping": tr("stopping …"),
        "stopped": tr("stopped"),
        "finished": tr("finished"),
        "failed": tr("failed"),
        "interrupted": tr("interrupted"),
    }.get(status, status)


def status_tone(status: str) -> str:
    """The tone of the chip that shows a status."""
    return {
        "running": "accent",
        "stopping": "accent",
        "finished": "good",
        "failed": "danger",
        "interrupted": "warning",
        "paused": "warning",
    }.get(status, "")


def run_line(run: RunRecord, status: str, place: int = 0) -> str:
    """Status and epochs; `place` is that in the queue, from 1."""
    words = status_words(status)
    if status == "waiting" and place:
        words = tr("waiting, number {n}").format(n=place)
    return tr("{status} · epoch {done} of {all}").format(
        status=words, done=f"{run.epoch:.0f}", all=text.count(run.epochs)
    )


class RunModel(QAbstractListModel):
    """The runs of the project. `compared_changed` follows every click on a box."""

    compared_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs: list[RunRecord] = []
        self.compared: frozenset[int] = frozenset()
        self._active: Mapping[int, str] = {}

    def set_runs(self, runs: list[RunRecord], active: Mapping[int, str] = NONE_ACTIVE) -> None:
        """Show these; `active` says what the jobs do, waiting ones in the order of the queue."""
        same = [run.id for run in runs] == [run.id for run in self.runs]
        if not same:
            self.beginResetModel()
        self.runs, self._active = runs, active
        self.compared &= {run.id for run in runs}
        if not same:
            self.endResetModel()
        elif runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, 0))

    def follow(self, run_id: int, epoch: float) -> None:
        """Show how far a training is; what is stored follows only with its checkpoints."""
        row = self.row_of(run_id)
        if row >= 0 and int(epoch) > int(self.runs[row].epoch):
            self.runs[row] = replace(self.runs[row], epoch=float(int(epoch)))
            self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    def set_compared(self, run_id: int, wanted: bool) -> None:
        """Draw the curves of a run beside those of the one that is shown, or no longer."""
        before = self.compared
        self.compared = before | {run_id} if wanted else before - {run_id}
        if self.compared != before:
            place = self.index(self.row_of(run_id), 0)
            self.dataChanged.emit(place, place)
            self.compared_changed.emit()

    def row_of(self, run_id: int | None) -> int:
        """The row of a run, -1 where it is not there."""
        return next((row for row, run in enumerate(self.runs) if run.id == run_id), -1)

    def run(self, run_id: int | None) -> RunRecord | None:
        """A run by its id."""
        row = self.row_of(run_id)
        return self.runs[row] if row >= 0 else None

    def colour(self, run_id: int) -> int:
        """The number of the category that a run's curves are drawn in; it stays the same."""
        row = self.row_of(run_id)
        return len(self.runs) - 1 - row if row >= 0 else 0

    def status(self, run: RunRecord) -> str:
        """The status that the user sees."""
        return shown_status(run, self._active)

    def place(self, run_id: int) -> int:
        """The place in the queue from 1, 0 for a run that does not wait."""
        waiting = [one for one, status in self._active.items() if status == "waiting"]
        return waiting.index(run_id) + 1 if run_id in waiting else 0

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many runs."""
        return 0 if parent.isValid() else len(self.runs)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be chosen and ticked."""
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick or untick a row."""
        if role != Qt.ItemDataRole.CheckStateRole or not 0 <= index.row() < len(self.runs):
            return False
        self.set_compared(self.runs[index.row()].id, Qt.CheckState(value) is Qt.CheckState.Checked)
        return True

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The run, or words about it."""
        if not 0 <= index.row() < len(self.runs):
            return None
        run = self.runs[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            is_compared = run.id in self.compared
            return Qt.CheckState.Checked if is_compared else Qt.CheckState.Unchecked
        return self._words(run, role)

    def _words(self, run: RunRecord, role: int) -> object:
        line = run_line(run, self.status(run), self.place(run.id))
        known: dict[int, object] = {
            RunRole.RUN: run,
            RunRole.TONE: status_tone(self.status(run)),
            RunRole.LINE: line,
            RunRole.COLOUR: self.colour(run.id),
            Qt.ItemDataRole.DisplayRole: run.name,
            Qt.ItemDataRole.ToolTipRole: run.notes or None,
            Qt.ItemDataRole.AccessibleTextRole: f"{run.name}, {line}",
        }
        return known.get(role)
