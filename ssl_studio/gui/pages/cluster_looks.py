"""Slow questions about clusters, asked where they hold up no others, with their answers kept."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.jobs.associations import (
    TraitRow,
    find_traits,
    find_units,
    images_with,
)
from ssl_studio.jobs.cluster_relations import Centres, nearest_clusters, read_centres
from ssl_studio.project.file import Project

T = TypeVar("T")


class ClusterLooks(QObject):
    """What an opened cluster goes with. `near`, `traits`, `units` each follow an `open`.

    Centres and traits are worked out for all clusters at once and kept until `forget`.
    """

    near = Signal(list)
    traits = Signal(list)
    units = Signal(list)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._opened: int | None = None
        self._centres: tuple[int, Centres] | None = None
        self._traits: tuple[int, dict[int, list[TraitRow]]] | None = None

    def forget(self) -> None:
        """Images belong to other clusters now."""
        self._centres = self._traits = None

    def ask(
        self, purpose: str, question: Callable[[Project], T], answer: Callable[[T], object]
    ) -> None:
        """Ask what takes long; a newer question for the same purpose drops this one's answer."""
        if self._studio.is_open:
            self._studio.workshop.ask(
                ("clusters", purpose),
                tr("Finding out about the clusters"),
                lambda project, _report, _cancel: question(project),
                lambda found: (answer(found), None)[1],
                lambda error: self._studio.message.emit(error.what),
            )

    def open(self, clustering_id: int, cluster_id: int) -> None:
        """Find out about a cluster."""
        self._opened = cluster_id
        if self._centres is not None and self._centres[0] == clustering_id:
            self._tell_near(self._centres)
        else:
            self.ask(
                "centres",
                lambda p: (clustering_id, read_centres(p, clustering_id)),
                self._tell_near,
            )
        if self._traits is not None and self._traits[0] == clustering_id:
            self._tell_traits(self._traits)
        else:
            self.ask(
                "traits",
                lambda p: (clustering_id, find_traits(p, clustering_id)),
                self._tell_traits,
            )
        self.ask("units", lambda p: find_units(p, clustering_id, cluster_id), self.units.emit)

    def choose(self, trait: TraitRow) -> None:
        """Choose the images of the opened cluster that have a value, on every page."""
        cluster_id = self._opened
        if cluster_id is not None:
            self.ask("trait", lambda p: images_with(p, cluster_id, trait), self._studio.select)

    def _tell_near(self, found: tuple[int, Centres]) -> None:
        self._centres = found
        if self._opened is not None:
            self.near.emit(nearest_clusters(found[1], self._opened))

    def _tell_traits(self, found: tuple[int, dict[int, list[TraitRow]]]) -> None:
        self._traits = found
        if self._opened is not None:
            self.traits.emit(found[1].get(self._opened, []))
