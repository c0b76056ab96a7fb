"""What can be done with chosen clusters, as a menu."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.cluster_cards import ClusterCard
from ssl_studio.gui.widgets.colour_picker import ColourMenu, dot_icon, shown_colour
from ssl_studio.project.records import ImageFilter

if TYPE_CHECKING:
    from ssl_studio.gui.pages.clusters import ClustersPage


class ClusterMenu(QMenu):
    """Open, rename, colour, split for one; merge for several; tag and filter for any."""

    def __init__(self, page: "ClustersPage", cards: list[ClusterCard]) -> None:
        super().__init__(page)
        first, ids = cards[-1], [card.id for card in cards]
        edits = page.edits
        if len(cards) == 1:
            self.addAction(tr("Open"), lambda: page.open_cluster(first.id))
            self.addAction(tr("Rename …"), lambda: edits.ask_name(first))
            self.addMenu(ColourMenu(first.colour, partial(edits.recolour, first), self))
            split = self.addAction(tr("Split in two"), lambda: edits.split_in_two(first.id))
            split.setEnabled(first.size > 1)
        else:
            words = tr("Merge {n} clusters").format(n=len(cards))
            self.addAction(words, lambda: page.merge(cards))
        fill_tags(self.addMenu(tr("Tag all images")), page, cards, [])
        self.addSeparator()
        self.addAction(
            tr("Show only these images on every page"),
            lambda: page.studio.set_filter(ImageFilter(cluster_ids=tuple(ids))),
        )


def fill_tags(
    menu: QMenu, page: "ClustersPage", cards: list[ClusterCard], image_ids: list[int]
) -> None:
    """The tags of the project, for images or, without any, for all of clusters."""
    for tag in page.tags:
        give = partial(page.edits.tag, image_ids, tag)
        give_all = partial(page.edits.tag_clusters, cards, tag)
        words = tag.name.replace("&", "&&")
        icon = dot_icon(shown_colour(tag.colour))
        menu.addAction(icon, words, give if image_ids else give_all)
    menu.addSeparator()
    menu.addAction(tr("New tag …"), lambda: page.edits.ask_new_tag(cards, image_ids))
