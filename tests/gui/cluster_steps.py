"""What tests of the Clusters page do with it."""

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.clusters import ClustersPage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.cluster_cards import ClusterCard
from tests.gui.conftest import settle


def choose(page: ClustersPage, rows: list[int]) -> None:
    """Choose cards of the gallery."""
    for row in rows:
        index = page.gallery.clusters.index(row, 0)
        page.gallery.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Select)


def trigger(button: QPushButton, words: str) -> None:
    """What choosing from a button's menu does."""
    menu = button.menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith(words)).trigger()


def open_first(page: ClustersPage, studio: Studio, qtbot: QtBot) -> ClusterCard:
    """Open the first cluster of the gallery."""
    card = page.gallery.clusters.cards[0]
    page.open_cluster(card.id)
    settle(studio, qtbot)
    return card
