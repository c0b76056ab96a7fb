import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from ssl_studio.errors import StudioError
from ssl_studio.gui import dialogs, theme
from ssl_studio.gui.actions import commands, shortcut_rows
from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.pages.welcome import RecentRow
from ssl_studio.gui.preferences import RecentProject
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.theme import ThemeChoice
from ssl_studio.project.file import Project
from tests.gui.conftest import settle
from tests.gui.fakes import ScriptedJob
from tests.gui.sample import Sample
from tests.pictures import draw_folder


def test_the_rail_leads_to_every_page(window: MainWindow, studio: Studio, qtbot: QtBot) -> None:
    for key in window.pages:
        window.rail.buttons[key].click()
        settle(studio, qtbot)
        assert window.page is window.pages[key]
        assert window.rail.buttons[key].isChecked()


def test_a_hidden_page_only_notes_that_it_is_stale(
    window: MainWindow, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    page = window.pages["clusters"]
    window.show_page("clusters")
    settle(studio, qtbot)
    window.show_page("images")
    with qtbot.waitSignal(studio.changed):
        studio.edit("x", lambda p: p.edits.rename_cluster(1, "Suns"))
    assert page.is_stale
    window.show_page("clusters")
    assert not page.is_stale


def test_no_two_commands_share_a_key() -> None:
    keys = [key for command in commands() for key in command.keys]
    assert len(keys) == len(set(keys))
    assert sum(len(rows) for _title, rows in shortcut_rows()) > 25


def test_commands_that_need_a_project_are_off_without_one(
    window: MainWindow, studio: Studio
) -> None:
    action = window.actions_table.by_id["add_folder"]
    assert action.isEnabled()
    studio.close()
    assert not action.isEnabled()
    assert window.page is None


def test_digits_assign_only_where_images_are_to_be_seen(window: MainWindow) -> None:
    window.show_page("images")
    assert window.actions_table.by_id["assign_4"].isEnabled()
    window.show_page("train")
    assert not window.actions_table.by_id["assign_4"].isEnabled()


def test_undo_is_named_after_the_edit(window: MainWindow, studio: Studio, qtbot: QtBot) -> None:
    action = window.actions_table.by_id["undo"]
    said: list[str] = []
    studio.message.connect(said.append)
    assert not action.isEnabled()
    with qtbot.waitSignal(studio.changed):
        studio.edit("rename to “Suns”", lambda p: p.edits.rename_cluster(1, "Suns"))
    assert action.text() == "Undo: rename to “Suns”"
    with qtbot.waitSignal(studio.changed):
        action.trigger()
    assert not action.isEnabled()
    assert said == ["Undone: rename to “Suns”"]


def test_the_theme_is_changed_and_remembered(window: MainWindow, studio: Studio) -> None:
    window.actions_table.by_id["theme_dark"].trigger()
    assert theme.name() == "dark"
    assert studio.preferences.theme is ThemeChoice.DARK
    assert window.actions_table.by_id["theme_dark"].isChecked()
    window.commander.set_theme(ThemeChoice.LIGHT)


def test_an_error_is_shown_in_words(window: MainWindow, studio: Studio) -> None:
    studio.failed.emit(StudioError("The disk is full.", "2 kB are left.", "Delete something."))
    box = window.findChildren(QMessageBox)[-1]
    assert box.text() == "The disk is full."
    assert "2 kB are left." in box.informativeText()
    assert not box.detailedText()
    box.close()


def test_closing_during_a_job_asks_and_stays_if_told_so(
    window: MainWindow, studio: Studio, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    asked: list[list[str]] = []
    answers: list[Callable[[], object]] = []

    def ask(_parent: object, titles: list[str], on_stop: Callable[[], object]) -> None:
        asked.append(list(titles))
        answers.append(on_stop)

    monkeypatch.setattr(dialogs, "ask_close_during_jobs", ask)
    job = ScriptedJob(waits=True)
    running = studio.run(job)
    assert running is not None
    qtbot.waitUntil(job.started.is_set)
    assert not window.close()
    assert asked == [["Scripted"]]
    assert studio.is_open
    answers[0]()
    assert window.veil.isVisible()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert not shiboken6.isValid(running) or running.is_ended
    assert not studio.is_open


def test_a_dropped_folder_becomes_a_project(
    empty_studio: Studio, tmp_path: Path, qtbot: QtBot
) -> None:
    window = MainWindow(empty_studio)
    qtbot.addWidget(window)
    draw_folder(tmp_path / "pictures", per_class=2)
    with qtbot.waitSignal(empty_studio.project_opened):
        window.commander.make_project(
            dialogs.unused_path(tmp_path / "pictures"), [tmp_path / "pictures"]
        )
    assert empty_studio.path == tmp_path / "pictures.sslstudio"
    qtbot.waitUntil(lambda: empty_studio.counts.images == 6, timeout=10_000)
    window.close_now()


def test_a_recent_project_is_opened_from_the_welcome_page(
    empty_studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    empty_studio.preferences.remember(RecentProject(str(sample_project.path), "2026-01-01", 36, 1))
    window = MainWindow(empty_studio)
    qtbot.addWidget(window)
    window.show()
    row = window.welcome.findChildren(RecentRow)[0]
    with qtbot.waitSignal(empty_studio.project_opened):
        qtbot.keyClick(row, Qt.Key.Key_Return)
    settle(empty_studio, qtbot)
    assert window.page is window.pages["images"]
    window.close()


def test_the_project_gets_a_cover_for_the_welcome_page(
    window: MainWindow, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: bool(studio.preferences.cover(str(sample_project.path))))
    studio.close()
    row = window.welcome.findChildren(RecentRow)[0]
    assert row.project.path == str(sample_project.path)


def test_a_cover_with_gaps_does_not_replace_a_whole_one(
    window: MainWindow, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = int(window.pages["images"].shown_ids()[0])
    small = QPixmap(8, 8)
    monkeypatch.setattr(studio.thumbnails, "kept", lambda i: small if i == first else None)
    studio.preferences.set_cover(str(studio.path), b"whole")
    window._keep_cover()
    assert studio.preferences.cover(str(studio.path)) == b"whole"


def test_a_training_that_was_cut_short_is_offered_for_resuming(
    empty_studio: Studio, sample_project: Sample, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    with Project.open(sample_project.path) as project:
        project.runs.update(sample_project.run_id, status="running")
    with closing(sqlite3.connect(sample_project.path)) as file, file:
        file.execute("UPDATE runs SET owner_pid = 4000000")
    offered: list[list[str]] = []
    monkeypatch.setattr(dialogs, "ask_resume", lambda _w, names, _then: offered.append(names))
    window = MainWindow(empty_studio)
    qtbot.addWidget(window)
    empty_studio.open(sample_project.path)
    qtbot.waitUntil(lambda: offered == [["SimCLR, light"]])
    window.close()
