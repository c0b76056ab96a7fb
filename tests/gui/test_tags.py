import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.gui.image_tools import do_anywhere
from ssl_studio.gui.pages.images import ImagesPage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.tag_book import TagBook, tag_book
from ssl_studio.gui.widgets.tag_manager import NAME, TagManager
from ssl_studio.gui.widgets.tag_menu import TagMenu
from tests.gui.conftest import settle, show_page
from tests.gui.sample import Sample


@pytest.fixture
def book(studio: Studio, qtbot: QtBot) -> TagBook:
    made = tag_book(studio)
    settle(studio, qtbot)
    return made


def names(book: TagBook) -> list[str]:
    return [tag.name for tag in book.tags]


def test_there_is_one_book(studio: Studio, book: TagBook) -> None:
    assert tag_book(studio) is book


def test_a_new_tag_is_given_and_undone(
    book: TagBook, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    ids = sample_project.image_ids
    book.add("sharp", ids[:3])
    qtbot.waitUntil(lambda: names(book) == ["sharp"])
    assert [tag.name for tag in book.of(ids[0])] == ["sharp"]
    assert book.of(ids[5]) == []
    studio.undo_stack.undo()
    qtbot.waitUntil(lambda: not names(book))
    studio.undo_stack.redo()
    qtbot.waitUntil(lambda: names(book) == ["sharp"])


def test_digits_assign_and_take_away(
    book: TagBook, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    ids = sample_project.image_ids
    book.add("sharp")
    qtbot.waitUntil(lambda: names(book) == ["sharp"])
    studio.select(ids[:2])
    assert do_anywhere(studio, "assign_1")
    qtbot.waitUntil(lambda: book.tags[0].images == 2)
    do_anywhere(studio, "assign_1")
    qtbot.waitUntil(lambda: book.tags[0].images == 0)


def test_a_digit_without_a_tag_says_so(book: TagBook, studio: Studio, qtbot: QtBot) -> None:
    with qtbot.waitSignal(studio.message) as said:
        do_anywhere(studio, "assign_7")
    assert "7" in said.args[0]


def test_tagging_what_is_tagged_leaves_no_step_to_undo(
    book: TagBook, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    book.add("sharp", sample_project.image_ids[:1])
    qtbot.waitUntil(lambda: names(book) == ["sharp"])
    book.put(book.tags[0], sample_project.image_ids[:1], on=True)
    settle(studio, qtbot)
    qtbot.waitUntil(lambda: studio.undo_stack.count() == 1)


def test_the_menu_shows_what_all_have_and_makes_new_tags(
    book: TagBook, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    ids = sample_project.image_ids
    book.add("sharp", ids[:2])
    qtbot.waitUntil(lambda: names(book) == ["sharp"])
    studio.select(ids[:2])
    menu = TagMenu(book, lambda: studio.selection)
    qtbot.addWidget(menu)
    menu.fill()
    (action,) = [a for a in menu.actions() if a.isCheckable()]
    assert action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: book.tags[0].images == 0)
    menu.name.setText("later")
    menu.name.returnPressed.emit()
    qtbot.waitUntil(lambda: names(book) == ["later", "sharp"])
    assert book.tags[0].images == 2


@pytest.fixture
def manager(book: TagBook, studio: Studio, qtbot: QtBot) -> TagManager:
    book.add("sharp")
    qtbot.waitUntil(lambda: names(book) == ["sharp"])
    return TagManager(studio, book)


def test_the_sheet_renames_and_deletes(manager: TagManager, book: TagBook, qtbot: QtBot) -> None:
    qtbot.addWidget(manager)
    manager.table.item(0, NAME).setText("crisp")
    qtbot.waitUntil(lambda: names(book) == ["crisp"])
    manager.table.setCurrentCell(0, NAME)
    manager.delete_button.click()
    qtbot.waitUntil(lambda: not names(book))
    assert manager.table.rowCount() == 0


def test_the_page_shows_the_tags_of_the_chosen_image(
    book: TagBook, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    page = ImagesPage(studio)
    show_page(page, studio, qtbot)
    studio.select(sample_project.image_ids[:1])
    settle(studio, qtbot)
    book.add("sharp", sample_project.image_ids[:1])
    qtbot.waitUntil(lambda: [t.name for t in book.of(sample_project.image_ids[0])] == ["sharp"])
    with qtbot.waitSignal(book.changed):
        page.side.chips.removed.emit(book.tags[0])
    assert book.of(sample_project.image_ids[0]) == []
