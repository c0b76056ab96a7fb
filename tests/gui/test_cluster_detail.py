"""One cluster that is opened: its images, its halves, its neighbours, its note."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages import cluster_edits
from ssl_studio.gui.pages.clusters import ClustersPage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.colour_picker import ColourMenu
from ssl_studio.gui.widgets.image_drag import ImageDrag, dragged_images, images_mime
from ssl_studio.project.records import ImageFilter
from tests.gui.cluster_steps import choose, open_first, trigger
from tests.gui.conftest import settle, show_page


@pytest.fixture
def page(studio: Studio, qtbot: QtBot) -> ClustersPage:
    made = ClustersPage(studio)
    show_page(made, studio, qtbot)
    return made


def test_digit_moves_the_chosen_images_to_the_cluster_with_that_key(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    card = open_first(page, studio, qtbot)
    target = page.detail.list.card_of_key(2)
    assert target is not None
    page.detail.grid.setCurrentIndex(page.detail.grid.images.index(0, 0))
    qtbot.keyClick(page.detail.grid, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: page.card(target.id).size == target.size + 1)
    assert page.card(card.id).size == card.size - 1
    studio.undo_stack.undo()
    qtbot.waitUntil(lambda: page.card(card.id).size == card.size)


def test_digit_of_the_cluster_itself_and_of_none_do_nothing(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    open_first(page, studio, qtbot)
    page.detail.grid.setCurrentIndex(page.detail.grid.images.index(0, 0))
    for key in (Qt.Key.Key_1, Qt.Key.Key_9):
        qtbot.keyClick(page.detail.grid, key)
    assert studio.undo_stack.count() == 0


def test_images_dropped_on_a_cluster_move_there(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    open_first(page, studio, qtbot)
    target = page.shown_cards[2]
    ids = dragged_images(images_mime(page.detail.grid.images.ids[:2]))
    assert ids.tolist() == page.detail.grid.images.ids[:2].tolist()
    page.detail.list.images_dropped.emit(target.id, ids)
    qtbot.waitUntil(lambda: page.card(target.id).size == target.size + 2)


def test_press_on_a_chosen_image_keeps_the_others_until_released(
    page: ClustersPage, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_first(page, studio, qtbot)
    grid = page.detail.grid
    dragged: list[int] = []
    monkeypatch.setattr(ImageDrag, "_start", lambda self: dragged.extend(self._grid.selected_ids()))
    grid.selectAll()
    total, left = len(grid.selected_rows()), Qt.MouseButton.LeftButton
    first = grid.visualRect(grid.images.index(0, 0)).center()
    qtbot.mousePress(grid.viewport(), left, pos=first)
    assert len(grid.selected_rows()) == total
    qtbot.mouseMove(grid.viewport(), first + QPoint(60, 0))
    assert len(dragged) == total
    qtbot.mouseRelease(grid.viewport(), left, pos=first)
    assert len(grid.selected_rows()) == total
    qtbot.mouseClick(grid.viewport(), left, pos=first)
    assert len(grid.selected_rows()) == 1


def test_palette_offers_twenty_colours_and_marks_the_own(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    picked: list[str] = []
    menu = ColourMenu(page.cards[1].colour, picked.append, page)
    chosen = [swatch.isChecked() for swatch in menu.swatches]
    assert (len(chosen), chosen.index(True)) == (20, 1)
    menu.swatches[3].click()
    assert picked == [page.cards[3].colour]
    menu.deleteLater()


def test_commands_without_an_object_say_why(page: ClustersPage) -> None:
    assert "Choose" in page.why_not("rename")
    assert "two or more" in page.why_not("merge")
    choose(page, [0, 1])
    assert page.why_not("rename") == page.why_not("merge") == ""


def test_neighbouring_clusters_are_named_and_lead_there(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    card = open_first(page, studio, qtbot)
    links = page.detail.side.near.findChildren(QPushButton)
    assert len(links) == 5
    links[0].click()
    assert page.detail.cluster_id != card.id
    assert links[0].text().split("  ·")[0] == page.detail.card.name


def test_stepping_follows_the_list(page: ClustersPage, studio: Studio, qtbot: QtBot) -> None:
    open_first(page, studio, qtbot)
    order = [card.id for card in page.shown_cards]
    page.detail.step(1)
    assert page.detail.cluster_id == order[1]
    page.detail.step(-2)
    assert page.detail.cluster_id == order[-1]


def test_note_is_stored_and_undone(page: ClustersPage, studio: Studio, qtbot: QtBot) -> None:
    card = open_first(page, studio, qtbot)
    page.detail.side.note.setPlainText("blurred ones")
    qtbot.keyClick(page.detail.side.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.card(card.id).note == "blurred ones")
    studio.undo_stack.undo()
    qtbot.waitUntil(lambda: page.card(card.id).note == "")


def test_colour_is_stored(page: ClustersPage, studio: Studio, qtbot: QtBot) -> None:
    card = open_first(page, studio, qtbot)
    page.edits.recolour(card, "#a23b8b")
    qtbot.waitUntil(lambda: page.card(card.id).colour == "#a23b8b")


def test_halves_are_found_and_split(page: ClustersPage, studio: Studio, qtbot: QtBot) -> None:
    page.edits.merge([card.id for card in page.shown_cards[:2]])
    qtbot.waitUntil(lambda: len(page.cards) == 5)
    open_first(page, studio, qtbot)
    trigger(page.detail.split_button, "In two")
    qtbot.waitUntil(lambda: len(page.cards) == 6)
    assert studio.undo_stack.count() == 2


def test_merging_with_another_from_the_opened_one(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    card = open_first(page, studio, qtbot)
    trigger(page.detail.merge_button, page.shown_cards[1].name)
    qtbot.waitUntil(lambda: len(page.cards) == 5)
    assert page.detail.cluster_id == card.id


def test_cluster_merged_away_gives_back_the_gallery(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    card = open_first(page, studio, qtbot)
    page.edits.merge([page.shown_cards[1].id, card.id])
    qtbot.waitUntil(lambda: not page.is_detail)


def test_tags_are_given_to_all_images_of_a_cluster(
    page: ClustersPage, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = open_first(page, studio, qtbot)
    monkeypatch.setattr(cluster_edits.dialogs, "ask_text", lambda *_a: "odd")
    trigger(page.detail.tag_button, "New tag")
    qtbot.waitUntil(lambda: [tag.name for tag in page.tags] == ["odd"])
    assert page.tags[0].images == card.size


def test_filter_of_all_pages_holds_here_too(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    card = open_first(page, studio, qtbot)
    studio.set_filter(ImageFilter(text="no such name"))
    settle(studio, qtbot)
    assert len(page.detail.grid.images.ids) == 0
    assert f"0 of {card.size}" in page.detail.size_label.text()
