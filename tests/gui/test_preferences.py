from pathlib import Path

import pytest

from ssl_studio.gui.preferences import RECENT_LIMIT, Preferences, RecentProject
from ssl_studio.gui.theme import ThemeChoice


@pytest.fixture
def preferences(tmp_path: Path, qapp: object) -> Preferences:
    made = Preferences()
    made.use_file(str(tmp_path / "p.ini"))
    return made


def test_the_last_opened_project_comes_first_and_once(preferences: Preferences) -> None:
    for name in ("a", "b", "a"):
        preferences.remember(RecentProject(name, "2026-01-01"))
    assert [project.path for project in preferences.recent()] == ["a", "b"]


def test_the_list_stays_short(preferences: Preferences) -> None:
    for number in range(30):
        preferences.remember(RecentProject(str(number), ""))
    assert len(preferences.recent()) == RECENT_LIMIT


def test_nonsense_in_the_file_is_ignored(preferences: Preferences) -> None:
    preferences._settings.setValue("recent", '[{"colour": 1}]')
    preferences._settings.setValue("theme", "plaid")
    assert preferences.recent() == []
    assert preferences.theme is ThemeChoice.SYSTEM


def test_a_cover_is_kept_until_forgotten(preferences: Preferences) -> None:
    preferences.set_cover("a", b"png")
    assert preferences.cover("a") == b"png"
    preferences.forget("a")
    assert preferences.cover("a") == b""
