"""What all pages look at: one selection, one filter, one query, one run, one clustering."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from ssl_studio.project.records import ImageFilter

Ids = NDArray[np.int64]
NO_IDS: Ids = np.empty(0, dtype=np.int64)


class Choices(QObject):
    """Each choice is announced once, when it becomes another."""

    selection_changed = Signal()
    filter_changed = Signal()
    query_changed = Signal()
    run_changed = Signal()
    feature_set_changed = Signal()
    clustering_changed = Signal()
    page_requested = Signal(str)
    large_view_requested = Signal(object, int)

    def __init__(self) -> None:
        super().__init__()
        self.forget_choices()

    def forget_choices(self) -> None:
        """Nothing is looked at: another project."""
        self._selection: Ids = NO_IDS
        self._filter = ImageFilter()
        self._query: int | None = None
        self._run_id: int | None = None
        self._feature_set_id: int | None = None
        self._clustering_id: int | None = None

    @property
    def selection(self) -> Ids:
        """Ids of the chosen images, in the order of the page where they were chosen."""
        return self._selection

    def select(self, image_ids: Sequence[int] | Ids) -> None:
        """Choose images for every page."""
        ids = np.asarray(image_ids, dtype=np.int64)
        if not np.array_equal(ids, self._selection):
            self._selection = ids
            self.selection_changed.emit()

    @property
    def filter(self) -> ImageFilter:
        """Which images every page shows."""
        return self._filter

    def set_filter(self, wanted: ImageFilter) -> None:
        """Show other images on every page."""
        if wanted != self._filter:
            self._filter = wanted
            self.filter_changed.emit()

    @property
    def query(self) -> int | None:
        """The image whose neighbours are shown."""
        return self._query

    def set_query(self, image_id: int, *, show_page: bool = True) -> None:
        """Ask for the neighbours of an image, and go where they are shown."""
        if image_id != self._query:
            self._query = image_id
            self.query_changed.emit()
        if show_page:
            self.page_requested.emit("neighbours")

    def look_at(self, image_id: int, among: Sequence[int] | Ids | None = None) -> None:
        """Show an image large; `among` are those that the arrows lead to."""
        ids = np.asarray([image_id] if among is None else among, dtype=np.int64)
        self.large_view_requested.emit(ids, image_id)

    @property
    def run_id(self) -> int | None:
        """The run that is looked at."""
        return self._run_id

    def set_run(self, run_id: int | None) -> None:
        """Look at another run."""
        if run_id != self._run_id:
            self._run_id = run_id
            self.run_changed.emit()

    @property
    def feature_set_id(self) -> int | None:
        """The feature set that clusters, neighbours and map come from."""
        return self._feature_set_id

    def set_feature_set(self, feature_set_id: int | None) -> None:
        """Look through another encoder or layer."""
        if feature_set_id != self._feature_set_id:
            self._feature_set_id = feature_set_id
            self.feature_set_changed.emit()

    @property
    def clustering_id(self) -> int | None:
        """The clustering that is shown."""
        return self._clustering_id

    def set_clustering(self, clustering_id: int | None) -> None:
        """Show another clustering."""
        if clustering_id != self._clustering_id:
            self._clustering_id = clustering_id
            self.clustering_changed.emit()
