"""A menu of all tags that gives them to images, and chips of the tags that images bear."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from ssl_studio.gui import theme
from ssl_studio.gui.choices import Ids
from ssl_studio.gui.tag_book import TagBook
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.colour_picker import dot_icon, shown_colour
from ssl_studio.project.records import TagRecord

DOT_PX = 12


class TagMenu(QMenu):
    """All tags with what the images have of them; the first line makes a new one.

    Signals: `manage_wanted()`.
    """

    manage_wanted = Signal()

    def __init__(
        self, book: TagBook, images: Callable[[], Ids], parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Tag"), parent)
        self._book, self._images = book, images
        self.name = QLineEdit(placeholderText=tr("New tag …"))
        self.name.setAccessibleName(tr("Name of a new tag"))
        self.name.returnPressed.connect(self._on_named)
        theme.set_icon(self.menuAction(), "tag")
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Show the tags as they are now."""
        self.name.setParent(None)
        self.clear()
        line = QWidgetAction(self)
        holder = parts.plain(parts.row(self.name), (8, 4, 8, 4))
        line.setDefaultWidget(holder)
        self.name.clear()
        self.addAction(line)
        ids = self._images()
        for tag, count in zip(self._book.tags, self._book.counts(ids), strict=True):
            self._add_tag(tag, count, len(ids))
        self.addSeparator()
        manage = self.addAction(tr("Manage tags …"))
        manage.triggered.connect(lambda: self.manage_wanted.emit())
        self.name.setFocus()

    def _add_tag(self, tag: TagRecord, count: int, images: int) -> None:
        words = tag.name.replace("&", "&&")
        if 0 < count < images:
            words = tr("{name}  ({count} of {all})").format(name=words, count=count, all=images)
        action = self.addAction(words if tag.key is None else f"{words}\t{tag.key}")
        action.setIcon(dot_icon(shown_colour(tag.colour), is_ring=count < images))
        action.setCheckable(True)
        action.setChecked(bool(images) and count == images)
        action.setEnabled(bool(images))
        action.triggered.connect(lambda on=False: self._book.put(tag, self._images(), on=bool(on)))

    def _on_named(self) -> None:
        self._book.add(self.name.text(), self._images())
        self.close()


class TagChips(QWidget):
    """The tags of an image, each with a button that takes it away, and one that adds more.

    Signals: `removed(TagRecord)`.
    """

    removed = Signal(object)

    def __init__(self, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "plain")
        self._rows = parts.column(gap_px=theme.HALF)
        self.add_button = QToolButton(
            text=" " + tr("Tag …"), popupMode=QToolButton.ToolButtonPopupMode.InstantPopup
        )
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add_button.setAccessibleName(tr("Tag the chosen images"))
        theme.set_icon(self.add_button, "tag")
        self.add_button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.add_button.setMenu(menu)
        layout = parts.column(self._rows, parts.row(self.add_button, None), gap_px=theme.HALF)
        self.setLayout(layout)

    def show_tags(self, tags: Sequence[TagRecord]) -> None:
        """Show these."""
        parts.clear(self._rows)
        for tag in tags:
            self._rows.addWidget(self._chip(tag))

    def _chip(self, tag: TagRecord) -> QWidget:
        dot = parts.label()
        dot.setPixmap(dot_icon(shown_colour(tag.colour)).pixmap(QSize(DOT_PX, DOT_PX)))
        words = parts.label(tag.name)
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        tip = tr("Take tag “{name}” away").format(name=tag.name)
        remove = parts.tool_button("close", tip, lambda: self.removed.emit(tag))
        remove.setIconSize(QSize(12, 12))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(dot)
        row.addWidget(words, 1)
        row.addWidget(remove)
        return parts.plain(row)
