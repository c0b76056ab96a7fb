"""The pages of the rail, one a file. Adding a page is adding it to `entries()` and `load()`.

The rail and the menus are there before the pages are: their modules bring in plotting, which takes
longer than all else on the way to the first window.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssl_studio.gui.text import tr

if TYPE_CHECKING:
    from ssl_studio.gui.pages.page import Page


@dataclass(frozen=True, slots=True)
class PageEntry:
    """What is known of a page before it is loaded: its key, icon and name in the rail."""

    key: str
    icon: str
    title: str


def entries() -> tuple[PageEntry, ...]:
    """All pages, in the order of the rail."""
    return (
        PageEntry("images", "images", tr("Images")),
        PageEntry("train", "train", tr("Train")),
        PageEntry("clusters", "clusters", tr("Clusters")),
        PageEntry("map", "map", tr("Map")),
        PageEntry("neighbours", "neighbours", tr("Neighbours")),
        PageEntry("reconstructions", "reconstructions", tr("Exhibits")),
        PageEntry("filters", "filters", tr("Filters")),
        PageEntry("evaluate", "evaluate", tr("Evaluate")),
        PageEntry("compare", "compare", tr("Compare")),
        PageEntry("export", "export", tr("Export")),
    )


def load(key: str) -> "type[Page]":
    """The class of a page. Raises KeyError."""
    # Each by an import of its own, so that whoever bundles the program finds them.
    match key:
        case "images":
            from ssl_studio.gui.pages.images import ImagesPage

            return ImagesPage
        case "train":
            from ssl_studio.gui.pages.train import TrainPage

            return TrainPage
        case "clusters":
            from ssl_studio.gui.pages.clusters import ClustersPage

            return ClustersPage
        case "map":
            from ssl_studio.gui.pages.map import MapPage

            return MapPage
        case "neighbours":
            from ssl_studio.gui.pages.neighbours import NeighboursPage

            return NeighboursPage
        case "reconstructions":
            from ssl_studio.gui.pages.reconstructions import ReconstructionsPage

            return ReconstructionsPage
        case "filters":
            from ssl_studio.gui.pages.filters import FiltersPage

            return FiltersPage
        case "evaluate":
            from ssl_studio.gui.pages.evaluate import EvaluatePage

            return EvaluatePage
        case "compare":
            from ssl_studio.gui.pages.compare import ComparePage

            return ComparePage
        case "export":
            from ssl_studio.gui.pages.export import ExportPage

            return ExportPage
    raise KeyError(key)


def pages() -> "tuple[type[Page], ...]":
    """The classes of all pages, in the order of the rail."""
    return tuple(load(entry.key) for entry in entries())
