"""The maps that can be drawn besides those that are there, with what each costs."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from ssl_studio.gui import text
from ssl_studio.gui.pages.map_data import Maps
from ssl_studio.gui.text import tr
from ssl_studio.jobs.map import NAMES, TSNE_LIMIT, Algorithm, expected_seconds

PREFERRED: tuple[Algorithm, ...] = ("umap", "tsne", "pca")


class DrawMenu(QMenu):
    """A line for each kind of map. `wanted(algorithm)`."""

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Draw another map"))

    def offer(self, maps: Maps) -> None:
        """Offer what can be drawn of these features."""
        self.clear()
        count = maps.feature_set.count
        for algorithm in PREFERRED:
            if algorithm != "pca" or "pca" not in maps.records:
                self._add(algorithm, count, is_there=algorithm in maps.records)

    def _add(self, algorithm: Algorithm, count: int, *, is_there: bool) -> None:
        if algorithm == "tsne" and count > TSNE_LIMIT:
            words = tr("t-SNE shows up to {n} images: its neighbour graph would take many GB")
            self.addAction(words.format(n=text.count(TSNE_LIMIT))).setEnabled(False)
            return
        words = tr("{name} again, about {time}") if is_there else tr("{name}, about {time}")
        cost = text.duration(expected_seconds(algorithm, count))
        action = self.addAction(words.format(name=NAMES[algorithm], time=cost))
        action.triggered.connect(partial(self._ask, algorithm))

    def _ask(self, algorithm: Algorithm, _checked: bool = False) -> None:
        self.wanted.emit(algorithm)
