"""What stands above the images: which view, what is looked for, the order, the size of tiles."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLineEdit, QToolButton, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.filter_bar import FilterBar
from ssl_studio.gui.widgets.image_grid import ZOOM_PX
from ssl_studio.project.records import ImageFilter, ImageSort, SortKey

TYPING_MS = 180
"""After the last letter typed the images are searched."""
MIN_SEARCH_PX, MIN_ORDER_PX = 96, 84
"""Where there is little room the order ends in dots."""
ALL, PROBLEMS, DOUBLES = range(3)
OF_CLUSTERS = ("cluster", "distance", "margin")
"""Orders that come with a clustering."""


def sort_choices() -> tuple[tuple[SortKey, str], ...]:
    """What images can be sorted by."""
    return (
        ("path", tr("Name")),
        ("label", tr("Label")),
        ("date", tr("Date")),
        ("size", tr("Size of file")),
        ("pixels", tr("Pixels")),
        ("added", tr("As they were added")),
        ("group", tr("Duplicates together")),
        ("cluster", tr("Cluster")),
        ("distance", tr("Distance to centre")),
        ("margin", tr("Borderline first")),
    )


class ImagesBar(QFrame):
    """Two lines of tools.

    Signals: `tab_chosen(ALL, PROBLEMS or DOUBLES)`; `searched(words)`; `order_changed()`.
    """

    tab_chosen = Signal(int)
    searched = Signal(str)
    order_changed = Signal()

    def __init__(
        self,
        add_folder: Callable[[], object],
        scan_again: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self.search = QLineEdit(placeholderText=tr("Find in names …"), clearButtonEnabled=True)
        self.search.setAccessibleName(tr("Find in names"))
        self.search.setMinimumWidth(MIN_SEARCH_PX)
        self.search.setMaximumWidth(240)
        self.order_box = parts.Choice(tr("Sort by"))
        self.order_box.setMinimumWidth(MIN_ORDER_PX)
        self.down_button = QToolButton(checkable=True)
        self.zoom = parts.slider(tr("Size of tiles"))
        self.zoom.setRange(*ZOOM_PX)
        self.zoom.setFixedWidth(104)
        self.count_label = parts.label("", "muted")
        self.filters = FilterBar()
        self.tabs = self._new_tabs()
        self._typing_timer = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._build(
            parts.tool_button("refresh", tr("Scan the folders again"), scan_again),
            parts.tool_button("folder-plus", tr("Add a folder of images"), add_folder),
        )
        self.offer_orders(has_clusters=False)
        self._show_direction(False)
        self.tabs.idClicked.connect(self.tab_chosen)
        self.search.textChanged.connect(lambda _text: self._typing_timer.start())
        self.search.returnPressed.connect(self._on_typed)
        self._typing_timer.timeout.connect(self._on_typed)
        self.order_box.activated.connect(lambda _index: self.order_changed.emit())
        self.down_button.toggled.connect(self._on_direction)

    def _new_tabs(self) -> QButtonGroup:
        group = QButtonGroup(self)
        for number, words in enumerate((tr("All"), tr("Problems"), tr("Duplicates"))):
            tab = QToolButton(text=words, checkable=True, checked=number == 0)
            tab.setProperty("role", "tab")
            group.addButton(tab, number)
        return group

    def _build(self, *buttons: QToolButton) -> None:
        tabs = [self.tabs.button(number) for number in (ALL, PROBLEMS, DOUBLES)]
        line = parts.row(
            *tabs, theme.GAP, self.search, self.order_box, self.down_button, None,
            self.count_label, theme.GAP, self.zoom, *buttons,
        )  # fmt: skip
        both = parts.column(line, self.filters, gap_px=theme.HALF)
        both.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        self.setLayout(both)

    # -- what is chosen ------------------------------------------------------------------------

    def sort(self, clustering_id: int | None) -> ImageSort:
        """The order that the user chose, among the clusters of a clustering if that matters."""
        by: SortKey = self.order_box.currentData()
        if by in OF_CLUSTERS and clustering_id is None:
            by = "path"
        return ImageSort(by, self.down_button.isChecked(), clustering_id)

    def find_names(self) -> None:
        """Put the cursor where names are looked for."""
        self.search.setFocus()
        self.search.selectAll()

    def forget(self) -> None:
        """The project is going: nothing is looked for any more."""
        self._typing_timer.stop()

    # -- showing -------------------------------------------------------------------------------

    def show_tab(self, number: int) -> None:
        """Show what goes with a view."""
        self.tabs.button(number).setChecked(True)
        for part in (
            self.search, self.order_box, self.down_button, self.zoom, self.filters,
            self.count_label,
        ):  # fmt: skip
            part.setVisible(number == ALL)

    def show_tab_count(self, number: int, words: str, count: int) -> None:
        """How many there are in a view."""
        self.tabs.button(number).setText(f"{words} ({text.count(count)})" if count else words)
        if number == PROBLEMS:
            self.tabs.button(number).setEnabled(bool(count))

    def show_count(self, shown: int, total: int) -> None:
        """How many images are shown."""
        words = text.counted(total, tr("image"), tr("images"))
        if shown != total:
            words = tr("{shown} of {total} images").format(
                shown=text.count(shown), total=text.count(total)
            )
        self.count_label.setText(words)

    def show_filter(self, wanted: ImageFilter) -> None:
        """What is looked for, without saying so."""
        self.filters.show_filter(wanted)
        if self.search.text().strip() != wanted.text:
            self.search.blockSignals(True)
            self.search.setText(wanted.text)
            self.search.blockSignals(False)

    def offer_orders(self, *, has_clusters: bool) -> None:
        """Offer the orders that there are."""
        for key, words in sort_choices():
            row, is_there = self.order_box.findData(key), has_clusters or key not in OF_CLUSTERS
            if is_there and row < 0:
                self.order_box.addItem(words, key)
            elif not is_there and row >= 0:
                self.order_box.removeItem(row)

    def _show_direction(self, is_down: bool) -> None:
        tip = tr("Descending order") if is_down else tr("Ascending order")
        theme.set_icon(self.down_button, "down" if is_down else "up")
        self.down_button.setToolTip(tip)
        self.down_button.setAccessibleName(tip)

    # -- hearing -------------------------------------------------------------------------------

    def _on_typed(self) -> None:
        self._typing_timer.stop()
        self.searched.emit(self.search.text().strip())

    def _on_direction(self, is_down: bool) -> None:
        self._show_direction(is_down)
        self.order_changed.emit()
