from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from pytestqt.qtbot import QtBot

from ssl_studio.events import Artefact, Cancel, Report
from ssl_studio.gui.pages import clusters
from ssl_studio.gui.pages.clusters import ClustersPage, sorted_cards
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.cluster_cards import ClusterCard, card_line
from ssl_studio.jobs.cluster import ClusterResult
from ssl_studio.project.file import Project
from tests.gui.conftest import settle, show_page
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


def test_every_cluster_has_a_card_with_its_face_and_labels(page: ClustersPage) -> None:
    assert names(page) == [f"Cluster {number}" for number in range(1, 7)]
    assert sum(card.size for card in page.cards) == 36
    assert all(card.representatives and card.mix for card in page.cards)


def test_renaming_is_shown_and_undone(page: ClustersPage, studio: Studio, qtbot: QtBot) -> None:
    page.rename_cluster(page.cards[0].id, "Suns")
    qtbot.waitUntil(lambda: "Suns" in names(page))
    studio.undo_stack.undo()
    qtbot.waitUntil(lambda: "Suns" not in names(page))


def test_f2_asks_for_the_name_of_the_chosen_cluster(
    page: ClustersPage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(clusters.dialogs, "ask_text", lambda *_a: "Suns")
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
    assert page.views.currentWidget() is page.gallery


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
    page.detail.split_button.click()
    qtbot.waitUntil(lambda: len(page.cards) == 7)


def test_other_features_have_no_clusters_yet(
    page: ClustersPage, studio: Studio, qtbot: QtBot
) -> None:
    page.picker.setCurrentIndex(1)
    page.picker.activated.emit(1)
    settle(studio, qtbot)
    assert page.is_empty
    assert "Find clusters" in page.empty.findChildren(type(page.find_button))[-1].text()


def test_without_features_the_page_leads_to_training(
    empty_studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    page = ClustersPage(empty_studio)
    with qtbot.waitSignal(empty_studio.project_opened):
        empty_studio.open(sample_project.path.with_name("new.sslstudio"), create=True)
    show_page(page, empty_studio, qtbot)
    assert page.is_empty
    with qtbot.waitSignal(empty_studio.page_requested) as requested:
        page.empty.findChildren(type(page.find_button))[-1].click()
    assert requested.args == ["train"]


@dataclass(frozen=True)
class ClusterJob:
    """Deals the images out to k clusters."""

    feature_set_id: int
    k: int | None
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


@pytest.mark.parametrize(("k", "expected"), [(3, 3), (clusters.AUTOMATIC, 2)])
def test_finding_clusters_runs_the_job_and_shows_what_it_found(
    page: ClustersPage,
    studio: Studio,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    k: int,
    expected: int,
) -> None:
    monkeypatch.setattr(clusters, "ClusterJob", ClusterJob)
    before = studio.clustering_id
    page.k_box.setValue(k)
    page.find_button.click()
    qtbot.waitUntil(lambda: len(page.cards) == expected)
    assert studio.clustering_id not in (None, before)


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
