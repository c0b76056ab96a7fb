"""Groups of images that are alike: a list of groups, and the images of the one that is chosen."""

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.models.cells import NOWHERE, Index
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.empty_state import EmptyState
from ssl_studio.gui.widgets.image_grid import ImageGrid
from ssl_studio.gui.widgets.two_line_list import two_line_list
from ssl_studio.project.records import DuplicateGroup

LINE = Qt.ItemDataRole.UserRole + 1
TONE = Qt.ItemDataRole.UserRole + 2
LIST_WIDTH_PX = 220
Groups = Sequence[DuplicateGroup]


class GroupModel(QAbstractListModel):
    """Groups as rows: the name of the first image, and how many there are."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: Groups = ()
        self._names: Mapping[int, str] = {}

    def set_groups(self, groups: Groups, names: Mapping[int, str]) -> None:
        """Show these."""
        self.beginResetModel()
        self.groups, self._names = groups, names
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """One row per group."""
        return 0 if parent.isValid() else len(self.groups)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name, line below, and tone of the dot."""
        group = self.groups[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._names.get(group.image_ids[0], f"#{group.image_ids[0]}")
        if role == LINE:
            return text.counted(len(group.image_ids), tr("image"), tr("images"))
        if role == TONE:
            return "accent" if group.kind == "exact" else "warning"
        return None


def distance_words(group: DuplicateGroup) -> list[str]:
    """A line for each image of a group: how far it is from the first."""
    words = [tr("keep")]
    for distance in group.distances[1:]:
        if group.kind == "exact":
            words.append(tr("same file"))
        elif group.kind == "hash":
            words.append(text.counted(round(distance), tr("bit of 64"), tr("bits of 64")))
        else:
            words.append(tr("distance {d}").format(d=text.figure(distance)))
    return words


class DuplicatesView(QWidget):
    """The groups of one kind at a time.

    Signals: `search_wanted(by_features)`; `chosen(ids)` when the user chose images, or all but
    the first of each group.
    """

    search_wanted = Signal(bool)
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: dict[int, Groups] = {0: (), 1: (), 2: ()}
        self._names: Mapping[int, str] = {}
        self.model = GroupModel()
        self.list = two_line_list(tr("Groups"), LINE, TONE)
        self.list.setModel(self.model)
        self.grid = ImageGrid(tr("Images of the group"), captions=True)
        self.kinds = QButtonGroup(self)
        self.note = parts.label("", "muted", wrap=True)
        self.search_button = parts.button(
            tr("Search by look"), "search", on_click=lambda: self.search_wanted.emit(False)
        )
        self.search_button.setToolTip(
            tr("The same picture in another size, compression or light retouch")
        )
        self.features_button = parts.button(
            tr("Search by features"), "search", on_click=lambda: self.search_wanted.emit(True)
        )
        self.features_button.setToolTip(
            tr("Images whose features point the same way, as the trained encoder sees them")
        )
        self.rest_button = parts.button(tr("Choose all but the first"), on_click=self._choose_rest)
        self.empty = EmptyState()
        self.groups = QWidget()
        self._build()
        self.kinds.idClicked.connect(lambda _number: self._show_kind())
        self.list.selectionModel().currentChanged.connect(lambda now, _old: self._show_group(now))
        self.grid.selection_made.connect(self.chosen)

    def _build(self) -> None:
        tabs = []
        for number in range(3):
            tab = QToolButton(checkable=True, checked=number == 0)
            tab.setProperty("role", "tab")
            self.kinds.addButton(tab, number)
            tabs.append(tab)
        bar = parts.row(*tabs, None, self.features_button, self.search_button)
        side = QFrame()
        side.setProperty("role", "list")
        side.setFixedWidth(LIST_WIDTH_PX)
        side_layout = QVBoxLayout(side)
        side_layout.setContentsMargins(0, theme.HALF, 0, theme.HALF)
        side_layout.addWidget(self.list)
        note = parts.row(self.note, self.rest_button, gap_px=theme.WIDE)
        note.setStretch(0, 1)
        found = QVBoxLayout(self.groups)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(0)
        found.addWidget(parts.plain(note, (theme.WIDE, theme.GAP, theme.WIDE, theme.GAP)))
        found.addLayout(parts.row(side, self.grid, gap_px=0), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(parts.frame("bar", bar, theme.GAP))
        layout.addWidget(self.groups, 1)
        layout.addWidget(self.empty, 1)

    def show_groups(
        self, exact: Groups, by_look: Groups, by_features: Groups, names: Mapping[int, str]
    ) -> None:
        """Show these; the kind that is looked at stays, unless it is empty and another is not."""
        self._groups = {0: exact, 1: by_look, 2: by_features}
        self._names = names
        for number, words in enumerate((tr("Same file"), tr("Alike"), tr("Alike by features"))):
            count = len(self._groups[number])
            shown = f"{words} ({text.count(count)})" if count else words
            self.kinds.button(number).setText(shown)
        self._show_kind()

    def set_ready(self, *, has_features: bool, is_busy: bool) -> None:
        """Whether searches can be started."""
        self.search_button.setEnabled(not is_busy)
        self.features_button.setEnabled(has_features and not is_busy)

    def current(self) -> Groups:
        """The groups of the kind that is looked at."""
        return self._groups[max(0, self.kinds.checkedId())]

    def _show_kind(self) -> None:
        groups = self.current()
        self.model.set_groups(groups, self._names)
        self.groups.setVisible(bool(groups))
        self.empty.setVisible(not groups)
        if groups:
            self._show_note(groups)
            self.list.setCurrentIndex(self.model.index(0, 0))
        else:
            self._show_none()
            self.grid.images.set_ids(np.empty(0, np.int64))

    def _show_note(self, groups: Groups) -> None:
        extra = sum(len(group.image_ids) - 1 for group in groups)
        self.note.setText(
            tr(
                "{groups}. The first of each is the one to keep; without the other {extra} "
                "nothing would be lost. Nothing is deleted here: tag them, or hide them by "
                "More, Duplicates."
            ).format(
                groups=text.counted(len(groups), tr("group"), tr("groups")),
                extra=text.counted(extra, tr("image"), tr("images")),
            )
        )

    def _show_none(self) -> None:
        heading, sentence = (
            (tr("No two files have the same content"),
             tr("Files are compared byte for byte while a folder is scanned.")),
            (tr("No images that look alike so far"),
             tr("The search finds the same picture in another size, compression or light retouch, "
                "by comparing thumbnails.")),
            (tr("No images with like features so far"),
             tr("The search finds images whose features point the same way, as the trained encoder "
                "sees them. It needs a trained run.")),
        )[max(0, self.kinds.checkedId())]  # fmt: skip
        self.empty.tell("copy", heading, sentence)

    def _show_group(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self.model.groups):
            group = self.model.groups[index.row()]
            self.grid.images.set_ids(group.image_ids, distance_words(group))

    def _choose_rest(self) -> None:
        rest = [image_id for group in self.current() for image_id in group.image_ids[1:]]
        self.chosen.emit(np.unique(np.asarray(rest, np.int64)))
