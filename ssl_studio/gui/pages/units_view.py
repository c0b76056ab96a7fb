"""The units of a layer: a grid that is sorted and searched, and a pane about the chosen one."""

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.models.thumbnails import ThumbnailStore
from ssl_studio.gui.pages.filter_reads import LayerUnits, UnitDetails
from ssl_studio.gui.pages.unit_list import (
    ANY_GROUP,
    Liking,
    Order,
    coverage_words,
    likings,
    unit_tiles,
)
from ssl_studio.gui.pages.unit_panel import UnitPanel
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.empty_state import EmptyState
from ssl_studio.gui.widgets.unit_tiles import TileGrid
from ssl_studio.jobs.unit_groups import Grouping, GroupScores

TILE_PX, ZOOM_PX = 128, (80, 280)
IMAGES, PAINTED = 0, 1


class UnitsView(QWidget):
    """Chosen layer, order and unit; the page answers what it asks for.

    Signals: `layer_chosen(name)`, `look_wanted()` to survey the layer, `paint_all_wanted()`,
    `unit_chosen(number)`, `grouping_chosen()`.
    """

    layer_chosen = Signal(str)
    look_wanted = Signal()
    paint_all_wanted = Signal()
    unit_chosen = Signal(int)
    grouping_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer: LayerUnits | None = None
        self.scores: GroupScores | None = None
        self.layer_box = parts.Choice(tr("Layer"))
        self.order_box = parts.Choice(tr("Order of the units"))
        self.grouping_box = parts.Choice(tr("What units may go with"))
        self.group_box = parts.Choice(tr("Group that units may go with"))
        self.search = parts.WholeNumber(0, 0, tr("Find a unit by its number"))
        self.ways = QButtonGroup(self)
        self.about = parts.label("", "muted")
        self.scale_note = parts.label(tr("0.50 is chance, 1.00 always"), "small")
        self.scale_note.setToolTip(
            tr("How often a unit answers more strongly to an image of the group than to another.")
        )
        self.look_button = parts.button(tr("Look again"), "refresh", on_click=self.look_wanted.emit)
        self.paint_button = parts.button(
            tr("Paint all"), "play", on_click=self.paint_all_wanted.emit
        )
        self.grid = TileGrid(tr("Units"), TILE_PX, lines=2, zoom_px=ZOOM_PX)
        self.nothing = EmptyState()
        self.panel = UnitPanel()
        # Walking through units with the arrow keys asks only for the one that it ends on.
        self._soon = QTimer(self, singleShot=True, interval=40)
        self._build()
        self._connect()

    def _build(self) -> None:
        for order, words in _orders().items():
            self.order_box.addItem(words, order)
        for grouping, words in grouping_words().items():
            self.grouping_box.addItem(words, grouping)
        self.search.setPrefix(tr("unit "))
        self.search.setMinimumWidth(96)
        for number, words in ((IMAGES, tr("Images")), (PAINTED, tr("Painted"))):
            tab = QToolButton(text=words, checkable=True, accessibleName=words)
            tab.setProperty("role", "tab")
            self.ways.addButton(tab, number)
        self.ways.button(IMAGES).setChecked(True)
        self.ways.button(IMAGES).setToolTip(tr("What of the images excites each unit most"))
        self.ways.button(PAINTED).setToolTip(tr("Pictures that were made to excite each unit"))
        first = parts.row(
            self.layer_box, self.ways.button(IMAGES), self.ways.button(PAINTED), theme.HALF,
            self.about, None, self.paint_button, self.look_button,
        )  # fmt: skip
        second = parts.row(
            parts.label(tr("Order"), "muted"), self.order_box, theme.HALF,
            parts.label(tr("Goes with"), "muted"), self.grouping_box, self.group_box,
            self.scale_note, None,
            parts.label(tr("Find"), "muted"), self.search,
        )  # fmt: skip
        self.second_bar = parts.plain(second)
        bar = parts.frame("bar", parts.column(first, self.second_bar), theme.GAP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        self.places = QStackedWidget()
        self.places.addWidget(parts.plain(parts.row(self.grid, self.panel, gap_px=0)))
        self.places.addWidget(self.nothing)
        layout.addWidget(self.places, 1)

    def _connect(self) -> None:
        self.layer_box.activated.connect(
            lambda _index: self.layer_chosen.emit(self.layer_box.currentData())
        )
        self.order_box.activated.connect(lambda _index: self._sort())
        self.group_box.activated.connect(lambda _index: self._on_group())
        self.grouping_box.activated.connect(lambda _index: self.grouping_chosen.emit())
        self.ways.idClicked.connect(lambda _way: self._show_tiles())
        self.search.valueChanged.connect(self._on_search)
        self.grid.key_chosen.connect(self._on_unit)
        self._soon.timeout.connect(self._tell_unit)

    # -- what is chosen ------------------------------------------------------------------------

    @property
    def grouping(self) -> Grouping:
        """Labels, clusters or tags."""
        return cast(Grouping, self.grouping_box.currentData())

    @property
    def order(self) -> Order:
        """How the units are sorted."""
        return cast(Order, self.order_box.currentData())

    @property
    def unit(self) -> int | None:
        """The chosen unit."""
        return self.grid.current_key()

    def liked(self) -> dict[int, Liking]:
        """What each unit goes with."""
        if self.layer is None:
            return {}
        group = self.group_box.currentData()
        return likings(self.layer, self.scores, ANY_GROUP if group is None else int(group))

    # -- showing -------------------------------------------------------------------------------

    def set_layers(self, layers: list[tuple[str, str]], shown: str | None) -> None:
        """Offer layers with words about them."""
        self.layer_box.clear()
        for layer, words in layers:
            self.layer_box.addItem(words, layer)
        self.layer_box.setCurrentIndex(max(0, self.layer_box.findData(shown)))

    def show_layer(self, layer: LayerUnits, thumbnails: ThumbnailStore) -> None:
        """Show the units of a survey; the unit that was chosen stays so where it is there."""
        is_other = self.layer is None or self.layer.survey.layer != layer.survey.layer
        self.layer = layer
        if is_other or (self.scores and len(self.scores.scores) != len(layer.units)):
            self.scores = None
        self.grid.tiles.set_thumbnails(thumbnails)
        self.search.blockSignals(True)
        self.search.setRange(0, max((record.unit for record in layer.units), default=0))
        self.search.blockSignals(False)
        self.about.setText(coverage_words(layer))
        self._show_parts(has_layer=True)
        before = self.unit
        self._show_tiles()
        if before is None or is_other or not self.grid.choose(before):
            self._choose_first()
        else:
            self._on_unit(before)

    def show_missing(
        self, heading: str, sentence: str, *actions: tuple[str, Callable[[], object]]
    ) -> None:
        """Say that this layer was not looked at yet, and how that is changed."""
        self.layer = self.scores = None
        self.grid.set_tiles(())
        self.panel.show_nothing()
        self.about.setText("")
        self.nothing.tell("filters", heading, sentence, actions)
        self._show_parts(has_layer=False)

    def show_unseen(self, layer: str) -> None:
        """Offer to look at a layer."""
        self.show_missing(
            tr("Nobody has looked at {layer} yet").format(layer=text.layer(layer)),
            tr(
                "Up to 10,000 images are shown to the network once, and for each unit those are "
                "kept that excite it most. You may go on working meanwhile."
            ),
            (tr("Look at {layer}").format(layer=text.layer(layer)), self.look_wanted.emit),
        )

    def show_scores(self, scores: GroupScores) -> None:
        """Show what units go with."""
        self.scores = scores
        before = self.group_box.currentText()
        self.group_box.clear()
        if scores.names:
            self.group_box.addItem(tr("the one it likes best"), ANY_GROUP)
            for column, name in enumerate(scores.names):
                self.group_box.addItem(name, column)
            self.group_box.setCurrentIndex(max(0, self.group_box.findText(before)))
        else:
            self.group_box.addItem(tr("none there"), None)
        self.group_box.setEnabled(bool(scores.names))
        if self.order == "group":
            self._sort()
        else:
            self._show_tiles()

    def show_unit(
        self, details: UnitDetails | None, thumbnails: ThumbnailStore, margin: float
    ) -> None:
        """Show all about the chosen unit."""
        if details is None or self.layer is None:
            self.panel.show_nothing()
            return
        self.panel.show_details(
            details,
            self.layer.survey.layer,
            thumbnails,
            margin=margin,
            grouping=tr("Of its best images: {grouping}").format(
                grouping=grouping_words()[self.grouping].lower()
            ),
            liking=self._liking_words(details.answers.record.unit),
        )

    def _liking_words(self, unit: int) -> str:
        liked = self.liked().get(unit)
        if liked is None:
            return ""
        return tr(
            "Of an image of “{name}” and another one, it answers more strongly to that of “{name}” "
            "in {share} of all cases. 50 % is chance."
        ).format(name=liked.name, share=f"{100 * liked.score:.0f} %")

    def _show_parts(self, *, has_layer: bool) -> None:
        for part in (self.second_bar, self.look_button, self.paint_button, self.about):
            part.setVisible(has_layer)
        for number in (IMAGES, PAINTED):
            self.ways.button(number).setVisible(has_layer)
        self.places.setCurrentIndex(0 if has_layer else 1)

    def _show_tiles(self) -> None:
        if self.layer is None:
            return
        painted = self.ways.checkedId() == PAINTED
        self.scale_note.setVisible(self.order in ("number", "group") and bool(self.liked()))
        before = self.unit
        self.grid.set_tiles(unit_tiles(self.layer, self.order, self.liked(), painted))
        if before is not None:
            self.grid.choose(before)

    def _sort(self) -> None:
        """In another order: what matters now stands first."""
        self._show_tiles()
        self._choose_first()

    def _choose_first(self) -> None:
        if self.grid.tiles.tiles:
            self.grid.choose(self.grid.tiles.tiles[0].key)
            self.grid.scrollToTop()

    def pose(self, order: Order, painted: bool, way: int) -> None:
        """Stand as for a picture: see `order_box`, `ways` and `UnitPanel.show_way`."""
        self.order_box.setCurrentIndex(self.order_box.findData(order))
        self.ways.button(PAINTED if painted else IMAGES).setChecked(True)
        self._sort()
        self.panel.show_way(way)
        bar = self.panel.body.verticalScrollBar()
        bar.setValue(bar.maximum() if painted else 0)

    # -- hearing -------------------------------------------------------------------------------

    def _on_group(self) -> None:
        self.order_box.setCurrentIndex(self.order_box.findData("group"))
        self._sort()

    def _on_search(self, unit: int) -> None:
        self.grid.choose(unit)

    def _on_unit(self, unit: int) -> None:
        self.search.blockSignals(True)
        self.search.setValue(unit)
        self.search.blockSignals(False)
        self._soon.start()

    def _tell_unit(self) -> None:
        if self.unit is not None:
            self.unit_chosen.emit(self.unit)


def _orders() -> dict[Order, str]:
    return {
        "number": tr("by number"),
        "group": tr("by what they go with"),
        "sparse": tr("most selective first"),
        "even": tr("least selective first"),
        "strong": tr("strongest answers first"),
        "silent": tr("most silent first"),
    }


def grouping_words() -> dict[Grouping, str]:
    """What units may go with, in words."""
    return {"labels": tr("Labels"), "clusters": tr("Clusters"), "tags": tr("Tags")}
