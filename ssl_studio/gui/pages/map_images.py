"""What can be done with the images of a map: choose, look at, tag, move to another cluster."""

from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QColor, QCursor
from PySide6.QtWidgets import QMenu

from ssl_studio.gui import file_manager, theme
from ssl_studio.gui.pages.map_bar import MapSide
from ssl_studio.gui.pages.map_data import MapData
from ssl_studio.gui.pages.map_looks import MapLooks, entry_css
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import NO_IDS, Ids
from ssl_studio.gui.tag_book import tag_book
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.colour_picker import dot_icon
from ssl_studio.gui.widgets.density import Rows
from ssl_studio.gui.widgets.map_choice import ADD, SUBTRACT
from ssl_studio.gui.widgets.scatter_plot import LOOK, NEIGHBOURS, TAGS, ScatterPlot
from ssl_studio.gui.widgets.tag_manager import manage_tags
from ssl_studio.gui.widgets.tag_menu import TagMenu
from ssl_studio.project.records import ImageFilter

IN_MENU = 9
"""Clusters that have a key; the menu shows these."""


class MapImages(QObject):
    """Carries out what mouse, keys, legend and menus ask of the images on a map."""

    def __init__(self, page: Page, plot: ScatterPlot, side: MapSide, looks: MapLooks) -> None:
        super().__init__(page)
        self._page, self._plot, self._looks = page, plot, looks
        self._studio = page.studio
        self._data: MapData | None = None
        book = tag_book(page.studio)
        self.tags = TagMenu(book, self._meant, plot)
        self.tags.manage_wanted.connect(lambda: manage_tags(page.studio, book, page))
        plot.chosen.connect(self._on_chosen)
        plot.opened.connect(lambda row: self._studio.set_query(self._id_of(row)))
        plot.asked.connect(self._on_asked)
        plot.menu_wanted.connect(self._on_menu_wanted)
        side.legend.chosen.connect(lambda group: self._choose(looks.rows_of(group)))
        side.legend.wanted_everywhere.connect(self._on_wanted_everywhere)

    def show(self, data: MapData | None) -> None:
        """Look after the images of another map."""
        self._data = data

    @property
    def ids(self) -> Ids:
        """All images on the map."""
        return self._data.image_ids if self._data is not None else NO_IDS

    def _id_of(self, row: int) -> int:
        return int(self.ids[row])

    def _hovered(self) -> Ids:
        row = self._plot.hovered_row
        return self.ids[row : row + 1] if row >= 0 else NO_IDS

    def _meant(self) -> Ids:
        """The images that a key or menu is about: those chosen, or the one under the pointer."""
        selection = self._studio.selection
        return selection if len(selection) else self._hovered()

    # -- choosing ------------------------------------------------------------------------------

    def choose_all(self) -> None:
        """All that are neither hidden nor dimmed."""
        self._choose(np.flatnonzero(self._plot.looks.is_open))

    def invert(self) -> None:
        """All that are not chosen, in their place."""
        is_chosen = np.isin(self.ids, self._studio.selection)
        self._choose(np.flatnonzero(self._plot.looks.is_open & ~is_chosen))

    def _choose(self, rows: Rows) -> None:
        if self._data is not None:
            self._studio.select(self.ids[rows])

    def _on_chosen(self, rows: Rows, mode: str) -> None:
        if self._data is None:
            return
        ids, before = self.ids[rows], self._studio.selection
        if mode == ADD:
            ids = np.concatenate([before, ids[~np.isin(ids, before)]])
        elif mode == SUBTRACT:
            ids = before[~np.isin(before, ids)]
        self._studio.select(ids)

    # -- keys ----------------------------------------------------------------------------------

    def look(self) -> bool:
        """Show the image under the pointer large, or the last one chosen."""
        pointed, chosen = self._hovered(), self._studio.selection
        if len(pointed):
            self._studio.look_at(int(pointed[0]), self.ids)
        elif len(chosen):
            self._studio.look_at(int(chosen[-1]), chosen)
        return bool(len(pointed) or len(chosen))

    def _on_asked(self, what: str) -> None:
        meant = self._meant()
        if what == LOOK:
            self.look()
        elif what == NEIGHBOURS and len(meant):
            pointed = self._hovered()
            self._studio.set_query(int(pointed[0] if len(pointed) else meant[-1]))
        elif what == TAGS:
            self.tags.popup(QCursor.pos())

    def assign(self, digit: int) -> bool:
        """Move the images to the n-th cluster of the legend; False: the map shows no clusters."""
        if self._looks.field != "cluster":
            return False
        clusters = self._clusters()
        if digit > len(clusters):
            self._studio.message.emit(tr("There is no cluster {n}.").format(n=digit))
        elif not len(self._meant()):
            self._studio.message.emit(tr("Choose some images first."))
        else:
            self._move(*clusters[digit - 1][:2])
        return True

    def _clusters(self) -> list[tuple[int, str, str]]:
        """Id, name and colour of the clusters in the legend."""
        return [
            (entry.filter.cluster_ids[0], entry.name, entry_css(entry, place))
            for place, entry in enumerate(self._looks.entries)
            if entry.filter is not None and entry.filter.cluster_ids
        ]

    def _move(self, cluster_id: int, name: str) -> None:
        ids = self._meant().tolist()
        self._studio.edit(
            tr("move of {n} images to “{name}”").format(n=len(ids), name=name),
            lambda project: project.edits.move_images(ids, cluster_id),
        )
        self._studio.message.emit(tr("{n} moved to “{name}”.").format(n=len(ids), name=name))

    # -- menus ---------------------------------------------------------------------------------

    def _on_menu_wanted(self, row: int, place: QPoint) -> None:
        if row >= 0 and self._id_of(row) not in self._studio.selection:
            self._choose(np.array([row], np.intp))
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def menu(self) -> QMenu:
        """What can be done with the chosen images; where none is chosen, with the map."""
        menu, chosen = QMenu(self._plot), self._studio.selection
        if len(chosen):
            last = int(chosen[-1])
            self._add(menu, "details", tr("Large view"), lambda: self._studio.look_at(last, chosen))
            self._add(menu, "neighbours", tr("Show neighbours"),
                      lambda: self._studio.set_query(last))  # fmt: skip
            menu.addAction(self.tags.menuAction())
            if self._looks.field == "cluster":
                self._fill_clusters(menu.addMenu(tr("Move to cluster")))
            menu.addSeparator()
            self._add(menu, "fit", tr("Zoom to them"), self._zoom_to_chosen)
            self._add(menu, "filter", tr("Show only these on every page"), self._show_only_chosen)
            self._add(menu, "folder", tr("Show in the file manager"), self._show_in_folder)
        else:
            self._add(menu, "fit", tr("Show all"), self._plot.show_all)
            self._add(menu, "", tr("Select all"), self.choose_all)
        return menu

    @staticmethod
    def _add(menu: QMenu, icon: str, words: str, act: object) -> None:
        action = QAction(words, menu)
        if icon:
            theme.set_icon(action, icon)
        action.triggered.connect(act)
        menu.addAction(action)

    def _fill_clusters(self, menu: QMenu) -> None:
        for place, (cluster_id, name, css) in enumerate(self._clusters()):
            key = f"\t{place + 1}" if place < IN_MENU else ""
            words = name.replace("&", "&&") + key
            menu.addAction(dot_icon(QColor(css)), words, partial(self._move, cluster_id, name))

    def _zoom_to_chosen(self) -> None:
        self._plot.show_rows(self._plot.marked)

    def _show_only_chosen(self) -> None:
        ids = tuple(self._studio.selection.tolist())
        self._studio.set_filter(ImageFilter(image_ids=ids))

    def _show_in_folder(self) -> None:
        image_id = int(self._studio.selection[-1])
        self._page.ask("path", lambda p: p.images.full_path(image_id), file_manager.reveal)

    def _on_wanted_everywhere(self, group: int) -> None:
        entry = self._looks.entries[group] if group < len(self._looks.entries) else None
        if entry is not None and entry.filter is not None:
            self._studio.set_filter(entry.filter)
        else:
            self._studio.message.emit(tr("The other pages cannot be narrowed to this."))
