"""The card that shows the image under the pointer."""

from PySide6.QtCore import QObject, QPoint

from ssl_studio.gui.pages.map_data import MapData
from ssl_studio.gui.pages.map_looks import MapLooks
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.widgets.hover_card import HoverCard
from ssl_studio.gui.widgets.scatter_plot import ScatterPlot
from ssl_studio.project.records import ImageRecord

BESIDE_PX = 16
"""How far from the pointer."""


class MapHover(QObject):
    """Follows the pointer over a plot."""

    def __init__(self, page: Page, plot: ScatterPlot, looks: MapLooks) -> None:
        super().__init__(page)
        self._page, self._plot, self._looks = page, plot, looks
        self._data: MapData | None = None
        self.card = HoverCard(plot)
        plot.hovered.connect(lambda _row: self.follow())

    def show(self, data: MapData | None) -> None:
        """Look after the points of another map."""
        self._data = data
        self.card.hide()

    def follow(self) -> None:
        """Show what is under the pointer now, with the picture that is there now."""
        data, row = self._data, self._plot.hovered_row
        if data is None or row < 0:
            self.card.hide()
            return
        image_id = int(data.image_ids[row])
        picture = self._page.studio.thumbnails.pixmap(image_id)
        place = self._plot.mapFromGlobal(self._plot.cursor().pos())
        place += QPoint(BESIDE_PX, BESIDE_PX)
        self.card.show_image(picture, self._looks.group_words(row), place)
        self._page.ask("hover", lambda p: p.images.get([image_id]), self._show_words)

    def _show_words(self, records: list[ImageRecord]) -> None:
        row = self._plot.hovered_row
        if records and row >= 0:
            self.card.show_record(records[0], self._looks.group_words(row))
