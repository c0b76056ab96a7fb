"""The images that an encoder finds most like a chosen one."""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.pickers import (
    FeatureChoice,
    FeatureSetPicker,
    read_feature_choices,
    settle_feature_set,
)
from ssl_studio.gui.studio import NO_IDS, Ids, Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.image_details import Picture
from ssl_studio.gui.widgets.image_grid import ImageGrid
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageRecord


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A query and what lies near it, the nearest first.

    Attributes:
        problem: Why there are no neighbours, empty if there are.
    """

    query: ImageRecord | None
    ids: Ids = field(default_factory=NO_IDS.copy)
    distances: tuple[float, ...] = ()
    labels: tuple[str | None, ...] = ()
    metric: str = ""
    problem: str = ""


def read_neighbourhood(project: Project, feature_set_id: int, image_id: int) -> Neighbourhood:
    """Neighbours of an image as they are stored; runs in the background."""
    found = project.images.get([image_id])
    if not found:
        return Neighbourhood(None, problem=tr("This image is no longer in the project."))
    record = project.features.neighbours(feature_set_id)
    if record is None:
        return Neighbourhood(found[0], problem=tr("No neighbours were computed for this run yet."))
    rows = np.flatnonzero(project.features.image_ids(feature_set_id) == image_id)
    if not len(rows):
        return Neighbourhood(found[0], problem=tr("This image is not part of this feature set."))
    row = int(rows[0])
    ids, distances = project.features.neighbour_rows(record, row, row + 1)
    kept = ids[0] != image_id
    near = ids[0][kept].astype(np.int64)
    return Neighbourhood(
        query=found[0],
        ids=near,
        distances=tuple(float(value) for value in distances[0][kept]),
        labels=tuple(project.images.labels(near)),
        metric=record.metric,
    )


def agreement_words(found: Neighbourhood) -> str:
    """How many neighbours carry the query's label; empty where there is none."""
    label = found.query.label if found.query is not None else None
    if label is None or not len(found.ids):
        return ""
    same = sum(other == label for other in found.labels)
    return tr("{same} of {all} are labelled “{label}”, as the image itself.").format(
        same=same, all=len(found.ids), label=label
    )


def captions(found: Neighbourhood) -> list[str]:
    """Distance and label of each neighbour."""
    return [
        f"{distance:.3f} · {label}" if label is not None else f"{distance:.3f}"
        for distance, label in zip(found.distances, found.labels, strict=True)
    ]


class NeighboursPage(Page):
    """A query at the left, its neighbours at the right."""

    key, icon = "neighbours", "neighbours"
    listens = frozenset({"feature_sets", "neighbour_sets", "runs"})
    job_types = ("NeighboursJob",)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.picker = FeatureSetPicker(studio)
        self.picture = Picture(theme.SIDE_WIDTH_PX - 2 * theme.WIDE)
        self.name = parts.label("", "heading", wrap=True)
        self.facts = parts.label("", "muted", wrap=True)
        self.agreement = parts.label("", "", wrap=True)
        self.problem = parts.label("", "warning", wrap=True)
        self.grid = ImageGrid(tr("Neighbours"), captions=True)
        self.metric_label = parts.label("", "small", wrap=True)
        self._trail: list[int] = []
        self.back = parts.tool_button("back", tr("Back to the image before"), self._go_back)
        self._build()
        self.grid.selection_made.connect(studio.select)
        self.grid.image_opened.connect(studio.set_query)
        self.grid.neighbours_wanted.connect(studio.set_query)
        studio.query_changed.connect(self._on_query_changed)
        studio.feature_set_changed.connect(self.mark_stale)

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Neighbours")

    def _build(self) -> None:
        hint = tr("Double-click a neighbour to look around from there.")
        side = parts.frame(
            "list",
            parts.column(
                self.picture,
                self.name,
                self.facts,
                theme.HALF,
                self.agreement,
                self.problem,
                None,
                self.metric_label,
                parts.label(hint, "small", wrap=True),
            ),
        )
        side.setFixedWidth(theme.SIDE_WIDTH_PX)
        bar = parts.frame(
            "bar",
            parts.row(self.back, parts.label(tr("Seen by"), "muted"), self.picker, None),
            theme.GAP,
        )
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(parts.row(side, self.grid, gap_px=0))

    def refresh(self) -> None:
        """Ask which feature sets there are; the neighbours follow."""
        self.grid.images.set_thumbnails(self.studio.thumbnails)
        self.ask("choices", read_feature_choices, self._show_choices)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.grid

    def clear(self) -> None:
        """Nothing is open."""
        self._trail.clear()
        self.grid.images.set_thumbnails(None)
        self.grid.images.set_ids(NO_IDS)
        self.picture.show_pixmap(None)

    def do(self, command_id: str) -> bool:
        """Select and zoom."""
        return self.grid.do(command_id)

    def _show_choices(self, choices: list[FeatureChoice]) -> None:
        if not choices:
            self.show_empty(
                tr("No features yet"),
                tr(
                    "Train a run first. When it is finished, every image gets its nearest "
                    "neighbours as the network sees them."
                ),
                (tr("Go to Train"), lambda: self.studio.page_requested.emit("train")),
            )
            return
        settle_feature_set(self.studio, choices)
        self.picker.set_choices(choices)
        self._ask_neighbours()

    def _ask_neighbours(self) -> None:
        query, feature_set_id = self.studio.query, self.studio.feature_set_id
        if query is None:
            self.show_empty(
                tr("Choose an image"),
                tr(
                    "Double-click an image on any page, or press N on it, to see what the network "
                    "finds most like it."
                ),
                (tr("Go to Images"), lambda: self.studio.page_requested.emit("images")),
            )
        elif feature_set_id is not None:
            self.ask(
                "neighbours",
                lambda p: read_neighbourhood(p, feature_set_id, query),
                self._show_neighbours,
            )

    def _show_neighbours(self, found: Neighbourhood) -> None:
        self.show_content()
        self.grid.images.set_ids(found.ids, captions(found))
        self.grid.scrollToTop()
        self.problem.setText(found.problem)
        self.agreement.setText(agreement_words(found))
        self.metric_label.setText(
            tr("Numbers are {metric} distances; 0 is the same.").format(metric=found.metric)
            if found.metric
            else ""
        )
        self.back.setEnabled(len(self._trail) > 1)
        if found.query is None:
            self.picture.show_pixmap(None)
            self.name.setText("")
            self.facts.setText("")
            return
        record = found.query
        self.name.setText(record.path.rsplit("/", 1)[-1])
        pixels = f"{record.width} × {record.height}" if record.width else ""
        self.facts.setText(
            "  ·  ".join(part for part in (record.label, pixels, text.size(record.bytes)) if part)
        )
        self._show_picture(record.id)

    def _show_picture(self, image_id: int) -> None:
        thumbnails = self.studio.thumbnails
        self.picture.show_pixmap(thumbnails.pixmap(image_id))
        thumbnails.arrived.connect(self._on_arrived, Qt.ConnectionType.UniqueConnection)

    def _on_arrived(self) -> None:
        if self.studio.is_open and self.studio.query is not None:
            self.picture.show_pixmap(self.studio.thumbnails.pixmap(self.studio.query))

    def _on_query_changed(self) -> None:
        query = self.studio.query
        if query is not None and (not self._trail or self._trail[-1] != query):
            self._trail.append(query)
        self.mark_stale()

    def _go_back(self) -> None:
        if len(self._trail) > 1:
            self._trail.pop()
            self.studio.set_query(self._trail[-1], show_page=False)
