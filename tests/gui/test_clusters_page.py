"""The gallery of clusters, how they are found, and the panel beside them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from ssl_studio.events import Artefact, Cancel, Report
from ssl_studio.gui.pages import cluster_edits, cluster_setup, cluster_work
from ssl_studio.gui.pages.cluster_reads import sorted_cards
from ssl_studio.gui.pages.clusters import ClustersPage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.cluster_cards import ClusterCard, card_line
from ssl_studio.jobs.associations import AssociationRow, Associations, TraitRow
from ssl_studio.jobs.choose_k import KChoice, KRow
from ssl_studio.jobs.cluster import ClusterResult
from ssl_studio.project.file import Project
from tests.gui.cluster_steps import choose, open_first, trigger
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
