from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from ssl_studio.gui import file_manager
from ssl_studio.gui.pages.images import ImagesPage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.image_details import ImageFacts
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter, ImageSort
from tests.gui.conftest import settle, show_page
from tests.gui.sample import Sample
from tests.pictures import draw_folder


@pytest.fixture
def page(studio: Studio, qtbot: QtBot) -> ImagesPage:
    made = ImagesPage(studio)
    show_page(made, studio, qtbot)
    return made


def chips(page: ImagesPage) -> list[QToolButton]:
    buttons = page.bar.filters.findChildren(QToolButton)
    return [b for b in buttons if b.property("role") == "chip" and not b.isHidden()]


def test_all_images_are_shown(page: ImagesPage) -> None:
    assert len(page.shown_ids()) == 36
    assert page.bar.count_label.text() == "36 images"
    assert not page.is_empty


def test_bad_files_are_listed_with_the_reason(page: ImagesPage) -> None:
    model = page.problems
    shown = {model.index(row, 0).data(): model.index(row, 1).data() for row in range(2)}
    assert "not a picture" in shown["notes.jpg"]
    assert page.bar.tabs.button(1).text() == "Problems (2)"
    page.bar.tabs.button(1).click()
    assert page.problem_table.isVisible()
    assert not page.side.details.isVisible()


def test_a_bad_file_can_be_looked_at_where_it_lies(
    page: ImagesPage, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(file_manager, "reveal", shown.append)
    page.problem_table.setCurrentIndex(page.problems.index(0, 0))
    page.problem_table.actions()[0].trigger()
    settle(studio, qtbot)
    assert [path.name for path in shown] == [page.problems.records[0].path]


def test_a_name_without_a_place_to_break_leaves_the_pane_its_width(
    page: ImagesPage, qtbot: QtBot
) -> None:
    name = "x" * 240 + ".jpg"
    details = page.side.details
    details.show_facts(ImageFacts(1, name, f"/photos/{name}", (("Label", "y" * 90),)), None)
    inner = details.picture.parentWidget()
    assert inner is not None
    qtbot.waitUntil(lambda: inner.minimumSizeHint().width() <= details.width())
    assert details.path.text() == f"/photos/{name}"  # what is copied has nothing in between


def test_the_filter_of_the_studio_is_followed(
    page: ImagesPage, studio: Studio, qtbot: QtBot
) -> None:
    studio.set_filter(ImageFilter(labels=("circles",)))
    settle(studio, qtbot)
    assert len(page.shown_ids()) == 12
    qtbot.waitUntil(lambda: [chip.text() for chip in chips(page)] == ["label circles"])
    assert page.bar.count_label.text() == "12 of 36 images"


def test_typing_sets_the_filter_of_the_studio(
    page: ImagesPage, studio: Studio, qtbot: QtBot
) -> None:
    qtbot.keyClicks(page.bar.search, "stripes-00002")
    qtbot.waitUntil(lambda: studio.filter.text == "stripes-00002")
    settle(studio, qtbot)
    assert len(page.shown_ids()) == 1


def test_a_choice_elsewhere_is_shown_here(page: ImagesPage, studio: Studio, qtbot: QtBot) -> None:
    studio.select(page.shown_ids()[3:5])
    settle(studio, qtbot)
    assert page.grid.selected_rows().tolist() == [3, 4]
    assert page.side.details.heading.text().replace("\u200b", "").endswith(".jpg")
    assert "2 images" in page.side.details.chosen.text()


def test_a_click_chooses_for_all_pages(page: ImagesPage, studio: Studio, qtbot: QtBot) -> None:
    place = page.grid.visualRect(page.grid.images.index(1, 0)).center()
    qtbot.mouseClick(page.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert studio.selection.tolist() == [page.shown_ids()[1]]


def test_enter_looks_at_the_image_and_n_asks_for_neighbours(
    page: ImagesPage, studio: Studio, qtbot: QtBot
) -> None:
    page.grid.setCurrentIndex(page.grid.images.index(0, 0))
    with qtbot.waitSignal(studio.large_view_requested) as looked:
        qtbot.keyClick(page.grid, Qt.Key.Key_Return)
    assert looked.args[1] == page.shown_ids()[0]
    assert len(looked.args[0]) == 36
    with qtbot.waitSignal(studio.page_requested) as requested:
        qtbot.keyClick(page.grid, Qt.Key.Key_N)
    assert requested.args == ["neighbours"]


def test_a_new_project_says_what_to_do_and_fills_while_scanning(
    empty_studio: Studio, tmp_path: Path, qtbot: QtBot
) -> None:
    page = ImagesPage(empty_studio)
    with qtbot.waitSignal(empty_studio.project_opened):
        empty_studio.open(tmp_path / "new.sslstudio", create=True)
    show_page(page, empty_studio, qtbot)
    assert page.is_empty
    assert page.empty.heading.text() == "Choose a folder of images"
    draw_folder(tmp_path / "pictures", per_class=3)
    empty_studio.run(ScanJob(tmp_path / "pictures"), "scan")
    assert page.strip.isVisible()
    settle(empty_studio, qtbot)
    qtbot.waitUntil(lambda: len(page.shown_ids()) == 9)
    assert not page.strip.isVisible()
    assert not page.is_empty


def test_a_scan_that_fails_says_so_until_dismissed(
    page: ImagesPage, studio: Studio, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(studio.job_ended):
        studio.run(ScanJob(tmp_path / "nowhere"), "scan")
    assert "nowhere" in page.strip.title.text()
    assert page.strip.isVisible()
    page.strip.dismiss_button.click()
    assert not page.strip.isVisible()


def test_closing_the_project_empties_the_page(page: ImagesPage, studio: Studio) -> None:
    studio.close()
    assert not len(page.shown_ids())
    assert np.array_equal(studio.selection, [])


def test_other_orders_are_asked_for(page: ImagesPage, studio: Studio, qtbot: QtBot) -> None:
    page.bar.order_box.setCurrentIndex(page.bar.order_box.findData("added"))
    page.bar.down_button.click()
    settle(studio, qtbot)
    assert page.shown_ids().tolist() == sorted(page.shown_ids().tolist(), reverse=True)


def test_outliers_can_be_sorted_by_where_there_are_clusters(
    page: ImagesPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    assert studio.clustering_id == sample_project.clustering_id
    page.bar.order_box.setCurrentIndex(page.bar.order_box.findData("distance"))
    page.refresh()
    settle(studio, qtbot)
    with Project.open(sample_project.path, read_only=True) as project:
        sort = ImageSort("distance", clustering_id=sample_project.clustering_id)
        assert page.shown_ids().tolist() == project.images.ids(order=sort).tolist()


def test_a_filter_that_nothing_passes_says_so(
    page: ImagesPage, studio: Studio, qtbot: QtBot
) -> None:
    studio.set_filter(ImageFilter(text="no such name"))
    settle(studio, qtbot)
    assert not page.is_empty
    assert page.bar.count_label.text() == "0 of 36 images"


def test_a_folder_that_is_gone_is_told_and_located(
    studio: Studio, sample_project: Sample, tmp_path: Path, qtbot: QtBot
) -> None:
    elsewhere = tmp_path / "elsewhere"
    draw_folder(elsewhere, per_class=2)
    with qtbot.waitSignal(studio.changed):
        studio.write(lambda project: move_root(project, elsewhere))
    elsewhere.rename(tmp_path / "moved")
    page = ImagesPage(studio)
    show_page(page, studio, qtbot)
    qtbot.waitUntil(page.folders.isVisible)
    assert "elsewhere" in page.folders.note.text()
    with qtbot.waitSignal(studio.job_ended):
        page.folders.locate(1, tmp_path / "moved")
    settle(studio, qtbot)
    qtbot.waitUntil(lambda: not page.folders.isVisible())


def move_root(project: Project, folder: Path) -> Changes:
    project.images.relocate_root(1, folder)
    return Changes(frozenset({"roots"}))


def test_facts_of_the_camera_come_after_those_of_the_project(
    page: ImagesPage, studio: Studio, qtbot: QtBot
) -> None:
    studio.select(page.shown_ids()[:1])
    settle(studio, qtbot)
    page.side.details.show_shot(int(page.shown_ids()[0]), [("Lens", "Lumen 35 mm")])
    assert page.side.details.shot.rowCount() == 1
    page.side.details.show_shot(-5, [("Lens", "late"), ("Place", "late")])
    assert page.side.details.shot.rowCount() == 1


def test_images_like_the_chosen_one_become_the_filter(
    page: ImagesPage, studio: Studio, qtbot: QtBot
) -> None:
    page.side.details.alike_wanted.emit((1, 2))
    assert studio.filter == ImageFilter(image_ids=(1, 2))
    settle(studio, qtbot)
    assert len(page.shown_ids()) == 2


def test_the_tools_fit_beside_an_open_activity_list(page: ImagesPage) -> None:
    page.bar.show_count(8242, 8242)
    # A window of 1280 px, less the rail and the list.
    assert page.bar.minimumSizeHint().width() <= 834
