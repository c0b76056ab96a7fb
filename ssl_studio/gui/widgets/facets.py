"""Small windows below a button in which values to filter by are ticked, or ranges are set."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDate, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QFormLayout,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.colour_picker import dot_icon, shown_colour
from ssl_studio.gui.widgets.tag_menu import DOT_PX

WIDTH_PX, HEIGHT_PX = 260, 320
MANY = 8
"""From so many values on there is a line to find one."""
VALUE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to tick: what it is called, how many images have it, its colour if it has one."""

    value: object
    words: str
    images: int | None = None
    colour: str = ""


class Popup(QFrame):
    """A frame that opens below a widget and closes by itself."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "panel")
        self.setAccessibleName(name)

    def open_below(self, widget: QWidget) -> None:
        """Show it, within the screen."""
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(0, widget.height() + theme.HALF))
        screen = widget.screen().availableGeometry()
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - self.width())))
        corner.setY(max(screen.top(), min(corner.y(), screen.bottom() - self.height())))
        self.move(corner)
        self.show()


class ValuePopup(Popup):
    """A list of values with ticks. Signals: `ticked(tuple)` with every value that is ticked."""

    ticked = Signal(tuple)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self.search = QLineEdit(placeholderText=tr("Find …"), clearButtonEnabled=True)
        self.search.setAccessibleName(tr("Find in the list"))
        self.values = QListWidget(accessibleName=name)
        self.values.setUniformItemSizes(True)
        self.values.setFixedWidth(WIDTH_PX)
        self.values.setIconSize(QSize(DOT_PX, DOT_PX))
        self.nothing = parts.label("", "muted", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        parts.fill(layout, self.search, self.values, self.nothing)
        self.search.textChanged.connect(self._on_find)
        self.values.itemChanged.connect(lambda _item: self._tell())
        self.values.itemClicked.connect(self._on_clicked)
        self._was_ticked: bool | None = None
        self.values.itemPressed.connect(self._on_pressed)

    def set_choices(
        self, choices: Sequence[Choice], ticked: Sequence[object], nothing: str = ""
    ) -> None:
        """Offer these; `nothing` says why there are none."""
        self.values.blockSignals(True)
        self.values.clear()
        for choice in choices:
            words = choice.words
            if choice.images is not None:
                words = f"{words}   {text.count(choice.images)}"
            item = QListWidgetItem(words)
            item.setData(VALUE, (choice.value,))
            is_ticked = choice.value in ticked
            state = Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked
            item.setCheckState(state)
            if choice.colour:
                item.setIcon(dot_icon(shown_colour(choice.colour)))
            self.values.addItem(item)
        self.values.blockSignals(False)
        self.values.setVisible(bool(choices))
        rows = max(1, len(choices))
        self.values.setFixedHeight(
            min(HEIGHT_PX, 8 + rows * max(24, self.values.sizeHintForRow(0)))
        )
        self.search.setVisible(len(choices) >= MANY)
        self.nothing.setText(nothing)
        self.nothing.setVisible(not choices)

    def showEvent(self, event: QShowEvent) -> None:
        """The keyboard goes to the list, or to the line that finds in it."""
        super().showEvent(event)
        self.search.clear()
        (self.search if self.search.isVisible() else self.values).setFocus()

    def _on_pressed(self, item: QListWidgetItem) -> None:
        self._was_ticked = item.checkState() == Qt.CheckState.Checked

    def _on_clicked(self, item: QListWidgetItem) -> None:
        """A click on the words ticks too; one on the box has done so already."""
        is_ticked = item.checkState() == Qt.CheckState.Checked
        if is_ticked == self._was_ticked:
            state = Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked
            item.setCheckState(state)

    def _on_find(self, wanted: str) -> None:
        for row in range(self.values.count()):
            item = self.values.item(row)
            item.setHidden(wanted.casefold() not in item.text().casefold())

    def _tell(self) -> None:
        items = [self.values.item(row) for row in range(self.values.count())]
        checked = Qt.CheckState.Checked
        self.ticked.emit(tuple(i.data(VALUE)[0] for i in items if i.checkState() == checked))


class DatePopup(Popup):
    """First and last day. Signals: `edited(from, to)`, ISO days, empty for no end."""

    edited = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Date"), parent)
        self.first_on, self.first = QCheckBox(tr("From")), _date_edit(tr("First day"))
        self.last_on, self.last = QCheckBox(tr("To")), _date_edit(tr("Last day"))
        form = QFormLayout(self)
        form.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
        form.addRow(self.first_on, self.first)
        form.addRow(self.last_on, self.last)
        note = parts.label(tr("Of the shot; of the file where the camera wrote none."), "small")
        form.addRow(note)
        for box, edit in ((self.first_on, self.first), (self.last_on, self.last)):
            box.toggled.connect(edit.setEnabled)
            box.toggled.connect(lambda _on: self._tell())
            edit.dateChanged.connect(lambda _date: self._tell())

    def set_dates(self, known: tuple[str, str] | None, first: str, last: str) -> None:
        """Show a range; where it has no end, that of all images is proposed."""
        for box, edit, value, end in (
            (self.first_on, self.first, first, known[0] if known else ""),
            (self.last_on, self.last, last, known[1] if known else ""),
        ):
            for part in (box, edit):
                part.blockSignals(True)
            day = QDate.fromString((value or end)[:10], Qt.DateFormat.ISODate)
            edit.setDate(day if day.isValid() else QDate.currentDate())
            box.setChecked(bool(value))
            edit.setEnabled(bool(value))
            for part in (box, edit):
                part.blockSignals(False)

    def _tell(self) -> None:
        iso = Qt.DateFormat.ISODate
        first = self.first.date().toString(iso) if self.first_on.isChecked() else ""
        last = self.last.date().toString(iso) if self.last_on.isChecked() else ""
        self.edited.emit(first, last)


class SizePopup(Popup):
    """Ranges of the short side in pixels and of the file in kB; 0 is no end.

    Signals: `edited(min_side, max_side, min_bytes, max_bytes)`.
    """

    edited = Signal(int, int, int, int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Size"), parent)
        self.boxes = [
            _number(tr("Shortest side at least"), " px", 100_000),
            _number(tr("Shortest side at most"), " px", 100_000),
            _number(tr("File at least"), " kB", 4_000_000),
            _number(tr("File at most"), " kB", 4_000_000),
        ]
        form = QFormLayout(self)
        form.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
        for box in self.boxes:
            form.addRow(box.accessibleName(), box)
            box.valueChanged.connect(lambda _value: self._tell())

    def set_sizes(self, min_side: int, max_side: int, min_bytes: int, max_bytes: int) -> None:
        """Show these."""
        values = (min_side, max_side, min_bytes // 1000, max_bytes // 1000)
        for box, value in zip(self.boxes, values, strict=True):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)

    def _tell(self) -> None:
        low, high, least, most = (box.value() for box in self.boxes)
        self.edited.emit(low, high, 1000 * least, 1000 * most)


def _date_edit(name: str) -> QDateEdit:
    made = QDateEdit()
    made.setCalendarPopup(True)
    made.setDisplayFormat("yyyy-MM-dd")
    made.setAccessibleName(name)
    made.setKeyboardTracking(False)
    return made


def _number(name: str, unit: str, largest: int) -> QSpinBox:
    made = QSpinBox(maximum=largest, suffix=unit, accessibleName=name)
    made.setSpecialValueText(tr("any"))
    made.setSingleStep(10)
    made.setKeyboardTracking(False)
    return made
