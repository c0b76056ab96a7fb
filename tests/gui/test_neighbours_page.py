from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from ssl_studio.errors import UnreadableImage
from ssl_studio.gui.pages import neighbour_changes, outside
from ssl_studio.gui.pages.lenses import Lens, read_lenses
from ssl_studio.gui.pages.neighbours import NeighboursPage
from ssl_studio.gui.studio import Studio
from ssl_studio.images.colour import BACKGROUND
from ssl_studio.jobs.embed import EmbedJob
from ssl_studio.jobs.neighbour_search import FileQuery, Found, PixelsQuery, Preview
from ssl_studio.jobs.neighbours import NeighbourChanges
from ssl_studio.project.file import Project
from tests.gui.conftest import settle, show_page
from tests.gui.sample import NEIGHBOURS, Sample


@pytest.fixture
def page(studio: Studio, qtbot: QtBot) -> NeighboursPage:
    made = NeighboursPage(studio)
    show_page(made, studio, qtbot)
    return made


@pytest.fixture
def asked(
    page: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> NeighboursPage:
    """The page with neighbours of the first image."""
    studio.set_query(sample_project.image_ids[0])
    settle(studio, qtbot)
    return page


def untrained(page: NeighboursPage, sample: Sample) -> Lens:
    return next(x for x in page._lenses if x.feature_set_id == sample.feature_set_id + 1)


class FakeSearch:
    """Finds the same for every picture from outside, without a network."""

    def __init__(self, ids: tuple[int, ...]) -> None:
        self.ids, self.asked = ids, []

    def under(self, _report: object, _cancel: object) -> "FakeSearch":
        return self

    def find(self, project: Project, feature_set_id: int, query: object, k: int) -> Found:
        self.asked.append(query)
        if isinstance(query, FileQuery) and query.name == "notes.txt":
            raise UnreadableImage("notes.txt is no picture.")
        ids = np.array(self.ids[:k], np.int64)
        return Found(feature_set_id, ids, np.zeros(len(ids), np.float32), (None,) * len(ids), "c")

    def preview(self, query: object) -> Preview:
        return Preview(np.full((8, 6, 3), 200, np.uint8), 60, 80)


def test_without_a_query_the_page_says_how_to_get_one(page: NeighboursPage) -> None:
    assert page.is_empty
    assert page.empty.heading.text() == "Choose an image"


def test_without_a_query_what_is_chosen_is_asked_for(
    page: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    studio.select(np.array(sample_project.image_ids[3:5]))
    page.refresh()
    settle(studio, qtbot)
    assert studio.query == sample_project.image_ids[4]
    assert not page.is_empty


def test_the_neighbours_of_a_query_come_with_distances(
    asked: NeighboursPage, sample_project: Sample
) -> None:
    assert not asked.is_empty
    assert len(asked.grid.images.ids) == 20
    assert sample_project.image_ids[0] not in asked.grid.images.ids
    distances = [float(caption.split()[0]) for caption in asked.grid.images._captions]
    assert distances == sorted(distances)
    assert "circles" in asked.first.agreement.text()
    assert asked.panel.name.text() == "circles-00000.jpg"


def test_stored_neighbours_are_taken_where_they_are_enough(
    asked: NeighboursPage, studio: Studio, qtbot: QtBot
) -> None:
    searched = asked.first.ids[:10]
    asked.count_box.setCurrentIndex(0)
    asked.count_box.activated.emit(0)
    settle(studio, qtbot)
    assert NEIGHBOURS > 10
    assert np.array_equal(asked.first.ids, searched)


def test_opening_a_neighbour_makes_it_the_query_and_back_returns(
    asked: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    asked.grid.setCurrentIndex(asked.grid.images.index(2, 0))
    expected = asked.grid.current_id()
    qtbot.keyClick(asked.grid, Qt.Key.Key_N)
    assert studio.query == expected
    settle(studio, qtbot)
    asked.panel.back.click()
    settle(studio, qtbot)
    assert studio.query == sample_project.image_ids[0]
    assert not asked.panel.back.isEnabled()


def test_the_switcher_sets_the_features_of_all_pages(page: NeighboursPage, studio: Studio) -> None:
    page.picker.setCurrentIndex(1)
    page.picker.activated.emit(1)
    assert studio.feature_set_id == page.picker.itemData(1)


def test_a_second_column_shows_what_it_shares_with_the_first(
    asked: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    column = asked.add_column(untrained(asked, sample_project))
    settle(studio, qtbot)
    shared = set(asked.first.ids.tolist()) & set(column.ids.tolist())
    assert len(column.ids) == 20
    assert column.grid.marked == shared == asked.grid.marked
    assert f"overlap@20 {5 * len(shared)} %" in column.overlap.text()
    column.remove.click()
    assert asked.columns == [asked.first]
    assert asked.grid.marked == set()


def test_choosing_in_one_column_chooses_in_the_others(
    asked: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    column = asked.add_column(untrained(asked, sample_project))
    settle(studio, qtbot)
    shared = next(iter(asked.grid.marked))
    studio.select([shared])
    assert asked.grid.selected_ids().tolist() == [shared]
    assert column.grid.selected_ids().tolist() == [shared]


def test_what_could_be_computed_is_offered_and_fills_in_when_it_is_there(
    asked: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    pixels = next(x for x in asked._lenses if x.source == "pixels")
    column = asked.add_column(pixels)
    assert pixels.job() == EmbedJob(sample_project.run_id, source="pixels")
    assert column.compute.isVisible()
    jobs = []
    studio.run = lambda job, lane="work": jobs.append(job)  # type: ignore[assignment,method-assign]
    qtbot.mouseClick(column.compute, Qt.MouseButton.LeftButton)
    assert jobs == [pixels.job()]
    with Project.open(sample_project.path) as project:
        ids = project.images.ids()
        values = np.random.default_rng(5).random((len(ids), 8), np.float32)
        project.features.add(
            source="pixels", backbone="", layer="pixels", image_ids=ids, values=values
        )
    asked.mark_stale()
    settle(studio, qtbot)
    assert len(column.ids) == 20
    assert not column.compute.isVisible()


def test_every_epoch_and_reference_can_be_looked_through(sample_project: Sample) -> None:
    with Project.open(sample_project.path) as project:
        project.runs.save_checkpoint(sample_project.run_id, 20, 1, "epoch", b"x")
        lenses = read_lenses(project)
    sources = [(lens.source, lens.feature_set_id is not None) for lens in lenses]
    assert sources == [
        ("run", True), ("random", True), ("run", False), ("random", False), ("pixels", False)
    ]  # fmt: skip
    assert "epoch 1" in lenses[2].words


def dropped(path: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    return mime


def drop(page: NeighboursPage, mime: QMimeData) -> bool:
    """Drag and drop something on the page; whether it was taken."""
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPointF(400, 300), action, mime, left, none)
    enter.ignore()
    page.dragEnterEvent(enter)
    if enter.isAccepted():
        page.dropEvent(QDropEvent(QPointF(400, 300), action, mime, left, none))
    return enter.isAccepted()


def test_a_dropped_file_is_searched_for_and_shown(
    page: NeighboursPage, studio: Studio, sample_project: Sample, tmp_path: Path, qtbot: QtBot
) -> None:
    fake = FakeSearch(sample_project.image_ids[3:9])
    page._search = fake  # type: ignore[assignment]
    (tmp_path / "visitor.jpg").write_bytes(b"jpeg")
    assert drop(page, dropped(tmp_path / "visitor.jpg"))
    settle(studio, qtbot)
    assert fake.asked == [FileQuery(str(tmp_path / "visitor.jpg"))]
    assert page.first.ids.tolist() == list(sample_project.image_ids[3:9])
    assert page.panel.name.text() == "visitor.jpg"
    assert "60 × 80" in page.panel.facts.text()


def test_folders_and_projects_are_left_to_the_window(
    page: NeighboursPage, sample_project: Sample
) -> None:
    assert not drop(page, dropped(sample_project.folder))
    assert not drop(page, dropped(sample_project.path))


def test_a_file_that_is_no_picture_is_told_in_words(
    page: NeighboursPage, studio: Studio, sample_project: Sample, tmp_path: Path, qtbot: QtBot
) -> None:
    page._search = FakeSearch(sample_project.image_ids)  # type: ignore[assignment]
    (tmp_path / "notes.txt").write_text("words")
    drop(page, dropped(tmp_path / "notes.txt"))
    settle(studio, qtbot)
    assert "no picture" in page.first.reason.text()
    assert len(page.first.ids) == 0


def test_a_picture_from_the_clipboard_is_searched_for(
    page: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    fake = FakeSearch(sample_project.image_ids[3:9])
    page._search = fake  # type: ignore[assignment]
    image = QImage(5, 4, QImage.Format.Format_ARGB32)
    image.fill(QColor(10, 20, 30))
    QGuiApplication.clipboard().setImage(image)
    assert page.do("paste")
    settle(studio, qtbot)
    assert isinstance(fake.asked[0], PixelsQuery)
    assert fake.asked[0].rgb == bytes([10, 20, 30]) * 20
    assert len(page.first.ids) == 6


def test_transparent_parts_of_a_pasted_picture_lie_on_the_ground_of_files() -> None:
    image = QImage(2, 1, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    image.setPixelColor(1, 0, QColor(10, 20, 30))
    assert outside.pixels_of(image, "x").rgb == bytes([*BACKGROUND, 10, 20, 30])


def test_menus_say_what_their_parts_are(page: NeighboursPage) -> None:
    page.add_button.menu().aboutToShow.emit()
    first = page.add_button.menu().actions()[0]
    assert first.text() == "There already"
    assert not first.isEnabled()
    words = [action.text() for action in page.add_button.menu().actions() if action.text()]
    assert len(words) == len(set(words))


def test_an_empty_clipboard_is_said(page: NeighboursPage, studio: Studio, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("words")
    with qtbot.waitSignal(studio.message) as said:
        page.paste()
    assert "no picture" in said.args[0]
    assert page.is_empty


def test_back_leads_from_a_dropped_file_to_the_image_before(
    asked: NeighboursPage, studio: Studio, sample_project: Sample, tmp_path: Path, qtbot: QtBot
) -> None:
    asked._search = FakeSearch(sample_project.image_ids[3:9])  # type: ignore[assignment]
    (tmp_path / "visitor.jpg").write_bytes(b"jpeg")
    asked.ask_for(FileQuery(str(tmp_path / "visitor.jpg")))
    settle(studio, qtbot)
    asked.panel.back.click()
    settle(studio, qtbot)
    assert asked.panel.name.text() == "circles-00000.jpg"


def test_images_whose_neighbours_changed_most_are_listed_and_kept(
    asked: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    asked.add_column(untrained(asked, sample_project))
    settle(studio, qtbot)
    asked.changes_button.setChecked(True)
    assert asked.changes.start.isEnabled()
    asked.changes.start.click()
    settle(studio, qtbot)
    assert len(asked.changes.grid.images.ids) == len(sample_project.image_ids)
    kept = [int(words.split()[0]) for words in asked.changes.grid.images._captions]
    assert kept == sorted(kept)
    assert "On average" in asked.changes.words.text()
    asked.changes.grid.image_opened.emit(int(asked.changes.grid.images.ids[0]))
    assert studio.query == asked.changes.grid.images.ids[0]


def test_what_a_comparison_leaves_out_is_said() -> None:
    many = NeighbourChanges(np.arange(2000), np.linspace(0, 1, 2000), 10)
    assert "500 most changed" in neighbour_changes.summary(many)
    assert len(neighbour_changes.kept_words(many)) == 500
    few = NeighbourChanges(np.arange(3), np.array([0.0, 0.5, 1.0]), 10)
    assert "most changed" not in neighbour_changes.summary(few)
    assert neighbour_changes.kept_words(few)[1] == "5 of 10 kept"


def test_closing_the_project_leaves_one_empty_column(
    asked: NeighboursPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    asked.add_column(untrained(asked, sample_project))
    settle(studio, qtbot)
    studio.close()
    assert asked.columns == [asked.first]
    assert len(asked.grid.images.ids) == 0


def test_lines_of_pixels_lose_their_padding() -> None:
    image = QImage(3, 2, QImage.Format.Format_RGB888)
    image.fill(QColor(1, 2, 3))
    assert image.bytesPerLine() != 9
    assert outside.pixels_of(image, "x").rgb == bytes([1, 2, 3]) * 6
