"""What images are shown: a button for each thing to filter by, and a chip for each that is on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QToolButton, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.filter_chips import Names, chips, duplicate_words, status_words
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.facets import Choice, DatePopup, Popup, SizePopup, ValuePopup
from ssl_studio.project.records import ClusterRecord, Facet, ImageFilter, TagRecord

HEIGHT_PX = 32


@dataclass(frozen=True, slots=True)
class Offered:
    """The values that a project's images can be filtered by."""

    labels: Sequence[Facet] = ()
    tags: Sequence[TagRecord] = ()
    clusters: Sequence[ClusterRecord] = ()
    cameras: Sequence[Facet] = ()
    formats: Sequence[Facet] = ()
    splits: Sequence[Facet] = ()
    dates: tuple[str, str] | None = None

    @property
    def names(self) -> Names:
        """What tags and clusters are called."""
        return Names(
            {tag.id: tag.name for tag in self.tags},
            {cluster.id: cluster.name for cluster in self.clusters},
        )


class FilterBar(QWidget):
    """Shows a filter and says how it was edited. Signals: `edited(ImageFilter)`."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "plain")
        self._filter = ImageFilter()
        self._offered = Offered()
        self.popups: dict[str, Popup] = {}
        self.buttons: dict[str, QToolButton] = {}
        row = parts.row(gap_px=theme.HALF)
        for name, words in (
            ("labels", tr("Label")),
            ("tag_ids", tr("Tag")),
            ("cluster_ids", tr("Cluster")),
            ("dates", tr("Date")),
            ("sizes", tr("Size")),
            ("cameras", tr("Camera")),
        ):
            row.addWidget(self._new_button(name, words))
        self.more = self._new_more()
        row.addWidget(self.more)
        self._chips = parts.row(gap_px=theme.HALF)
        self._chip_area = _chip_area(parts.plain(self._chips))
        self.clear_button = parts.button(tr("Show all"), role="link", on_click=self.clear)
        row.addSpacing(theme.GAP)
        row.addWidget(self._chip_area, 1)
        row.addWidget(self.clear_button)
        self.setLayout(row)
        self.setFixedHeight(HEIGHT_PX)
        self.show_filter(self._filter)

    # -- building ------------------------------------------------------------------------------

    def _new_button(self, name: str, words: str) -> QToolButton:
        button = QToolButton(text=words, accessibleName=tr("Filter by {what}").format(what=words))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow after the word
        theme.set_icon(button, "down")
        self.buttons[name] = button
        self.popups[name] = self._new_popup(name, words)
        button.clicked.connect(lambda: self._open(name))
        return button

    def _new_popup(self, name: str, words: str) -> Popup:
        if name == "dates":
            dates = DatePopup(self)
            dates.edited.connect(lambda a, b: self._edit(dated_from=a, dated_to=b))
            return dates
        if name == "sizes":
            sizes = SizePopup(self)
            sizes.edited.connect(
                lambda a, b, c, d: self._edit(
                    min_side_px=a, max_side_px=b, min_bytes=c, max_bytes=d
                )
            )
            return sizes
        values = ValuePopup(words, self)
        values.ticked.connect(lambda ticked: self._edit(**{name: ticked}))
        return values

    def _new_more(self) -> QToolButton:
        button = QToolButton(
            text=tr("More"),
            accessibleName=tr("More filters"),
            popupMode=QToolButton.ToolButtonPopupMode.InstantPopup,
        )
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        theme.set_icon(button, "down")
        menu = QMenu(button)
        menu.setLayoutDirection(self.layoutDirection())  # not that of the button
        menu.aboutToShow.connect(lambda: self._fill_more(menu))
        button.setMenu(menu)
        return button

    def _fill_more(self, menu: QMenu) -> None:
        menu.clear()
        same = menu.addMenu(tr("Duplicates"))
        for choice in ("show", "hide", "only", "exact", "near", "hide_near"):
            action = same.addAction(duplicate_words(choice))
            action.setCheckable(True)
            action.setChecked(self._filter.duplicates == choice)
            action.triggered.connect(lambda _on=False, c=choice: self._edit(duplicates=c))
        state = menu.addMenu(tr("Status"))
        for status in ("ok", "bad", "missing"):
            self._add_tick(state, status_words(status), "statuses", status)
        for name, words, facets in (
            ("formats", tr("Kind of file"), self._offered.formats),
            ("splits", tr("Split"), self._offered.splits),
        ):
            if len(facets) > 1:
                inner = menu.addMenu(words)
                for facet in facets:
                    self._add_tick(inner, facet.value or tr("none"), name, facet.value)

    def _add_tick(self, menu: QMenu, words: str, name: str, value: object) -> None:
        ticked = getattr(self._filter, name)
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(value in ticked)
        rest = tuple(other for other in ticked if other != value)
        action.triggered.connect(
            lambda on=False: self._edit(**{name: (*rest, value) if on else rest})
        )

    # -- showing -------------------------------------------------------------------------------

    def show_filter(self, wanted: ImageFilter) -> None:
        """Show a filter."""
        self._filter = wanted
        parts.clear(self._chips)
        for chip in chips(wanted, self._offered.names):
            button = QToolButton(text=chip.words, accessibleName=chip.words)
            button.setProperty("role", "chip")
            button.setToolTip(tr("Take this filter away"))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            theme.set_icon(button, "close", "accent")
            button.clicked.connect(lambda _on=False, f=chip.without: self.edited.emit(f))
            self._chips.addWidget(button)
        self._chips.addStretch(1)
        self.clear_button.setVisible(wanted != ImageFilter())

    def offer(self, offered: Offered) -> None:
        """Offer other values."""
        self._offered = offered
        self.buttons["cluster_ids"].setVisible(bool(offered.clusters))
        self.buttons["cameras"].setVisible(bool(offered.cameras))
        for name in ("labels", "tag_ids", "cluster_ids", "cameras"):
            popup = self.popups[name]
            if isinstance(popup, ValuePopup) and not popup.isVisible():
                self._fill(name, popup)
        self.show_filter(self._filter)

    def clear(self) -> None:
        """Ask for all images."""
        self.edited.emit(ImageFilter())

    def open(self, name: str) -> None:
        """Open one of the small windows, as a click would."""
        self._open(name)

    def _open(self, name: str) -> None:
        popup, wanted = self.popups[name], self._filter
        if isinstance(popup, DatePopup):
            popup.set_dates(self._offered.dates, wanted.dated_from, wanted.dated_to)
        elif isinstance(popup, SizePopup):
            popup.set_sizes(
                wanted.min_side_px, wanted.max_side_px, wanted.min_bytes, wanted.max_bytes
            )
        elif isinstance(popup, ValuePopup):
            self._fill(name, popup)
        popup.open_below(self.buttons[name])

    def _fill(self, name: str, popup: ValuePopup) -> None:
        offered = self._offered
        choices, nothing = [], ""
        if name == "labels":
            choices = [Choice(f.value, f.value or tr("no label"), f.images) for f in offered.labels]
            nothing = tr("The images have no labels.")
        elif name == "cameras":
            choices = [Choice(None, tr("camera unknown"))]
            choices += [Choice(f.value, f.value or "", f.images) for f in offered.cameras]
        elif name == "cluster_ids":
            choices = [Choice(c.id, c.name, c.size, c.colour) for c in offered.clusters]
            nothing = tr("There are no clusters yet.")
        elif offered.tags:
            choices = [Choice(None, tr("no tag"))]
            choices += [Choice(t.id, t.name, t.images, t.colour) for t in offered.tags]
        else:
            nothing = tr("There are no tags yet. Choose images and press Tag … at the right.")
        popup.set_choices(choices, getattr(self._filter, name), nothing)

    def _edit(self, **changes: object) -> None:
        self.edited.emit(replace(self._filter, **changes))  # type: ignore[arg-type]


def _chip_area(content: QWidget) -> QScrollArea:
    """Chips that scroll sideways where there are many."""
    area = QScrollArea(widgetResizable=True, accessibleName=tr("Filters that are on"))
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFixedHeight(HEIGHT_PX)
    area.setMinimumWidth(60)
    area.setWidget(content)
    return area
