import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ssl_studio.gui.action_set import Actions
from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.palette import Palette
from ssl_studio.gui.studio import Studio


@pytest.fixture
def palette(window: MainWindow) -> Palette:
    window.actions_table.by_id["show_palette"].trigger()
    return window.palette_of_commands


def words(palette: Palette) -> list[str]:
    return [entry.command.words for entry in palette.model.entries]


def test_every_command_is_there_at_first(palette: Palette, window: MainWindow) -> None:
    assert palette.isVisible()
    assert window.focusWidget() is palette.field
    assert len(words(palette)) == len(window.actions_table.commands) - 1


def test_letters_narrow_and_enter_runs(palette: Palette, window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "gclus")
    qtbot.keyClicks(palette.field, "")
    palette.field.setText("clusters")
    row = words(palette).index("Clusters")
    for _ in range(row):
        qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.page is window.pages["clusters"]
    assert not palette.isVisible()


def test_what_was_run_comes_first_next_time(
    palette: Palette, window: MainWindow, qtbot: QtBot
) -> None:
    palette.field.setText("Dark theme")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    window.show_palette()
    assert words(palette)[0] == "Dark theme"
    assert palette.model.entries[0].is_recent
    window.commander.theme_light()
    palette.dismiss()


def test_what_makes_no_sense_says_why_and_does_nothing(
    palette: Palette, window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    palette.field.setText("Stop training")
    assert palette.model.entries[0].why_not == "No training is running."
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.dismiss()
    studio.close()
    assert actions(window).why_not("undo") == "Open a project first."


def actions(window: MainWindow) -> Actions:
    return window.actions_table


def test_commands_of_other_pages_name_them(window: MainWindow) -> None:
    window.show_page("images")
    assert "Clusters" in actions(window).why_not("merge")
    window.show_page("clusters")
    assert "Choose two" in actions(window).why_not("merge")
    assert (
        actions(window).by_id["merge"].isEnabled()
    )  # its keys are heard as soon as two are chosen


def test_escape_gives_the_keyboard_back(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("clusters")
    before = window.focusWidget()
    window.show_palette()
    qtbot.keyClick(window.palette_of_commands.field, Qt.Key.Key_Escape)
    assert not window.palette_of_commands.isVisible()
    assert window.focusWidget() is before
