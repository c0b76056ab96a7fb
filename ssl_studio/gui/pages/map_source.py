"""Where the pictures on a map come from: thumbnails, and their files where there is room."""

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap

from ssl_studio.gui.models.larger_pictures import THUMBNAIL_PX, may_be_larger
from ssl_studio.gui.pages.map_data import MapData
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.scatter_plot import ScatterPlot

CALM_MS = 120
"""A map that has stood still for so long has the files of its pictures decoded."""


class MapSource(QObject):
    """Hands pictures to a plot. Signals: `arrived()` when some came."""

    arrived = Signal()

    def __init__(self, studio: Studio, plot: ScatterPlot) -> None:
        super().__init__(plot)
        self._studio, self._plot = studio, plot
        self._data: MapData | None = None
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self._want_larger)
        plot.viewed.connect(self._calm.start)
        studio.project_opened.connect(self._follow)
        if studio.is_open:
            self._follow()

    def _follow(self) -> None:
        self._studio.thumbnails.arrived.connect(self._on_arrived)
        self._studio.thumbnails.larger.arrived_of.connect(self._on_larger)

    def show(self, data: MapData | None) -> None:
        """Rows are those of this map."""
        self._data = data
        self._plot.pictures.forget()

    def switch(self, *, on: bool) -> None:
        """Show pictures, or points only."""
        self._plot.set_picture_source(self.picture if on else None)
        self._calm.start()

    def picture(self, row: int) -> QPixmap | None:
        """The best picture at hand; None: it is on its way."""
        if self._data is None or not self._studio.is_open:
            return None
        image_id, thumbnails = int(self._data.image_ids[row]), self._studio.thumbnails
        wants_more = self._plot.pictures.side_px * self._plot.devicePixelRatioF() > THUMBNAIL_PX
        larger = thumbnails.larger.kept(image_id) if wants_more else None
        return thumbnails.pixmap(image_id) if larger is None else larger

    def _want_larger(self) -> None:
        if self._data is None or not self._studio.is_open:
            return
        thumbnails = self._studio.thumbnails
        side_px = self._plot.pictures.side_px * self._plot.devicePixelRatioF()
        shown = self._data.image_ids[self._plot.pictures.rows].tolist()
        kept = {image_id: thumbnails.kept(image_id) for image_id in shown}
        wanted = [i for i, small in kept.items() if small and may_be_larger(small, side_px)]
        thumbnails.larger.want(self, wanted, side_px)

    def _on_arrived(self) -> None:
        self._plot.update()
        self._calm.start()
        self.arrived.emit()

    def _on_larger(self, image_ids: frozenset[int]) -> None:
        if self._data is not None:
            rows = np.flatnonzero(np.isin(self._data.image_ids, list(image_ids)))
            self._plot.pictures.drop(rows.tolist())
            self._plot.update()
