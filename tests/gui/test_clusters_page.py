from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from ssl_studio.events import Artefact, Cancel, Report
from ssl_studio.gui.pages import cluster_edits, cluster_setup, cluster_work
from ssl_studio.gui.pages.cluster_reads import sorted_cards
from ssl_studio.gui.pages.clusters import ClustersPage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.cluster_cards import ClusterCard, card_line
from ssl_studio.gui.widgets.colour_picker import ColourMenu
from ssl_studio.gui.widgets.image_drag import ImageDrag, dragged_images, images_mime
from ssl_studio.jobs.associations import AssociationRow, Associations, TraitRow
from ssl_studio.jobs.choose_k import KChoice, KRow
from ssl_studio.jobs.cluster import ClusterResult
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter
from tests.gui.conftest import settle, show_page
from tests.gui.fakes import ScriptedJob
from tests.gui.sample import Sample


@pytest.fixture
def page(studio: Studio, qtbot: QtBot) -> ClustersPage:
    made = ClustersPage(studio)
    show_page(made, studio, qtbot)
    return made


def names(page: ClustersPage) -> list[str]:
    return sorted(card.name for card in page.cards)


def choose(page: ClustersPage, rows: list[int]) -> None:
    for row in rows:
        index = page.gallery.clusters.index(row, 0)
        page.gallery.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Select)


def trigger(button: QPushButton, words: str) -> None:
    """What choosing from a button's menu does."""
    menu = button.menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith(words)).trigger()


def open_first(page: ClustersPage, studio: Studio, qtbot: QtBot) -> ClusterCard:
    card = page.gallery.clusters.cards[0]
    page.open_cluster(card.id)
    settle(studio, qtbot)
    return card


def test_every_cluster_has_a_card_with_its_face_and_labels(page: ClustersPage) -> None:
    assert names(page) == [f"Cluster {number}" for number in range(1, 7)]
    assert sum(card.size for card in page.cards) == 36
    assert all(card.representatives and card.mix for card in page.cards)


def test_renaming_is_shown_and_undone(page: ClustersPage, studio: Studio, qtbot: QtBot) -> None:
    page.edits.rename(page.cards[0].id, "Suns")
    qtbot.waitUntil(lambda: "Suns" in names(page))
    studio.undo_stack.undo()
    qtbot.waitUntil(lambda: "Suns" not in names(page))


def test_f2_asks_for_the_name_of_the_chosen_cluster(
    page: ClustersPage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(cluster_edits.dialogs, "ask_text", lambda *_a: "Suns")
    choose(page, [1])
    chosen = page.gallery.selected_cards()[0].id
    assert page.do("rename")
    qtbot.waitUntil(lambda: "Suns" in names(page))
    assert next(card.name for card in page.cards if card.id == chosen) == "Suns"


def test_merging_keeps_the_largest_and_is_undone(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    choose(page, [0, 1])
    largest = page.gallery.selected_cards()[0]
    size = sum(card.size for card in page.gallery.selected_cards())
    assert page.do("merge")
    qtbot.waitUntil(lambda: len(page.cards) == 5)
    assert next(card.size for card in page.cards if card.id == largest.id) == size
    studio.undo_stack.undo()
    qtbot.waitUntil(lambda: len(page.cards) == 6)


def test_merging_one_says_that_it_takes_two(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    choose(page, [0])
    with qtbot.waitSignal(studio.message):
        page.do("merge")
    assert len(page.cards) == 6


def test_enter_opens_a_cluster_and_back_closes_it(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    page.gallery.setCurrentIndex(page.gallery.clusters.index(0, 0))
    qtbot.keyClick(page.gallery, Qt.Key.Key_Return)
    settle(studio, qtbot)
    card = page.gallery.clusters.cards[0]
    assert page.views.currentWidget() is page.detail
    assert len(page.detail.grid.images.ids) == card.size
    page.detail.back.click()
    assert not page.is_detail


def test_borderline_is_another_order(page: ClustersPage, studio: Studio, qtbot: QtBot) -> None:
    page.open_cluster(page.gallery.clusters.cards[0].id)
    settle(studio, qtbot)
    closest = page.detail.grid.images.ids.tolist()
    page.detail.orders.button(1).click()
    settle(studio, qtbot)
    borderline = page.detail.grid.images.ids.tolist()
    assert borderline != closest
    assert sorted(borderline) == sorted(closest)


def test_chosen_images_become_a_cluster_of_their_own(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    page.open_cluster(page.gallery.clusters.cards[0].id)
    settle(studio, qtbot)
    page.detail.grid.setCurrentIndex(page.detail.grid.images.index(0, 0))
    trigger(page.detail.split_button, "Chosen images off")
    qtbot.waitUntil(lambda: len(page.cards) == 7)


def test_other_features_have_no_clusters_yet(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    page.picker.setCurrentIndex(1)
    page.picker.activated.emit(1)
    settle(studio, qtbot)
    assert page.is_empty
    assert "Find clusters" in page.empty.findChildren(QPushButton)[-1].text()


def test_without_features_the_page_leads_to_training(
    empty_studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    page = ClustersPage(empty_studio)
    with qtbot.waitSignal(empty_studio.project_opened):
        empty_studio.open(sample_project.path.with_name("new.sslstudio"), create=True)
    show_page(page, empty_studio, qtbot)
    assert page.is_empty
    with qtbot.waitSignal(empty_studio.page_requested) as requested:
        page.empty.findChildren(QPushButton)[-1].click()
    assert requested.args == ["train"]


@dataclass(frozen=True)
class ClusterJob:
    """Deals the images out to k clusters."""

    feature_set_id: int
    k: int | None
    whiten: int = 0
    algorithm: str = "k-means"
    smallest: int | None = None
    names_from: int | None = None
    title: str = "Searching clusters"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ClusterResult:
        with Project.open(project_path) as project:
            ids = project.features.image_ids(self.feature_set_id)
            k = self.k or 2
            nothing = np.zeros(len(ids), np.float32)
            found = project.clusterings.add(
                self.feature_set_id, "k-means", k, 0, {}, {}, 0.0, ids,
                np.arange(len(ids)) % k, nothing, nothing,
            )  # fmt: skip
        report(Artefact("clusterings", found))
        return ClusterResult(found, (), {}, 0.0)


@pytest.mark.parametrize(("k", "expected"), [(3, 3), (cluster_setup.AUTOMATIC, 2)])
def test_finding_clusters_runs_the_job_and_shows_what_it_found(
    page: ClustersPage,
    studio: Studio,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    k: int,
    expected: int,
) -> None:
    monkeypatch.setattr(cluster_work, "ClusterJob", ClusterJob)
    before = studio.clustering_id
    page.panel.setup.k_box.setValue(k)
    page.panel.setup.find_button.click()
    qtbot.waitUntil(lambda: len(page.cards) == expected)
    assert studio.clustering_id not in (None, before)


def test_clusters_that_are_being_searched_are_not_searched_again(
    page: ClustersPage, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_work, "ClusterJob", ClusterJob)
    before = studio.run(ScriptedJob(waits=True))
    assert before is not None
    page.panel.setup.find_button.click()
    page.panel.setup.find_button.click()
    searched = [one for one in studio.jobs.active if isinstance(one.job, ClusterJob)]
    assert len(searched) == 1
    for running in reversed(studio.jobs.active):
        running.stop()
    settle(studio, qtbot)


def test_cards_are_sorted_as_people_count() -> None:
    cards = [
        ClusterCard(1, "Cluster 10", "#000", 5),
        ClusterCard(2, "Cluster 9", "#000", 7, mix=(("a", 1), ("b", 1))),
        ClusterCard(3, "apples", "#000", 6, mix=(("a", 2),)),
    ]
    assert [card.id for card in sorted_cards(cards, "name")] == [3, 2, 1]
    assert [card.id for card in sorted_cards(cards, "size")] == [2, 3, 1]
    assert [card.id for card in sorted_cards(cards, "purity")] == [3, 2, 1]


def test_a_card_says_how_pure_it_is() -> None:
    card = ClusterCard(1, "x", "#000", 1234, mix=(("ship", 3), ("cat", 1)))
    assert card_line(card) == "1,234 · 75 % ship"
    assert card_line(ClusterCard(1, "x", "#000", 1)) == "1 image"


# -- one cluster ---------------------------------------------------------------------------------


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


# -- gallery and panel ---------------------------------------------------------------------------


def test_search_finds_names_and_labels(page: ClustersPage) -> None:
    page.search.setText("cluster 3")
    assert [card.name for card in page.gallery.clusters.cards] == ["Cluster 3"]
    label = page.cards[0].mix[0][0]
    page.search.setText(label)
    assert all(label in dict(card.mix) for card in page.gallery.clusters.cards)
    page.search.setText("nothing")
    assert page.gallery.clusters.cards == []


def test_menu_of_several_offers_to_merge_and_of_one_to_open(page: ClustersPage) -> None:
    from ssl_studio.gui.pages.cluster_menu import ClusterMenu

    one, several = ClusterMenu(page, page.cards[:1]), ClusterMenu(page, page.cards[:3])
    words = [[action.text() for action in menu.actions()] for menu in (one, several)]
    assert words[0][:2] == ["Open", "Rename …"]
    assert words[1][0] == "Merge 3 clusters"
    for menu in (one, several):
        assert isinstance(menu, QMenu)
        menu.deleteLater()


def row(attribute: str, strength: float, *, is_warning: bool) -> AssociationRow:
    return AssociationRow(attribute, 36, 3, strength, 0.5, 0.01, 0.01, None, is_warning)


def test_figures_that_edits_made_old_are_renewed_with_one_click(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    page.work.look_again()
    settle(studio, qtbot)
    assert not page.panel.is_old
    page.edits.merge([card.id for card in page.cards[:2]])
    qtbot.waitUntil(lambda: page.panel.is_old)
    page.panel.renew.click()
    settle(studio, qtbot)
    qtbot.waitUntil(lambda: not page.panel.is_old)


def test_warning_stands_above_the_gallery(page: ClustersPage) -> None:
    assert page.panel.advice.isHidden()
    rows = (row("camera", 0.8, is_warning=True), row("label", 0.9, is_warning=False))
    page.panel.show_associations(Associations(1, rows))
    assert not page.panel.advice.isHidden()
    assert "Your clusters are your cameras, to 80 %" in page.panel.warning.text()
    page.panel.more.click()
    assert not page.panel.isHidden()
    assert page.panel.stack.currentIndex() == 1
    page.panel.show_associations(Associations(1, rows[1:]))
    assert page.panel.advice.isHidden()


def test_names_that_were_kept_are_told_until_dismissed(page: ClustersPage) -> None:
    page.panel.show_names(7, "Names kept: Suns.")
    assert not page.panel.advice.isHidden()
    page.panel._on_dismissed()
    page.panel.show_names(7, "Names kept: Suns.")
    assert page.panel.advice.isHidden()


def test_figures_for_k_are_shown_and_picked(page: ClustersPage, qtbot: QtBot) -> None:
    page.panel_button.setChecked(True)
    setup = page.panel.setup
    table = tuple(KRow(k, 0.5, 0.9, 1 / k, 1.0) for k in (2, 4, 8, 16))
    setup.show_choice(KChoice(4, "4 are best.", 4, 36, 36, 0, 1.0, table))
    assert "4 are best." in setup.why.text()
    assert not setup.plot.isHidden()
    setup.plot.grab()
    place = setup.plot.rect().center()
    place.setX(round(setup.plot._x(8)))
    qtbot.mouseClick(setup.plot, Qt.MouseButton.LeftButton, pos=place)
    assert setup.k_box.value() == 8
    setup.show_choice(None)
    assert setup.plot.isHidden()


def test_algorithms_ask_for_what_they_need(page: ClustersPage) -> None:
    page.panel_button.setChecked(True)
    setup = page.panel.setup
    for algorithm, k, smallest in (
        ("ward", True, False), ("hdbscan", False, True), ("power iteration", False, False),
    ):  # fmt: skip
        number = setup.algorithm_box.findData(algorithm)
        setup.algorithm_box.setCurrentIndex(number)
        setup.algorithm_box.activated.emit(number)
        assert (setup.k_box.isVisible(), setup.smallest_box.isVisible()) == (k, smallest)
        assert setup.plan().algorithm == algorithm


def test_trait_is_told_with_its_support(page: ClustersPage, studio: Studio, qtbot: QtBot) -> None:
    card = open_first(page, studio, qtbot)
    page.looks.traits.emit([TraitRow(card.id, "camera", "X100", 9, 12, 0.75, 0.05, 9.0)])
    words = [label.text() for label in page.detail.side.traits.findChildren(QLabel)]
    assert "75 % here, 5.0 % of all · 15 ×" in words


def test_nothing_is_asked_twice_while_nothing_changed(
    page: ClustersPage, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_first(page, studio, qtbot)
    asked: list[str] = []
    monkeypatch.setattr(page.looks, "ask", lambda purpose, *_a: asked.append(purpose))
    page.detail.step(1)
    assert asked == ["units"]
    page.looks.forget()
    page.detail.step(1)
    assert asked == ["units", "centres", "traits", "units"]


def test_few_clusters_fill_the_window_until_the_user_zooms(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    gallery = page.gallery
    page.resize(900, 500)
    settle(studio, qtbot)
    small = gallery.tile_width_px
    page.resize(2400, 1300)
    qtbot.waitUntil(lambda: gallery.tile_width_px > small)
    assert gallery.places().total_height <= gallery.viewport().height()
    gallery.set_tile_width(160)
    page.resize(2000, 1200)
    settle(studio, qtbot)
    assert gallery.tile_width_px == 160
