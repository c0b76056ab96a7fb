"""The pages of the rail, one a file. Adding a page is adding it to `pages()`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssl_studio.gui.pages.page import Page


def pages() -> "tuple[type[Page], ...]":
    """All pages, in the order of the rail."""
    from ssl_studio.gui.pages.clusters import ClustersPage
    from ssl_studio.gui.pages.compare import ComparePage
    from ssl_studio.gui.pages.evaluate import EvaluatePage
    from ssl_studio.gui.pages.export import ExportPage
    from ssl_studio.gui.pages.filters import FiltersPage
    from ssl_studio.gui.pages.images import ImagesPage
    from ssl_studio.gui.pages.map import MapPage
    from ssl_studio.gui.pages.neighbours import NeighboursPage
    from ssl_studio.gui.pages.reconstructions import ReconstructionsPage
    from ssl_studio.gui.pages.train import TrainPage

    return (
        ImagesPage,
        TrainPage,
        ClustersPage,
        MapPage,
        NeighboursPage,
        ReconstructionsPage,
        FiltersPage,
        EvaluatePage,
        ComparePage,
        ExportPage,
    )
