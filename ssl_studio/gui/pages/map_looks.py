"""How the points of a map look: their colours, what the legend hides, what the filter dims."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.map_bar import MapSide
from ssl_studio.gui.pages.map_colours import (
    LEVELS,
    Colouring,
    GroupEntry,
    about,
    read_colouring,
    titles,
)
from ssl_studio.gui.pages.map_data import MapData, read_lit
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import map_palette
from ssl_studio.gui.widgets.colour_picker import shown_colour
from ssl_studio.gui.widgets.density import Rows
from ssl_studio.gui.widgets.point_cloud import NO_ROWS
from ssl_studio.gui.widgets.scatter_plot import ScatterPlot


class MapLooks(QObject):
    """Joins the plot with what stands beside it."""

    def __init__(self, page: Page, plot: ScatterPlot, side: MapSide) -> None:
        super().__init__(page)
        self._page, self._plot, self._side = page, plot, side
        self._data: MapData | None = None
        self._colouring: Colouring | None = None
        self._is_lit: NDArray[np.bool_] | None = None
        side.field_box.activated.connect(lambda _index: self.ask_colouring())
        side.legend.hidden_changed.connect(lambda _hidden: self._show_hidden())
        side.legend.pointed.connect(self._on_pointed)
        side.scale.range_changed.connect(lambda _low, _high: self._show_hidden())
        page.studio.filter_changed.connect(self._ask_lit)
        page.studio.selection_changed.connect(self._show_selection)
        theme.signals().theme_changed.connect(self._show_colours)

    def show(self, data: MapData) -> None:
        """Look after the points of this map."""
        self._data = data
        self._side.set_fields([(field, titles()[field]) for field in data.fields])
        self._show_selection()
        self.ask_colouring()
        self._ask_lit()

    def clear(self) -> None:
        """There is no map."""
        self._data = self._colouring = self._is_lit = None

    # -- what is known of groups ---------------------------------------------------------------

    @property
    def entries(self) -> tuple[GroupEntry, ...]:
        """The lines of the legend; none where numbers have colours."""
        return self._colouring.entries if self._colouring is not None else ()

    @property
    def field(self) -> str:
        """What the points are coloured by at the moment."""
        return self._colouring.field if self._colouring is not None else ""

    def rows_of(self, group: int) -> Rows:
        """The points of a group."""
        if self._colouring is None:
            return NO_ROWS
        return np.flatnonzero(self._colouring.groups == group)

    def group_words(self, row: int) -> str:
        """What a point is coloured for."""
        colouring = self._colouring
        if colouring is None or row < 0 or not colouring.entries:
            return ""
        entry = colouring.entries[int(colouring.groups[row])]
        return f"{titles()[colouring.field]}: {entry.name}"

    # -- colours -------------------------------------------------------------------------------

    def ask_colouring(self) -> None:
        """Colour by what is chosen."""
        data, field = self._data, self._side.field
        if data is not None:
            self._page.ask(
                "colours", lambda p: read_colouring(p, field, data.context), self._show_colouring
            )

    def _show_colouring(self, colouring: Colouring) -> None:
        if self._data is not None and len(colouring.groups) == len(self._data.image_ids):
            self._colouring = colouring
            self._show_colours()

    def _show_colours(self) -> None:
        colouring = self._colouring
        if colouring is None or len(colouring.groups) != len(self._plot.cloud.points):
            return
        grey = theme.css("faint")
        if colouring.scale is not None:
            colours = [*map_palette.scale_css(LEVELS), grey]
            self._side.show_scale(colouring.scale, colours[:-1], about(colouring.field))
        else:
            colours = [entry_css(entry, place) for place, entry in enumerate(colouring.entries)]
            with_keys = colouring.field == "cluster"
            self._side.show_groups(colouring.entries, colours, with_keys=with_keys)
        self._plot.set_groups(colouring.groups, colours or [grey])
        self._show_hidden()

    # -- what is left out, dimmed and chosen ---------------------------------------------------

    def _show_hidden(self) -> None:
        """Leave out groups that are switched off, or numbers outside the range."""
        if self._colouring is None or self._data is None:
            return
        hidden = self._side.legend.hidden_groups()
        is_hidden = self._colouring.hidden(hidden, self._side.scale_range)
        if len(is_hidden) == len(self._plot.cloud.points):
            self._plot.set_hidden(is_hidden)
            self._show_count()

    def _ask_lit(self) -> None:
        data, where = self._data, self._page.studio.filter
        if data is not None:
            self._page.ask("lit", lambda p: read_lit(p, where, data.image_ids), self._show_lit)

    def _show_lit(self, is_lit: NDArray[np.bool_]) -> None:
        if self._data is not None and len(is_lit) == len(self._plot.cloud.points):
            self._is_lit = is_lit
            self._plot.set_lit(is_lit)
            self._show_count()

    def _on_pointed(self, group: int) -> None:
        """While an entry of the legend is pointed at, the other groups are dimmed."""
        colouring = self._colouring
        if colouring is None or colouring.scale is not None:
            return
        if len(colouring.groups) == len(self._plot.cloud.points):
            is_lit = np.ones(len(colouring.groups), bool) if self._is_lit is None else self._is_lit
            self._plot.set_lit(is_lit if group < 0 else is_lit & (colouring.groups == group))

    def _show_selection(self) -> None:
        if self._data is not None:
            rows = np.flatnonzero(np.isin(self._data.image_ids, self._page.studio.selection))
            if not np.array_equal(rows, self._plot.marked):
                self._plot.mark(rows)
            self._show_count()

    def _show_count(self) -> None:
        shown = int(self._plot.looks.is_open.sum())
        total = len(self._plot.cloud.points)
        words = text.counted(total, tr("image"), tr("images"))
        if shown < total:
            words = tr("{n} of {images}").format(n=text.count(shown), images=words)
        chosen = len(self._plot.marked)
        if chosen:
            words += tr(" · {n} chosen").format(n=text.count(chosen))
        self._side.count_label.setText(words)


def entry_css(entry: GroupEntry, place: int) -> str:
    """The colour of a group: its own, or the palette's, or grey for the rest."""
    if entry.is_rest:
        return theme.css("faint")
    return shown_colour(entry.css).name() if entry.css else theme.category_css(place)
