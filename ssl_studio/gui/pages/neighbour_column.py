"""One list of neighbours: whose features, how it agrees with the first list, the images."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QStackedLayout, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.lenses import Lens
from ssl_studio.gui.studio import NO_IDS, Ids
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.elided_label import ElidedLabel
from ssl_studio.gui.widgets.neighbour_grid import NeighbourGrid
from ssl_studio.jobs.neighbour_search import Found

COLUMN_MIN_WIDTH_PX = 150
TILE_PX, LEAST_ACROSS, MOST_ACROSS = 110, 2, 7
LEAST_PX, LARGEST_PX = 56, 160
HEAD_PX = 36
"""The same in all columns, so that nearest stands beside nearest."""


def captions(found: Found) -> list[str]:
    """Distance and label of each neighbour."""
    return [
        f"{distance:.3f} · {label}" if label is not None else f"{distance:.3f}"
        for distance, label in zip(found.distances.tolist(), found.labels, strict=True)
    ]


def agreement_words(found: Found, label: str | None) -> str:
    """How many neighbours carry the query's label; empty where it has none."""
    if label is None or not len(found.ids):
        return ""
    same = sum(other == label for other in found.labels)
    return tr("{same} of {all} are “{label}” too").format(
        same=same, all=len(found.ids), label=label
    )


def overlap_words(found: Found, first: Found) -> str:
    """How many of the neighbours the first list has too."""
    most = min(len(found.ids), len(first.ids))
    if not most:
        return ""
    shared = len(np.intersect1d(found.ids, first.ids))
    return tr("overlap@{k} {share} ({n} shared)").format(
        k=most, share=text.percent(shared / most, 0), n=shared
    )


def tile_px(column_px: int) -> int:
    """How wide tiles are in a column of some width."""
    across = max(LEAST_ACROSS, min(MOST_ACROSS, column_px // TILE_PX))
    return max(LEAST_PX, min(LARGEST_PX, (column_px - 2 * theme.WIDE) // across - theme.GAP))


class NeighbourColumn(QFrame):
    """A head, a line of facts, and the grid, or why there is none.

    Signals: `removed(self)`; `compute_wanted(lens)` from the button of missing features.
    """

    removed = Signal(object)
    compute_wanted = Signal(object)

    def __init__(self, head: QWidget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(COLUMN_MIN_WIDTH_PX)
        self.lens: Lens | None = None
        self.found: Found | None = None
        self.title = ElidedLabel()
        self.moment = ElidedLabel("small")
        self.overlap = ElidedLabel()
        self.agreement = ElidedLabel("small")
        self.grid = NeighbourGrid(tr("Neighbours"))
        self.reason = parts.label("", "muted", wrap=True)
        self.compute = parts.button(tr("Compute"), "play", on_click=self._on_compute)
        self.remove = parts.tool_button(
            "close", tr("Remove this column"), lambda: self.removed.emit(self)
        )
        self._places = QStackedLayout()
        self._build(head)

    def _build(self, head: QWidget | None) -> None:
        names = parts.plain(parts.column(self.title, self.moment, gap_px=0))
        if head is None:
            top = parts.row(names, self.remove)
            top.setStretch(0, 1)
        else:
            names.hide()
            self.remove.hide()
            top = parts.row(head, None, names, self.remove)
        line = parts.plain(top)
        line.setFixedHeight(HEAD_PX)
        words = parts.column(line, self.overlap, self.agreement, gap_px=theme.HALF)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(parts.plain(words, (theme.WIDE, theme.GAP, theme.GAP, theme.HALF)))
        layout.addLayout(self._places, 1)
        note = parts.column(self.reason, parts.row(self.compute, None), None)
        self._places.addWidget(self.grid)
        self._places.addWidget(parts.plain(note, (theme.WIDE, theme.GAP, theme.WIDE, 0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tiles that leave room for at least two beside each other, larger where there is more."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.grid.set_tile_width(tile_px(event.size().width()))

    @property
    def ids(self) -> Ids:
        """The neighbours that are shown."""
        return self.found.ids if self.found is not None else NO_IDS

    def set_lens(self, lens: Lens) -> None:
        """Say whose features are looked at; offer to compute them where they are missing."""
        is_other = self.lens is None or not self.lens.is_same(lens)
        self.lens = lens
        run, _dot, moment = lens.words.partition(" · ")
        self.title.setText(run)
        self.moment.setText(moment)
        self.moment.setVisible(bool(moment))
        self.grid.setAccessibleName(tr("Neighbours seen by {lens}").format(lens=lens.words))
        if is_other:
            self.found = None
            self.grid.images.set_ids(NO_IDS)
        if lens.feature_set_id is None:
            self._tell(tr("The features of this encoder have not been computed yet."), lens)

    def show_searching(self) -> None:
        """The answer is on its way; what is shown stays until it comes."""
        if self.found is None:
            self._tell(tr("Searching …"))

    def show_found(self, found: Found, label: str | None) -> None:
        """Show neighbours of an image with this label."""
        self.found = found
        self.grid.images.set_ids(found.ids, captions(found))
        self.grid.scrollToTop()
        self.agreement.setText(agreement_words(found, label))
        self._places.setCurrentIndex(0)

    def show_problem(self, error: StudioError) -> None:
        """Say why there are no neighbours."""
        self.found = None
        self.grid.images.set_ids(NO_IDS)
        self._tell(str(error))

    def show_overlap(self, first: Found | None, is_alone: bool = False) -> None:
        """Say how much of the list the first column has too; None: this is the first."""
        if first is None:
            self.overlap.setText(tr("Compared with the others"))
        else:
            self.overlap.setText(overlap_words(self.found, first) if self.found else "")
        self.overlap.setVisible(not is_alone)

    def _tell(self, words: str, missing: Lens | None = None) -> None:
        self.reason.setText(words)
        self.agreement.setText("")
        self.compute.setVisible(missing is not None and missing.job() is not None)
        self._places.setCurrentIndex(1)

    def _on_compute(self) -> None:
        if self.lens is not None:
            self.compute.setEnabled(False)
            self.compute_wanted.emit(self.lens)

    def may_compute(self, is_free: bool) -> None:
        """Whether the button may be pressed: not while its job is on its way."""
        self.compute.setEnabled(is_free)


def relate(columns: Sequence[NeighbourColumn]) -> None:
    """Overlaps with the first column, and dots on what is shared with it."""
    first, others = columns[0], columns[1:]
    shared = np.concatenate([column.ids for column in others]) if others else NO_IDS
    first.grid.mark(np.intersect1d(first.ids, shared))
    first.show_overlap(None, is_alone=not others)
    for column in others:
        if first.found is not None:
            column.show_overlap(first.found)
        column.grid.mark(np.intersect1d(column.ids, first.ids))
