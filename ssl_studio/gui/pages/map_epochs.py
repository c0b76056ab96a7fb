"""The film of a map: how it formed over the stored epochs of its run."""

import numpy as np
from PySide6.QtCore import QObject, QTimer

from ssl_studio.gui import text
from ssl_studio.gui.pages.map_data import Film, MapData
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.epoch_bar import EpochBar
from ssl_studio.gui.widgets.point_cloud import PointCloud
from ssl_studio.gui.widgets.scatter_plot import ScatterPlot
from ssl_studio.jobs.map import expected_seconds

SORT_LIMIT = 200_000
"""Up to so many points a film that stands still is sorted for quick panning."""
EMBEDDING_S = 5.0
"""What the features of one epoch cost at the least."""


class MapFilm(QObject):
    """Moves the points of a plot as the bar below it says."""

    def __init__(self, plot: ScatterPlot, bar: EpochBar) -> None:
        super().__init__(plot)
        self._plot = plot
        self._bar = bar
        self._film = Film()
        self._data: MapData | None = None
        self._settle = QTimer(self, singleShot=True, interval=250)
        self._settle.timeout.connect(self._on_settled)
        bar.moved.connect(self._show)

    def clear(self) -> None:
        """There is no map."""
        self._film, self._data = Film(), None
        self._settle.stop()
        self._bar.set_epochs([])

    def set_film(self, film: Film, data: MapData, *, is_trained: bool, may_write: bool) -> None:
        """Play this one, of the map that is shown; where there is none, say what it would cost."""
        self._film, self._data = film, data
        self._bar.setVisible(is_trained)
        algorithm = data.record.algorithm
        may_make = algorithm != "tsne" and film.stored > 1 and may_write
        hint = self._hint(film, data) if may_write else tr("The project is open for reading only.")
        self._bar.set_epochs(film.epochs, hint, may_make=may_make, at=film.at)

    def _hint(self, film: Film, data: MapData) -> str:
        algorithm = data.record.algorithm
        if film.stored < 2:
            return tr("The run has no earlier epochs stored.")
        if algorithm == "tsne":
            return tr("t-SNE maps of several epochs cannot be aligned: choose UMAP or PCA.")
        seconds = film.stored * (expected_seconds(algorithm, len(data.image_ids)) + EMBEDDING_S)
        return tr("{n} stored epochs, about {time}; their features are kept in the project").format(
            n=film.stored, time=text.duration(seconds)
        )

    def _show(self, position: float) -> None:
        if self._data is None or len(self._film.frames) < 2:
            return
        cloud = PointCloud(self._film.points(position), sort=False)
        cloud.crowd_like(self._data.cloud)
        self._plot.set_cloud(cloud, keep_view=True)
        self._settle.start()

    def _on_settled(self) -> None:
        """The film stands still: sort its points, so that panning is quick again."""
        if self._data is None or len(self._film.frames) < 2 or self._bar.is_playing:
            return
        points = self._film.points(self._bar.position)
        if np.array_equal(points, self._data.cloud.points):
            self._plot.set_cloud(self._data.cloud, keep_view=True)
        elif len(points) <= SORT_LIMIT:
            self._plot.set_cloud(PointCloud(points), keep_view=True)
