from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from ssl_studio.errors import StudioError
from ssl_studio.events import Note, Progress
from ssl_studio.gui import commander, news, notices, session
from ssl_studio.gui.drops import Intent, local_paths, read_drop
from ssl_studio.gui.filter_json import filter_from_json, filter_to_json
from ssl_studio.gui.job_list import RunningJob
from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.sheets import shared_out
from ssl_studio.gui.studio import Studio
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter
from tests.gui.conftest import settle
from tests.gui.fakes import ScriptedJob
from tests.gui.sample import Sample

CATS = ImageFilter(text="cat", labels=("circles", None), min_side_px=16)


# -- the filter ------------------------------------------------------------------------------


def test_a_filter_survives_json_and_nonsense_does_not() -> None:
    assert filter_from_json(filter_to_json(CATS)) == CATS
    assert filter_from_json({"labels": 3, "hats": ["x"], "text": "a"}) == ImageFilter(text="a")
    assert filter_from_json("no") == ImageFilter()


def test_chips_and_counts_follow_the_filter(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    studio.set_filter(ImageFilter(labels=("circles",)))
    settle(studio, qtbot)
    assert window.status.counts.text().startswith("12 of 36 images")
    assert not window.status.chips.chips, "the page of images shows them itself"
    window.show_page("train")
    assert [chip.text() for chip in window.status.chips.chips] == ["label circles"]
    window.status.chips.chips[0].click()
    assert studio.filter.is_empty
    assert not window.status.chips.chips
    studio.set_filter(ImageFilter(labels=("circles",)))
    window.actions_table.by_id["clear_filter"].trigger()
    assert studio.filter.is_empty


def test_chips_say_what_clusters_and_tags_are_called(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    window.show_page("map")
    settle(studio, qtbot)
    assert studio.clustering_id is not None
    with Project.open(studio.path, read_only=True) as project:
        cluster = project.clusterings.clusters(studio.clustering_id)[0]
    studio.set_filter(ImageFilter(cluster_ids=(cluster.id, 999_999)))
    settle(studio, qtbot)
    words = [chip.text() for chip in window.status.chips.chips]
    assert words[:2] == [f"cluster {cluster.name}", "cluster #999999"]


def test_the_selection_is_counted_and_its_names_copied(
    window: MainWindow, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    studio.select(sample_project.image_ids[:2])
    assert window.status.counts.text().startswith("2 chosen")
    with qtbot.waitSignal(studio.message):
        window.actions_table.by_id["copy_paths"].trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 2
    assert all(line.endswith(".jpg") for line in lines)


# -- coming back -----------------------------------------------------------------------------


def test_page_selection_and_filter_come_back(
    window: MainWindow, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    window.show_page("clusters")
    settle(studio, qtbot)
    studio.set_filter(ImageFilter(labels=("circles",)))
    studio.select([*sample_project.image_ids[:3], 9999])
    studio.set_query(sample_project.image_ids[5], show_page=False)
    with qtbot.waitSignal(studio.project_opened):
        studio.open(sample_project.path)
    settle(studio, qtbot)
    assert window.page is window.pages["clusters"]
    assert studio.filter.labels == ("circles",)
    assert studio.selection.tolist() == list(sample_project.image_ids[:3])
    assert studio.query == sample_project.image_ids[5]


def test_geometry_and_docks_come_back(
    window: MainWindow, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    window.resize(1024, 700)
    window.toggle_activity()
    window.close_now()
    again = MainWindow(studio)
    qtbot.addWidget(again)
    again.show()
    assert (again.width(), again.height()) == (1024, 700)
    assert again.activity.isVisible()
    assert again.actions_table.by_id["toggle_activity"].isChecked()


@pytest.mark.parametrize("text", ["", "[]", '{"selection": ["x"]}', "{"])
def test_a_spoilt_session_is_the_beginning(studio: Studio, text: str) -> None:
    studio.preferences.set_session("p", text)
    assert session.stored(studio.preferences, "p") == session.Session()


# -- jobs ------------------------------------------------------------------------------------


def ended(studio: Studio, qtbot: QtBot, job: ScriptedJob) -> RunningJob:
    running = studio.run(job)
    assert running is not None
    if not running.is_ended:
        with qtbot.waitSignal(running.ended):
            pass
    return running


def test_the_activity_list_shows_how_a_job_goes(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    job = ScriptedJob((Progress(3, 10, "Looking"),), waits=True)
    studio.run(job)
    row = window.activity.rows[0]
    qtbot.waitUntil(lambda: "3 of 10" in row.state.text())
    row.pause.click()
    assert row.state.text() == "paused"
    assert row.pause.accessibleName() == "Go on"
    row.pause.click()
    row.stop.click()
    qtbot.waitUntil(lambda: row.running.is_ended)
    assert row.state.text().startswith("stopped after")
    window.activity.clear_ended()
    assert not window.activity.rows


def test_a_failed_job_says_why_and_its_details_can_be_copied(
    window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    error = StudioError("The disk is full.", "2 kB are left.", "Delete something.")
    ended(studio, qtbot, ScriptedJob((Note("warning", "Slow disk."),), error=error))
    row = window.activity.rows[0]
    assert row.state.text() == "The disk is full."
    assert row.problem.text() == "2 kB are left.\nDelete something."
    assert not row.copy.isHidden()
    row.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "Slow disk." in copied
    assert "Traceback" in copied or "StudioError" in copied


def test_a_finished_job_leads_to_its_result(
    window: MainWindow, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window.pages["clusters"], "job_types", ("ScriptedJob",), raising=False)
    monkeypatch.setattr(type(window.pages["clusters"]), "job_types", ("ScriptedJob",))
    ended(studio, qtbot, ScriptedJob())
    row = window.activity.rows[0]
    assert row.result.text() == "Show on Clusters"
    row.result.click()
    assert window.page is window.pages["clusters"]


def test_long_work_that_ends_behind_other_windows_is_told(
    window: MainWindow, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(window.notices, "tell", lambda *words: told.append(words))
    monkeypatch.setattr(window.notices, "is_in_front", lambda: False)
    ended(studio, qtbot, ScriptedJob())
    assert told == []
    monkeypatch.setattr(RunningJob, "elapsed_s", 90.0)
    ended(studio, qtbot, ScriptedJob())
    assert told == [("Scripted", "done in 2 min")]
    window.actions_table.by_id["toggle_notices"].trigger()
    ended(studio, qtbot, ScriptedJob())
    assert len(told) == 1


def test_a_notice_goes_to_the_tray_where_there_is_one(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _s, title, *_a: shown.append(title))
    window.notices.tell("Training", "done")
    assert shown == ["Training"]
    window.notices.close()


# -- dropping --------------------------------------------------------------------------------


def test_without_a_tray_the_desktop_is_asked_for_a_notice(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    monkeypatch.setattr(notices.QStandardPaths, "findExecutable", lambda name: f"/bin/{name}")
    monkeypatch.setattr(notices.QProcess, "startDetached", lambda *call: started.append(call))
    window.notices.tell("-Training <b>", "done & <i>")
    said = ["--app-name=SSL Studio", "--", "-Training <b>", "done &amp; &lt;i&gt;"]
    assert started == [("/bin/notify-send", said)]


def test_drops_are_understood(tmp_path: Path) -> None:
    project, picture = tmp_path / "a.sslstudio", tmp_path / "b.JPG"
    made = read_drop([tmp_path, tmp_path], is_open=False)
    assert made is not None
    assert made.intent is Intent.CREATE
    assert made.words() == "Make a project of 2 folders"
    assert getattr(read_drop([tmp_path], is_open=True), "intent", None) is Intent.ADD
    assert getattr(read_drop([picture, project], is_open=True), "intent", None) is Intent.OPEN
    assert getattr(read_drop([picture], is_open=True), "intent", None) is Intent.PICTURES
    assert read_drop([picture], is_open=False) is None
    assert read_drop([tmp_path / "x.txt"], is_open=True) is None


def test_only_local_files_are_dropped(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.jpg"), QUrl.fromLocalFile(str(tmp_path))])
    assert local_paths(data) == [tmp_path]


# -- welcome ---------------------------------------------------------------------------------

LOG = """# Changelog
## [Unreleased]
### Added
- A **palette** with `Ctrl+Shift+P`
  and [keys](https://example.org).
### Fixed
- Nothing.
## [0.1.0] - 2026-11-01
### Added
- All.
"""


def test_what_is_new_is_read_from_the_change_log() -> None:
    newest, first = news.parse(LOG)
    assert newest.groups[0] == ("Added", ("A palette with Ctrl+Shift+P and keys.",))
    assert newest.highlights(2)[1] == "Nothing."
    assert first.title == "Version 0.1.0 · 2026-11-01"
    assert news.releases()


def test_the_demo_is_made_once(
    empty_studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    monkeypatch.setattr(commander, "demo_path", lambda: tmp_path / "demo" / "demo.sslstudio")
    monkeypatch.setattr(commander, "DemoJob", lambda: ScriptedJob(title="Demo"))
    window = MainWindow(empty_studio)
    qtbot.addWidget(window)
    window.welcome.demo_button.click()
    qtbot.waitUntil(lambda: empty_studio.is_open and bool(empty_studio.jobs.jobs), timeout=10_000)
    qtbot.waitUntil(lambda: window.page is window.pages["clusters"], timeout=10_000)
    window.close_now()


def test_sections_are_shared_out_evenly() -> None:
    sections = [(name, [("x", "y")] * n) for name, n in (("a", 8), ("b", 2), ("c", 6))]
    left, right = shared_out(sections, 2)
    assert [title for title, _rows in left + right] == ["a", "b", "c"]
    assert left
    assert right
    assert np.ptp([sum(len(rows) for _t, rows in side) for side in (left, right)]) <= 8
