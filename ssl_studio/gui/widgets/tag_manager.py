"""A sheet of all tags: rename, recolour, choose the digit that assigns them, delete."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QComboBox,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import text, theme
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.tag_book import TagBook
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.colour_picker import dot_icon, shown_colour
from ssl_studio.project.records import TagRecord

COLOUR, NAME, KEY, IMAGES = range(4)


class TagManager(QDialog):
    """Every change is an edit that can be undone; the sheet follows the project."""

    def __init__(self, studio: Studio, book: TagBook, parent: QWidget | None = None) -> None:
        super().__init__(parent, windowTitle=tr("Tags"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(460, 420)
        self._studio, self._book = studio, book
        self.table = QTableWidget(0, 4)
        self.table.setAccessibleName(tr("Tags"))
        self.table.setHorizontalHeaderLabels(["", tr("Name"), tr("Key"), tr("Images")])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width_px in ((COLOUR, 44), (KEY, 80), (IMAGES, 90)):
            self.table.setColumnWidth(column, width_px)
        self.delete_button = parts.button(tr("Delete"), "delete", on_click=self._delete)
        self.delete_button.setToolTip(tr("Take the tag from all its images; Undo brings it back"))
        note = parts.label(tr("Double-click a name or a colour to change it."), "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
        layout.addWidget(self.table)
        layout.addLayout(parts.row(note, None, self.delete_button))
        self.table.itemChanged.connect(self._on_edited)
        self.table.itemDoubleClicked.connect(self._on_double_clicked)
        book.changed.connect(self.show_tags)
        self.show_tags()

    def show_tags(self) -> None:
        """Show the tags as they are now."""
        self.table.blockSignals(True)
        self.table.setRowCount(len(self._book.tags))
        for row, tag in enumerate(self._book.tags):
            self._show_tag(row, tag)
        self.table.blockSignals(False)
        self.delete_button.setEnabled(bool(self._book.tags))

    def _show_tag(self, row: int, tag: TagRecord) -> None:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        colour = QTableWidgetItem(dot_icon(shown_colour(tag.colour)), "")
        colour.setFlags(flags)
        colour.setData(Qt.ItemDataRole.AccessibleTextRole, tag.colour)
        count = QTableWidgetItem(text.count(tag.images))
        count.setFlags(flags)
        self.table.setItem(row, COLOUR, colour)
        self.table.setItem(row, NAME, QTableWidgetItem(tag.name))
        self.table.setItem(row, IMAGES, count)
        self.table.setCellWidget(row, KEY, self._key_box(tag))

    def _key_box(self, tag: TagRecord) -> QComboBox:
        box = parts.Choice(tr("Key of {name}").format(name=tag.name))
        box.addItem("–", None)
        for digit in range(1, 10):
            box.addItem(str(digit), digit)
        box.setCurrentIndex(tag.key or 0)
        box.activated.connect(
            lambda digit: self._studio.edit(
                tr("Key of tag “{name}”").format(name=tag.name),
                lambda project: project.edits.set_tag_key(tag.id, digit or None),
            )
        )
        return box

    def _on_edited(self, item: QTableWidgetItem) -> None:
        tag, name = self._book.tags[item.row()], item.text()
        if item.column() == NAME and name != tag.name:
            self._studio.edit(
                tr("Rename tag “{name}”").format(name=tag.name),
                lambda project: project.edits.rename_tag(tag.id, name),
            )

    def _on_double_clicked(self, item: QTableWidgetItem) -> None:
        if item.column() != COLOUR:
            return
        tag = self._book.tags[item.row()]
        picker = QColorDialog(QColor(tag.colour), self)
        picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picker.colorSelected.connect(lambda colour: self._recolour(tag, colour.name()))
        picker.open()

    def _recolour(self, tag: TagRecord, colour: str) -> None:
        self._studio.edit(
            tr("Recolour tag “{name}”").format(name=tag.name),
            lambda project: project.edits.recolour_tag(tag.id, colour),
        )

    def _delete(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._book.tags):
            tag = self._book.tags[row]
            self._studio.edit(
                tr("Delete tag “{name}”").format(name=tag.name),
                lambda project: project.edits.delete_tag(tag.id),
            )


def manage_tags(studio: Studio, book: TagBook, parent: QWidget) -> TagManager:
    """Open the sheet; it does not wait."""
    sheet = TagManager(studio, book, parent.window())
    sheet.show()
    return sheet
