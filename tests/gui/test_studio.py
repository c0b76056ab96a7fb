import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.errors import ForeignFile, LockedProject, StudioError
from ssl_studio.events import Artefact
from ssl_studio.gui.studio import Studio
from ssl_studio.project.file import Project
from tests.gui.conftest import settle
from tests.gui.fakes import ScriptedJob
from tests.gui.sample import Sample


def names(sample: Sample) -> list[str]:
    with Project.open(sample.path, read_only=True) as project:
        return [cluster.name for cluster in project.clusterings.clusters(sample.clustering_id)]


def first_cluster(sample: Sample) -> int:
    with Project.open(sample.path, read_only=True) as project:
        return project.clusterings.clusters(sample.clustering_id)[0].id


def rename(studio: Studio, cluster_id: int, name: str) -> None:
    studio.edit("rename", lambda project: project.edits.rename_cluster(cluster_id, name))


def test_opening_counts_and_remembers(studio: Studio, sample_project: Sample, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: studio.counts.images == 36)
    assert (studio.counts.bad, studio.counts.runs) == (2, 1)
    recent = studio.preferences.recent()[0]
    assert (recent.path, recent.images, recent.runs) == (str(sample_project.path), 36, 1)


def test_a_foreign_file_is_refused_in_words(
    empty_studio: Studio, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "letter.sslstudio"
    path.write_text("Dear reader, " * 100)
    with qtbot.waitSignal(empty_studio.failed) as failure:
        empty_studio.open(path)
    assert isinstance(failure.args[0], ForeignFile)
    assert not empty_studio.is_open


def test_an_edit_is_stored_at_once_and_can_be_undone_and_redone(
    studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    cluster_id = first_cluster(sample_project)
    for act, expected in (
        (lambda: rename(studio, cluster_id, "Suns"), "Suns"),
        (studio.undo_stack.undo, "Cluster 1"),
        (studio.undo_stack.redo, "Suns"),
    ):
        with qtbot.waitSignal(studio.changed) as changed:
            act()
        assert "clusters" in changed.args[0].kinds
        assert names(sample_project)[0] == expected


def test_undo_reaches_back_to_earlier_sessions(
    studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(studio.changed):
        rename(studio, first_cluster(sample_project), "Suns")
    with qtbot.waitSignal(studio.project_opened):
        studio.open(sample_project.path)
    settle(studio, qtbot)
    assert studio.undo_stack.canUndo()
    with qtbot.waitSignal(studio.changed):
        studio.undo_stack.undo()
    assert names(sample_project)[0] == "Cluster 1"


def test_an_edit_that_fails_says_why_and_leaves_the_stack_true(
    studio: Studio, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(studio.failed):
        rename(studio, 9999, "Nobody")
    settle(studio, qtbot)
    assert not studio.undo_stack.canUndo()


def test_edits_are_not_lost_by_closing(
    studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    rename(studio, first_cluster(sample_project), "Last words")
    studio.close()
    assert names(sample_project)[0] == "Last words"


def test_what_a_job_made_is_announced(studio: Studio, qtbot: QtBot) -> None:
    heard: list[frozenset[str]] = []
    studio.changed.connect(lambda changes: heard.append(changes.kinds))
    with qtbot.waitSignal(studio.job_ended):
        studio.run(ScriptedJob((Artefact("clusterings", 7),)))
    assert heard[0] == frozenset({"clusterings"})


def test_closing_stops_jobs_and_waits_for_them(studio: Studio, qtbot: QtBot) -> None:
    job = ScriptedJob(waits=True)
    running = studio.run(job)
    assert running is not None
    qtbot.waitUntil(job.started.is_set)
    thread = running._thread
    studio.close()
    assert thread.isFinished()
    assert not studio.is_open


def test_a_project_for_reading_refuses_edits_and_jobs(
    empty_studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(empty_studio.project_opened):
        empty_studio.open(sample_project.path, read_only=True)
    problems: list[StudioError] = []
    empty_studio.failed.connect(problems.append)
    assert empty_studio.run(ScriptedJob()) is None
    rename(empty_studio, 1, "x")
    assert ["reading only" in problem.what for problem in problems] == [True, True]


@pytest.mark.parametrize(
    ("act", "signal"),
    [
        (lambda s: s.select([1, 2]), "selection_changed"),
        (lambda s: s.set_query(3), "query_changed"),
        (lambda s: s.set_run(4), "run_changed"),
        (lambda s: s.set_feature_set(5), "feature_set_changed"),
        (lambda s: s.set_clustering(6), "clustering_changed"),
    ],
)
def test_a_choice_is_announced_once(
    empty_studio: Studio, act: object, signal: str, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(getattr(empty_studio, signal)):
        act(empty_studio)  # type: ignore[operator]
    with qtbot.assertNotEmitted(getattr(empty_studio, signal)):
        act(empty_studio)  # type: ignore[operator]


def test_a_project_that_another_program_writes_is_opened_for_reading(
    empty_studio: Studio,
    sample_project: Sample,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    really_open = Project.open

    def refuse_writers(path: Path, *, read_only: bool = False) -> Project:
        if not read_only:
            raise LockedProject("Another program is writing to it.")
        return really_open(path, read_only=True)

    monkeypatch.setattr(Project, "open", refuse_writers)
    with qtbot.waitSignals([empty_studio.message, empty_studio.project_opened]):
        empty_studio.open(sample_project.path)
    assert empty_studio.read_only


def test_a_write_protected_project_is_opened_for_reading(
    empty_studio: Studio,
    sample_project: Sample,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    said: list[str] = []
    empty_studio.message.connect(said.append)
    with qtbot.waitSignal(empty_studio.project_opened):
        empty_studio.open(sample_project.path)
    assert empty_studio.read_only
    qtbot.waitUntil(lambda: said == ["Opened for reading only. The file is write-protected."])
