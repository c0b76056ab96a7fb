"""A job in words: how it stands, what it took, what went wrong. No widgets."""

from collections.abc import Sequence
from pathlib import Path

from ssl_studio import __version__
from ssl_studio.events import Note
from ssl_studio.gui import dialogs, text
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.progress_strip import progress_words
from ssl_studio.gui.work import JobState, Work


def state_words(running: Work) -> str:
    """Where a job stands, in a line."""
    if running.state is JobState.FAILED and running.error is not None:
        return running.error.what
    if running.state is JobState.RUNNING:
        return progress_words(running.progress, running.remaining_s)
    if running.state is JobState.WAITING:
        return tr("waits for its turn")
    if running.state is JobState.STOPPING:
        return tr("stopping and saving …")
    took = text.duration(running.elapsed_s)
    return {
        JobState.PAUSED: tr("paused"),
        JobState.SUCCEEDED: tr("done in {time}").format(time=took),
        JobState.CANCELLED: tr("stopped after {time}").format(time=took),
    }[running.state]


def problem_words(running: Work) -> str:
    """Why a job failed and what to do; else what it warned of last."""
    if running.error is not None:
        return "\n".join(part for part in (running.error.why, running.error.remedy) if part)
    warnings = [note.text for note in running.notes if note.level != "info"]
    return warnings[-1] if warnings else ""


def tone(running: Work) -> str:
    """The tone of its dot."""
    if running.state is JobState.SUCCEEDED and any(n.level != "info" for n in running.notes):
        return "warning"
    return {
        JobState.RUNNING: "accent",
        JobState.PAUSED: "warning",
        JobState.STOPPING: "warning",
        JobState.SUCCEEDED: "good",
        JobState.FAILED: "danger",
    }.get(running.state, "faint")


def details(running: Work) -> str:
    """All that a report about a job needs, as plain text."""
    lines = [
        f"{running.title}: {state_words(running)}",
        repr(getattr(running, "job", "")),
        *(_note_line(note) for note in running.notes),
        str(running.error or ""),
        dialogs.details(running.cause)
        if running.cause is not None
        else f"SSL Studio {__version__}",
    ]
    return "\n".join(line for line in lines if line)


def _note_line(note: Note) -> str:
    return f"{note.level}: {note.text}"


def result_files(result: object) -> Sequence[Path]:
    """The files that a job wrote for the user, where its result names some."""
    files = getattr(result, "files", ())
    return [path for path in files if isinstance(path, Path)] if _is_sequence(files) else []


def _is_sequence(value: object) -> bool:
    return isinstance(value, list | tuple)
